"""The figures for a picture of a plan's nodes: groups of similar nodes, and their loads.

Pods are counted by workload; nodes with the same pods are one load, however many there are.
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
    """Pods shown as one workload: same requests, and the same name apart from a suffix."""

    name: str  # namespace/name
    cpu_milli: int
    memory_bytes: int
    is_daemonset: bool = False

    @property
    def figures(self) -> Figures:
        """The requests of one of its pods."""
        return self.cpu_milli, self.memory_bytes, 1

    @property
    def is_headroom(self) -> bool:
        """Whether its pods are headroom placeholders."""
        return is_headroom(self.name)


Parts = tuple[tuple[WorkloadFigure, int], ...]
"""Workloads, each with the number of its pods on one node."""


@dataclass(frozen=True, slots=True)
class NodeFigure:
    """Nodes with the same load: the pods per node of each workload, and the pods' names."""

    parts: Parts
    nodes: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def requested(self) -> Figures:
        """The requests of the pods on one of the nodes."""
        return _total((workload.figures, count) for workload, count in self.parts)


@dataclass(frozen=True, slots=True)
class AlikeNodes:
    """Nodes that differ only in their pods.

    ``capacity`` is the size of the instance, ``allocatable`` the part of it available to pods.
    """

    node: PlannedNodeView
    status: str  # new, reserved or existing
    fill_order: str
    capacity: Figures
    allocatable: Figures
    loads: tuple[NodeFigure, ...]

    @property
    def count(self) -> int:
        """The number of nodes."""
        return sum(len(load.nodes) for load in self.loads)

    @property
    def usd_per_hour(self) -> float:
        """What the nodes add to the cost; zero unless they are new."""
        return self.node.usd_per_hour * self.count if self.status == "new" else 0.0

    @property
    def requested(self) -> Figures:
        """The requests of the pods on all the nodes."""
        return _total((load.requested, len(load.nodes)) for load in self.loads)


@dataclass(frozen=True, slots=True)
class FleetFigure:
    """All groups, and their workloads with pod counts, the largest first."""

    groups: tuple[AlikeNodes, ...]
    workloads: tuple[tuple[WorkloadFigure, int], ...]


def fleet_of(plan: PlanView, snapshot: Snapshot) -> FleetFigure:
    """Return the fleet of a plan without unused reservations."""
    workloads = _workloads(snapshot)
    loads_by_kind: dict[
        tuple[object, ...], dict[tuple[tuple[WorkloadFigure, int], ...], list[PlannedNodeView]]
    ] = {}
    for node in plan.nodes:
        if node.reservation and not node.is_used_reservation:
            continue
        loads = loads_by_kind.setdefault(_kind(node), {})
        loads.setdefault(_parts(node, workloads), []).append(node)
    groups = tuple(_group(loads, snapshot) for loads in loads_by_kind.values())
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
    size = snapshot.catalog.instance_types.get(node.instance_type)
    cpu, memory = (size.vcpu * 1000, size.memory_mib * _MIB) if size else allocatable[:2]
    figures = (
        NodeFigure(parts, tuple((node.name, node.pods) for node in nodes))
        for parts, nodes in loads.items()
    )
    return AlikeNodes(
        node,
        _status(node),
        node.fill_order,
        (max(cpu, allocatable[0]), max(memory, allocatable[1]), allocatable[2]),
        allocatable,
        tuple(sorted(figures, key=lambda load: -len(load.nodes))),
    )


def _figures(texts: Mapping[str, str]) -> Figures:
    nano = [parse_quantity(texts[name]) for name in DIMENSIONS]
    return milli_value(nano[0]), value(nano[1]), value(nano[2])


def _parts(
    node: PlannedNodeView, workloads: Mapping[str, WorkloadFigure]
) -> tuple[tuple[WorkloadFigure, int], ...]:
    counts = Counter(workloads[pod] for pod in node.pods)
    counts.update(workloads[pod.removesuffix(f"-{node.name}")] for pod in node.daemon_set_pods)
    if node.headroom_pods:
        counts[workloads[NAMESPACE]] += node.headroom_pods
    return tuple(sorted(counts.items(), key=lambda item: (item[0].is_daemonset, item[0])))


def _workloads(snapshot: Snapshot) -> dict[str, WorkloadFigure]:
    """Return the workload of each pod, and of each DaemonSet under its own key."""
    workloads: dict[str, WorkloadFigure] = {}
    shared: dict[WorkloadFigure, WorkloadFigure] = {}
    for pod in snapshot.cluster.pods:
        name = NAMESPACE if is_headroom(pod.key) else pod.key
        requests = dict(pod.template.requests)
        workload = WorkloadFigure(
            pod.daemonset or f"{pod.namespace}/{_base_name(pod)}",
            requests.get(CPU, 0),
            requests.get(MEMORY, 0),
            bool(pod.daemonset),
        )
        workloads[name] = shared.setdefault(workload, workload)
    for item in snapshot.cluster.daemonsets:
        requests = dict(item.template.requests)
        workloads[item.key] = WorkloadFigure(
            item.key, requests.get(CPU, 0), requests.get(MEMORY, 0), True
        )
    return workloads


def _base_name(pod: Pod) -> str:
    """Return a pod's name without its generated suffix: web for web-0 and web-7d9f8b6c5-x2k9q."""
    revision = dict(pod.labels).get("pod-template-hash")
    if revision and f"-{revision}-" in pod.name:
        return pod.name.rpartition(f"-{revision}-")[0]
    if _NUMBERED.search(pod.name):
        return _NUMBERED.sub("", pod.name)
    return _GENERATED.sub("", pod.name)


def _ranked(groups: tuple[AlikeNodes, ...]) -> tuple[tuple[WorkloadFigure, int], ...]:
    """Return workloads with their pods, the largest first, without DaemonSets and headroom."""
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
