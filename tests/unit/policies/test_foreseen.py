"""Pods of nodes that leave are expected where consolidation found a place for them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import ForeseenMoves, OptimalMemory
from kubestow.model.snapshot import Snapshot
from kubestow.policies.foreseen import foresee, foreseen_moves, still_foreseen
from kubestow.policies.foreseen import places as places_of
from kubestow.testing import nodeclaim, observed, owned, pod

HELD = nodeclaim("new", phase=Phase.HELD)
OPEN, OLD = nodeclaim("open"), nodeclaim("old", phase=Phase.DRAINING)
WEB = "default/ReplicaSet/web/cpu=100,memory=134217728"
MOVES = ForeseenMoves(("old",), (("default/a", WEB, "open"), ("default/b", WEB, "new")))


def web(name: str, node: str = "") -> Pod:
    return owned(pod(name, node=node), "web", "ReplicaSet")


def places(
    pods: Iterable[Pod],
    claims: Iterable[NodeClaim] = (HELD, OPEN, OLD),
    moves: ForeseenMoves = MOVES,
    before: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the places of pods, of which those on the node that drains wait as well."""
    state = observed(claims, pods)
    waiting = tuple(item.on("") if item.node_name == "old" else item for item in pods)
    nodes = tuple(node for node in state.cluster.nodes if node.name != "old")
    future = replace(state, cluster=replace(state.cluster, pods=waiting, nodes=nodes))
    coming = [claim.name for claim in claims if claim.phase is Phase.HELD]
    return places_of(moves, future, coming, before)


def test_pods_that_are_still_on_a_node_that_drains_have_their_own_places() -> None:
    found = places([web("a", "old"), web("b", "old"), web("c", "open")])
    assert found == {"default/a": "open", "default/b": "new"}


def test_a_successor_takes_a_place_on_a_launched_node_first() -> None:
    assert places([web("a", "old"), web("x")]) == {"default/a": "open", "default/x": "new"}
    assert places([web("x"), web("y")]) == {"default/x": "new", "default/y": "open"}
    assert places([web("x"), web("y"), web("z")]).keys() == {"default/x", "default/y"}


def test_a_place_that_is_taken_is_not_given_again() -> None:
    assert places([web("x", "new"), web("y")]) == {"default/y": "open"}


def test_pods_of_other_owners_and_of_none_get_no_place() -> None:
    others = [owned(pod("x"), "jobs", "ReplicaSet"), pod("y")]
    assert places(others) == {}
    bare = replace(MOVES, pods=(("default/a", "", "new"),))
    assert places([pod("y")], moves=bare) == {}


def test_a_node_that_is_gone_is_no_place() -> None:
    assert places([web("x"), web("y")], claims=(OPEN, OLD)) == {"default/x": "open"}


def test_a_place_without_room_for_the_pod_is_none() -> None:
    full = [pod("z", "1900m", node="open"), pod("y", "1900m", node="new")]
    assert places([*full, web("a", "old"), web("b", "old"), web("x")]) == {}
    assert places([full[0], web("a", "old"), web("b", "old")]) == {"default/b": "new"}


def test_a_pod_of_another_size_takes_no_place_of_its_owners_pods() -> None:
    larger = owned(pod("x", "1"), "web", "ReplicaSet")
    assert places([larger]) == {}
    assert places([replace(larger, name="b")]) == {}, "nor its own, where its template has grown"


def test_pods_stay_where_they_were_planned_and_take_the_places_there() -> None:
    waiting = [web("x"), web("y")]
    assert places(waiting, before={"default/y": "new"}) == {
        "default/y": "new", "default/x": "open",
    }  # fmt: skip


def test_a_pod_that_has_its_own_place_takes_none_of_others() -> None:
    both = replace(MOVES, pods=(("default/a", WEB, "new"), ("default/b", WEB, "new")))
    larger = nodeclaim("new", "m5.xlarge", phase=Phase.HELD)
    before = {"default/a": "new", "default/b": "new"}
    found = places([web("a", "old"), web("x")], (larger, OPEN, OLD), both, before)
    assert found == {"default/a": "new", "default/x": "new"}


def test_pods_with_volumes_have_their_own_places_alone() -> None:
    mine = replace(web("b"), volume_claims=("data",))
    others = replace(web("x"), volume_claims=("data",))
    moves = replace(MOVES, pods=(("default/b", "", "new"),))
    assert places([mine], moves=moves) == {"default/b": "new"}
    assert places([others], moves=moves) == {}


def looked(*pods: Pod, moves: ForeseenMoves = MOVES) -> tuple[dict[str, str], set[str], bool]:
    """Return the places, the pods that wait for open room, and whether any does so newly."""
    memory = Memory(own=OptimalMemory(foreseen=moves))
    found = foresee(memory, observed([HELD, OPEN, OLD], pods), ())
    known = found.memory.own_as(OptimalMemory).foreseen
    assert known is not None
    return dict(found.on or {}), set(known.waited), found.waits_for_room


def test_a_pod_that_waited_for_open_room_is_planned_as_others() -> None:
    on, waited, hopes = looked(web("x"), web("y"))
    assert (on, waited, hopes) == (
        {"default/x": "new", "default/y": "open"}, {"default/y"}, True,
    )  # fmt: skip
    again = replace(MOVES, waited=("default/y", "default/gone"))
    assert looked(web("x"), web("y"), moves=again) == ({"default/x": "new"}, {"default/y"}, False)


def test_pods_that_are_still_on_their_node_do_not_wait_for_room() -> None:
    assert looked(web("a", "old"), web("b", "old")) == (
        {"default/a": "open", "default/b": "new"}, set(), False,
    )  # fmt: skip
    assert foresee(Memory(), observed([], []), ()).on is None


def remembered(state: Snapshot, **of_memory: PendingDisruption) -> bool:
    disruptions = tuple(of_memory.values())
    memory = Memory(own=OptimalMemory(foreseen=MOVES), disruptions=disruptions)
    return still_foreseen(memory, state).own_as(OptimalMemory).foreseen is not None


def test_it_is_remembered_while_one_of_the_nodes_leaves() -> None:
    assert remembered(observed([OPEN, OLD], []))
    assert not remembered(observed([OPEN], []))
    ready = nodeclaim("old")
    assert not remembered(observed([ready], []))
    assert remembered(observed([replace(ready, reason="Underutilized")], []))
    waits = PendingDisruption(("old",), ("new",), "Underutilized", 0)
    assert remembered(observed([ready], []), disruption=waits)
    assert still_foreseen(Memory(), observed([], [])) == Memory()


def test_what_is_remembered_are_the_pods_that_move_with_their_owners() -> None:
    cluster = observed([OPEN], [web("a", "old"), pod("b", node="old"), web("c", "open")]).cluster
    found = foreseen_moves({"default/a": "open", "default/b": "new"}, cluster, ("old",))
    assert found.pods == (("default/a", WEB, "open"), ("default/b", "", "new"))
