"""A PodDisruptionBudget whose selector matches no pods in its namespace."""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.budgets import selects
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "pdb-selects-nothing",
    "warning",
    "A PodDisruptionBudget selects no pods",
    KUBERNETES + "concepts/workloads/pods/disruptions/#pod-disruption-budgets",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find budgets that match no workload of the input, whatever its replicas.

    Where an operator may make pods in the namespace, what a budget selects is unknown.
    """
    for budget in context.setup.budgets:
        if any(selects(budget, workload) for workload in context.setup.workloads):
            continue
        namespace = budget.subject.namespace
        makers = [o.subject for o in context.setup.objects
                  if o.may_make_pods and o.subject.namespace == namespace]  # fmt: skip
        if makers and budget.selector is not None:
            named = listed(dict.fromkeys(maker.describe() for maker in makers))
            yield RULE.not_judged(
                f"whether {budget.subject.describe()} selects pods that an operator makes for "
                f"{named} is unknown"
            )
            continue
        count = sum(w.subject.namespace == namespace for w in context.setup.workloads)
        why = (
            "without a selector, it matches none" if budget.selector is None else "it matches none"
        )
        yield RULE.finding(
            budget.subject,
            "spec.selector",
            f"{why} of the {counted(count, 'workload')} in namespace {namespace}: it protects "
            "nothing",
            "use matchLabels that the workload's spec.template.metadata.labels contain",
        )
