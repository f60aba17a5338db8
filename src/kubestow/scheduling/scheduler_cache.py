"""Nodes and the pods on them, as kube-scheduler's cache holds them.

It changes as pods come and go; one is added or removed in time that does not grow with the cluster.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.node import Node
from kubestow.model.resources import Amounts
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.changes import ChangeLog
from kubestow.scheduling.contents import Contents
from kubestow.scheduling.counts import DomainCounts, domain_counts
from kubestow.scheduling.pod_kinds import PodKind, PodKinds, sort_pods
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.vectors import vector
from kubestow.scheduling.volume_state import VolumeState

Made = TypeVar("Made")
CountName = tuple[tuple[int, ...], str | None, bytes | None]
"""The kinds of pods that are counted, the topology key, and the nodes they are counted on."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The pods on the nodes of a cache at one time."""

    amounts: Integers
    placed: tuple[dict[int, int], ...]
    node_of: dict[int, int]
    by_priority: dict[int, int]
    storage: VolumeState
    content_of: list[int]


@dataclass(slots=True)
class SchedulerCache:
    """The cluster's nodes and bound pods."""

    cluster: Cluster
    nodes: tuple[Node, ...]
    index: CandidateIndex
    position: Mapping[str, int]
    sorting: PodKinds
    allocatable: Integers  # axes x nodes
    amounts: Integers  # (cpu, memory as they are scored, then what is free on each axis) x nodes
    storage: VolumeState
    contents: Contents | None = None
    content_of: list[int] = field(default_factory=list)  # by node, if contents are told apart
    placed: list[dict[int, int]] = field(default_factory=list)  # by kind: pods by node
    node_of: dict[int, int] = field(default_factory=dict)  # pod -> node
    changed: ChangeLog = field(default_factory=ChangeLog)
    image_sizes: dict[str, dict[int, int]] = field(default_factory=dict)  # by image: by node
    _counts: dict[CountName, DomainCounts] = field(default_factory=dict)
    _shared: dict[Hashable, object] = field(default_factory=dict)
    by_priority: dict[int, int] = field(default_factory=dict)  # pods on nodes
    _sizes: list[bytes] = field(default_factory=list)
    _counting: dict[int, list[DomainCounts]] = field(default_factory=dict)

    @property
    def kinds(self) -> list[PodKind]:
        """The kinds of pods."""
        return self.sorting.kinds

    @property
    def kind_of(self) -> list[int]:
        """Each pod's kind, in the input's order."""
        return self.sorting.kind_of

    @property
    def selection(self) -> ClassSelection:
        """Which kinds a selector matches."""
        return self.sorting.selection

    @property
    def axes(self) -> tuple[str, ...]:
        """The resources that pods ask for."""
        return self.sorting.axes

    @property
    def requests(self) -> Integers:
        """What each kind asks for: kinds x axes."""
        return self.sorting.requests

    @property
    def scored(self) -> Integers:
        """What a pod of each kind counts as when it is scored: kinds x (cpu, memory)."""
        return self.sorting.scored

    @property
    def used_scored(self) -> Integers:
        """The cpu and memory that the pods of each node count as in scores: 2 x nodes."""
        return self.amounts[:2]

    @property
    def free(self) -> Integers:
        """What is free: axes x nodes."""
        return self.amounts[2:]

    def add(self, pod: int, node: int) -> None:
        """Put a pod on a node."""
        self.node_of[pod] = node
        kind = self.sorting.kind_of[pod]
        self.amounts[:, node] += self.sorting.moves[kind]
        self._moved(kind, node, 1)
        if self.sorting.stores[kind]:
            self.storage.attach(self.cluster.pods[pod], node)

    def add_all(self, places: Mapping[int, int]) -> None:
        """Put pods on nodes: as ``add`` for each, in a cache that nothing has looked at yet."""
        assert not self.node_of, "no pod is on a node yet"
        assert not self._counting, "nothing counts yet"
        if not places:
            return
        nodes = np.fromiter(places.values(), dtype=np.int64, count=len(places))
        kinds = np.fromiter(map(self.kind_of.__getitem__, places), np.int64, len(places))
        pairs, counts = np.unique(kinds * len(self.nodes) + nodes, return_counts=True)
        kind, node = np.divmod(pairs, len(self.nodes))
        for axis, free in enumerate(self.free):
            np.subtract.at(free, node, counts * self.requests[kind, axis])
        for axis, used in enumerate(self.used_scored):
            np.add.at(used, node, counts * self.sorting.held[kind, axis])
        ends = np.cumsum(np.bincount(kind, minlength=len(self.kinds))).tolist()
        there, several = node.tolist(), counts.tolist()
        for number, (begin, end) in enumerate(pairwise([0, *ends])):
            if end > begin:
                self.placed[number] = dict(zip(there[begin:end], several[begin:end], strict=True))
                priority, count = self.sorting.priorities[number], sum(several[begin:end])
                self.by_priority[priority] = self.by_priority.get(priority, 0) + count
        self.node_of.update(places)
        self.changed.extend(nodes)
        stores = self.sorting.stores
        if any(stores):
            for pod, node in places.items():
                if stores[self.kind_of[pod]]:
                    self.storage.attach(self.cluster.pods[pod], node)

    def remove(self, pod: int) -> int:
        """Take a pod off its node; return the node."""
        node = self.node_of.pop(pod)
        kind = self.sorting.kind_of[pod]
        self.amounts[:, node] -= self.sorting.moves[kind]
        self._moved(kind, node, -1)
        if self.sorting.stores[kind]:
            self.storage.detach(self.cluster.pods[pod], node)
        return node

    def _moved(self, kind: int, node: int, pods: int) -> None:
        """Count pods that came to a node, or left it, whose amounts are there or gone already."""
        by_node = self.placed[kind]
        by_node[node] = by_node.get(node, 0) + pods
        for counts in self._counting.get(kind, ()):
            counts.add(node, pods)
        priority = self.sorting.priorities[kind]
        self.by_priority[priority] = self.by_priority.get(priority, 0) + pods
        self.changed.append(node)
        if self.contents is not None:
            self.content_of[node] = self.contents.number(self._content(node))

    @property
    def told_apart(self) -> Contents:
        """What nodes hold, told apart."""
        assert self.contents is not None, "what nodes hold is told apart"
        return self.contents

    def _content(self, node: int) -> bytes:
        return self._sizes[node] + self.amounts[:, node].tobytes()

    def tell_apart(self, contents: Contents) -> None:
        """Number what every node holds from now on."""
        self._sizes = [column.tobytes() for column in self.allocatable.T]
        self.contents = contents
        nodes = range(len(self.nodes))
        self.content_of = [contents.number(self._content(node)) for node in nodes]

    def mark(self) -> Mark:
        """Remember which pods are on which nodes, to come back to it."""
        placed = tuple(dict(by_node) for by_node in self.placed)
        there = dict(self.node_of), dict(self.by_priority)
        return Mark(self.amounts.copy(), placed, *there, self.storage.copy(), list(self.content_of))

    def rewind(self, mark: Mark) -> None:
        """Come back to a mark; what is static, and what is counted, stays known."""
        self.amounts[:] = mark.amounts
        self.placed[:] = [dict(by_node) for by_node in mark.placed]
        self.node_of = dict(mark.node_of)
        self.by_priority = dict(mark.by_priority)
        self.storage = mark.storage.copy()
        self.content_of[:] = mark.content_of
        self.changed.extend(range(len(self.nodes)))
        for (kinds, _, _), counts in self._counts.items():
            counts.recount(self.placed[kind] for kind in kinds)

    def shared(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` computes, computed once for all kinds that ask by this name."""
        if name not in self._shared:
            self._shared[name] = make()
        value: Made = self._shared[name]  # type: ignore[assignment] # only this name holds it
        return value

    def counts(
        self, kinds: tuple[int, ...], key: str | None, counted: Mask | None = None
    ) -> DomainCounts:
        """Return the live count of these kinds by the domains of a key; None means by node.

        Of the nodes only those ``counted`` are, if it is given.
        """
        name = (kinds, key, None if counted is None else counted.tobytes())
        live = self._counts.get(name)
        if live is None:
            if key is None:
                codes, domains = np.arange(len(self.nodes)), len(self.nodes)
            else:
                codes, domains = self.index.domains(key), len(self.index.column(key)[1])
            live = self._counts[name] = domain_counts(
                codes,
                domains,
                counted,
                (self.placed[kind] for kind in kinds),
            )
            for kind in kinds:
                self._counting.setdefault(kind, []).append(live)
        return live


def build_cache(cluster: Cluster, sorting: PodKinds | None = None) -> SchedulerCache:
    """Build the cache of a cluster: its nodes, its bound pods, and all pods' kinds.

    Pods bound to nodes that the cluster does not have do not exist for the scheduler.
    """
    sorting = sorting or sort_pods(cluster)
    nodes, axes = cluster.nodes, sorting.axes
    position = {node.name: i for i, node in enumerate(nodes)}
    rows: dict[Amounts, Integers] = {}
    for node in nodes:
        if node.allocatable not in rows:
            rows[node.allocatable] = vector(node.allocatable, axes)
    allocatable = np.array([rows[n.allocatable] for n in nodes], dtype=np.int64)
    allocatable = np.ascontiguousarray(allocatable.reshape(len(nodes), len(axes)).T)
    cache = SchedulerCache(
        cluster,
        nodes,
        CandidateIndex([node.once(_candidate) for node in nodes]),
        position,
        sorting,
        allocatable,
        np.concatenate((np.zeros((2, len(nodes)), dtype=np.int64), allocatable)),
        VolumeState(cluster),
        placed=[{} for _ in sorting.kinds],
    )
    for number, node in enumerate(nodes):
        for image, size in node.images:
            cache.image_sizes.setdefault(image, {})[number] = size
    cache.add_all(
        {
            number: position[pod.node_name]
            for number, pod in enumerate(cluster.pods)
            if pod.node_name in position
        }
    )
    return cache


def _candidate(node: Node) -> CandidateNode:
    return CandidateNode(
        node.name,
        dict(node.labels),
        node.taints,
        node.allocatable,
        exists=True,
        unschedulable=node.unschedulable,
    )
