"""A turn is told with what was seen, what was decided and how long each step took."""

from dataclasses import dataclass, field

from kubestow.live.watched import WatchedWorld
from kubestow.live.witness import Deed, SeenTurn, Witnesses
from kubestow.model.decision import Decision, Open, Outcome
from kubestow.model.snapshot import Snapshot
from kubestow.testing import snapshot


@dataclass
class Noting:
    """A witness, and a world."""

    deeds: list[Deed] = field(default_factory=list)
    turns: list[SeenTurn] = field(default_factory=list)
    seen: Snapshot = field(default_factory=snapshot)

    def did(self, deed: Deed) -> None:
        self.deeds.append(deed)

    def turned(self, turn: SeenTurn) -> None:
        self.turns.append(turn)

    def observe(self) -> Snapshot:
        return self.seen

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        return (Outcome("a", "opened"),)


def test_every_witness_hears_of_every_turn() -> None:
    first, second = Noting(), Noting()
    world = WatchedWorld(first, Witnesses((first, second)))
    assert world.observe() is first.seen
    decision = Decision((Open("a", ""),))
    assert world.execute(decision) == (Outcome("a", "opened"),)
    (turn,) = second.turns
    assert first.turns == second.turns
    assert (turn.seen, turn.decision) == (first.seen, decision)
    assert min(turn.observed_seconds, turn.decided_seconds, turn.done_seconds) >= 0.0
