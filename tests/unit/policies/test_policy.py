"""A policy that stands in for another is told from it only by how it decides."""

from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.policy import Delegating, Policy
from kubestow.simulation.run import simulate
from kubestow.testing import nodepool, scenario, service

POOLS = (nodepool(),)


class Idle(Delegating):
    """Does nothing in the name of another."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        return Decision(), memory


def test_a_stand_in_has_the_name_the_pools_and_the_period_of_the_other() -> None:
    idle: Policy = Idle(Karpenter(POOLS, name="mine", period_seconds=7))
    assert (idle.name, idle.pools, idle.period_seconds) == ("mine", POOLS, 7)


def test_a_simulation_of_a_stand_in_bears_the_name_of_the_other() -> None:
    day = scenario(service("web", 0), hours=1)
    result = simulate(day, Idle(Karpenter(POOLS, name="mine")))
    assert (result.policy, result.launched) == ("mine", 0)
