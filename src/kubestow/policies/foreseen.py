"""Foreseen: where consolidation expects the pods of nodes that go, while these leave.

Each pod was given a place when the nodes were chosen: in open room, as kube-scheduler chooses, or
on a node that was launched for it. Planned anew one evicted pod after the other, they would be
packed otherwise, and more would be launched. A pod that is created in place of an evicted one takes
over one of the places of its owner's pods, those on launched nodes first: what has room elsewhere
does not wait. One that still waits for open room at the next decision is planned as any other.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from kubestow.disruption.expected import expected, is_going
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import ForeseenMoves, OptimalMemory
from kubestow.model.snapshot import Cluster, Snapshot


def owner_of(pod: Pod) -> str:
    """Return whose pods take each other's places; empty for a pod that nothing creates again."""
    owner = pod.lifecycle.owner
    return "" if owner is None else f"{pod.namespace}/{owner[0]}/{owner[1]}"


def foreseen_moves(
    moves: Mapping[str, str], cluster: Cluster, nodes: tuple[str, ...]
) -> ForeseenMoves:
    """Return what to remember of the nodes that go and of where each of their pods is expected."""
    pods = tuple(
        (pod.key, owner_of(pod), moves[pod.key]) for pod in cluster.pods if pod.key in moves
    )
    return ForeseenMoves(nodes, pods)


def foresee(
    memory: Memory, snapshot: Snapshot, without: Collection[str]
) -> tuple[dict[str, str], Memory]:
    """Return the places of pods that wait, and what to remember; ``without`` are further nodes
    that are to go."""
    memory = still_foreseen(memory, snapshot)
    moves = memory.own_as(OptimalMemory).foreseen
    if moves is None:
        return {}, memory
    on = foreseen_on(moves, snapshot, expected(snapshot, without))
    return on, after_foreseeing(memory, snapshot, on)


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


def foreseen_on(moves: ForeseenMoves, snapshot: Snapshot, future: Snapshot) -> dict[str, str]:
    """Return the node of each pod that waits and has a place, by its key.

    ``future`` is the expected snapshot, in which the pods of leaving nodes wait as well.
    """
    pods = future.cluster.pods
    there = {node.name for node in future.cluster.nodes}
    alive = {pod.key for pod in pods if not pod.terminating}
    waiting = {p.key: p for p in pods if not (p.node_name or p.daemonset or p.terminating)}
    coming = _coming(snapshot)
    on: dict[str, str] = {}
    free: dict[str, list[str]] = defaultdict(list)
    for key, owner, node in moves.pods:
        if node in there and key in waiting:
            on[key] = node
        elif node in there and owner and key not in alive:
            free[owner].append(node)
    places = {owner: _left(owner, nodes, pods, coming) for owner, nodes in free.items()}
    waited = set(moves.waited)
    for key, pod in waiting.items():
        left = places.get(owner_of(pod), [])
        if key not in on and left and (left[0] in coming or key not in waited):
            on[key] = left.pop(0)
    return {k: node for k, node in on.items() if node in coming or k not in waited}


def after_foreseeing(memory: Memory, snapshot: Snapshot, on: Mapping[str, str]) -> Memory:
    """Return the memory of which pods wait for open room that they were expected to get."""
    own, coming = memory.own_as(OptimalMemory), _coming(snapshot)
    if own.foreseen is None:
        return memory
    unbound = (pod.key for pod in snapshot.cluster.pods if not pod.node_name)
    waited = tuple(sorted(key for key in unbound if on.get(key, "") not in {"", *coming}))
    waited = tuple(dict.fromkeys((*own.foreseen.waited, *waited)))
    return replace(memory, own=replace(own, foreseen=replace(own.foreseen, waited=waited)))


def _coming(snapshot: Snapshot) -> set[str]:
    """Return the nodes on which pods are landed: kube-scheduler puts none there."""
    return {c.name for c in snapshot.nodeclaims if c.is_coming or c.phase is Phase.HELD}


def _left(
    owner: str, nodes: list[str], pods: Collection[Pod], coming: Collection[str]
) -> list[str]:
    """Return the places that an owner's pods have not taken, those on launched nodes first."""
    taken = Counter(
        pod.node_name for pod in pods if pod.node_name in coming and owner_of(pod) == owner
    )
    launched, open_room = [], []
    for node in nodes:
        if node not in coming:
            open_room.append(node)
        elif taken[node]:
            taken[node] -= 1
        else:
            launched.append(node)
    return launched + open_room
