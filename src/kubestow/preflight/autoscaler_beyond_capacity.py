"""Autoscalers that may ask for more than the groups, the pools' limits or the subnets can give.

Law: requests at every maxReplicas together, against an upper bound of what nodes can ever offer:
what is found cannot run, whatever the packing.
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.resources import CPU, MEMORY, PODS, format_amount
from kubestow.preflight.capacity import Capacity
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import KUBERNETES, listed

RULE = Rule(
    "autoscaler-beyond-capacity",
    "warning",
    "Autoscalers may ask for more than can be launched",
    KUBERNETES + "tasks/run-application/horizontal-pod-autoscale/",
)
_JUDGED = (CPU, MEMORY, PODS)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Add up requests at maxReplicas and compare them with the most there can be."""
    scaled = [w for w in context.on_nodes if w.scaling is not None]
    if not scaled:
        return
    yield from _addresses(context)
    if context.unknown_capacity:
        yield RULE.not_judged(context.unknown_capacity)
        return
    at_most = {name: _at_maximum(context, name) for name in _JUDGED}
    for name in _JUDGED:
        bounds = [_bound(context, capacity, name) for capacity in context.capacities]
        if any(bound is None for bound in bounds):
            continue
        room = sum(bound or 0 for bound in bounds)
        if at_most[name] > room:
            first = scaled[0].scaling
            assert first is not None
            yield RULE.found(
                first.subject,
                "spec.maxReplicas",
                f"at maxReplicas of all autoscalers pods want {format_amount(name, at_most[name])} "
                f"of {name}, and all nodes there may be offer {format_amount(name, room)}",
                "raise maxSize or the NodePool's limits, or lower maxReplicas of "
                + listed(w.subject.describe() for w in scaled),
            )


def _at_maximum(context: CheckContext, name: str) -> int:
    total = 0
    for workload in context.on_nodes:
        pods = workload.scaling.maximum if workload.scaling else workload.replicas
        total += pods * (1 if name == PODS else dict(workload.template.requests).get(name, 0))
    return total


def _bound(context: CheckContext, capacity: Capacity, name: str) -> int | None:
    """Return the most of a resource a capacity can ever offer; None without an end."""
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
        yield RULE.found(
            first.subject,
            "spec.maxReplicas",
            f"at maxReplicas of all autoscalers {pods:,} pods want an address, and {free:,} are "
            "free in all subnets",
            "add subnets (a secondary CIDR with custom networking), or lower maxReplicas",
        )
