"""Nodes that follow as budgets let them, for pods whose nodes are launched already."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model.decision import UNDERUTILIZED, Drain
from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget, NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import DisruptionBudget
from kubestow.policies.lifecycle import progress
from kubestow.policies.waves import BudgetWaves
from kubestow.testing import nodeclaim, nodepool, observed, owned, pod, selector

NEW = nodeclaim("new", phase=Phase.HELD)
SWAP = PendingDisruption(("n0",), ("new",), UNDERUTILIZED, 0, ("n1", "n2", "n3"))


def pool(most: int | str) -> NodePool:
    return nodepool(disruption=Disruption(budgets=(NodeBudget(most),)))


def old(**phases: Phase) -> list[NodeClaim]:
    return [nodeclaim(f"n{n}", phase=phases.get(f"n{n}", Phase.READY)) for n in range(4)]


def after(
    *claims: NodeClaim,
    swap: PendingDisruption = SWAP,
    most: int = 2,
    pods: tuple[Pod, ...] = (),
    taken: tuple[str, ...] = (),
    **cluster: Any,
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return which nodes are drained, and which are to go later."""
    state = observed(claims, pods, **cluster)
    waves = BudgetWaves(state, {"pool": pool(most)}, taken)
    found = progress(state, Memory(disruptions=(swap,)), (), waves.next)
    drains = [action.node for action in found.actions if isinstance(action, Drain)]
    return drains, [item.later for item in found.disruptions]


def test_as_many_go_as_budgets_let_and_the_others_follow() -> None:
    assert after(*old(), NEW) == (["n0", "n1"], [("n2", "n3")])
    rest = replace(SWAP, nodes=(), later=("n2", "n3"))
    going = old(n0=Phase.DRAINING, n1=Phase.DRAINING)
    assert after(*going, NEW, swap=rest) == ([], [("n2", "n3")])
    assert after(*going[1:], NEW, swap=rest) == (["n2"], [("n3",)])
    assert after(*going[2:], NEW, swap=rest) == (["n2", "n3"], [])
    assert after(*old(), NEW, most=9) == (["n0", "n1", "n2", "n3"], [])


def test_others_that_go_in_the_same_decision_count() -> None:
    assert after(*old(), NEW, taken=("n3",)) == (["n0"], [("n1", "n2", "n3")])


def test_none_goes_before_what_is_launched_is_there() -> None:
    assert after(*old(), nodeclaim("new", phase=Phase.LAUNCHED)) == ([], [SWAP.later])


def test_the_others_stay_once_what_was_launched_is_open() -> None:
    assert after(*old(), nodeclaim("new")) == (["n0"], [])


def test_one_that_must_not_go_any_more_stays() -> None:
    kept = owned(pod("kept", "100m", node="n1"), do_not_disrupt=True)
    assert after(*old(), NEW, pods=(kept,)) == (["n0", "n2"], [("n3",)])


@pytest.mark.parametrize("allowed", [0, 1])
def test_a_disruption_budget_keeps_none_for_good(allowed: int) -> None:
    web = owned(pod("web", "100m", labels={"app": "web"}, node="n1"))
    budget = DisruptionBudget("default", "web", selector(app="web"), allowed, None, 1)
    drains, later = after(*old(), NEW, pods=(web,), disruption_budgets=(budget,))
    assert (drains, later) == (["n0", "n1"], [("n2", "n3")])


def test_the_first_wave_is_what_budgets_let_go_in_order() -> None:
    state = observed([*old(), nodeclaim("other", nodepool="elsewhere")])
    waves = BudgetWaves(state, {"pool": pool("50%")})
    assert waves.first(("n2", "other", "n0", "n1"), UNDERUTILIZED) == ("n2", "n0")
