"""Pods that are protected from eviction, from a template's annotations to what a drain does."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kubestow.disruption.protection import CLUSTER_AUTOSCALER
from kubestow.model.decision import UNDERUTILIZED, Decision, Drain
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.memory import Memory
from kubestow.model.nodepool import Disruption
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.simulated import Result
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy
from kubestow.policies.registry import POLICIES
from kubestow.simulation.invariants import BrokenError
from kubestow.simulation.run import simulate
from kubestow.simulation.run_judge import RunJudge
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, BatchLoad, Faults, Scenario
from kubestow.simulation.workloads import from_cluster
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import (
    GENERAL,
    catalog,
    nodepool,
    owned,
    pod,
    replicas,
    scenario,
    service,
    snapshot,
)

POOL = nodepool(disruption=Disruption(budgets=()))
ALWAYS = EvictionTerms(do_not_disrupt=True)
NOT_SAFE = EvictionTerms(safe_to_evict=False)
HALF_AN_HOUR = EvictionTerms(protected_seconds=1800)


def shrinking(terms: EvictionTerms | None, hours: float = 2.0) -> Scenario:
    """Return a Job of 40 pods, three of four of which end after a quarter of an hour."""
    day = scenario(hours=hours, catalog_of=catalog(GENERAL[0]))
    arrivals = [(MONDAY, 900 if number % 4 else None) for number in range(40)]
    arrivals.append((MONDAY + 1100, None))  # wakes a policy that sleeps
    load = pod("job", "500m", "1Gi")
    batch = BatchLoad("default", "job", load.template, (("app", "job"),), tuple(arrivals), terms)
    return replace(day, batches=(batch,))


def run(policy: str, terms: EvictionTerms | None, **options: Any) -> Result:
    return simulate(shrinking(terms, **options), POLICIES[policy]((POOL,)))


@pytest.mark.parametrize(
    ("policy", "terms"),
    [
        ("optimal", ALWAYS),
        ("optimal", NOT_SAFE),
        ("karpenter", ALWAYS),
        ("cluster-autoscaler", NOT_SAFE),
        ("cluster-autoscaler", EvictionTerms(local_volumes=("tmp",))),
    ],
)
def test_what_a_template_asks_for_keeps_the_nodes_that_go_without_it(
    policy: str, terms: EvictionTerms
) -> None:
    kept, free = run(policy, terms), run(policy, None)
    assert (kept.evictions, free.evictions > 0) == (0, True)
    assert kept.nodes > free.nodes
    assert kept.nano_usd > free.nano_usd


@pytest.mark.parametrize(
    ("policy", "terms"), [("karpenter", NOT_SAFE), ("cluster-autoscaler", ALWAYS)]
)
def test_what_another_autoscaler_asks_for_changes_nothing(
    policy: str, terms: EvictionTerms
) -> None:
    assert run(policy, terms) == run(policy, None)


@dataclass
class Watching(Delegating):
    """A policy that keeps when it drained nodes with pods."""

    policy: Policy
    drained_at: list[int] = field(default_factory=list)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        decision, memory = self.policy.decide(snapshot, memory, reporter)
        drains = [action for action in decision.actions if isinstance(action, Drain)]
        self.drained_at += [
            snapshot.at - MONDAY for drain in drains if drain.reason == UNDERUTILIZED
        ]
        return decision, memory


@pytest.mark.parametrize("name", ["optimal", "karpenter"])
def test_a_protection_that_ends_at_an_age_ends_there_and_the_policy_looks_again(name: str) -> None:
    watching = Watching(POLICIES[name]((POOL,)))
    found = simulate(shrinking(HALF_AN_HOUR), watching)
    assert found.evictions > 0
    most = {"optimal": 1800, "karpenter": 60}[name]  # ours looks every half hour: it has risen
    assert 1800 < min(watching.drained_at) <= 1845 + most
    free = Watching(POLICIES[name]((POOL,)))
    simulate(shrinking(None), free)
    assert 900 < min(free.drained_at) <= 1300


@pytest.mark.parametrize(
    ("name", "leaves"), [("optimal", 0), ("karpenter", 0), ("cluster-autoscaler", 0)]
)
def test_an_expired_node_waits_for_its_protected_pods(name: str, leaves: int) -> None:
    pool = nodepool(disruption=Disruption(expire_after=1200, consolidate_after=None))
    day = scenario(service("web", 6), hours=1.0)
    kept = replace(day, services=(replace(day.services[0], eviction=ALWAYS),))
    assert simulate(kept, POLICIES[name]((pool,))).evictions == leaves
    free = simulate(day, POLICIES[name]((pool,)))
    assert (free.evictions > 0) == (name != "cluster-autoscaler")  # which knows no expiration
    assert simulate(kept, POLICIES[name]((pool,))).launched <= free.launched


def test_when_ec2_takes_a_node_back_karpenters_protected_pods_are_killed_and_ours_evicted() -> None:
    faults = Faults(interruptions_per_hour=1.0)
    base = scenario(
        service("web", 6), hours=4, faults=faults, catalog_of=catalog(*GENERAL, spot=0.3)
    )
    day = replace(base, services=(replace(base.services[0], eviction=ALWAYS),))
    ours, karpenters = (simulate(day, POLICIES[n]((POOL,))) for n in ("optimal", "karpenter"))
    assert ours.interruptions
    assert karpenters.interruptions
    assert (ours.killed, ours.evictions > 0) == (0, True)
    assert (karpenters.killed > 0, karpenters.evictions) == (True, 0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", POLICIES)
def test_no_fault_breaks_an_invariant(name: str, seed: int) -> None:
    terms = (None, ALWAYS, NOT_SAFE, HALF_AN_HOUR, EvictionTerms(local_volumes=("tmp",)))
    loads = [service(f"web-{number}", 1) for number in range(len(terms))]
    times = tuple((MONDAY + 700 * n, count) for n, count in enumerate((3, 12, 2, 7, 1, 4)))
    services = [
        replace(load, replicas=times, eviction=item)
        for load, item in zip(loads, terms, strict=True)
    ]
    prices = catalog(*GENERAL, spot=0.3)
    day = scenario(*services, hours=1.5, faults=ALL_FAULTS, seed=seed, catalog_of=prices)
    short = Disruption(expire_after=2400)
    day = replace(day, services=tuple(services))
    found = simulate(day, POLICIES[name]((nodepool(disruption=short),)))
    assert found.decisions > 0


def test_the_judge_stops_a_policy_that_drains_a_protected_pod() -> None:
    @dataclass
    class Careless(Delegating):
        policy: Policy

        def decide(
            self, snapshot: Snapshot, memory: Memory, reporter: Reporter
        ) -> tuple[Decision, Memory]:
            decision, memory = self.policy.decide(snapshot, memory, reporter)
            if snapshot.at >= MONDAY + 600:
                drain = Drain(snapshot.cluster.nodes[0].name, UNDERUTILIZED)
                decision = replace(decision, actions=(*decision.actions, drain))
            return decision, memory

    with pytest.raises(BrokenError, match=r"is disrupted \(Underutilized\): pod default/job"):
        simulate(shrinking(ALWAYS), Careless(POLICIES["optimal"]((POOL,))))


def test_the_judge_stops_a_world_that_evicts_a_protected_pod() -> None:
    world = SimulatedWorld(shrinking(ALWAYS))
    policy = POLICIES["optimal"]((POOL,))
    RunJudge(world, policy)
    world.cloud.heeds = CLUSTER_AUTOSCALER  # which does not know the annotation
    memory = Memory()
    for _ in range(40):
        decision, memory = policy.decide(world.observe(), memory, SilentReporter())
        world.execute(decision)
        world.wait(5, None)
    node = next(life.pod.node_name for life in world.pods.alive.values() if life.is_ready)
    with pytest.raises(BrokenError, match="was evicted"):
        world.execute(Decision((Drain(node, UNDERUTILIZED),)))


def test_pods_of_one_owner_on_other_terms_are_a_load_of_their_own() -> None:
    plain = [owned(item, "web") for item in replicas(3, "web")]
    held = [owned(item, "web", do_not_disrupt=True) for item in replicas(2, "held")]
    jobs = [owned(pod("job"), "report", "Job", protected_seconds=60)]
    day = from_cluster(snapshot([*plain, *held, *jobs]), "steady", seconds=3_600)
    assert [(load.name, load.eviction) for load in day.services] == [
        ("web-0", None), ("web-1", ALWAYS),
    ]  # fmt: skip
    assert [batch.eviction for batch in day.batches] == [EvictionTerms(protected_seconds=60)]


def test_a_pods_start_is_known_only_where_its_age_protects_it() -> None:
    for terms, known in ((HALF_AN_HOUR, True), (ALWAYS, False), (None, False)):
        world = SimulatedWorld(shrinking(terms))
        policy, memory = POLICIES["optimal"]((POOL,)), Memory()
        for _ in range(40):
            decision, memory = policy.decide(world.observe(), memory, SilentReporter())
            world.execute(decision)
            world.wait(5, None)
        pods = [item for item in world.observe().cluster.pods if item.node_name]
        assert pods
        assert all((item.lifecycle.started_at is not None) == known for item in pods)
