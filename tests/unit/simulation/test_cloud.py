"""The cloud: what EC2 says of a spot instance before it takes it back, and who listens."""

from dataclasses import dataclass, field, replace

import pytest

from kubestow.model.decision import UNDERUTILIZED, Cordon, Decision, Drain, Uncordon
from kubestow.model.memory import Memory
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy
from kubestow.policies.registry import POLICIES
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import MONDAY, NO_FAULTS, Faults, Scenario
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import GENERAL, catalog, nodepool, scenario, service

POOL = nodepool()
OFTEN = replace(NO_FAULTS, interruptions_per_hour=0.5, recommended=1.0)


@dataclass
class Watching(Delegating):
    """A policy that keeps when it saw recommendations and notices of nodes, and its drains."""

    policy: Policy
    recommended: dict[str, int] = field(default_factory=dict)
    noticed: dict[str, int] = field(default_factory=dict)
    drained: dict[str, str] = field(default_factory=dict)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        for claim in snapshot.nodeclaims:
            if claim.rebalance_at is not None:
                self.recommended.setdefault(claim.name, claim.rebalance_at)
            if claim.notice_at is not None:
                self.noticed.setdefault(claim.name, claim.notice_at - 120)
        decision, memory = self.policy.decide(snapshot, memory, reporter)
        for action in decision.actions:
            if isinstance(action, Drain):
                self.drained.setdefault(action.node, action.reason)
        return decision, memory


def day(faults: Faults, seed: int = 1, hours: float = 6) -> Scenario:
    spot = catalog(*GENERAL[:2], spot=0.3)
    return scenario(service("web", 12), hours=hours, catalog_of=spot, faults=faults, seed=seed)


def watched(what: Scenario, name: str) -> tuple[Watching, Result]:
    policy = Watching(POLICIES[name]((POOL,)))
    return policy, simulate(what, policy)  # type: ignore[arg-type] # its pools are the other's


def test_a_recommendation_comes_ten_to_twenty_minutes_before_the_notice_where_it_comes() -> None:
    found, _ = watched(day(OFTEN), "karpenter")
    early = {name: found.noticed[name] - at for name, at in found.recommended.items()
             if name in found.noticed}  # fmt: skip
    assert early
    assert all(600 <= seconds <= 1_200 for seconds in early.values())
    assert all(at > MONDAY for at in found.recommended.values())


def test_recommendations_change_nothing_for_those_who_do_not_listen() -> None:
    quiet, loud = replace(OFTEN, recommended=0.0), replace(OFTEN, recommended_for_nothing=1.0)
    for name in ("karpenter", "cluster-autoscaler"):
        results = []
        for faults in (quiet, loud):
            watching, result = watched(day(faults), name)
            assert "Rebalanced" not in watching.drained.values()
            results.append((result.nano_usd, result.interruptions, result.evictions, result.killed))
        assert results[0] == results[1]


def test_a_recommendation_for_nothing_is_followed_all_the_same() -> None:
    faults = replace(NO_FAULTS, recommended_for_nothing=0.5)
    found, result = watched(day(faults), "optimal")
    assert result.interruptions == 0
    assert "Rebalanced" in found.drained.values()
    assert result.pending == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_kubestow_leaves_before_the_notice_and_fewer_pods_have_to_hurry(seed: int) -> None:
    deaf, without = watched(day(replace(OFTEN, recommended=0.0), seed), "optimal")
    found, result = watched(day(OFTEN, seed), "optimal")
    assert not deaf.recommended
    assert "Rebalanced" in found.drained.values()
    assert result.interruptions < without.interruptions
    assert result.pending_pod_seconds < without.pending_pod_seconds


def test_a_cordon_says_who_closed_the_node_and_an_uncordon_forgets_it() -> None:
    own = scenario(service("web", 1))
    world = SimulatedWorld(own)
    watched = POLICIES["karpenter"]((POOL,))
    memory = Memory()
    while not world.pods.nodes:
        decision, memory = watched.decide(world.observe(), memory, SilentReporter())
        world.execute(decision)
        assert world.wait(5, decision.look_again_at)
    (name,) = world.pods.nodes

    def act(action: Cordon | Uncordon) -> tuple[bool, str]:
        world.execute(Decision((action,)))
        claim = world.cloud.claims[name]
        return world.pods.nodes[name].unschedulable, claim.reason

    assert act(Cordon(name, UNDERUTILIZED)) == (True, UNDERUTILIZED)
    assert act(Uncordon(name)) == (False, "")
