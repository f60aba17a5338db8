"""A snapshot prepared for planning: classes, candidates, and what is on them already.

Everything that later stages share is computed here once. Candidates are the existing nodes first,
then the offerings pool by pool. Planning changes nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kubestow.catalog.burstable import loaded_price
from kubestow.catalog.usage import capacity_type
from kubestow.model import labels as names
from kubestow.model.arrays import UNLIMITED, Booleans, Integers
from kubestow.model.instance_type import Price
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import DaemonSet
from kubestow.model.requirements import parse_int
from kubestow.model.resources import (
    CPU,
    EBS_VOLUMES,
    EPHEMERAL_STORAGE,
    MEMORY,
    PODS,
    Amounts,
    amounts,
)
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import EBS_DRIVER
from kubestow.provisioning.preparation.conflicts import Conflicts, Content
from kubestow.provisioning.preparation.cpu_usage import CpuUsage, cpu_usage
from kubestow.provisioning.preparation.occupancy import occupancy
from kubestow.provisioning.preparation.offerings import PoolOfferings
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.classes import PodClass, classify, daemonset_classes
from kubestow.scheduling.node_rules import NodeRule, node_rules
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.static_filters import StaticFilters
from kubestow.scheduling.vectors import vector

_OWNERS = (names.NODEPOOL, *names.NODE_GROUPS)
_AXES = (CPU, MEMORY, PODS, EPHEMERAL_STORAGE, EBS_VOLUMES)


@dataclass(frozen=True, eq=False)
class PreparedSnapshot:
    """A snapshot prepared for planning. ``classes`` are the pods' classes, then one a DaemonSet.

    ``shared_slots`` are EBS slots held back everywhere for volumes several pods share.
    """

    snapshot: Snapshot
    pools: tuple[NodePool, ...]
    offerings: list[PoolOfferings]
    classes: list[PodClass]
    daemonsets: tuple[DaemonSet, ...]
    selection: ClassSelection
    rules: list[NodeRule]
    candidates: list[CandidateNode]
    existing: int  # of the candidates: the first
    filters: StaticFilters
    axes: tuple[str, ...]
    requests: Integers  # classes x axes
    free: Integers  # candidates x axes, after what is on them
    content: list[Content]  # by candidate
    daemonsets_on: Booleans  # DaemonSets x candidates
    bound_pods: list[tuple[int, int]]  # (class, candidate)
    shared_slots: int
    cache: PlanningCache
    heeds_preferences: bool = False
    _carries: dict[int, Mask] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def sold_as(self) -> list[tuple[str, str, str, int]]:
        """What each candidate is sold as: NodePool, type, capacity type, nano-USD an hour."""
        return [
            (c.nodepool, c.instance_type, c.capacity_type, c.price.nano_usd_per_hour)
            for c in self.candidates
        ]

    @cached_property
    def pool_of(self) -> Integers:
        """The position of each candidate's pool; -1 for an existing node."""
        position = {pool.name: i for i, pool in enumerate(self.pools)}
        return np.array(
            [-1 if c.exists else position[c.nodepool] for c in self.candidates], dtype=np.int64
        )

    def carries(self, index: int) -> Mask:
        """Return the candidates that could carry one pod of a class beside what is on them."""
        mask = self._carries.get(index)
        if mask is None:
            mask = np.logical_and(self._usable, self.filters.passing(self.classes[index]))
            for axis, amount in enumerate(self.requests[index].tolist()):
                if amount:
                    mask &= self._columns[axis] >= amount
            self._carries[index] = mask
        return mask

    def has_place(self, index: int) -> bool:
        """Return whether a candidate could carry a pod of a class beside what is on it.

        Other than ``carries`` it also asks for free host ports and the other rules of one node.
        """
        carriers = np.flatnonzero(self.carries(index)).tolist()
        if not self.conflicts.concern(index):
            return bool(carriers)
        return any(not self.conflicts.broken(index, self.content[place]) for place in carriers)

    @cached_property
    def cpu_usage(self) -> CpuUsage | None:
        """What pods use of the cpu they request; None where nothing launched is burstable."""
        return cpu_usage(self.snapshot, self.classes, self.candidates, self.daemonsets_on)

    def price_of(self, candidate: int, load: Sequence[tuple[int, int]]) -> Price:
        """Return the price of a new node with a load (pods by class), surplus credits included."""
        usage, price = self.cpu_usage, self.candidates[candidate].price
        return price if usage is None else loaded_price(price, usage.surplus(candidate, load))

    @cached_property
    def conflicts(self) -> Conflicts:
        """The rules that what is on the candidates makes pods break."""
        return Conflicts(self.rules)

    @cached_property
    def _columns(self) -> list[Integers]:
        """What is free of each axis, by candidate: read an axis at a time, for each class."""
        return [np.ascontiguousarray(column) for column in self.free.T]

    @cached_property
    def _usable(self) -> Mask:
        """The existing nodes, and the new ones that are not too small for their DaemonSets."""
        usable: Mask = np.all(self.free >= 0, axis=1)
        usable[: self.existing] = True
        return usable

    @property
    def pod_classes(self) -> list[PodClass]:
        """The classes of pods, without the DaemonSets."""
        return self.classes[: len(self.classes) - len(self.daemonsets)]


