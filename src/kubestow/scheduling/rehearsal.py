"""A rehearsal: a plan played through the scheduler's own cycle, in several orders of arrival.

The planned nodes are there, with their DaemonSets' pods. The planned pods arrive and the scheduler,
not the plan, chooses their nodes. What it leaves Pending is what a user would see.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kubestow.model.arrays import Floats, Integers
from kubestow.model.labels import ZONE
from kubestow.model.node import Node
from kubestow.model.plan import PlannedNode
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.resources import EBS_VOLUMES, amounts
from kubestow.model.snapshot import Cluster
from kubestow.model.volume import EBS_DRIVER, StorageClass
from kubestow.scheduling import filtering
from kubestow.scheduling.contents import Contents
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.filters import node_affinity
from kubestow.scheduling.pod_kinds import sort_pods
from kubestow.scheduling.scheduler_cache import Mark, SchedulerCache, build_cache
from kubestow.scheduling.volume_need import resolve_class

_LARGEST = 3
_LATE = (0.0, 0.5, 0.0, 2.0)  # times that in which pods come: how much later the largest come
_PLAYED = 16  # the last orders that were played are remembered
Nodes = tuple[PlannedNode, ...]
INTERLEAVED, ALPHABETICAL, RANDOM = "interleaved", "alphabetical", "random"


@dataclass(frozen=True, slots=True)
class ArrivalOrder:
    """An order of arrival; ``at_once`` as in kubestow.scheduling.cycle."""

    name: str
    pods: tuple[int, ...]
    at_once: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One order played: ``placed`` are (pod, node) in the order they were bound.

    ``tight`` are pod sizes for which one more replica would not fit: the largest pod of each, and
    the zone in which it would not fit (empty: in none).
    """

    placed: tuple[tuple[int, int], ...]
    pending: tuple[int, ...]
    cluster: Cluster
    tight: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Played:
    """One order that was played; played again it would end the same."""

    nodes: Nodes
    order: ArrivalOrder
    seed: int
    run: Run


@dataclass(frozen=True, slots=True)
class _Stage:
    """A fleet, the scheduler on it, and the pods that are there before any arrives."""

    nodes: Nodes
    cycle: Cycle
    start: Mark


@dataclass(frozen=True, slots=True)
class _Equipped:
    """A planned node, the Node it becomes, and its DaemonSets' pods with their kinds."""

    planned: PlannedNode
    node: Node
    daemons: tuple[Pod, ...]
    kinds: tuple[int, ...]


