"""What is on every candidate before anything is planned, and what that leaves free.

An existing node holds the pods bound to it and those its DaemonSets still lack there; a new node
holds its DaemonSets' pods.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

import numpy as np

from kubestow.model import labels as names
from kubestow.model.arrays import Booleans, Integers
from kubestow.model.resources import EBS_VOLUMES, Amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import DAEMONSET_TOLERATIONS
from kubestow.provisioning.preparation.conflicts import Content
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.static_filters import StaticFilters
from kubestow.scheduling.vectors import vector

_BARRED = -1
"""Stands among a DaemonSet's rivals for one that keeps its pods off every node."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """``shared_slots`` are EBS slots held back everywhere for volumes several pods share."""

    free: Integers  # candidates x axes
    content: list[Content]  # by candidate
    daemonsets_on: Booleans  # DaemonSets x candidates
    bound_pods: list[tuple[int, int]]  # (class, existing candidate)
    shared_slots: int


def occupancy(
    cluster: Cluster,
    classes: Sequence[PodClass],
    selection: ClassSelection,
    filters: StaticFilters,
    requests: Integers,
    axes: tuple[str, ...],
    *,
    existing: int,
) -> Occupancy:
    """Return what is on the candidates of ``filters``, of which the first ``existing`` are nodes.

    ``classes`` are the pods' classes, then one for each DaemonSet; ``requests`` are classes x axes.
    """
    candidates = filters.index.candidates
    free, first = _allocatable(candidates, axes), len(classes) - len(cluster.daemonsets)
    on = _daemonset_placement(classes[first:], filters)
    nodes = _ExistingNodes(classes, selection, requests, free[:existing])
    position = {c.name: i for i, c in enumerate(candidates[:existing])}
    nodes.add_bound(cluster, position)
    running: dict[str, set[int]] = {}
    for pod in cluster.pods:
        if pod.daemonset and pod.node_name in position:
            running.setdefault(pod.daemonset, set()).add(position[pod.node_name])
    for row, daemonset in enumerate(cluster.daemonsets if existing else ()):
        there = running.get(daemonset.key, set())
        on[row, :existing] = nodes.add_daemonset(first + row, on[row, :existing], there)
    new = on[:, existing:].astype(np.int64)
    free[existing:] -= new.T @ requests[first:]
    # Each volume several pods share may have to be attached to any node: keep slots for all.
    shared_slots = len({claim for c in classes for claim in c.key.volumes.shared_ebs})
    slots = free[:, axes.index(EBS_VOLUMES)]
    np.maximum(slots - shared_slots, np.minimum(slots, 0), out=slots)
    free.flags.writeable = False
    content = [tuple(held.items()) for held in nodes.content]
    return Occupancy(free, content + _new_contents(new, first), on, nodes.bound_pods, shared_slots)


class _ExistingNodes:
    """The existing nodes and the pods put on them so far; takes what is put there off ``free``."""

    def __init__(
        self,
        classes: Sequence[PodClass],
        selection: ClassSelection,
        requests: Integers,
        free: Integers,
    ) -> None:
        self.classes, self.selection, self.requests, self.free = classes, selection, requests, free
        self.content: list[dict[int, int]] = []
        self.bound_pods: list[tuple[int, int]] = []
        self._present: set[int] = set()  # the classes some node holds a pod of

    def add_bound(self, cluster: Cluster, position: dict[str, int]) -> None:
        """Add the pods that are bound to nodes."""
        node_names = list(map(attrgetter("node_name"), cluster.pods))
        where = [position[node_names[pod]] for c in self.classes for pod in c.bound]
        held = [index for c in self.classes for index in [c.index] * len(c.bound)]
        self.bound_pods = list(zip(held, where, strict=True))
        codes = np.array(where, dtype=np.int64) * len(self.classes) + np.array(held, dtype=np.int64)
        pairs, counts = np.unique(codes, return_counts=True)
        places, indexes = np.divmod(pairs, max(len(self.classes), 1))
        taken = counts[:, None] * self.requests[indexes]
        for axis in range(self.free.shape[1]):
            np.subtract.at(self.free[:, axis], places, taken[:, axis])
        on_each = list(zip(indexes.tolist(), counts.tolist(), strict=True))
        ends = np.cumsum(np.bincount(places, minlength=len(self.free))).tolist()
        self.content = [dict(on_each[begin:end]) for begin, end in pairwise([0, *ends])]
        self._present = set(indexes.tolist())

    def add_daemonset(self, index: int, admitted: Booleans, there: Set[int]) -> Booleans:
        """Add a pod of a DaemonSet's class to every node that admits one and has room for it.

        ``there`` are the nodes that hold one already. Return the nodes that were given one.
        """
        rivals, asked = self._rivals(index), self.requests[index]
        fits = ((self.free >= asked) | (asked == 0)).all(axis=1)
        given: Booleans = admitted & fits & (_BARRED not in rivals)
        for node in np.nonzero(given)[0].tolist():
            if node in there or rivals & self.content[node].keys():
                given[node] = False
            else:
                self.content[node][index] = 1
                self.bound_pods.append((index, node))
        self.free[given] -= asked
        if given.any():
            self._present.add(index)
        return given

    def _rivals(self, index: int) -> set[int]:
        """Return the classes whose pods keep a DaemonSet's pod off their node by anti-affinity.

        Terms wider than a node of pods that are bound bar every node: one pod too few is held back
        for, at worst.
        """
        own = self.classes[index]
        rivals: set[int] = set()
        for term in own.template.anti_affinity:
            rivals |= set(self.selection.by_term(term, own.key.namespace))
        for other in self.classes:
            for term in other.template.anti_affinity:
                if index in self.selection.by_term(term, other.key.namespace):
                    wide = term.topology_key != names.HOSTNAME and other.index in self._present
                    rivals.add(_BARRED if wide else other.index)
        return rivals


def _allocatable(candidates: Sequence[CandidateNode], axes: tuple[str, ...]) -> Integers:
    shapes: dict[Amounts, int] = {}
    codes = [shapes.setdefault(c.allocatable, len(shapes)) for c in candidates]
    rows = np.array([vector(shape, axes) for shape in shapes], dtype=np.int64)
    return rows.reshape(len(shapes), len(axes))[codes]


def _daemonset_placement(classes: Sequence[PodClass], filters: StaticFilters) -> Booleans:
    """Return which DaemonSets put a pod on which candidates (resources are not considered)."""
    on = np.zeros((len(classes), len(filters.index)), dtype=bool)
    for row, pod_class in enumerate(classes):
        template = pod_class.template
        tolerations = tuple(sorted({*template.tolerations, *DAEMONSET_TOLERATIONS}))
        on[row] = filters.selected(template) & filters.index.tolerated(tolerations)
        if template.unsupported or template.scheduling_gates:
            on[row] = False
    return on


def _new_contents(on: Integers, first: int) -> list[Content]:
    """Return what new nodes hold: the same tuple for all that have the same DaemonSets."""
    contents: list[Content] = []
    combinations: dict[bytes, Content] = {}
    for column in on.T:
        key = column.tobytes()
        if key not in combinations:
            combinations[key] = tuple((first + int(row), 1) for row in np.nonzero(column)[0])
        contents.append(combinations[key])
    return contents