def prepare(
    snapshot: Snapshot,
    pools: tuple[NodePool, ...],
    *,
    afresh: bool = False,
    heeds_preferences: bool = False,
    cache: PlanningCache | None = None,
) -> PreparedSnapshot:
    """Prepare a snapshot for planning with these pools.

    With ``heeds_preferences``, pods that prefer different things are of different classes.
    With ``afresh`` its pods are planned for wherever they are now; it must have no nodes.
    """
    cache = cache or PlanningCache()
    cluster = snapshot.cluster
    pod_classes = classify(cluster, afresh=afresh, heeds_preferences=heeds_preferences)
    classes = pod_classes + daemonset_classes(cluster, pod_classes)
    wanted = _wanted_labels(classes)
    offerings = [
        cache.offerings.of(pool, snapshot.catalog, snapshot.networking, wanted) for pool in pools
    ]
    candidates = _existing_candidates(snapshot)
    existing = len(candidates)
    candidates += [candidate for offered in offerings for candidate in offered.candidates]
    filters = StaticFilters(CandidateIndex(candidates))
    selection = ClassSelection([c.key for c in classes], cluster.namespaces)
    axes = _axes(classes)
    requests = _requests(classes, axes)
    occupied = occupancy(cluster, classes, selection, filters, requests, axes, existing=existing)
    return PreparedSnapshot(
        snapshot=snapshot,
        pools=pools,
        offerings=offerings,
        classes=classes,
        daemonsets=cluster.daemonsets,
        selection=selection,
        rules=node_rules(classes, selection),
        candidates=candidates,
        existing=existing,
        filters=filters,
        axes=axes,
        requests=requests,
        free=occupied.free,
        content=occupied.content,
        daemonsets_on=occupied.daemonsets_on,
        bound_pods=occupied.bound_pods,
        shared_slots=occupied.shared_slots,
        cache=cache,
        heeds_preferences=heeds_preferences,
    )


def _wanted_labels(classes: Sequence[PodClass]) -> dict[str, tuple[str, ...]]:
    """Return the values pods ask of labels that are not well-known, by key."""
    wanted: dict[str, set[str]] = {}
    for pod_class in classes:
        template = pod_class.template
        for key, value in template.node_selector:
            wanted.setdefault(key, set()).add(value)
        for term in template.node_terms:
            for expression in term.expressions:
                number = parse_int(expression.values[0]) if len(expression.values) == 1 else None
                if expression.operator in ("Gt", "Lt") and number is not None:
                    near = number + (1 if expression.operator == "Gt" else -1)
                    wanted.setdefault(expression.key, set()).add(str(near))
                elif expression.operator in ("In", "NotIn"):
                    wanted.setdefault(expression.key, set()).update(expression.values)
    return {k: tuple(sorted(v)) for k, v in sorted(wanted.items()) if k not in names.WELL_KNOWN}


def _existing_candidates(snapshot: Snapshot) -> list[CandidateNode]:
    return [node.once(_existing_candidate) for node in snapshot.cluster.nodes]


def _existing_candidate(node: Node) -> CandidateNode:
    labels = dict(node.labels)
    return CandidateNode(
        node.name,
        labels,
        node.taints,
        _with_attach_limit(node),
        next((labels[key] for key in _OWNERS if key in labels), ""),
        labels.get(names.INSTANCE_TYPE, ""),
        labels.get(names.ZONE, ""),
        capacity_type(labels),
        exists=True,
        unschedulable=node.unschedulable,
    )


def _with_attach_limit(node: Node) -> Amounts:
    """Return what a node can take, with the volumes its CSINode lets EBS attach."""
    limits = dict(node.attach_limits)
    limit = limits.get(EBS_DRIVER, UNLIMITED)
    return amounts((dict(node.allocatable) | {EBS_VOLUMES: limit}).items())


def _axes(classes: Sequence[PodClass]) -> tuple[str, ...]:
    requested = {name for c in classes for name, _ in c.template.requests}
    return (*_AXES, *sorted(requested - set(_AXES)))


def _requests(classes: Sequence[PodClass], axes: tuple[str, ...]) -> Integers:
    rows = [vector(pod_class.template.requests, axes) for pod_class in classes]
    requests = np.array(rows, dtype=np.int64).reshape(len(classes), len(axes))
    requests[:, axes.index(PODS)] = 1
    slots = [c.key.volumes.ebs_slots for c in classes]
    requests[:, axes.index(EBS_VOLUMES)] += np.array(slots, dtype=np.int64)
    return requests
