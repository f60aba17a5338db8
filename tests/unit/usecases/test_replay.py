"""Replay: decisions made again from what they were made from."""

from dataclasses import dataclass, replace

from kubestow import engine
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.reporter import SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.registry import POLICIES
from kubestow.testing import nodepool, observed, pod
from kubestow.usecases.replay import NAMES, ReplayRequest, replay

POOLS = (nodepool(),)


@dataclass(frozen=True)
class Recorded:
    """A decision as a journal holds it."""

    snapshot: Snapshot
    memory: Memory
    decision: bytes


def encoded(decision: Decision) -> bytes:
    return repr(decision).encode()


def recorded(count: int) -> list[Recorded]:
    """Return what Karpenter decided on ``count`` snapshots, one every ten seconds."""
    entries, memory = [], Memory()
    policy = POLICIES["karpenter"](POOLS)
    for number in range(count):
        seen = observed((), [pod("a"), pod("b", "3")], at=10 * number)
        decision, later = engine.step(seen, memory, policy)
        entries.append(Recorded(seen, memory, encoded(decision)))
        memory = later
    return entries


def request(entries: list[Recorded]) -> ReplayRequest:
    return ReplayRequest(
        policy="karpenter", pools=POOLS, seed=0, faults="none", entries=entries, encoded=encoded
    )


def test_every_decision_comes_out_the_same_again() -> None:
    entries = recorded(3)
    assert any(b"Launch" in entry.decision for entry in entries)
    answer = replay(request(entries), SilentReporter())
    assert (answer.decisions, answer.differs_at) == (3, None)


def test_replay_ends_at_the_first_decision_that_differs_and_tells_its_instant() -> None:
    entries = recorded(4)
    entries[2] = replace(entries[2], decision=b"another")
    answer = replay(request(entries), SilentReporter())
    assert (answer.decisions, answer.differs_at) == (2, 20)


def test_a_journal_without_decisions_has_none_that_differs() -> None:
    answer = replay(request([]), SilentReporter())
    assert (answer.decisions, answer.differs_at) == (0, None)


def test_every_policy_that_can_be_simulated_can_be_replayed() -> None:
    assert set(NAMES) == set(POLICIES)
