"""The nodes of a plan as what a picture of them needs: groups of like nodes, and their loads.

Pods are counted by workload; nodes that carry the same are one load, however many they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubestow.model.headroom import NAMESPACE, is_headroom
from kubestow.model.pod import Pod
from kubestow.model.quantity import milli_value, parse_quantity, value
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.views.plan_view import PlanView
from kubestow.views.planned_node_view import PlannedNodeView

DIMENSIONS = (CPU, MEMORY, PODS)
_NUMBERED = re.compile(r"-[0-9]+$", re.ASCII)
_GENERATED = re.compile(
    r"-[bcdfghjklmnpqrstvwxz2456789]{5}$", re.ASCII
)  # rand.String of apimachinery
_MIB = 2**20

Figures = tuple[int, int, int]
"""Millicpu, bytes of memory and pod slots, as DIMENSIONS orders them."""


@dataclass(frozen=True, slots=True, order=True)
class WorkloadFigure:
    """Pods that one picture shows alike: of one name but for its number, asking for the same."""

    name: str  # namespace/name
    cpu_milli: int
    memory_bytes: int
    is_daemonset: bool = False

    @property
    def figures(self) -> Figures:
        """What one of its pods takes."""
        return self.cpu_milli, self.memory_bytes, 1

    @property
    def is_headroom(self) -> bool:
        """Tell whether its pods only hold room."""
        return is_headroom(self.name)


Parts = tuple[tuple[WorkloadFigure, int], ...]
"""Workloads, each with its pods on one node."""


@dataclass(frozen=True, slots=True)
class NodeFigure:
    """Nodes that carry the same: each workload with its pods a node; and whose pods they are."""

    parts: Parts
    nodes: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def requested(self) -> Figures:
        """What the pods of one of the nodes take."""
        return _total((workload.figures, count) for workload, count in self.parts)


@dataclass(frozen=True, slots=True)
class AlikeNodes:
    """Nodes that differ in nothing but their pods.

    ``capacity`` is the instance's own size, ``allocatable`` what Kubernetes leaves of it to pods.
    """

    node: PlannedNodeView
    status: str  # new, reserved or existing
    fill_order: str
    capacity: Figures
    allocatable: Figures
    loads: tuple[NodeFigure, ...]

    @property
    def count(self) -> int:
        """How many nodes."""
        return sum(len(load.nodes) for load in self.loads)

    @property
    def usd_per_hour(self) -> float:
        """What the nodes add to the bill; nothing where they are paid in any case."""
        return self.node.usd_per_hour * self.count if self.status == "new" else 0.0

    @property
    def requested(self) -> Figures:
        """What the pods of all the nodes take."""
        return _total((load.requested, len(load.nodes)) for load in self.loads)


@dataclass(frozen=True, slots=True)
class FleetFigure:
    """All groups, and the workloads on them: those that take most of the fleet come first."""

    groups: tuple[AlikeNodes, ...]
    workloads: tuple[tuple[WorkloadFigure, int], ...]


def fleet_of(plan: PlanView, snapshot: Snapshot) -> FleetFigure:
    """Return the fleet of a plan; reservations that stay unused are left out."""
    known = _workloads(snapshot)
    found: dict[
        tuple[object, ...], dict[tuple[tuple[WorkloadFigure, int], ...], list[PlannedNodeView]]
    ] = {}
    for node in plan.nodes:
        if node.reservation and not node.is_used_reservation:
            continue
        loads = found.setdefault(_kind(node), {})
        loads.setdefault(_parts(node, known), []).append(node)
    groups = tuple(_group(loads, snapshot) for loads in found.values())
    return FleetFigure(groups, _ranked(groups))


def _kind(node: PlannedNodeView) -> tuple[object, ...]:
    return (
        _status(node),
        node.fill_order,
        node.instance_type,
        "" if node.instance_type else node.name,
        tuple(node.allocatable[name] for name in DIMENSIONS),
        node.zone,
        node.node_pool,
        node.capacity_type,
        node.usd_per_hour,
        node.price_is_estimate,
    )


def _status(node: PlannedNodeView) -> str:
    if node.is_there:
        return "existing"
    return "reserved" if node.reservation else "new"


def _group(loads: Mapping[Parts, list[PlannedNodeView]], snapshot: Snapshot) -> AlikeNodes:
    node = next(iter(loads.values()))[0]
    allocatable = _figures(node.allocatable)
    kind = snapshot.catalog.instance_types.get(node.instance_type)
    cpu, memory = (kind.vcpu * 1000, kind.memory_mib * _MIB) if kind else allocatable[:2]
    made = (
        NodeFigure(parts, tuple((node.name, node.pods) for node in nodes))
        for parts, nodes in loads.items()
    )
    return AlikeNodes(
        node,
        _status(node),
        node.fill_order,
        (max(cpu, allocatable[0]), max(memory, allocatable[1]), allocatable[2]),
        allocatable,
        tuple(sorted(made, key=lambda load: -len(load.nodes))),
    )


def _figures(texts: Mapping[str, str]) -> Figures:
    nano = [parse_quantity(texts[name]) for name in DIMENSIONS]
    return milli_value(nano[0]), value(nano[1]), value(nano[2])


def _parts(
    node: PlannedNodeView, known: Mapping[str, WorkloadFigure]
) -> tuple[tuple[WorkloadFigure, int], ...]:
    counts = Counter(known[pod] for pod in node.pods)
    counts.update(known[pod.removesuffix(f"-{node.name}")] for pod in node.daemon_set_pods)
    if node.headroom_pods:
        counts[known[NAMESPACE]] += node.headroom_pods
    return tuple(sorted(counts.items(), key=lambda item: (item[0].is_daemonset, item[0])))


def _workloads(snapshot: Snapshot) -> dict[str, WorkloadFigure]:
    """Return each pod's workload; a DaemonSet's stands under its own key."""
    found: dict[str, WorkloadFigure] = {}
    shared: dict[WorkloadFigure, WorkloadFigure] = {}
    for pod in snapshot.cluster.pods:
        name = NAMESPACE if is_headroom(pod.key) else pod.key
        requests = dict(pod.template.requests)
        made = WorkloadFigure(
            pod.daemonset or f"{pod.namespace}/{_base_name(pod)}",
            requests.get(CPU, 0),
            requests.get(MEMORY, 0),
            bool(pod.daemonset),
        )
        found[name] = shared.setdefault(made, made)
    for item in snapshot.cluster.daemonsets:
        requests = dict(item.template.requests)
        found[item.key] = WorkloadFigure(
            item.key, requests.get(CPU, 0), requests.get(MEMORY, 0), True
        )
    return found


def _base_name(pod: Pod) -> str:
    """Return a pod's name without what numbers it: web of web-0 and of web-7d9f8b6c5-x2k9q."""
    revision = dict(pod.labels).get("pod-template-hash")
    if revision and f"-{revision}-" in pod.name:
        return pod.name.rpartition(f"-{revision}-")[0]
    if _NUMBERED.search(pod.name):
        return _NUMBERED.sub("", pod.name)
    return _GENERATED.sub("", pod.name)


def _ranked(groups: tuple[AlikeNodes, ...]) -> tuple[tuple[WorkloadFigure, int], ...]:
    """Return the workloads but DaemonSets and headroom with their pods, the largest first."""
    pods: Counter[WorkloadFigure] = Counter()
    for group in groups:
        for load in group.loads:
            for workload, count in load.parts:
                if not workload.is_daemonset and not workload.is_headroom:
                    pods[workload] += count * len(load.nodes)
    cpu, memory, _ = _total((workload.figures, count) for workload, count in pods.items())

    def share(item: tuple[WorkloadFigure, int]) -> float:
        workload, count = item
        return count * (workload.cpu_milli / max(cpu, 1) + workload.memory_bytes / max(memory, 1))

    return tuple(sorted(sorted(pods.items()), key=share, reverse=True))


def _total(items: Iterable[tuple[Figures, int]]) -> Figures:
    cpu = memory = pods = 0
    for figures, count in items:
        cpu += figures[0] * count
        memory += figures[1] * count
        pods += figures[2] * count
    return cpu, memory, pods
