"""What one controller leaves and the next one takes."""

from dataclasses import dataclass

import pytest

from kubestow.controller.handover import Handover, Leaving
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating
from kubestow.policies.registry import POLICIES
from kubestow.testing import nodepool, observed

MEMORY = Memory(counter=7, planned=(("shop/web", "general-1-4"),))


def test_what_is_left_is_taken_once() -> None:
    left, taken = Handover(lambda: 100), Handover(lambda: 130)
    left.leave(MEMORY)
    taken.take(left.text())
    assert taken.taken() == MEMORY
    assert taken.taken() is None


def test_what_was_left_long_ago_or_is_to_come_is_not_heeded() -> None:
    left = Handover(lambda: 100)
    left.leave(MEMORY)
    for at in (161, 39):
        late = Handover(lambda at=at: at)  # type: ignore[misc] # an instant
        late.take(left.text())
        assert late.taken() is None


def test_who_goes_on_leaves_nothing() -> None:
    handover = Handover(lambda: 100)
    assert (handover.text(), handover.taken()) == ("", None)
    handover.leave(MEMORY)
    handover.leave(None)
    assert handover.text() == ""
    handover.take("100 what")
    assert handover.taken() is None


@dataclass(slots=True)
class Remembering(Delegating):
    """A policy that does nothing and remembers what it is told to."""

    policy = POLICIES["optimal"]((nodepool(),))
    after: Memory

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        return Decision(()), self.after


UNDER_WAY = PendingDisruption(("a",), ("b",), "Drifted", 0)


@pytest.mark.parametrize(
    ("after", "is_left"),
    [(MEMORY, True), (Memory(disruptions=(UNDER_WAY,)), True), (Memory(counter=7), False)],
)
def test_while_something_is_under_way_it_is_left_before_it_is_done(
    after: Memory, *, is_left: bool
) -> None:
    handover = Handover(lambda: 100)
    policy = Leaving(Remembering(after), handover)
    assert policy.decide(observed((), []), Memory(), SilentReporter()) == (Decision(()), after)
    assert bool(handover.text()) == is_left
    assert policy.name == "optimal"
