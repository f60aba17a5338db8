"""Autoscalers that may request more than node groups, NodePool limits or subnets can provide.

The requests of all pods at maxReplicas are compared with an upper limit on what nodes can ever
offer: what exceeds it cannot run, however it is packed.
"""

from collections.abc import Iterator

from kubestow.model.counted import agreeing
from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import CPU, MEMORY, PODS, format_amount
from kubestow.preflight.capacity import Capacity
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "autoscaler-beyond-capacity",
    "warning",
    "Autoscalers may request more than can be launched",
    KUBERNETES + "tasks/run-application/horizontal-pod-autoscale/",
)
_COMPARED = (CPU, MEMORY, PODS)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Add up requests at maxReplicas and compare them with what nodes can offer at most."""
    scaled = [w for w in context.on_nodes if w.scaling is not None]
    if not scaled:
        return
    yield from _addresses(context)
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    requests = {name: _at_maximum(context, name) for name in _COMPARED}
    for name in _COMPARED:
        offers = [_offer(context, capacity, name) for capacity in context.capacities]
        if any(offer is None for offer in offers):
            continue
        offered = sum(offer or 0 for offer in offers)
        if requests[name] > offered:
            first = scaled[0].scaling
            assert first is not None
            yield RULE.finding(
                first.subject,
                first.most_field,
                f"if all autoscalers reach maxReplicas, pods need "
                f"{format_amount(name, requests[name])} of {name}, but all possible nodes offer "
                f"{format_amount(name, offered)}",
                "raise maxSize or the NodePool limits, or lower maxReplicas of "
                + listed(w.subject.describe() for w in scaled),
            )


def _at_maximum(context: CheckContext, name: str) -> int:
    total = 0
    for workload in context.on_nodes:
        pods = workload.scaling.maximum if workload.scaling else workload.replicas
        total += pods * (1 if name == PODS else dict(workload.template.requests).get(name, 0))
    return total


def _offer(context: CheckContext, capacity: Capacity, name: str) -> int | None:
    """Return the most of a resource that a capacity can ever offer; None if unlimited."""
    if capacity.pool is not None and name in dict(capacity.pool.limits):
        return dict(capacity.pool.limits)[name]
    amounts = [context.free(item).get(name, 0) for item in capacity.candidates]
    if capacity.group is None and capacity.pool is None:
        return sum(amounts)
    return None if capacity.most is None else capacity.most * max(amounts, default=0)


def _addresses(context: CheckContext) -> Iterator[Finding]:
    network = context.setup.network
    free = sum(subnet.available_addresses for subnet in network.subnets) if network else None
    pods = sum(w.scaling.maximum if w.scaling else w.replicas for w in context.running
               if not w.host_network)  # fmt: skip
    pods = max(0, pods - context.bound_pods)
    now = sum(w.replicas for w in context.running if not w.host_network)
    now = max(0, now - context.bound_pods)
    if free is not None and now <= free < pods:
        first = next(w.scaling for w in context.running if w.scaling is not None)
        yield RULE.finding(
            first.subject,
            first.most_field,
            f"if all autoscalers reach maxReplicas, {pods:,} pods need an address, but only "
            f"{free:,} {agreeing(free, 'is', 'are')} free in all subnets",
            "add subnets (a secondary CIDR with custom networking) or lower maxReplicas",
        )
