"""A controller is alive while it goes on, and ready while it stands by or its turns succeed."""

from dataclasses import dataclass

from kubestow.controller.pulse import STUCK_SECONDS, Pulse
from kubestow.live.witness import Deed, SeenTurn
from kubestow.model.decision import Decision
from kubestow.testing import snapshot

TURN = SeenTurn(snapshot(), Decision(), 0.0, 0.0, 0.0)


@dataclass
class Time:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_that_stands_by_is_ready_and_a_leader_is_after_a_turn() -> None:
    pulse = Pulse()
    assert "listed" in pulse.not_ready()
    assert pulse.not_alive() == ""
    pulse.stands_by()
    assert pulse.not_ready() == ""
    pulse.leads()
    assert "no turn" in pulse.not_ready()
    pulse.turned(TURN)
    assert pulse.not_ready() == ""
    pulse.failed("EC2 is away")
    assert pulse.not_ready() == "EC2 is away"
    assert pulse.not_alive() == ""
    pulse.stands_by()
    assert pulse.not_ready() == ""


def test_one_that_has_not_gone_on_for_long_is_neither_alive_nor_ready() -> None:
    time = Time()
    pulse = Pulse(time)
    pulse.stands_by()
    time.now = STUCK_SECONDS - 1
    assert pulse.not_alive() == ""
    time.now = STUCK_SECONDS
    assert (
        pulse.not_alive() == pulse.not_ready() == f"nothing has gone on for {STUCK_SECONDS:.0f} s"
    )
    pulse.did(Deed("evict", "Pod", "default/web"))
    assert pulse.not_alive() == ""
    assert pulse.age_seconds == 0.0
