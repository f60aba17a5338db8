"""A DaemonSet that does not run on a group or pool because it does not tolerate its taints."""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.taints import DAEMONSET_TOLERATIONS, Taint, first_untolerated
from kubestow.preflight.capacity import matches_labels
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES

RULE = Rule(
    "daemonset-not-tolerating",
    "warning",
    "A DaemonSet does not tolerate a pool's taints",
    KUBERNETES + "concepts/workloads/controllers/daemonset/#taints-and-tolerations",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find DaemonSets that select nodes whose taints they do not tolerate."""
    if not context.capacities:
        yield RULE.not_judged(context.unknown_capacity or "there are no nodes, only Fargate")
        return
    for daemonset in context.daemonsets:
        held = (*daemonset.template.tolerations, *DAEMONSET_TOLERATIONS)
        for capacity in context.capacities:
            wanted = [c for c in capacity.candidates if matches_labels(daemonset.template, c)]
            refused = [t for c in wanted if (t := first_untolerated(c.taints, held)) is not None]
            if not refused:
                continue
            taint = refused[0]
            where = capacity.subject.describe()
            many = "" if len(refused) == len(wanted) else f" {counted(len(refused), 'node')} of"
            yield RULE.finding(
                daemonset.subject,
                f"{daemonset.field}.tolerations",
                f"it does not tolerate {taint.describe()}, so it does not run on{many} {where}",
                f"add {toleration(taint)}, unless this is intended",
            )


def toleration(taint: Taint) -> str:
    """Return the toleration of a taint, as YAML."""
    value = f"value: {taint.value}, " if taint.value else ""
    operator = "Equal" if taint.value else "Exists"
    return (f"tolerations: [{{key: {taint.key}, operator: {operator}, {value}"
            f"effect: {taint.effect}}}]")  # fmt: skip
