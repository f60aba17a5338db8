"""A DaemonSet that leaves a pool or group out because it does not tolerate its taints."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.taints import DAEMONSET_TOLERATIONS, Taint, first_untolerated
from kubestow.preflight.capacity import matches_labels
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, counted

RULE = Rule(
    "daemonset-not-tolerating",
    "warning",
    "A DaemonSet does not tolerate a pool's taints",
    KUBERNETES + "concepts/workloads/controllers/daemonset/#taints-and-tolerations",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find DaemonSets whose labels fit nodes that their tolerations do not."""
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
            yield RULE.found(
                daemonset.subject,
                f"{daemonset.field}.tolerations",
                f"it does not tolerate {taint.describe()}, so{many} {where} runs without it",
                f"add {toleration(taint)}; leave it out only if it is meant to be",
            )


def toleration(taint: Taint) -> str:
    """Write the toleration of a taint."""
    value = f"value: {taint.value}, " if taint.value else ""
    operator = "Equal" if taint.value else "Exists"
    return (f"tolerations: [{{key: {taint.key}, operator: {operator}, {value}"
            f"effect: {taint.effect}}}]")  # fmt: skip
