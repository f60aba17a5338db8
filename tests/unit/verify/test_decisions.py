"""Decisions judged by themselves: reasons, planned nodes, budgets of NodePools."""

from dataclasses import replace

import pytest

from kubestow.disruption.node_budgets import is_active
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    EXPIRED,
    UNDERUTILIZED,
    Cordon,
    Decision,
    Drain,
    Launch,
    Uncordon,
    Waiting,
)
from kubestow.model.nodeclaim import Phase
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.simulation.scenario import MONDAY
from kubestow.testing import nodeclaim, nodepool, observed, pod
from kubestow.verify.decisions import commanded, holds, over_budget, unexplained

CLAIMS = tuple(nodeclaim(f"n{number}") for number in range(4))


def planned(on: str) -> Decision:
    return Decision((), (), (Waiting("default/w", "planned", on),))


def test_a_pod_is_planned_on_a_node_that_is_there_comes_or_is_launched() -> None:
    coming = nodeclaim("soon", phase=Phase.LAUNCHING)
    going = nodeclaim("late", phase=Phase.DRAINING)
    reclaimed = nodeclaim("spot", notice_at=120)
    state = observed([*CLAIMS, coming, going, reclaimed], [pod("w")])
    for name in ("n0", "soon"):
        assert list(unexplained(state, planned(name))) == []
    for name in ("late", "spot", "never", ""):
        assert len(list(unexplained(state, planned(name)))) == 1
    fresh = Launch(nodeclaim("never", phase=Phase.LAUNCHING), "Provisioning")
    assert list(unexplained(state, replace(planned("never"), actions=(fresh,)))) == []
    drained = replace(planned("n0"), actions=(Drain("n0", EMPTY),))
    assert len(list(unexplained(state, drained))) == 1


def test_only_pods_that_could_have_a_node_and_have_none_wait() -> None:
    pods = [
        pod("there", node="n0"),
        replace(pod("agent"), daemonset="kube-system/agent"),
        replace(pod("going"), terminating=True),
    ]
    assert list(unexplained(observed(CLAIMS, pods), Decision())) == []
    assert len(list(unexplained(observed(CLAIMS, [pod("w")]), Decision()))) == 1


def over(*actions: Cordon | Drain | Uncordon, budget: NodeBudget, **options: object) -> int:
    pool = nodepool(disruption=Disruption(budgets=(budget,)))
    awaiting = options.pop("awaiting", ())
    claims = [*CLAIMS, *options.pop("claims", ())]  # type: ignore[misc] # NodeClaims
    found = over_budget(observed(claims), Decision(actions), (pool,), awaiting)  # type: ignore[arg-type] # names
    return len(list(found))


def test_a_share_of_the_nodes_that_are_there_is_rounded_up() -> None:
    half = NodeBudget("30%")  # 1.2 of 4
    drains = [Drain(f"n{number}", EMPTY) for number in range(3)]
    assert over(*drains[:2], budget=half) == 0
    assert over(*drains, budget=half) == 1
    coming = nodeclaim("soon", phase=Phase.LAUNCHED)
    assert over(*drains[:2], budget=NodeBudget("25%"), claims=[coming]) == 1


def test_what_goes_already_counts_and_does_not_begin_again() -> None:
    going = nodeclaim("late", phase=Phase.DRAINING)
    one = NodeBudget(1)
    assert over(Drain("n0", EMPTY), budget=one, claims=[going]) == 1
    assert over(Drain("late", EMPTY), budget=one, claims=[going]) == 0
    assert over(Drain("n0", EMPTY), budget=one, awaiting=("n0",)) == 0
    assert over(Drain("n0", EMPTY), budget=one, awaiting=("n1",)) == 1
    assert over(Cordon("n0", UNDERUTILIZED), Cordon("n1", UNDERUTILIZED), budget=one) == 1
    assert over(Drain("n0", EXPIRED), Drain("n1", EXPIRED), budget=one) == 0


def test_nodes_wait_for_their_replacements_until_they_drain_or_are_called_off() -> None:
    taken = commanded((), Decision((Cordon("a", EMPTY), Cordon("b", EMPTY))))
    assert taken == {"a", "b"}
    assert commanded(taken, Decision((Uncordon("a"), Drain("b", EMPTY)))) == frozenset()


def test_what_is_consolidated_in_waves_counts_when_it_is_drained() -> None:
    pool = nodepool(disruption=Disruption(budgets=(NodeBudget(1),)))
    for kind, reason, most in (
        (Cordon, UNDERUTILIZED, 0), (Cordon, DRIFTED, 1), (Drain, UNDERUTILIZED, 1),
    ):  # fmt: skip
        decision = Decision((kind("n0", reason), kind("n1", reason)))
        found = over_budget(observed(CLAIMS), decision, (pool,), in_waves=True)
        assert len(list(found)) == most
    cordons = Decision((Cordon("a", UNDERUTILIZED), Cordon("b", DRIFTED)))
    assert commanded((), cordons, in_waves=True) == {"b"}


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [("0 9 * * 1-5", 28_800), ("*/15 * * * *", 300), ("30 23 * * *", 7_200), ("0 0 1 * *", 60)],
)
def test_a_window_is_that_of_disruption_node_budgets(schedule: str, seconds: int) -> None:
    budget = NodeBudget(0, (), schedule, seconds)
    for at in range(MONDAY, MONDAY + 2 * 86_400, 299):
        for instant in (at, at // 60 * 60, at // 60 * 60 - 1):
            assert holds(budget, instant) == is_active(budget, instant), instant
