"""A pod that tolerates the taints of none of the nodes it selects."""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.taints import first_untolerated
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.daemonset_not_tolerating import toleration
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "taints-not-tolerated",
    "error",
    "A pod does not tolerate the taints of any node it may use",
    KUBERNETES + "concepts/scheduling-eviction/taint-and-toleration/",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Find pods that taints repel from every node."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    for workload in context.on_nodes:
        reach = context.reach(workload)
        if not reach.matching or reach.tolerated:
            continue
        repelling: dict[str, None] = {}
        example = None
        for capacity, item in reach.matching:
            taint = first_untolerated(item.taints, workload.template.tolerations)
            if taint is not None:
                repelling[f"{capacity.subject.name} {taint.describe()}"] = None
                example = example or taint
        assert example is not None
        yield RULE.finding(
            workload.subject,
            f"{workload.field}.tolerations",
            f"every node it may use has a taint it does not tolerate ({listed(repelling)}): its "
            "pods stay Pending",
            f"add {toleration(example)}, or a node group or NodePool without taints",
        )
