"""The price-directed greedy, on problems small enough to follow."""

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.provisioning.packing.greedy import Greedy, Ordering, charge, take
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import Bin, Item, PackingProblem, Pattern, Rules


def problem(
    requests: list[list[int]],
    units: list[int],
    bins: list[tuple[list[int], int]],
    limits: dict[str, int] | None = None,
    existing: int = 0,
) -> PackingProblem:
    """Return a problem of bins (capacity, price); the first ``existing`` are nodes."""
    items = [Item(((i, 1),), count) for i, count in enumerate(units)]
    return PackingProblem(
        ("cpu", "memory"),
        items,
        np.array(requests, dtype=np.int64),
        [Bin((i,), price, -1 if i < existing else 0) for i, (_, price) in enumerate(bins)],
        np.array([capacity for capacity, _ in bins], dtype=np.int64),
        np.ones((len(items), len(bins)), dtype=bool),
        Rules(of_item=[() for _ in items]),
        [limits or {}],
        [{} if i < existing else {"nodes": 1} for i in range(len(bins))],
        [{}],
    )


def packed(
    given: PackingProblem, values: list[float]
) -> tuple[list[tuple[Pattern, int]], Integers]:
    filler = NodeFiller(given)
    greedy = Greedy(given, filler, np.array(values))
    ordering = Ordering(given, filler, np.ones(len(values)), balanced=False)
    left = given.demand
    nodes = greedy.pack_existing(left, ordering)
    nodes += greedy.pack_new(left, [ordering], [dict(used) for used in given.pool_used])
    return nodes, left


def test_the_bin_of_most_value_for_money_is_opened_as_often_as_it_is_full() -> None:
    given = problem([[1, 1]], [8], [([4, 4], 40), ([4, 4], 30)])
    nodes, left = packed(given, [10.0])
    assert nodes == [(Pattern(1, ((0, 4),)), 2)]
    assert not left.any()


def test_what_is_left_for_the_last_node_goes_to_a_smaller_one() -> None:
    given = problem([[1, 1]], [9], [([8, 8], 80), ([1, 1], 11)])
    nodes, _ = packed(given, [10.0])
    assert nodes == [(Pattern(0, ((0, 8),)), 1), (Pattern(1, ((0, 1),)), 1)]


def test_existing_nodes_are_filled_first() -> None:
    given = problem([[1, 1]], [5], [([2, 2], 0), ([4, 4], 40)], existing=1)
    nodes, left = packed(given, [10.0])
    assert nodes == [(Pattern(0, ((0, 2),)), 1), (Pattern(1, ((0, 3),)), 1)]
    assert not left.any()


def test_no_more_nodes_are_opened_than_limits_allow() -> None:
    given = problem([[1, 1]], [8], [([2, 2], 20)], limits={"nodes": 3})
    nodes, left = packed(given, [10.0])
    assert nodes == [(Pattern(0, ((0, 2),)), 3)]
    assert left.tolist() == [2]


def test_a_unit_that_is_worth_nothing_is_packed_all_the_same() -> None:
    nodes, left = packed(problem([[1, 1]], [2], [([2, 2], 20)]), [0.0])
    assert nodes == [(Pattern(0, ((0, 2),)), 1)]
    assert not left.any()


def test_taking_and_charging_can_be_taken_back() -> None:
    given = problem([[1, 1]], [8], [([4, 4], 40)], limits={"nodes": 9})
    pattern, left, used = Pattern(0, ((0, 4),)), given.demand, [dict[str, int]()]
    take(left, pattern, 2)
    charge(given, pattern, used, 2)
    assert (left.tolist(), used) == ([0], [{"nodes": 2}])
    take(left, pattern, -2)
    charge(given, pattern, used, -2)
    assert (left.tolist(), used) == ([8], [{"nodes": 0}])
