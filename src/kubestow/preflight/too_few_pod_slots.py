"""Fewer pod slots on all possible nodes than pods.

Checked only if every group has a maximum number of nodes; DaemonSet pods take slots too.
"""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule, Subject
from kubestow.model.resources import PODS
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "too-few-pod-slots",
    "error",
    "There are fewer pod slots than pods",
    EKS + "choosing-instance-type.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Count slots at the maximum size of every group, for its type with the most slots."""
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    if not context.capacities or any(c.most is None for c in context.capacities):
        return  # Fargate alone, or unlimited capacity
    slots, parts = 0, []
    for capacity in context.capacities:
        if capacity.candidates and capacity.group is None:
            here = sum(context.free(item).get(PODS, 0) for item in capacity.candidates)
        else:
            each = max((context.free(item).get(PODS, 0) for item in capacity.candidates), default=0)
            here = each * (capacity.most or 0)
        slots += max(0, here)
        parts.append(f"{capacity.subject.name} {here}")
    pods = sum(workload.replicas for workload in context.on_nodes)
    if pods > slots:
        first = context.capacities[0]
        config = context.setup.config
        yield RULE.finding(
            config.subject if config else Subject("nodes", "of the input"),
            f"{first.path}.maxSize" if first.group else "",
            f"there are {counted(pods, 'pod')}, but all nodes together have {slots} slots beside "
            f"their DaemonSets: {listed(parts)}",
            "raise maxSize, use types with more network interfaces, or enable prefix delegation",
        )
