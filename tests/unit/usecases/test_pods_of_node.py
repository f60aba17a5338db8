"""Where the pods of a node went when it left."""

from collections.abc import Iterable
from dataclasses import replace

from kubestow.model.decision import Decision, Land
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import Happened
from kubestow.testing import observed, owned, pod
from kubestow.usecases.pods_of_node import PodsOfNode


def web(name: str, on: str = "", *, terminating: bool = False) -> Pod:
    item = owned(pod(name)).on(on)
    return item if not terminating else _terminating(item)


def _terminating(item: Pod) -> Pod:

    return replace(item, terminating=True)


def played(*looks: Iterable[Pod], going_from: int = 1, seconds: int = 5) -> PodsOfNode:
    """Return what is known after looks, so many seconds apart; the node is to go from one on."""
    found, before = PodsOfNode("old"), None
    for number, pods in enumerate(looks):
        now: Snapshot = observed((), pods, at=number * seconds)
        found.turn(now, before, is_going=number >= going_from)
        before = now
    return found


def test_successors_are_the_new_pods_of_the_same_workload() -> None:
    found = played(
        [web("a", "old"), web("b", "old"), web("c", "new")],
        [web("a", "old", terminating=True), web("b", "old"), web("c", "new"), web("d")],
        [web("c", "new"), web("d", "new"), web("e")],
        [web("c", "new"), web("d", "new"), web("e", "other"), web("f", "new")],
    )
    assert found.left == {"default/a": 5, "default/b": 10}
    assert found.moved_to == {"new": 1, "other": 1}  # f is one more than were evicted


def test_a_pod_of_a_statefulset_is_its_own_successor() -> None:
    name = owned(pod("db-0"), "db", "StatefulSet")
    found = played([name.on("old")], [_terminating(name.on("old"))], [name], [name.on("new")])
    assert found.moved_to == {"new": 1}


def test_a_pod_that_was_deleted_before_the_node_was_to_go_has_no_successor() -> None:
    found = played(
        [web("a", "old"), web("b", "old")],
        [web("a", "old", terminating=True), web("b", "old")],
        [web("b", "old"), web("c", "new")],
        going_from=2,
    )
    assert found.left == {}


def test_a_pod_that_comes_long_after_is_no_successor() -> None:
    looks = [[web("a", "old")], [], [], [web("b", "new")]]
    assert played(*looks, seconds=100).moved_to == {}
    assert played(*looks, seconds=30).moved_to == {"new": 1}


def test_landed_pods_are_those_that_were_asked_to_land() -> None:
    found = PodsOfNode("old")
    found.decided(Decision((Land("default/a", "old"), Land("default/b", "other"))))
    found.turn(observed((), [web("a", "old"), web("b", "old")], at=7), None, is_going=False)
    (told,) = found.occurrences()
    assert (told.at, told.what, told.pods) == (7, Happened.LANDED, ("default/a",))
