"""What one controller leaves and the next one takes."""

from dataclasses import dataclass, replace

import pytest

from kubestow.adapters.memory_note import FORM
from kubestow.controller.handover import Handover, Leaving, shown
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory, PendingDisruption
from kubestow.model.policy_memory import OptimalMemory
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating
from kubestow.policies.registry import POLICIES
from kubestow.testing import nodeclaim, nodepool, observed

MEMORY = Memory(counter=7, planned=(("shop/web", "general-1-4"),))


def at(instant: int, policy: str = "optimal") -> Handover:
    return Handover(lambda: instant, policy)


def left(memory: Memory = MEMORY, policy: str = "optimal") -> str:
    """Return what is left of a memory at 100."""
    handover = at(100, policy)
    handover.leave(memory)
    return handover.text()


def test_what_is_left_is_taken_once_and_left_as_it_is_until_then() -> None:
    text = left()
    handover = at(130)
    handover.take(text)
    assert handover.text() == text
    assert handover.taken() == MEMORY
    assert (handover.text(), handover.taken()) == ("", None)


def test_what_was_left_long_ago_or_is_to_come_is_not_heeded() -> None:
    for instant, is_heeded in ((97, True), (96, False), (160, True), (161, False)):
        handover = at(instant)
        handover.take(left())
        assert (handover.taken() == MEMORY) == is_heeded


@pytest.mark.parametrize(
    "text",
    ["", "100", "100 optimal", "what", "1" * 5_000, left(policy="karpenter"),
     left().replace(FORM, "0" * 12), left()[:-8], left() + " more"],
)  # fmt: skip
def test_what_is_no_memory_of_this_policy_is_not_heeded(text: str) -> None:
    handover = at(100)
    handover.take(text)
    assert handover.taken() is None


def test_who_goes_on_leaves_nothing() -> None:
    handover = at(100)
    handover.leave(MEMORY)
    handover.leave(None)
    assert handover.text() == ""
    handover.leave(MEMORY)
    handover.take("")  # another was between
    assert handover.text() == ""


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
    handover = at(100)
    policy = Leaving(Remembering(after), handover)
    assert policy.decide(observed((), []), Memory(), SilentReporter()) == (Decision(()), after)
    assert bool(handover.text()) == is_left
    assert policy.name == "optimal"


def test_what_was_taken_is_left_again_after_a_whole_turn() -> None:
    handover, taken = at(100), replace(MEMORY)
    policy = Leaving(Remembering(MEMORY), handover, taken)
    for memory, is_left in ((taken, False), (taken, False), (MEMORY, True)):
        policy.decide(observed((), []), memory, SilentReporter())
        assert bool(handover.text()) == is_left


def test_of_what_is_to_go_what_the_cluster_shows_is_believed() -> None:
    drifted = replace(nodeclaim("a"), reason="Drifted")
    snapshot = observed([drifted, nodeclaim("b"), nodeclaim("c")], [])

    def believed(item: PendingDisruption) -> tuple[PendingDisruption, ...]:
        return shown(Memory(disruptions=(item,)), snapshot).disruptions

    assert believed(UNDER_WAY) == (UNDER_WAY,)
    assert believed(replace(UNDER_WAY, nodes=("a", "c", "gone"))) == (UNDER_WAY,)
    assert believed(replace(UNDER_WAY, replacements=("b", "lost"))) == ()
    assert believed(replace(UNDER_WAY, replacements=())) == ()
    assert believed(replace(UNDER_WAY, reason="Empty")) == ()
    own = shown(Memory(own=OptimalMemory(idle_digest="as it was")), snapshot).own
    assert own == OptimalMemory()
