"""A PodDisruptionBudget whose selector matches no pod of its namespace: it protects nothing."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.preflight.budgets import selects
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, counted

RULE = Rule(
    "pdb-selects-nothing",
    "warning",
    "A PodDisruptionBudget selects no pods",
    KUBERNETES + "concepts/workloads/pods/disruptions/#pod-disruption-budgets",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find budgets that no workload of the input matches, at any number of replicas."""
    for budget in context.setup.budgets:
        if any(selects(budget, workload) for workload in context.setup.workloads):
            continue
        namespace = budget.subject.namespace
        there = sum(w.subject.namespace == namespace for w in context.setup.workloads)
        why = "it has no selector" if budget.selector is None else "its selector matches none"
        yield RULE.found(
            budget.subject,
            "spec.selector",
            f"{why} of the {counted(there, 'workload')} in namespace {namespace}: it protects "
            "nothing",
            "make matchLabels a part of the labels in the workload's spec.template.metadata",
        )