class Rehearsal:
    """The pods of a plan, ready to arrive at any fleet. ``pods`` are theirs by number."""

    def __init__(self, cluster: Cluster, planned: Iterable[str]) -> None:
        self.cluster = with_resolved_claims(cluster)
        samples = tuple(_daemon_pod(daemonset, "") for daemonset in cluster.daemonsets)
        sorting = sort_pods(replace(self.cluster, pods=(*self.cluster.pods, *samples)))
        count = len(cluster.pods)
        self._daemon_kinds = sorting.kind_of[count:]
        self._own_kinds = sorting.kind_of[:count]
        self._sorting = sorting
        self._bound = {pod.key for pod in cluster.pods if pod.node_name}
        wanted = set(planned)
        self.pods = [
            number
            for number, pod in enumerate(cluster.pods)
            if not pod.node_name and pod.key in wanted
        ]
        priorities = self._sorting.priorities
        arriving = max((priorities[self._own_kinds[pod]] for pod in self.pods), default=0)
        self.may_evict = arriving > min(priorities, default=arriving)
        """Whether a pod that arrives may find others of a lower priority."""
        self._largest = self._largest_pods()
        self._played: deque[_Played] = deque(maxlen=_PLAYED)
        self._stage: _Stage | None = None
        self._contents = Contents()
        self._equipment: dict[str, _Equipped] = {}  # by the node's name

    def play(
        self, nodes: Sequence[PlannedNode], order: ArrivalOrder, seed: int, *, in_full: bool = True
    ) -> Run:
        """Let the pods arrive in this order where these nodes are.

        Unless it is played ``in_full`` it ends at the first pod that stays Pending.
        """
        fleet = tuple(nodes)
        for played in self._played:
            if played.order is order and played.seed == seed and played.nodes == fleet:
                return played.run
        run = self._play(fleet, order, seed, in_full=in_full)
        if in_full or not run.pending:
            self._played.append(_Played(fleet, order, seed, run))
        return run

    def _play(self, nodes: Nodes, order: ArrivalOrder, seed: int, *, in_full: bool) -> Run:
        cycle = self._cycle(nodes, seed)
        cache = cycle.cache
        pending = cycle.run(order.pods, at_once=order.at_once, in_full=in_full)
        placed = tuple((pod, cache.node_of[pod]) for pod in cycle.bound)
        tight = () if pending else tuple(t for p in self._largest for t in _tight(cycle, p))
        return Run(placed, tuple(pending), cache.cluster, tight)

    def _cycle(self, nodes: Nodes, seed: int) -> Cycle:
        """Return the scheduler before any pod has arrived; the last fleet's is used again."""
        stage = self._stage
        if stage is None or stage.nodes != nodes:
            cache = self._state(nodes)
            cache.tell_apart(self._contents)
            cycle = Cycle(cache, seed)
            self._stage = _Stage(nodes, cycle, cycle.cache.mark())
            return cycle
        stage.cycle.cache.rewind(stage.start)
        stage.cycle.restart(seed)
        return stage.cycle

    def _largest_pods(self) -> tuple[int, ...]:
        """Return one pod of each of the largest sizes, by cpu and by memory."""
        largest: dict[int, None] = {}
        for axis in (0, 1):
            sizes: dict[tuple[int, ...], int] = {}
            for pod in self.pods:
                size = self._sorting.requests[self._own_kinds[pod]]
                sizes.setdefault(tuple(size.tolist()), pod)
            ranked = sorted(sizes, key=lambda size: size[axis], reverse=True)
            largest |= dict.fromkeys(sizes[size] for size in ranked[:_LARGEST])
        return tuple(largest)

    def _state(self, nodes: Sequence[PlannedNode]) -> SchedulerCache:
        equipped = [self._equipped(node) for node in nodes]
        launched = tuple(item.node for item in equipped if not item.planned.existing)
        daemons = [pod for item in equipped for pod in item.daemons]
        kinds = [kind for item in equipped for kind in item.kinds]
        cluster = replace(
            self.cluster,
            nodes=(*self.cluster.nodes, *launched),
            pods=(*self.cluster.pods, *daemons),
        )
        return build_cache(cluster, replace(self._sorting, kind_of=[*self._own_kinds, *kinds]))

    def _equipped(self, planned: PlannedNode) -> _Equipped:
        """Return what a planned node becomes; fleets that are tried have most nodes in common."""
        equipped = self._equipment.get(planned.name)
        if equipped is None or equipped.planned != planned:
            daemons: list[Pod] = []
            kinds: list[int] = []
            for number, daemonset in enumerate(self.cluster.daemonsets):
                name = f"{daemonset.key}-{planned.name}"
                if name in planned.daemonset_pods and name not in self._bound:
                    daemons.append(_daemon_pod(daemonset, planned.name))
                    kinds.append(self._daemon_kinds[number])
            equipped = _Equipped(planned, launched_node(planned), tuple(daemons), tuple(kinds))
            self._equipment[planned.name] = equipped
        return equipped

    def orders(self, count: int, seed: int) -> Iterator[ArrivalOrder]:
        """Yield so many orders of arrival: interleaved replicas, alphabetical, then random.

        By turns the pods are all there before the first is scheduled, or come one by one.
        """
        pods = self.cluster.pods
        if count > 0:
            yield ArrivalOrder(INTERLEAVED, tuple(self._interleaved()), True)
        if count > 1:
            ranked = sorted(self.pods, key=lambda pod: pods[pod].key)
            yield ArrivalOrder(ALPHABETICAL, tuple(ranked), False)
        random = np.random.default_rng(seed)
        for number in range(2, count):
            yield self._random(random.permutation(len(self.pods)), number)

    def random_orders(self, count: int, seed: int, *, late: bool) -> Iterator[ArrivalOrder]:
        """Yield so many random orders; if ``late``, large pods tend to come late in half of them.

        Late large pods are what strands most, so that such orders find more with less.
        """
        random = np.random.default_rng(seed)
        ranks = self._ranks()
        for number in range(count):
            lag = _LATE[number // 2 % len(_LATE)] if late else 0.0
            yield self._random((random.random(len(self.pods)) + lag * ranks).argsort(), number)

    def _random(self, ranked: Integers, number: int) -> ArrivalOrder:
        return ArrivalOrder(RANDOM, tuple(self.pods[i] for i in ranked), number % 2 == 1)

    def _ranks(self) -> Floats:
        """Return the place of each pod by size, from 0 to 1: by its share of the largest."""
        sizes = self._sorting.requests[[self._own_kinds[pod] for pod in self.pods], :2]
        shares = (sizes / np.maximum(sizes.max(axis=0, initial=1), 1)).max(axis=1, initial=0.0)
        return np.asarray(shares.argsort(kind="stable").argsort() / max(len(self.pods), 1))

    def _interleaved(self) -> list[int]:
        """Return one pod of each workload in turn."""
        turns: dict[int, int] = {}
        ranked = []
        for position, pod in enumerate(self.pods):
            kind = self._own_kinds[pod]
            turns[kind] = turns.get(kind, 0) + 1
            ranked.append((turns[kind], position, pod))
        return [pod for _, _, pod in sorted(ranked)]


def _tight(cycle: Cycle, pod: int) -> Iterator[tuple[int, str]]:
    """Yield the zones in which one more pod like this finds no room, if it is spread over zones.

    Of any other pod yield an empty zone where it finds room nowhere.
    """
    context = cycle.context(cycle.cache.kind_of[pod])
    room = filtering.roomy(context)
    if not any(constraint.topology_key == ZONE for constraint in context.template.spread):
        if not room.any():
            yield pod, ""
        return
    column, zones = cycle.cache.index.column(ZONE)
    eligible = node_affinity.whole_mask(context.template, context.index)
    for code in np.unique(column[eligible & context.tolerated & (column >= 0)]).tolist():
        if not room[column == code].any():
            yield pod, zones[code]


def with_resolved_claims(cluster: Cluster) -> Cluster:
    """Return the cluster with its claims as they will be once the volume controller has run.

    Claims that have been promised a volume are bound, and classes that are not in the input are
    there as planning takes them to be.
    """
    claims = {}
    classes = dict(cluster.storage_classes)
    for key, claim in cluster.claims.items():
        after = claim
        if claim.volume_name:
            after = replace(claim, bind_completed=True)
        else:
            resolved = resolve_class(claim, cluster)
            if resolved is not None and resolved.is_assumed:
                classes[resolved.name] = StorageClass(resolved.name)
                after = replace(claim, storage_class=resolved.name)
        claims[key] = after
    return replace(cluster, claims=claims, storage_classes=classes)


def launched_node(node: PlannedNode) -> Node:
    """Return the Node that a planned node becomes."""
    allocatable = dict(node.allocatable)
    slots = allocatable.pop(EBS_VOLUMES, 0)
    return Node(
        node.name,
        node.labels,
        amounts(allocatable),
        node.taints,
        attach_limits=((EBS_DRIVER, slots),),
        migrated_plugins=(),
    )


def launched_pods(node: PlannedNode, daemonsets: Iterable[DaemonSet]) -> tuple[Pod, ...]:
    """Return the DaemonSets' pods that come with a planned node."""
    return tuple(
        _daemon_pod(daemonset, node.name)
        for daemonset in daemonsets
        if f"{daemonset.key}-{node.name}" in node.daemonset_pods
    )


def _daemon_pod(daemonset: DaemonSet, node: str) -> Pod:
    return Pod(
        daemonset.namespace,
        f"{daemonset.name}-{node}",
        daemonset.template,
        daemonset.labels,
        node,
        daemonset=daemonset.key,
    )
