"""World: a snapshot prepared for planning: classes, candidates, and what is on them already.

Law: everything later stages share is computed here once, in a fixed order. Candidates are the
existing nodes first, then the offerings pool by pool.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from operator import attrgetter

import numpy as np

from kubestow.catalog.usage import capacity_type
from kubestow.model import labels as names
from kubestow.model.arrays import UNLIMITED, Booleans, Integers
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
from kubestow.model.taints import DAEMONSET_TOLERATIONS
from kubestow.model.volume import EBS_DRIVER
from kubestow.provisioning.preparation.offerings import PoolOfferings, pool_offerings
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.classes import PodClass, classify, daemonset_classes
from kubestow.scheduling.node_rules import NodeRule, node_rules
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.static_filters import StaticFilters
from kubestow.scheduling.vectors import vector

_AXES = (CPU, MEMORY, PODS, EPHEMERAL_STORAGE, EBS_VOLUMES)


@dataclass
class PreparedSnapshot:
    """The prepared snapshot. ``classes`` are the pods' classes, then one a DaemonSet."""

    snapshot: Snapshot
    pools: tuple[NodePool, ...]
    offerings: list[PoolOfferings]
    classes: list[PodClass]
    daemonsets: tuple[DaemonSet, ...]
    selection: ClassSelection
    rules: list[NodeRule]
    candidates: list[CandidateNode]
    filters: StaticFilters
    axes: tuple[str, ...]
    requests: Integers  # classes x axes
    free: Integers  # candidates x axes, after what is on them
    content: list[tuple[tuple[int, int], ...]]  # by candidate: (class, pods)
    daemonsets_on: Booleans  # daemonsets x candidates
    existing: int
    bound: list[tuple[int, int]] = field(default_factory=list)  # (class, candidate)
    shared_slots: int = 0  # EBS slots held back everywhere for volumes several pods share
    _carries: dict[int, Mask] = field(default_factory=dict)

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
        known = self._carries.get(index)
        if known is None:
            known = np.logical_and(self._usable, self.filters.passing(self.classes[index]))
            for axis, amount in enumerate(self.requests[index].tolist()):
                if amount:
                    known &= self._columns[axis] >= amount
            self._carries[index] = known
        return known

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
    snapshot: Snapshot, pools: tuple[NodePool, ...], *, afresh: bool = False
) -> PreparedSnapshot:
    """Prepare a snapshot for planning with these pools.

    With ``afresh`` its pods are planned for wherever they are now; it must have no nodes.
    """
    cluster = snapshot.cluster
    pod_classes = classify(cluster, afresh=afresh)
    classes = pod_classes + daemonset_classes(cluster, pod_classes)
    wanted = _wanted_labels(classes)
    offerings = [
        pool_offerings(pool, snapshot.catalog, snapshot.networking, wanted) for pool in pools
    ]
    candidates = _existing_candidates(snapshot)
    existing = len(candidates)
    candidates += [candidate for offered in offerings for candidate in offered.candidates]
    filters = StaticFilters(CandidateIndex(candidates))
    axes = _axes(classes)
    requests = _requests(classes, axes)
    position = {c.name: i for i, c in enumerate(candidates[:existing])}
    on = list(map(attrgetter("node_name"), cluster.pods))
    where = [position[on[pod]] for c in pod_classes for pod in c.bound]
    held = [index for c in pod_classes for index in [c.index] * len(c.bound)]
    bound = list(zip(held, where, strict=True))
    prepared = PreparedSnapshot(
        snapshot,
        pools,
        offerings,
        classes,
        cluster.daemonsets,
        ClassSelection([c.key for c in classes], cluster.namespaces),
        [],
        candidates,
        filters,
        axes,
        requests,
        _allocatable(candidates, axes),
        [],
        np.zeros((0, 0), dtype=bool),
        existing,
        bound,
    )
    prepared.rules = node_rules(classes, prepared.selection)
    prepared.daemonsets_on = _daemonset_placement(prepared)
    _load(prepared, np.array(held, dtype=np.int64), np.array(where, dtype=np.int64))
    return prepared


def _wanted_labels(classes: Sequence[PodClass]) -> dict[str, tuple[str, ...]]:
    """Return the values pods ask of labels that are not well-known, by key."""
    found: dict[str, set[str]] = {}
    for pod_class in classes:
        template = pod_class.template
        for key, value in template.node_selector:
            found.setdefault(key, set()).add(value)
        for term in template.node_affinity or ():
            for expression in term.expressions:
                number = parse_int(expression.values[0]) if len(expression.values) == 1 else None
                if expression.operator in ("Gt", "Lt") and number is not None:
                    near = number + (1 if expression.operator == "Gt" else -1)
                    found.setdefault(expression.key, set()).add(str(near))
                elif expression.operator in ("In", "NotIn"):
                    found.setdefault(expression.key, set()).update(expression.values)
    return {k: tuple(sorted(v)) for k, v in sorted(found.items()) if k not in names.WELL_KNOWN}


def _existing_candidates(snapshot: Snapshot) -> list[CandidateNode]:
    return [node.once(_existing_candidate) for node in snapshot.cluster.nodes]


