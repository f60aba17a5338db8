"""The loop's turns: what is observed, decided, written down, carried out and remembered."""

from dataclasses import dataclass, field, replace

from kubestow import loop
from kubestow.model.decision import Decision, Launch, Outcome
from kubestow.model.memory import Memory
from kubestow.model.snapshot import Snapshot
from kubestow.policies.registry import POLICIES
from kubestow.testing import nodepool, observed, pod

POOL = nodepool()


@dataclass
class Still:
    """A world in which nothing happens, its clock, and a journal, for a number of turns."""

    turns: int
    at: int = 0
    executed: list[Decision] = field(default_factory=list)
    recorded: list[tuple[int, Memory, Decision]] = field(default_factory=list)
    waits: list[tuple[int, int | None]] = field(default_factory=list)
    early: int = 0

    def observe(self) -> Snapshot:
        """Return one pending pod."""
        return replace(observed((), [pod("a")]), at=self.at)

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Note the decision; nothing comes of it."""
        self.executed.append(decision)
        return ()

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Note what a decision was made from; it is not carried out yet."""
        assert len(self.executed) == len(self.recorded)
        self.recorded.append((snapshot.at, memory, decision))

    def now(self) -> int:
        """Return the instant."""
        return self.at

    def wait(self, seconds: int, until: int | None) -> bool:
        """Go on by a period until the turns are over."""
        self.waits.append((seconds, until))
        self.at += seconds
        return len(self.waits) < self.turns

    def gathers_more(self) -> bool:
        """Say so of the first few decisions."""
        self.early -= 1
        return self.early >= 0


def test_a_decision_is_written_down_with_what_it_was_made_from_and_then_carried_out() -> None:
    world = Still(3)
    loop.run(world, world, POLICIES["karpenter"]((POOL,)), world)
    assert [decision for *_, decision in world.recorded] == world.executed
    assert len(world.executed) == 3
    assert any(isinstance(action, Launch) for d in world.executed for action in d.actions)


def test_the_loop_waits_for_the_policys_period_or_as_the_decision_says() -> None:
    world = Still(3)
    policy = POLICIES["karpenter"]((POOL,))
    loop.run(world, world, policy)
    assert world.waits == [
        (policy.period_seconds, decision.look_again_at) for decision in world.executed
    ]


def test_each_turn_remembers_what_the_last_one_left() -> None:
    world = Still(2)
    last = loop.run(world, world, POLICIES["optimal"]((POOL,)), world)
    memories = [memory for _, memory, _ in world.recorded]
    assert memories[0] == Memory()
    assert memories[1] != Memory()
    again = Still(1)
    loop.run(again, again, POLICIES["optimal"]((POOL,)), again, memory=last)
    assert again.recorded[0][1] == last


def test_what_was_decided_too_early_never_happened() -> None:
    world, early = Still(2), Still(5, early=3)
    last = [loop.run(w, w, POLICIES["optimal"]((POOL,)), w) for w in (world, early)]
    assert early.recorded == world.recorded
    assert last[0] == last[1]
    ended = Still(1, early=1)
    assert loop.run(ended, ended, POLICIES["optimal"]((POOL,)), ended) == Memory()
    assert not ended.executed
