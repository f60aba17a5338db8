"""A plan's new nodes, grouped into lines by type, zone and capacity type."""

from collections.abc import Iterable, Mapping, Sequence

from kubestow.catalog.burstable import price_before_load
from kubestow.model.option import FleetLine, PlanWithInput
from kubestow.model.plan import PlannedNode
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Snapshot

Requests = Mapping[str, Mapping[str, int]]
"""What each pod, and each DaemonSet's pods, request."""


def fleet_lines(planned: PlanWithInput) -> tuple[FleetLine, ...]:
    """Return the lines of a plan's new nodes, the most expensive first."""
    requests = requests_of(planned.snapshot)
    groups: dict[tuple[str, str, str], list[PlannedNode]] = {}
    for node in planned.plan.nodes:
        if not node.existing:
            key = (node.instance_type, node.zone, node.capacity_type)
            groups.setdefault(key, []).append(node)
    lines = [_line(nodes, requests) for nodes in groups.values()]
    return tuple(sorted(lines, key=lambda x: (-x.count * x.nano_usd_per_hour, x.unit, x.zone)))


def _line(nodes: Sequence[PlannedNode], requests: Requests) -> FleetLine:
    """Return the line of nodes of one type, zone and capacity type."""
    first = nodes[0]
    return FleetLine(
        first.instance_type,
        first.zone,
        first.capacity_type,
        len(nodes),
        sum(len(node.pods) for node in nodes),
        price_before_load(first.price),
        min(dict(node.allocatable).get(PODS, 0) for node in nodes),
        spare(nodes, requests),
    )


def requests_of(snapshot: Snapshot) -> Requests:
    """Return what each pod, and each DaemonSet's pods, request."""
    requests = {pod.key: dict(pod.template.requests) for pod in snapshot.cluster.pods}
    return requests | {d.key: dict(d.template.requests) for d in snapshot.cluster.daemonsets}


def spare(nodes: Iterable[PlannedNode], requests: Requests) -> tuple[float, float]:
    """Return the share of the nodes' cpu and memory that nothing requests."""
    nodes = tuple(nodes)
    return _spare(nodes, requests, CPU), _spare(nodes, requests, MEMORY)


def _spare(nodes: Iterable[PlannedNode], requests: Requests, resource: str) -> float:
    allocatable = requested = 0
    for node in nodes:
        allocatable += dict(node.allocatable).get(resource, 0)
        daemonsets = (pod.removesuffix(f"-{node.name}") for pod in node.daemonset_pods)
        requested += sum(requests[pod].get(resource, 0) for pod in (*node.pods, *daemonsets))
    return 1 - requested / allocatable if allocatable else 0.0
