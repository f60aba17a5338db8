"""Spot instances that EC2 takes back."""

from kubestow.disruption.interruption import NOTICE_SECONDS, interrupted, is_at_risk
from kubestow.model.nodeclaim import Phase
from kubestow.testing import nodeclaim


def test_a_node_with_a_notice_goes_unless_it_drains_already() -> None:
    claims = [nodeclaim(phase.value, phase=phase, notice_at=120) for phase in Phase]
    assert [claim.name for claim in interrupted(claims)] == ["Registered", "Held", "Ready"]


def test_a_node_without_a_notice_stays() -> None:
    assert not list(interrupted([nodeclaim("n", capacity_type="spot")]))


def test_a_recommendation_alone_is_no_notice() -> None:
    assert not list(interrupted([nodeclaim("n", capacity_type="spot", rebalance_at=5)]))


def test_a_node_is_at_risk_while_it_is_there_until_its_notice_comes() -> None:
    claims = [nodeclaim(phase.value, phase=phase, rebalance_at=5) for phase in Phase]
    assert [claim.name for claim in claims if is_at_risk(claim)] == ["Ready"]
    assert not is_at_risk(nodeclaim("n", rebalance_at=5, notice_at=120))
    assert not is_at_risk(nodeclaim("n"))


def test_the_notice_is_of_two_minutes() -> None:
    assert NOTICE_SECONDS == 120
