"""All units of an item at once: the same as unit by unit."""

import numpy as np
import pytest

from kubestow.policies.open_nodes import OpenNodes
from kubestow.policies.unit_room import UnitRoom, dealt
from kubestow.provisioning.packing.problem import Item, PackingProblem
from kubestow.provisioning.packing.problem_builder import build_problem
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.testing import affinity_term, node, pod, replicas, snapshot

_WEB, _DB, _CACHE = range(3)


def problem() -> PackingProblem:
    """Return plain pods, pods that are alone on a node, pods apart from those, and a node."""
    apart = (affinity_term("kubernetes.io/hostname", app="db"),)
    pods = (
        *replicas(9, "web", "700m", "1Gi"),
        *replicas(4, "db", "1", "1Gi", labels={"app": "db"}, anti_affinity=apart),
        *replicas(4, "cache", "100m", "2Gi", labels={"app": "cache"}, anti_affinity=apart),
        pod("there", "500m", "1Gi", labels={"app": "db"}, node="there"),
    )
    state = snapshot(pods, nodes=(node("there"),))
    prepared = prepare(state, pools_of(state.cluster))
    items = [Item(((c.index, 1),), c.demand) for c in prepared.pod_classes if c.demand]
    return build_problem(prepared, items, None, [frozenset({0})] * len(items))


def unit_by_unit(found: PackingProblem, bin_index: int, items: list[int]) -> dict[int, int]:
    """Return how many units of each item a node of a bin takes, one after the other."""
    nodes = OpenNodes(found)
    only = np.arange(len(found.bins)) == bin_index
    number = nodes.open(only)
    for item in items:
        for _ in range(found.items[item].units):
            if nodes.fitting(number, item).any():
                nodes.add(number, item, only)
    return nodes.loads[number]


@pytest.mark.parametrize(
    "items", [[_WEB], [_DB, _WEB], [_DB, _CACHE, _WEB], [_CACHE, _DB], [_WEB, _CACHE, _DB]]
)
def test_a_node_takes_as_many_units_at_once_as_one_by_one(items: list[int]) -> None:
    found = problem()
    for bin_index in range(0, len(found.bins), 7):
        room = UnitRoom(found, (bin_index,))
        for item in items:
            units = room.units(item, found.items[item].units)
            if units.any():
                room.add(item, np.array([0]), units)
        (pattern,) = room.patterns()
        assert dict(pattern.load) == unit_by_unit(found, bin_index, items)


def test_nodes_opened_later_start_empty() -> None:
    found = problem()
    room, last = UnitRoom(found), len(found.bins) - 1
    first = room.open(last, 1)
    room.add(_DB, first, np.array([1]))
    room.open(last, 100)
    assert room.units(_DB, 4).tolist() == [0] + [1] * 100
    assert len(room) == 101


def by_turns(room: list[int], units: int, turn: int) -> tuple[list[int], int]:
    """Deal units one by one: each round goes once around the nodes that took one before."""
    taken, able = [0] * len(room), list(range(len(room)))
    while units:
        start = next((i for i, node in enumerate(able) if node >= turn), len(able))
        took = []
        for number in able[start:] + able[:start]:
            if units and taken[number] < room[number]:
                taken[number] += 1
                units -= 1
                took.append(number)
        if not took:
            break
        turn, able = (took[-1] + 1) % len(room), sorted(took)
    return taken, turn


def test_units_are_dealt_in_rounds_as_one_by_one() -> None:
    random = np.random.default_rng(1)
    for _ in range(500):
        nodes, units = int(random.integers(1, 9)), int(random.integers(1, 20))
        room = random.integers(0, 5, nodes)
        turn = int(random.integers(nodes))
        taken, following = dealt(room, units, turn)
        assert (taken.tolist(), following) == by_turns(room.tolist(), units, turn)
