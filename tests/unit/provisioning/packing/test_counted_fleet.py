"""Counted fleets: whole numbers of nodes near the relaxation's, filled within capacity."""

import numpy as np

from kubestow.provisioning.packing.counted_fleet import SLACKS, CountedFleets
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import Bin, Item, PackingProblem, Rules

ONES = np.ones(2)


def problem(units: tuple[int, int] = (8, 8), rules: Rules | None = None) -> PackingProblem:
    """Two items of opposite proportions; small nodes, and large ones at twice the price."""
    return PackingProblem(
        ("cpu", "memory"),
        [Item(((i, 1),), count) for i, count in enumerate(units)],
        np.array([[2, 1], [1, 2]], dtype=np.int64),
        [Bin((0,), 10**9, 0), Bin((1,), 2 * 10**9, 0)],
        np.array([[6, 6], [12, 12]], dtype=np.int64),
        np.ones((2, 2), dtype=bool),
        rules or Rules(of_item=[(), ()]),
        [{}],
        [{}] * 2,
        [{}],
    )


def fleets(given: PackingProblem, candidates: frozenset[int]) -> CountedFleets:
    return CountedFleets(given, NodeFiller(given), given.demand, candidates)


def test_the_nodes_hold_everything_at_the_least_cost() -> None:
    given = problem()
    made = fleets(given, frozenset({0, 1}))
    counted = made.counted(0.0)
    assert counted is not None
    assert int(counted.nodes @ given.prices) == 4 * 10**9
    assert counted.units.sum(axis=1).tolist() == [8, 8]
    patterns, left = made.stocked(counted, ONES)
    assert not left.any()
    assert sum(given.cost_of(pattern) for pattern in patterns) == 4 * 10**9
    for pattern in patterns:
        used = sum(given.requests[item] * units for item, units in pattern.load)
        assert (used <= given.capacity[pattern.bin]).all()
    assert made.work > 0


def test_only_bins_of_the_candidates_are_counted() -> None:
    counted = fleets(problem(), frozenset({1})).counted(SLACKS[0])
    assert counted is not None
    assert counted.nodes.tolist() == [3]


def test_an_item_that_no_candidate_takes_adds_its_cheapest_bin() -> None:
    given = problem()
    given.compatible[1, 0] = False
    counted = fleets(given, frozenset({0})).counted(0.0)
    assert counted is not None
    assert len(counted.nodes) == 2
    assert counted.units[1].tolist() == [0, 8]


def test_an_item_that_fits_nowhere_is_no_problem_to_count() -> None:
    given = problem()
    given.compatible[1] = False
    assert not fleets(given, frozenset({0, 1})).serves
    assert fleets(problem(), frozenset({0, 1})).serves


def test_pods_that_keep_off_each_other_have_a_node_each() -> None:
    rules = Rules([1], ["InterPodAffinity"], [((0, 1, True),), ()])
    rules.members = [(np.array([0]), np.array([1]), np.array([True]))]
    given = problem((5, 1), rules)
    made = fleets(given, frozenset({0, 1}))
    counted = made.counted(0.0)
    assert counted is not None
    assert counted.nodes.tolist() == [5, 0]
    patterns, left = made.stocked(counted, ONES)
    assert not left.any()
    assert len(patterns) == 5
