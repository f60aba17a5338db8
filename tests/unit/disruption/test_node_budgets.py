"""How many nodes of a NodePool may go now. Source: kubernetes-sigs/karpenter v1.14
pkg/apis/v1/nodepool.go and pkg/controllers/disruption/helpers.go (BuildDisruptionBudgetMapping).
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kubestow.disruption.node_budgets import (
    allowed,
    is_active,
    next_change,
)
from kubestow.model.arrays import UNLIMITED
from kubestow.model.decision import DRIFTED, EMPTY, REBALANCED, UNDERUTILIZED
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget, NodePool
from kubestow.testing import nodeclaim, nodepool


def pool(*budgets: NodeBudget) -> NodePool:
    return nodepool(disruption=Disruption(budgets=budgets))


def claims(count: int, **options: object) -> list[NodeClaim]:
    return [nodeclaim(f"n{number}", **options) for number in range(count)]


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("nodes", "count", "may_go"),
    [
        ("10%", 1, 1),
        ("10%", 10, 1),
        ("10%", 11, 2),  # 1.1 rounds up
        ("33%", 10, 4),  # 3.3 rounds up
        ("100%", 7, 7),
        ("0%", 7, 0),
        (0, 7, 0),
        (3, 7, 3),
        (30, 7, 30),
    ],
)
def test_a_number_counts_as_it_is_and_a_share_is_rounded_up(
    nodes: int | str, count: int, may_go: int
) -> None:
    assert allowed(pool(NodeBudget(nodes)), claims(count), EMPTY, 0) == may_go


def test_without_a_budget_any_number_may_go() -> None:
    assert allowed(pool(), claims(3), EMPTY, 0) == UNLIMITED


def test_the_default_is_one_budget_of_a_tenth() -> None:
    assert allowed(nodepool(), claims(25), UNDERUTILIZED, 0) == 3


def test_the_strictest_of_several_budgets_counts() -> None:
    several = pool(NodeBudget("50%"), NodeBudget(2), NodeBudget("90%"))
    assert allowed(several, claims(10), EMPTY, 0) == 2


def test_a_budget_of_other_reasons_does_not_count() -> None:
    found = pool(NodeBudget("50%"), NodeBudget(0, (DRIFTED, EMPTY)))
    ten = claims(10)
    assert [allowed(found, ten, reason, 0) for reason in (DRIFTED, EMPTY, UNDERUTILIZED)] == [
        0, 0, 5,
    ]  # fmt: skip


def test_nodes_already_going_are_counted_against_the_budget() -> None:
    going = [
        nodeclaim("a", phase=Phase.DRAINING, reason=EMPTY),
        nodeclaim("b", notice_at=100, capacity_type="spot"),
    ]
    assert allowed(pool(NodeBudget("50%")), [*claims(4), *going], DRIFTED, 0) == 1  # 3 of 6
    assert allowed(pool(NodeBudget(1)), [*claims(4), *going], DRIFTED, 0) == 0


def test_nodes_chosen_and_not_yet_draining_are_counted_against_the_budget() -> None:
    assert allowed(pool(NodeBudget(2)), claims(4), EMPTY, 0, taken=("n1", "elsewhere")) == 1


@pytest.mark.parametrize("phase", [Phase.LAUNCHING, Phase.LAUNCHED, Phase.REGISTERED, Phase.GONE])
def test_only_nodes_that_have_been_ready_are_counted(phase: Phase) -> None:
    others = [nodeclaim(f"o{number}", phase=phase) for number in range(10)]
    assert allowed(pool(NodeBudget("10%")), [*claims(10), *others], EMPTY, 0) == 1


def test_nodes_of_other_pools_are_not_counted() -> None:
    others = [nodeclaim(f"o{number}", nodepool="other") for number in range(10)]
    assert allowed(pool(NodeBudget("50%")), [*claims(2), *others], EMPTY, 0) == 1


@pytest.mark.parametrize(
    ("at", "active"),
    [
        ("2026-11-27T08:59:59", False),  # a Friday
        ("2026-11-27T09:00:00", True),
        ("2026-11-27T16:59:59", True),
        ("2026-11-27T17:00:00", False),
        ("2026-11-28T09:00:00", False),
        ("2026-11-30T10:00:00", True),
    ],
)
def test_a_schedule_opens_a_budget_for_its_duration_in_utc(at: str, active: bool) -> None:
    working_hours = NodeBudget(0, schedule="0 9 * * mon-fri", duration_seconds=8 * 3600)
    assert is_active(working_hours, instant(at)) is active
    found = pool(NodeBudget(5), working_hours)
    assert allowed(found, claims(10), EMPTY, instant(at)) == (0 if active else 5)


def test_a_duration_longer_than_the_schedules_interval_never_ends() -> None:
    budget = NodeBudget(0, schedule="0 * * * *", duration_seconds=2 * 3600)
    assert all(is_active(budget, instant("2026-11-27T00:00:00") + 600 * n) for n in range(50))


def test_the_next_change_is_the_first_begin_or_end_of_a_schedules_window() -> None:
    daily = NodeBudget(0, schedule="0 9 * * *", duration_seconds=3600)
    hourly = NodeBudget(0, schedule="30 * * * *", duration_seconds=600)
    day = instant("2026-11-27T00:00:00")
    assert next_change([pool(daily)], day) == day + 9 * 3600
    assert next_change([pool(daily)], day + 9 * 3600) == day + 10 * 3600
    assert next_change([pool(daily), pool(hourly)], day) == day + 1800
    assert next_change([pool(daily, hourly)], day + 1800) == day + 2400
    assert next_change([pool(NodeBudget(1)), pool()], day) is None


def test_a_budget_without_a_schedule_is_always_active() -> None:
    assert is_active(NodeBudget(1), 0)


def test_a_pool_keeps_its_least_nodes() -> None:
    pool = nodepool(disruption=Disruption(budgets=()))
    claims = [nodeclaim(f"n{number}") for number in range(5)]
    for least, may_go in ((1, 4), (5, 0), (7, 0)):
        assert allowed(replace(pool, least_nodes=least), claims, "Empty", 0) == may_go
    going = [replace(claims[0], phase=Phase.DRAINING), *claims[1:]]
    assert allowed(replace(pool, least_nodes=3), going, "Empty", 0) == 1
    assert allowed(replace(pool, least_nodes=5), claims, REBALANCED, 0) > 0
