"""Spot instances that EC2 takes back."""

from kubestow.disruption.interruption import NOTICE_SECONDS, interrupted
from kubestow.model.nodeclaim import Phase
from kubestow.testing import nodeclaim


def test_a_node_with_a_notice_goes_unless_it_drains_already() -> None:
    claims = [nodeclaim(phase.value, phase=phase, notice_at=120) for phase in Phase]
    assert [claim.name for claim in interrupted(claims)] == ["Registered", "Ready"]


def test_a_node_without_a_notice_stays() -> None:
    assert not list(interrupted([nodeclaim("n", capacity_type="spot")]))


def test_the_notice_is_of_two_minutes() -> None:
    assert NOTICE_SECONDS == 120
