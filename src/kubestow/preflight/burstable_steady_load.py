"""Burstable instances whose pods request more cpu than the baseline.

Source: EC2 user guide, Key concepts for burstable performance instances: baseline share of a vCPU
by size. Above it, t3, t3a and t4g pay for surplus credits (unlimited mode), and t2 is throttled.
"""

from collections.abc import Iterator

from kubestow.catalog.burstable import baseline_milli
from kubestow.model.counted import counted
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.instance_type import InstanceType
from kubestow.preflight.capacity import Capacity, requested_cpu
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EC2, listed

RULE = Rule(
    "burstable-steady-load",
    "warning",
    "Burstable instances carry a steady load above their baseline",
    EC2 + "burstable-credits-baseline-concepts.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare the cpu requested per node with the baseline."""
    if not context.capacities:
        yield RULE.not_judged(context.unknown_capacity or "there are no nodes, only Fargate")
    for capacity in context.capacities:
        burstable = [item for item in capacity.types if item.burstable]
        if burstable and capacity.pool is not None:
            yield from _pool(context, capacity, burstable)
        elif burstable:
            yield from _group(context, capacity, burstable)


def _share(context: CheckContext, capacity: Capacity) -> int | None:
    """Return the millicpu requested of a group: each workload is divided over its groups by size.

    None if some pods may go to a NodePool instead: Karpenter decides how many.
    """
    total = 0
    for workload in context.on_nodes:
        used = dict.fromkeys(place[0] for place in context.reach(workload).fitting)
        if capacity not in used:
            continue
        if any(other.pool is not None for other in used):
            return None
        weights = sum(_vcpu(other) for other in used)
        if weights:
            asked = requested_cpu(workload.template) * workload.replicas
            total += asked * _vcpu(capacity) // weights
    return total


def _vcpu(capacity: Capacity) -> int:
    nodes = capacity.desired or capacity.most or 0
    return nodes * max((item.vcpu for item in capacity.types), default=0)


def _group(
    context: CheckContext, capacity: Capacity, burstable: list[InstanceType]
) -> Iterator[Finding]:
    nodes = capacity.desired or capacity.most or 0
    baselines = [(base, t) for t in burstable if (base := baseline_milli(t)) is not None]
    if not nodes or not baselines:
        return
    baseline, item = max(baselines, key=lambda pair: pair[0])
    capacity_milli = item.vcpu * 1000
    share = _share(context, capacity)
    if share is None:
        return
    each = min(share // nodes, capacity_milli)
    if each > baseline:
        yield RULE.finding(
            capacity.subject,
            f"{capacity.path}.instanceTypes" if capacity.group else "",
            f"its pods request {each}m of cpu per node on {counted(nodes, 'node')}, but "
            f"{item.name} sustains only {baseline}m of its {capacity_milli}m: if pods use what "
            "they request, "
            + ("the node is throttled" if item.family == "t2" else "you pay for surplus credits"),
            "use a c, m or r type, or more nodes",
        )


def _pool(
    context: CheckContext, capacity: Capacity, burstable: list[InstanceType]
) -> Iterator[Finding]:
    if any(p[0] is capacity for w in context.on_nodes for p in context.reach(w).fitting):
        yield RULE.finding(
            capacity.subject,
            "spec.template.spec.requirements",
            f"it may launch burstable types ({listed(t.name for t in burstable)}): Karpenter fills "
            "nodes by requests, far above their baseline",
            "require karpenter.k8s.aws/instance-category In [c, m, r]",
            "info",
        )
