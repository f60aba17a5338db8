"""Foreseen: where consolidation expects the pods of nodes that go, while these leave.

Each pod was given a place when the nodes were chosen: in open room, as kube-scheduler chooses, or
on a node that was launched for it. Planned anew one evicted pod after the other, they would be
packed otherwise, and more would be launched. A pod that is created in place of an evicted one takes
over one of the places of its owner's pods of its size, those on launched nodes first: what has room
elsewhere does not wait. A place counts only while there is room for the pod. One that still waits
for open room at the next decision is planned as any other.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from kubestow.disruption.expected import expected, is_going
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import ForeseenMoves, OptimalMemory
from kubestow.model.resources import PODS
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.policies.provisioner import waiting_pods


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The node of each pod that waits and has a place, by its key, and what to remember.

    ``on`` is None where no nodes leave of which anything was foreseen. ``waits_for_room`` says that
    some pods are expected in open room, and are not there yet.
    """

    on: Mapping[str, str] | None
    memory: Memory
    waits_for_room: bool = False


def kind_of(pod: Pod) -> str:
    """Return which pods take each other's places.

    It is empty for one that nothing creates again, and for one with volumes of its own.
    """
    owner = pod.lifecycle.owner
    if owner is None or pod.volume_claims or pod.ephemeral_claims:
        return ""
    size = ",".join(f"{name}={amount}" for name, amount in pod.template.requests)
    return f"{pod.namespace}/{owner[0]}/{owner[1]}/{size}"


def foreseen_moves(
    moves: Mapping[str, str], cluster: Cluster, nodes: tuple[str, ...]
) -> ForeseenMoves:
    """Return what to remember of the nodes that go and of where each of their pods is expected."""
    pods = tuple(
        (pod.key, kind_of(pod), moves[pod.key]) for pod in cluster.pods if pod.key in moves
    )
    return ForeseenMoves(nodes, pods)


def foresee(memory: Memory, snapshot: Snapshot, without: Collection[str]) -> Foreseen:
    """Return the places of pods that wait; ``without`` are further nodes that are to go."""
    memory = still_foreseen(memory, snapshot)
    own = memory.own_as(OptimalMemory)
    if own.foreseen is None:
        return Foreseen(None, memory)
    coming = _coming(snapshot)
    before = {pod: node for pod, node in memory.planned if node in coming}
    on = places(own.foreseen, expected(snapshot, without), coming, before)
    unbound = {pod.key for pod in snapshot.cluster.pods if not pod.node_name}
    hoping = {key for key, node in on.items() if node not in coming} & unbound
    waited = tuple(sorted(hoping.union(own.foreseen.waited) & unbound))
    own = replace(own, foreseen=replace(own.foreseen, waited=waited))
    return Foreseen(on, replace(memory, own=own), bool(hoping))


def still_foreseen(memory: Memory, snapshot: Snapshot) -> Memory:
    """Return the memory without what was foreseen of nodes none of which leaves any more."""
    own = memory.own_as(OptimalMemory)
    if own.foreseen is None:
        return memory
    leave = {claim.name for claim in snapshot.nodeclaims if is_going(claim) or claim.reason}
    leave |= {name for disruption in memory.disruptions for name in disruption.nodes}
    if leave.isdisjoint(own.foreseen.nodes):
        return replace(memory, own=replace(own, foreseen=None))
    return memory


def places(
    moves: ForeseenMoves,
    future: Snapshot,
    coming: Collection[str],
    before: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the node of each pod that waits and has a place.

    ``future`` is the expected snapshot, in which the pods of leaving nodes wait as well; ``coming``
    are nodes on which pods are landed: kube-scheduler puts none there. ``before`` is which of these
    pods were planned on already.
    """
    pods = future.cluster.pods
    alive = {pod.key for pod in pods if not pod.terminating}
    waiting = {pod.key: (pod, kind_of(pod)) for pod in waiting_pods(future.cluster)}
    taken = Counter((p.node_name, kind_of(p)) for p in pods if p.node_name in coming)
    nodes_of = {node for _, _, node in moves.pods}.union((before or {}).values())
    room, waited = _Room.of(future, nodes_of), set(moves.waited)
    on: dict[str, str] = {}
    own = {(key, node) for key, _, node in moves.pods}
    for key, node in (before or {}).items():
        if key in waiting and room.take(waiting[key][0], node):
            on[key] = node
            taken[node, waiting[key][1]] += (key, node) not in own
    launched, open_room = (
        defaultdict[str, Counter[str]](Counter),
        defaultdict[str, Counter[str]](Counter),
    )
    for key, kind, node in moves.pods:
        if key in on:
            continue
        if key in waiting:
            pod, own_kind = waiting[key]
            is_hoping = node in coming or key not in waited
            if kind == own_kind and is_hoping and room.take(pod, node):
                on[key] = node
        elif kind and key not in alive:
            if node not in coming:
                open_room[kind][node] += 1
            elif taken[node, kind]:
                taken[node, kind] -= 1
            else:
                launched[kind][node] += 1
    for key, (pod, kind) in waiting.items():
        if key in on or not kind:
            continue
        for nodes in (launched[kind], Counter() if key in waited else open_room[kind]):
            node = room.first(pod, nodes)
            if node:
                on[key] = node
                break
    return on


@dataclass(frozen=True, slots=True)
class _Room:
    """What is free on some nodes, by resource."""

    free: dict[str, dict[str, int]]

    @classmethod
    def of(cls, future: Snapshot, names: Collection[str]) -> "_Room":
        cluster = future.cluster
        room = cls({n.name: dict(n.allocatable) for n in cluster.nodes if n.name in names})
        for pod in cluster.pods:
            if pod.node_name in room.free:
                room._fill(pod, pod.node_name)
        return room

    def take(self, pod: Pod, node: str) -> bool:
        """Return whether there was room for a pod, which takes it."""
        free = self.free.get(node)
        if free is None or any(free.get(name, 0) < most for name, most in _asked(pod)):
            return False
        self._fill(pod, node)
        return True

    def first(self, pod: Pod, nodes: Counter[str]) -> str:
        """Take the first of some places; empty if none has room, as none will have then."""
        for node in list(nodes):
            if self.take(pod, node):
                nodes[node] -= 1
                if not nodes[node]:
                    del nodes[node]
                return node
            del nodes[node]
        return ""

    def _fill(self, pod: Pod, node: str) -> None:
        free = self.free[node]
        for name, amount in _asked(pod):
            free[name] = free.get(name, 0) - amount


def _asked(pod: Pod) -> tuple[tuple[str, int], ...]:
    return (*pod.template.requests, (PODS, 1))


def _coming(snapshot: Snapshot) -> set[str]:
    return {c.name for c in snapshot.nodeclaims if c.is_coming or c.phase is Phase.HELD}
