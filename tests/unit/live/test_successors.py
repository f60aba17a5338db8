"""A node goes once what its pods are planned on has been launched."""

import pytest

from kubestow.live.successors import counted_on, parted
from kubestow.model.decision import NOT_LAUNCHED, Decision, Drain, Launch, Outcome, Waiting
from kubestow.model.nodeclaim import Event
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import nodeclaim, pod, snapshot

OLD = [pod("a", node="old"), pod("b", node="old"), pod("c", node="other"), pod("d")]
SEEN = snapshot(OLD)


def decision(reason: str = "Expired") -> Decision:
    """Return a decision that drains a node and launches for its pods, and for others."""
    drains = (Drain("old", reason), Drain("empty", "Empty"))
    launches = (Launch(nodeclaim("n1"), "Provisioning"), Launch(nodeclaim("n2"), "Provisioning"))
    waiting = [("a", "n1"), ("b", "there"), ("c", "n2"), ("d", "n2")]
    planned = tuple(Waiting(f"default/{name}", PLANNED, node) for name, node in waiting)
    return Decision((*drains, *launches), waiting=planned)


def test_pods_of_a_node_that_is_drained_count_on_what_is_launched_for_them() -> None:
    assert counted_on(SEEN, decision()) == {"old": {"n1"}}


@pytest.mark.parametrize("reason", ["Interrupted", "NotRegistered"])
def test_a_node_that_ec2_takes_back_waits_for_nothing(reason: str) -> None:
    assert counted_on(SEEN, decision(reason)) == {}


@pytest.mark.parametrize("event", [NOT_LAUNCHED, Event.INSUFFICIENT_CAPACITY.value])
def test_a_node_stays_where_its_successor_is_refused(event: str) -> None:
    drains = [Drain("old", "Expired"), Drain("more", "Expired")]
    counted = {"old": frozenset({"n1"}), "more": frozenset({"n2", "n3"})}
    going, staying = parted(drains, counted, [Outcome("n1", event)])
    assert going == [Drain("more", "Expired")]
    assert staying == [Outcome("old", NOT_LAUNCHED, reason="Expired")]
