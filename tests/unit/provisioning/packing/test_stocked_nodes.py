"""Nodes filled side by side: capacity, rules, and room made by moving another unit."""

import numpy as np

from kubestow.provisioning.packing.problem import Bin, Item, PackingProblem, Pattern, Rules
from kubestow.provisioning.packing.stocked_nodes import StockedNodes

EVERYWHERE = np.ones(2, dtype=np.bool_)


def problem(
    requests: list[list[int]], capacity: list[int], rules: Rules | None = None
) -> PackingProblem:
    count = len(requests)
    return PackingProblem(
        ("cpu", "memory"),
        [Item(((i, 1),), 9) for i in range(count)],
        np.array(requests, dtype=np.int64),
        [Bin((0,), 10, 0)],
        np.array([capacity], dtype=np.int64),
        np.ones((count, 1), dtype=bool),
        rules or Rules(of_item=[() for _ in range(count)]),
        [{}],
        [{}],
        [{}],
    )


def test_units_go_where_most_is_left_until_no_node_has_room() -> None:
    nodes = StockedNodes(problem([[4, 4]], [10, 10]), [0, 0])
    assert nodes.place(0, 5, EVERYWHERE) == 1
    assert nodes.patterns() == [Pattern(0, ((0, 2),)), Pattern(0, ((0, 2),))]


def test_only_the_nodes_that_are_named_are_filled() -> None:
    nodes = StockedNodes(problem([[4, 4]], [10, 10]), [0, 0])
    assert nodes.place(0, 3, np.array([False, True])) == 1
    assert nodes.patterns() == [Pattern(0, ((0, 2),))]


def test_a_unit_goes_to_the_node_with_its_proportions_left() -> None:
    nodes = StockedNodes(problem([[8, 2], [1, 4]], [10, 10]), [0, 0])
    assert nodes.place(0, 1, EVERYWHERE) == 0
    assert nodes.place(1, 1, np.array([False, True])) == 0
    assert nodes.place(1, 1, EVERYWHERE) == 0
    assert nodes.patterns() == [Pattern(0, ((0, 1), (1, 1))), Pattern(0, ((1, 1),))]


def test_units_that_keep_off_each_other_take_a_node_each() -> None:
    rules = Rules([1], ["InterPodAffinity"], [((0, 1, True),)])
    rules.members = [(np.array([0]), np.array([1]), np.array([True]))]
    nodes = StockedNodes(problem([[1, 1]], [10, 10], rules), [0, 0])
    assert nodes.place(0, 3, EVERYWHERE) == 1


def test_what_is_on_a_node_from_the_start_counts() -> None:
    rules = Rules([1], ["InterPodAffinity"], [((0, 1, True),)])
    rules.members = [(np.array([0]), np.array([1]), np.array([True]))]
    rules.initial = {0: ((0, 1, False),)}
    nodes = StockedNodes(problem([[1, 1]], [10, 10], rules), [0, 0])
    assert nodes.place(0, 1, EVERYWHERE) == 1


def test_a_small_unit_moves_where_a_large_one_then_fits() -> None:
    nodes = StockedNodes(problem([[7, 7], [3, 3], [5, 5]], [10, 10]), [0, 0])
    assert nodes.place(0, 1, np.array([True, False])) == 0
    assert nodes.place(1, 2, np.array([False, True])) == 0
    assert nodes.place(2, 1, EVERYWHERE) == 1
    assert nodes.squeeze(2, 1) == 0
    assert nodes.patterns() == [Pattern(0, ((0, 1), (1, 1))), Pattern(0, ((1, 1), (2, 1)))]


def test_nothing_moves_to_where_a_rule_keeps_it_off() -> None:
    rules = Rules([1], ["InterPodAffinity"], [(), ((0, 1, True),), ()])
    rules.members = [(np.array([1]), np.array([1]), np.array([True]))]
    nodes = StockedNodes(problem([[4, 4], [3, 3], [9, 9]], [10, 10], rules), [0, 0])
    assert nodes.place(1, 2, EVERYWHERE) == 0
    before = nodes.patterns()
    assert nodes.squeeze(2, 1) == 1
    assert nodes.patterns() == before


def test_a_node_that_an_owner_leaves_is_free_of_its_rule() -> None:
    # Item 0 keeps off item 2; it moves away, so that item 2 may come.
    rules = Rules([0], ["InterPodAffinity"], [((0, 0, True),), (), ((0, 1, False),)])
    rules.members = [(np.array([0, 2]), np.array([0, 1]), np.array([True, False]))]
    nodes = StockedNodes(problem([[3, 3], [6, 6], [8, 8]], [10, 10], rules), [0, 0])
    assert nodes.place(0, 1, np.array([True, False])) == 0
    assert nodes.place(1, 1, np.array([False, True])) == 0
    assert nodes.place(2, 1, EVERYWHERE) == 1
    assert nodes.squeeze(2, 1) == 0
    assert nodes.patterns() == [Pattern(0, ((2, 1),)), Pattern(0, ((0, 1), (1, 1)))]
