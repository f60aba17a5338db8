"""Fleets mixed from known loads by the covering program."""

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import Bin, Item, PackingProblem, Pattern, Rules
from kubestow.provisioning.packing.rounding import Rounding, relaxed


def problem(limits: dict[str, int] | None = None) -> PackingProblem:
    """Return two items that fill a node of 10 as three and one, or as two and two."""
    return PackingProblem(
        ("cpu", "memory", "pods"),
        [Item(((0, 1),), 4), Item(((1, 1),), 4)],
        np.array([[2, 1, 1], [3, 1, 1]], dtype=np.int64),
        [Bin((0,), 10**9, 0), Bin((1,), 4 * 10**8, 0)],
        np.array([[10, 10, 9], [3, 10, 9]], dtype=np.int64),
        np.ones((2, 2), dtype=bool),
        Rules(of_item=[(), ()]),
        [limits or {}],
        [{}, {}],
        [{}],
    )


def rounding(given: PackingProblem) -> tuple[Rounding, NodeFiller]:
    filler = NodeFiller(given)
    return Rounding(given, filler, given.demand), filler


def total(nodes: list[tuple[Pattern, int]], left: Integers) -> list[int]:
    sums = left.copy()
    for pattern, count in nodes:
        for item, units in pattern.load:
            sums[item] += units * count
    return sums.tolist()


def test_a_problem_with_limits_is_not_rounded() -> None:
    assert Rounding.serves(problem())
    assert not Rounding.serves(problem({"cpu": 1}))


def test_a_load_is_new_once() -> None:
    mixing, _ = rounding(problem())
    load = Pattern(0, ((0, 2), (1, 2)))
    assert mixing.add([load])
    assert not mixing.add([load, Pattern(0, ())])


def test_loads_that_go_together_make_a_fleet_that_places_all() -> None:
    given = problem()
    mixing, _ = rounding(given)
    mixing.add([Pattern(0, ((0, 2), (1, 2))), Pattern(0, ((0, 5),)), Pattern(1, ((1, 1),))])
    nodes, left = mixing.dive()
    assert not left.any()
    assert nodes == [(Pattern(0, ((0, 2), (1, 2))), 2)]


def test_what_no_load_covers_is_left() -> None:
    given = problem()
    mixing, _ = rounding(given)
    mixing.add([Pattern(0, ((0, 4),))])
    nodes, left = mixing.dive()
    assert total(nodes, left) == given.demand.tolist()
    assert left[1] == 4


def test_loads_are_made_for_what_the_known_ones_cover_dearly() -> None:
    given = problem()
    mixing, filler = rounding(given)
    mixing.add([Pattern(0, ((0, 1),)), Pattern(0, ((1, 1),))])
    assert mixing.generate(filler.order(np.array([2.0, 1.0])))
    nodes, left = mixing.dive()
    assert not left.any()
    assert sum(count for _, count in nodes) < 8


def test_no_more_of_an_item_fits_a_bin_than_is_left() -> None:
    given = problem()
    numbers = relaxed(given, NodeFiller(given), np.array([1, 4]), [0, 1])
    assert numbers.fits.tolist() == [[1, 1], [3, 1]]


def test_a_round_makes_a_few_loads_and_the_next_one_others() -> None:
    given = problem()
    given.bins *= 30
    given.capacity = np.tile(given.capacity, (30, 1))
    given.compatible = np.ones((2, 60), dtype=bool)
    mixing, filler = rounding(given)
    mixing.add([Pattern(0, ((0, 1),)), Pattern(0, ((1, 1),))])
    order = filler.order(np.array([2.0, 1.0]))
    assert mixing.generate(order)
    first = len(mixing.master.loads)
    assert 20 <= first < 30
    mixing.generate(order)
    assert len(mixing.master.loads) > first
