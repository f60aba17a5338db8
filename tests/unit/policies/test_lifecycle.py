"""Nodes that do not come, must go, or are replaced first."""

from dataclasses import replace

import pytest

from kubestow.model.decision import (
    EXPIRED,
    INTERRUPTED,
    NOT_REGISTERED,
    UNDERUTILIZED,
    Drain,
    Uncordon,
)
from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption, NodeBudget
from kubestow.policies.lifecycle import (
    REGISTRATION_SECONDS,
    UNREADY,
    forced,
    next_deadline,
    progress,
    soonest,
)
from kubestow.testing import nodeclaim, nodepool, observed

SWAP = PendingDisruption(("old-1", "old-2"), ("new-1", "new-2"), UNDERUTILIZED, 0)
OLD = (nodeclaim("old-1"), nodeclaim("old-2"))


def after(*claims: NodeClaim, out: tuple[str, ...] = ()) -> tuple[object, ...]:
    """Return the actions and what is left of a swap, given what there is of its nodes."""
    found = progress(observed(claims), Memory(disruptions=(SWAP,)), out)
    return found.actions, found.disruptions


def coming(phase: Phase, *names: str) -> list[NodeClaim]:
    return [nodeclaim(name, phase=phase) for name in names]


@pytest.mark.parametrize("phase", [Phase.LAUNCHING, Phase.LAUNCHED, Phase.REGISTERED])
def test_nodes_are_not_drained_before_all_their_replacements_are_ready(phase: Phase) -> None:
    assert after(*OLD, *coming(Phase.READY, "new-1"), *coming(phase, "new-2")) == ((), (SWAP,))


def test_nodes_are_drained_once_all_their_replacements_are_ready() -> None:
    drains = (Drain("old-1", UNDERUTILIZED), Drain("old-2", UNDERUTILIZED))
    assert after(*OLD, *coming(Phase.READY, "new-1", "new-2")) == (drains, ())


@pytest.mark.parametrize("lost", [[], coming(Phase.GONE, "new-2")], ids=["vanished", "gone"])
def test_a_command_whose_replacement_fails_is_called_off_and_uncordoned(
    lost: list[NodeClaim],
) -> None:
    uncordons = (Uncordon("old-1"), Uncordon("old-2"))
    assert after(*OLD, *coming(Phase.READY, "new-1"), *lost) == (uncordons, ())


def test_a_node_cordoned_for_a_disruption_that_nobody_remembers_is_opened_again() -> None:
    cordoned = replace(nodeclaim("old-1"), reason=UNDERUTILIZED)
    found = progress(observed([cordoned]), Memory(), ())
    assert found.actions == (Uncordon("old-1"),)
    kept = progress(observed([cordoned]), Memory(disruptions=(SWAP,)), ())
    assert Uncordon("old-1") in kept.actions  # called off: its replacements are not there
    waits = (cordoned, *coming(Phase.LAUNCHED, "new-1", "new-2"))
    assert progress(observed(waits), Memory(disruptions=(SWAP,)), ()).actions == ()


def test_a_node_that_somebody_else_cordoned_stays_closed() -> None:
    closed = nodeclaim("n")
    closed = replace(closed, node=replace(closed.node, unschedulable=True))
    assert progress(observed([closed]), Memory(), ()).actions == ()


def test_a_node_that_is_forced_out_is_no_longer_of_its_command() -> None:
    left = after(*OLD, *coming(Phase.LAUNCHED, "new-1", "new-2"), out=("old-1",))
    assert left == ((), (PendingDisruption(("old-2",), SWAP.replacements, UNDERUTILIZED, 0),))


def test_a_node_that_is_gone_or_drains_already_is_not_drained_again() -> None:
    draining = nodeclaim("old-2", phase=Phase.DRAINING)
    assert after(draining, *coming(Phase.READY, "new-1", "new-2")) == ((), ())


def test_the_nodes_of_disruptions_under_way_are_chosen() -> None:
    found = progress(
        observed([*OLD, *coming(Phase.LAUNCHED, "new-1", "new-2")]), Memory(disruptions=(SWAP,)), ()
    )
    assert found.chosen == {"old-1", "old-2"}


def test_a_node_that_has_not_registered_after_fifteen_minutes_is_given_up() -> None:
    assert REGISTRATION_SECONDS == 15 * 60
    claim = nodeclaim("n", phase=Phase.LAUNCHED, created_at=0, launched_at=10)
    assert forced(observed([claim], at=909), {}) == []
    assert next_deadline(observed([claim], at=11), {}) == 910
    assert forced(observed([claim], at=910), {}) == [Drain("n", NOT_REGISTERED)]


def test_a_node_that_registered_and_is_not_ready_is_given_up_only_by_who_asks_for_it() -> None:
    state = observed([nodeclaim("n", phase=Phase.REGISTERED, launched_at=10)], at=10**6)
    assert forced(state, {}) == []
    assert next_deadline(state, {}) is None
    assert forced(state, {}, gives_up=UNREADY) == [Drain("n", NOT_REGISTERED)]
    assert next_deadline(state, {}, gives_up=UNREADY) == 910


@pytest.mark.parametrize("phase", [Phase.LAUNCHING, Phase.READY, Phase.DRAINING])
def test_no_other_node_is_given_up(phase: Phase) -> None:
    state = observed([nodeclaim("n", phase=phase, launched_at=10)], at=10**6)
    assert forced(state, {}, gives_up=UNREADY) == []


def test_interruption_and_expiration_wait_for_no_budget_and_respect_disruption_budgets() -> None:
    pools = {"pool": nodepool(disruption=Disruption(expire_after=60, budgets=(NodeBudget(0),)))}
    claims = [nodeclaim("old"), nodeclaim("spot", notice_at=120), nodeclaim("new", created_at=50)]
    assert forced(observed(claims, at=60), pools) == [
        Drain("spot", INTERRUPTED, force=False),
        Drain("old", EXPIRED, force=False),
    ]
    assert forced(observed(claims, at=60), pools, expires=False) == [Drain("spot", INTERRUPTED)]


def test_the_next_deadline_is_the_first_end_of_a_node_that_is_not_going() -> None:
    pools = {"pool": nodepool(disruption=Disruption(expire_after=60))}
    claims = [
        nodeclaim("a", created_at=50),
        nodeclaim("b", created_at=40),
        nodeclaim("c", phase=Phase.DRAINING),
        nodeclaim("d", notice_at=100),
    ]
    assert next_deadline(observed(claims), pools) == 100
    assert next_deadline(observed([]), pools) is None


def test_the_soonest_of_no_instants_is_none() -> None:
    assert soonest(None, None) is None
    assert soonest(None, 7, 3) == 3
