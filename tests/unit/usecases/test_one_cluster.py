"""Journals of one cluster have Nodes in common."""

from kubestow.model.snapshot import Snapshot
from kubestow.testing import nodeclaim, observed
from kubestow.usecases.one_cluster import OneCluster


def seen(*names: str, launched_at: int = 3) -> Snapshot:
    return observed([nodeclaim(name, launched_at=launched_at) for name in names])


def notes(*turns: tuple[str, Snapshot]) -> list[str]:
    cluster = OneCluster()
    for source, snapshot in turns:
        cluster.turn(source, snapshot)
    return cluster.notes


def test_journals_with_a_node_in_common_are_of_one_cluster() -> None:
    assert notes(("a", seen("x", "y")), ("b", seen("y", "z")), ("a", seen("y"))) == []


def test_a_journal_that_begins_with_none_of_the_nodes_of_another_is_noted_once() -> None:
    (note,) = notes(("a", seen("x")), ("b", seen("y")), ("a", seen("x")), ("b", seen("y")))
    assert note.startswith("b begins with none of the Nodes that a had last: ")


def test_nodes_of_one_name_that_were_launched_at_other_times_are_not_the_same() -> None:
    assert notes(("a", seen("x")), ("b", seen("x", launched_at=4)))


def test_a_journal_is_compared_where_its_first_nodes_are() -> None:
    assert notes(("a", seen()), ("b", seen("x")), ("a", seen("x"))) == []
    assert len(notes(("a", seen()), ("b", seen("x")), ("a", seen("y")))) == 1


def test_the_nodes_of_one_journal_may_all_be_replaced() -> None:
    assert notes(("a", seen("x")), ("a", seen("y"))) == []
