"""Deletion costs follow an order of nodes with few changes."""

import random

from kubestow.live.deletion_costs import deletion_costs


def rises(nodes: list[str], costs: dict[str, int]) -> bool:
    found = [costs[name] for name in nodes]
    return found == sorted(set(found)) and all(0 < cost < 2**31 for cost in found)


def test_costs_rise_along_the_nodes() -> None:
    costs = deletion_costs(["c", "a", "b"], {})
    assert rises(["c", "a", "b"], costs)


def test_a_node_that_goes_changes_no_other() -> None:
    nodes = [f"n{i}" for i in range(50)]
    first = deletion_costs(nodes, {})
    assert deletion_costs(nodes[:20] + nodes[21:], first).items() <= first.items()


def test_a_node_that_moves_is_the_only_one_to_change() -> None:
    nodes = [f"n{i}" for i in range(50)]
    first = deletion_costs(nodes, {})
    moved = [*nodes[:10], *nodes[11:40], nodes[10], *nodes[40:]]
    second = deletion_costs(moved, first)
    assert rises(moved, second)
    assert [name for name in moved if first[name] != second[name]] == ["n10"]


def test_costs_without_room_between_them_are_made_anew() -> None:
    costs = deletion_costs(["a", "new", "b"], {"a": 5, "b": 6})
    assert rises(["a", "new", "b"], costs)


def test_costs_that_are_not_above_zero_do_not_count() -> None:
    assert rises(["a", "b"], deletion_costs(["a", "b"], {"a": -4, "b": -3}))
    assert rises(["a", "b"], deletion_costs(["a", "b"], {"a": 2**31 - 1}))


def test_any_order_after_any_other_rises() -> None:
    chance = random.Random(7)
    known: dict[str, int] = {}
    for _ in range(500):
        nodes = chance.sample([f"n{i}" for i in range(30)], chance.randrange(31))
        known |= deletion_costs(nodes, known)
        assert rises(nodes, known)


def test_no_nodes_have_no_costs() -> None:
    assert deletion_costs([], {"a": 3}) == {}
