"""The most that a load of a bin can be worth, by prices and by loads that left room."""

import math

import numpy as np

from kubestow.provisioning.packing.greedy import shapes_of
from kubestow.provisioning.packing.most_valuable import RoomyLoads, alike_bins, most_valuable
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import Bin, Item, PackingProblem, Pattern, Rules
from kubestow.scheduling.filters import inter_pod_affinity

SIZES = (2, 4, 8, 16)
AWAY = Rules(
    caps=[1],
    constraints=[inter_pod_affinity.NAME],
    of_item=[((0, 1, True),), ((0, 1, True),), ()],
    members=[(np.array([0, 1]), np.array([1, 1]), np.array([True, True]))],
)
"""The first two items keep off each other and themselves."""


def problem(rules: Rules = AWAY) -> PackingProblem:
    """Return three items of one cpu each and bins of the same proportions."""
    count = len(SIZES)
    return PackingProblem(
        ("cpu", "memory"),
        [Item(((i, 1),), 4) for i in range(3)],
        np.array([[1, 1], [1, 1], [1, 2]], dtype=np.int64),
        [Bin((i,), 10 * size, 0) for i, size in enumerate(SIZES)],
        np.array([[size, 2 * size] for size in SIZES], dtype=np.int64),
        np.ones((3, count), dtype=bool),
        rules,
        [{}],
        [{}] * count,
        [{}],
    )


def test_no_load_is_worth_more_than_the_limit() -> None:
    given, values = problem(), np.array([7.0, 5.0, 6.0])
    filler = NodeFiller(given)
    most = most_valuable(given, values, filler.own_limits)
    order = filler.order(values)
    for position in range(len(SIZES)):
        load = filler.fill(position, given.demand, order).load
        assert sum(values[item] * units for item, units in load) <= most[position] + 1e-6


def test_of_a_group_that_excludes_each_other_one_unit_counts() -> None:
    values = np.array([10.0, 10.0, 0.0])
    free = Rules(of_item=[(), (), ()])
    limits = np.full(3, 4)
    most, alone = (most_valuable(problem(rules), values, limits)[-1] for rules in (AWAY, free))
    assert 10 <= most < 80 <= alone


def test_bins_are_alike_if_the_same_items_may_run_there_in_the_same_order() -> None:
    given = problem()
    assert len(set(alike_bins(given, shapes_of(given)))) == 1
    given.compatible[2, 0] = False
    given.capacity[1] = [4, 64]
    assert len(set(alike_bins(given, shapes_of(given)))) == 3


def test_what_left_room_limits_the_loads_of_larger_bins_alone() -> None:
    given = problem()
    roomy = RoomyLoads(given, [0] * len(SIZES))
    roomy.learn(Pattern(2, ((0, 1), (2, 3))), 20.0)
    assert [roomy.most(position) for position in range(4)] == [math.inf, math.inf, 20.0, 20.0]
    roomy.learn(Pattern(3, ((0, 1),)), 9.0)  # later: a smaller bin is filled with no more
    assert roomy.most(2) == 9.0


def test_a_full_bin_says_nothing_about_a_larger_one() -> None:
    given = problem()
    roomy = RoomyLoads(given, [0] * len(SIZES))
    roomy.learn(Pattern(1, ((0, 1), (2, 3))), 20.0)
    assert roomy.most(3) == math.inf
