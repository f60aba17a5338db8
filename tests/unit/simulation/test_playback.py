"""A run played again: the policy is asked for what is not recorded, and from the same memory."""

from dataclasses import dataclass, field, replace

from kubestow.model.decision import Decision
from kubestow.model.memory import Memory, RecordedDecision
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.optimal import Optimal
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS
from kubestow.testing import nodepool, scenario, service

POOL = nodepool()


@dataclass(frozen=True)
class Asked:
    """The policy, and the instants at which it was asked."""

    policy: Optimal = field(default_factory=lambda: Optimal((POOL,)))
    instants: list[int] = field(default_factory=list)
    name: str = "optimal"
    pools: tuple[NodePool, ...] = (POOL,)
    period_seconds: int = 5

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        self.instants.append(snapshot.at)
        return self.policy.decide(snapshot, memory, reporter)


@dataclass
class Record:
    """A Journal in memory."""

    decisions: list[RecordedDecision] = field(default_factory=list)
    at: list[int] = field(default_factory=list)

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        self.decisions.append(RecordedDecision(memory, decision))
        self.at.append(snapshot.at)


def test_a_run_goes_on_from_any_decision_with_the_same_decisions_memories_and_result() -> None:
    day = scenario(service("web", 12), service("db", 3, "1", "6Gi"), shape="bursts", hours=6)
    day = replace(day, faults=ALL_FAULTS, seed=5)
    first = Record()
    result = simulate(day, Asked(), first)
    assert len(first.decisions) > 20
    for left in (0, 1, 2, len(first.decisions) // 2, len(first.decisions)):
        policy, again = Asked(), Record()
        assert simulate(day, policy, again, recorded=iter(first.decisions[:left])) == result
        assert again == first
        assert policy.instants == first.at[max(left - 1, 0) :]
