"""The control loop: the order of its steps, and what it passes from one turn to the next."""

from dataclasses import dataclass, field, replace

from kubestow import loop
from kubestow.model.decision import Decision, Outcome
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Event
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.testing import snapshot

OFFERING = ("m5.large", "zone-a", "on-demand")


@dataclass
class Recorder:
    """A world, a clock, a journal and a policy that record their calls; it ends after 3 turns."""

    calls: list[str] = field(default_factory=list)
    memories: list[Memory] = field(default_factory=list)
    recorded: list[Memory] = field(default_factory=list)
    waits: list[tuple[int, int | None]] = field(default_factory=list)
    name: str = "recorder"
    pools: tuple[NodePool, ...] = ()
    period_seconds: int = 10
    turns: int = 0

    def now(self) -> int:
        return 100 * self.turns

    def observe(self) -> Snapshot:
        self.calls.append("observe")
        return replace(snapshot(), at=100 * self.turns)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        self.calls.append("decide")
        self.memories.append(memory)
        return Decision(look_again_at=snapshot.at + 7), memory

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        self.calls.append("record")
        self.recorded.append(memory)

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        self.calls.append("execute")
        return (Outcome("n", Event.INSUFFICIENT_CAPACITY, OFFERING),) if self.turns == 0 else ()

    def wait(self, seconds: int, until: int | None) -> bool:
        self.calls.append("wait")
        self.waits.append((seconds, until))
        self.turns += 1
        return self.turns < 3


def test_every_turn_records_its_decision_before_it_is_executed() -> None:
    own = Recorder()
    loop.run(own, own, own, own)
    assert own.calls == ["observe", "decide", "record", "execute", "wait"] * 3


def test_the_clock_waits_for_the_period_and_for_when_the_decision_wants_to_look_again() -> None:
    own = Recorder()
    loop.run(own, own, own)
    assert own.waits == [(10, 7), (10, 107), (10, 207)]


def test_outcomes_are_remembered_in_the_next_turn_and_expire() -> None:
    own = Recorder()
    last = loop.run(own, own, own, own)
    first, second, third = own.memories
    assert first == Memory()
    assert [offering for offering, _ in second.cooling] == [OFFERING]
    assert [offering for offering, _ in third.cooling] == [OFFERING]
    assert last.cooling == ()  # 200 seconds later
    assert own.recorded == own.memories


def test_a_run_starts_from_the_memory_it_is_given() -> None:
    lacking = Outcome("n", Event.INSUFFICIENT_CAPACITY, OFFERING)
    own, memory = Recorder(), Memory().learned([lacking], 0)
    loop.run(own, own, own, memory=memory)
    assert own.memories[0] == memory
