"""The search: never worse than the greedy, the same for the same seed, done at its goal."""

from dataclasses import replace

import numpy as np
import pytest

from kubestow.model.reporter import EnoughError
from kubestow.provisioning.packing.fleet_search import FleetSearch, NodeLoad, SearchAim
from kubestow.provisioning.packing.problem import Bin, Item, Packing, PackingProblem, Rules
from kubestow.provisioning.packing.stocked_nodes import work_of


class Listening:
    """A reporter that keeps what it hears, and has enough after some of it."""

    def __init__(self, most: int | None = None) -> None:
        self.heard: list[str] = []
        self.most = most

    def progress(self, step: str, done: int, total: int) -> None:
        self.heard.append(step)
        if self.most is not None and len(self.heard) >= self.most:
            raise EnoughError


def problem(seed: int, items: int = 12) -> PackingProblem:
    dice = np.random.default_rng(seed)
    requests = np.column_stack([dice.integers(1, 30, (items, 2)), np.ones(items)])
    capacity = np.array([[64, 64, 50], [128, 64, 50], [64, 128, 50], [200, 200, 50]])
    prices = [64, 100, 100, 215]
    return PackingProblem(
        ("cpu", "memory", "pods"),
        [Item(((i, 1),), int(count)) for i, count in enumerate(dice.integers(1, 9, items))],
        requests.astype(np.int64),
        [Bin((i,), price * 10**6, 0) for i, price in enumerate(prices)],
        capacity.astype(np.int64),
        np.ones((items, len(prices)), dtype=bool),
        Rules(of_item=[() for _ in range(items)]),
        [{}],
        [{}] * len(prices),
        [{}],
    )


def searched(
    given: PackingProblem,
    work_limit: int,
    aim: SearchAim | None = None,
    reporter: Listening | None = None,
) -> Packing:
    values = given.requests.sum(axis=1).astype(float) * 10**6
    return FleetSearch(given, values, 0, aim).run(work_limit, reporter or Listening())


def placed(packing: Packing, items: int) -> list[int]:
    total = np.zeros(items, dtype=np.int64)
    for pattern, count in packing.nodes:
        for item, units in pattern.load:
            total[item] += units * count
    return total.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_more_work_never_costs_more_and_places_everything(seed: int) -> None:
    given = problem(seed)
    costs = []
    for work in (1, 100, 1_000):
        packing = searched(given, work)
        assert placed(packing, len(given.items)) == given.demand.tolist()
        assert not packing.left.any()
        costs.append(packing.cost(given))
    assert costs == sorted(costs, reverse=True)


def test_the_same_seed_gives_the_same_fleet() -> None:
    assert searched(problem(1), 300).nodes == searched(problem(1), 300).nodes


def test_it_ends_at_its_goal() -> None:
    given = problem(2)
    first = searched(given, 1).cost(given)
    listening = Listening()
    found = searched(given, 1_000, SearchAim(goal=first), listening)
    assert found.cost(given) == first
    assert listening.heard == []


def test_it_ends_when_it_is_asked_to() -> None:
    listening = Listening(1)
    searched(problem(2), 10_000, reporter=listening)
    assert len(listening.heard) < 5


def test_a_fleet_that_was_good_before_is_tried_first() -> None:
    given = problem(3)
    good = searched(given, 1_000)
    loads = tuple(
        NodeLoad(given.bins[pattern.bin].candidates, dict(pattern.load), count)
        for pattern, count in good.nodes
    )
    aim = SearchAim(goal=good.cost(given), loads=loads)
    assert aim.has_fleet
    assert searched(given, 1, aim).cost(given) == good.cost(given)


def test_a_fleet_is_counted_where_the_relaxation_says_of_what() -> None:
    given = problem(4)
    first = searched(given, 1)
    values = given.requests.sum(axis=1).astype(float) * 10**6
    aim = SearchAim(counted=frozenset({0, 1, 2, 3}))
    search = FleetSearch(given, values, 0, aim)
    made = search.counted(first, 1_000, Listening())
    assert made
    assert all(placed(each, len(given.items)) == given.demand.tolist() for each in made)
    assert search.work > 0
    assert not FleetSearch(given, values, 0).counted(first, 1_000, Listening())
    assert not FleetSearch(given, values, 0, aim).counted(first, 1, Listening())


def test_existing_nodes_stay_in_a_counted_fleet() -> None:
    given = problem(5)
    given.bins[3] = Bin((3,), 0, -1)
    aim = SearchAim(counted=frozenset({0, 1, 2}))
    found = searched(given, 1_000, aim)
    assert placed(found, len(given.items)) == given.demand.tolist()
    assert sum(count for pattern, count in found.nodes if pattern.bin == 3) <= 1


def test_nodes_too_many_to_be_stocked_within_the_work_are_not_counted() -> None:
    """A pod that needs most of a node has one of its own: stocking 3,000 of those takes long."""
    given = problem(4)
    given.items[:] = [replace(item, units=300 * item.units) for item in given.items]
    first = FleetSearch(given, np.ones(len(given.items)), 0).constructed(1, 0)[0]
    aim = SearchAim(counted=frozenset({0, 1, 2, 3}))
    search = FleetSearch(given, np.ones(len(given.items)), 0, aim)
    units = int(given.demand.sum())
    assert not search.counted(first, work_of(units, 1), Listening())
    assert search.work < work_of(units, 1)
    assert search.counted(first, 100 * work_of(units, units), Listening())