def _existing_candidate(node: Node) -> CandidateNode:
    labels = dict(node.labels)
    return CandidateNode(
        node.name,
        labels,
        node.taints,
        _with_attach_limit(node),
        labels.get(names.NODEPOOL, ""),
        labels.get(names.INSTANCE_TYPE, ""),
        labels.get(names.ZONE, ""),
        capacity_type(labels),
        exists=True,
        unschedulable=node.unschedulable,
    )


def _with_attach_limit(node: Node) -> Amounts:
    """Return what a node can take, with the volumes its CSINode lets EBS attach."""
    known = dict(node.attach_limits)
    limit = known.get(EBS_DRIVER, UNLIMITED)
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


def _allocatable(candidates: Sequence[CandidateNode], axes: tuple[str, ...]) -> Integers:
    shapes: dict[Amounts, int] = {}
    codes = [shapes.setdefault(c.allocatable, len(shapes)) for c in candidates]
    rows = np.array([vector(shape, axes) for shape in shapes], dtype=np.int64)
    return rows.reshape(len(shapes), len(axes))[codes]


def _daemonset_placement(prepared: PreparedSnapshot) -> Booleans:
    """Return which DaemonSets put a pod on which candidates (resources are not considered)."""
    first = len(prepared.classes) - len(prepared.daemonsets)
    on = np.zeros((len(prepared.daemonsets), len(prepared.candidates)), dtype=bool)
    for row, pod_class in enumerate(prepared.classes[first:]):
        template = pod_class.template
        tolerations = tuple(sorted({*template.tolerations, *DAEMONSET_TOLERATIONS}))
        on[row] = prepared.filters.affinity(template) & prepared.filters.index.tolerated(
            tolerations
        )
        if template.unsupported or template.scheduling_gates:
            on[row] = False
    return on


def _rivals(prepared: PreparedSnapshot, index: int, bound: Set[int]) -> set[int]:
    """Return the classes whose pods keep a DaemonSet's pod off their node by anti-affinity.

    Terms wider than a node of pods that are bound bar every node: one pod too few is held back
    for, at worst. -1 stands for that.
    """
    own = prepared.classes[index]
    found: set[int] = set()
    for term in own.template.anti_affinity:
        found |= set(prepared.selection.by_term(term, own.key.namespace))
    for other in prepared.classes:
        for term in other.template.anti_affinity:
            if index in prepared.selection.by_term(term, other.key.namespace):
                wide = term.topology_key != names.HOSTNAME and other.index in bound
                found.add(-1 if wide else other.index)
    return found


def _load(prepared: PreparedSnapshot, held: Integers, where: Integers) -> None:
    """Take what is on each candidate off its free amounts and remember it as content.

    ``held`` are the classes of the pods on nodes, ``where`` their candidates.
    """
    first, existing = len(prepared.classes) - len(prepared.daemonsets), prepared.existing
    pairs, counts = np.unique(where * len(prepared.classes) + held, return_counts=True)
    places, indexes = np.divmod(pairs, max(len(prepared.classes), 1))
    taken = counts[:, None] * prepared.requests[indexes]
    for axis in range(len(prepared.axes)):
        np.subtract.at(prepared.free[:, axis], places, taken[:, axis])
    on_each = list(zip(indexes.tolist(), counts.tolist(), strict=True))
    ends = np.cumsum(np.bincount(places, minlength=existing)).tolist()
    content = [dict(on_each[begin:end]) for begin, end in pairwise([0, *ends])]
    bound = set(indexes.tolist())
    nodes = {c.name: i for i, c in enumerate(prepared.candidates[:existing])}
    running = {
        (pod.daemonset, nodes[pod.node_name])
        for pod in prepared.snapshot.cluster.pods
        if pod.daemonset and pod.node_name in nodes
    }
    for row, daemonset in enumerate(prepared.daemonsets if existing else ()):
        rivals = _rivals(prepared, first + row, bound)
        asked = prepared.requests[first + row]
        fits = ((prepared.free[:existing] >= asked) | (asked == 0)).all(axis=1)
        wanted = prepared.daemonsets_on[row, :existing] & fits & (-1 not in rivals)
        for candidate in np.nonzero(wanted)[0].tolist():
            if (daemonset.key, candidate) in running or rivals & content[candidate].keys():
                wanted[candidate] = False
            else:
                content[candidate][first + row] = 1
                prepared.bound.append((first + row, candidate))
        prepared.daemonsets_on[row, :existing] = wanted
        prepared.free[:existing][wanted] -= asked
        if wanted.any():
            bound.add(first + row)
    launchable = slice(existing, len(prepared.candidates))
    on = prepared.daemonsets_on[:, launchable].astype(np.int64)
    prepared.free[launchable] -= on.T @ prepared.requests[first:]
    # Each volume several pods share may have to be attached to any node: keep slots for all.
    prepared.shared_slots = len(
        {claim for c in prepared.classes for claim in c.key.volumes.shared_ebs}
    )
    slots = prepared.free[:, prepared.axes.index(EBS_VOLUMES)]
    np.maximum(slots - prepared.shared_slots, np.minimum(slots, 0), out=slots)
    prepared.content = [tuple(amount.items()) for amount in content]  # ascending
    combinations: dict[bytes, tuple[tuple[int, int], ...]] = {}
    for column in on.T:
        key = column.tobytes()
        if key not in combinations:
            combinations[key] = tuple((first + int(row), 1) for row in np.nonzero(column)[0])
        prepared.content.append(combinations[key])
