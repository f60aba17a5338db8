"""Stages: of the nodes that should go, those that go first where budgets let only some.

Law: no more of a pool than its budget lets; the set that pays best; halves where none pays.
"""

from collections.abc import Callable

import pytest

from kubestow.disruption.stages import Leaver, first_stage

PAYS: Callable[[list[str]], float] = len


def leaver(name: str, cost: int = 10, moving: int = 1, *, replaced: bool = False) -> Leaver:
    """Return a node of pool "p" whose pods are worth half of what it costs."""
    return Leaver(name, "p", cost, cost / 2, moving, replaced)


def refused(names: list[str]) -> None:
    """Say that nothing pays."""


LEAVERS = [leaver("launches", 90, replaced=True), leaver("dear", 10, 5), leaver("cheap")]


@pytest.mark.parametrize("allowed", [None, {"p": 3}, {"p": 9}])
def test_all_go_where_all_may(allowed: dict[str, int] | None) -> None:
    assert sorted(first_stage(LEAVERS, allowed, refused)) == ["cheap", "dear", "launches"]


def test_what_needs_no_launch_goes_first_and_what_costs_least_to_move() -> None:
    assert first_stage(LEAVERS, {"p": 2}, refused) == ["cheap", "dear"]
    assert first_stage(LEAVERS, {"p": 1}, refused) == ["cheap"]


def test_of_sets_that_pay_the_best_goes() -> None:
    wasteful = first_stage(LEAVERS, {"p": 1}, lambda names: 5.0 if "launches" in names else 1.0)
    assert wasteful == ["launches"]


def test_where_no_full_set_pays_half_of_one_may() -> None:
    def small(names: list[str]) -> float | None:
        return 1.0 if names == ["launches"] else None

    assert first_stage(LEAVERS, {"p": 2}, small) == ["launches"]


def test_each_pool_has_its_own_budget() -> None:
    other = Leaver("other", "q", 10, 5.0, 1)
    assert sorted(first_stage([*LEAVERS, other], {"p": 1, "q": 1}, PAYS)) == ["cheap", "other"]
    assert first_stage([*LEAVERS, other], {"q": 1}, PAYS) == ["other"]
    assert first_stage([*LEAVERS, other], {}, PAYS) == []
