"""A day of small simulations: deterministic, without a broken invariant, and paid to the second."""

from dataclasses import replace

import pytest

from kubestow import loop
from kubestow.model.resources import CPU
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Snapshot
from kubestow.policies.registry import POLICIES
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, Scenario, ServiceLoad
from kubestow.simulation.workloads import from_trace
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import GENERAL, catalog, daemonset, nodepool, pod, snapshot, spread

POOL = nodepool()


def shop(*counts: int, every: int = 900, spot: bool = False) -> Scenario:
    """Return two services whose replicas change every quarter of an hour."""
    prices = catalog(*GENERAL, spot=0.3 if spot else None)
    base = snapshot(catalog_of=prices, daemonsets=(daemonset("agent"),), nodepools=(POOL,))
    times = tuple((MONDAY + every * n, count) for n, count in enumerate(counts))
    web = pod("web", "500m", "1Gi", spread=(spread("topology.kubernetes.io/zone", app="web"),))
    database = pod("db", "1", "4Gi")
    services = (
        ServiceLoad("default", "web", web.template, (("app", "web"),), times),
        ServiceLoad("default", "db", database.template, (("app", "db"),), ((MONDAY, 2),)),
    )
    return Scenario(base, services, seconds=every * (len(counts) + 2))


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_gives_every_pod_a_node_and_comes_to_rest(name: str) -> None:
    found = simulate(shop(6, 20, 9), POLICIES[name]((POOL,)))
    assert found.pending == 0
    assert found.pods >= 6 + 2 + 14
    assert found.last_action_at < found.seconds - 60
    assert found.nano_usd > 0


@pytest.mark.parametrize("name", POLICIES)
def test_the_same_seed_gives_the_same_run_to_the_last_figure(name: str) -> None:
    scenario = replace(shop(4, 12, 6, spot=True), faults=ALL_FAULTS, seed=7)
    runs = [simulate(scenario, POLICIES[name]((POOL,))) for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", POLICIES)
def test_no_fault_breaks_an_invariant(name: str, seed: int) -> None:
    scenario = replace(shop(4, 16, 5, 8, spot=True), faults=ALL_FAULTS, seed=seed)
    found = simulate(scenario, POLICIES[name]((POOL,)))
    assert found.decisions > 0


def test_a_node_is_paid_by_the_second_from_its_launch_to_its_end() -> None:
    # One pod of 1 cpu for 300 s: m5.large. After a second without another pod it is asked for, is
    # launched 3 s later, joins 42 s after that, and the pod is Ready 8 s later; when it is done the
    # node is empty and goes at once.
    base: Snapshot = snapshot(nodepools=(POOL,))
    scenario = from_trace(base, [TracePod(0, 300, 1000, 2048)], seconds=1_000)
    found = simulate(scenario, POLICIES["optimal"]((POOL,)))
    lived = 27 + 15 + 8 + 300
    assert found.launched == 1
    assert found.wait_p50 == 1 + 3 + 27 + 15
    assert found.nano_usd == 96_000_000 * lived // 3_600
    assert found.nodes == 0


def test_a_node_that_lives_less_than_a_minute_is_paid_a_minute() -> None:
    base: Snapshot = snapshot(nodepools=(POOL,))
    scenario = from_trace(base, [TracePod(0, 1, 1000, 2048)], seconds=1_000)
    scenario = replace(scenario, durations=replace(scenario.durations, register=1, ready=1))
    found = simulate(scenario, POLICIES["optimal"]((POOL,)))
    assert found.nano_usd == 96_000_000 * 60 // 3_600


class Counting(SimulatedWorld):
    """A world in which what pods ask for is added up anew at every look."""

    looks = 0

    def observe(self) -> Snapshot:
        state = self.pods.cache
        axis = state.axes.index(CPU)
        there, free = int(state.allocatable[axis].sum()), int(state.free[axis].sum())
        assert (self.pods.allocatable_millicpu, self.pods.requested_millicpu) == (
            there,
            there - free,
        )
        self.looks += 1
        return super().observe()


@pytest.mark.parametrize("name", POLICIES)
def test_what_pods_on_nodes_ask_for_is_at_any_time_what_the_scheduler_counts(name: str) -> None:
    scenario = replace(shop(4, 16, 5, 8, spot=True), faults=ALL_FAULTS, seed=3)
    world = Counting(scenario)
    loop.run(world, world, POLICIES[name]((POOL,)))
    assert world.looks > 10
    assert world.ledger.cpu_seconds > world.ledger.idle_cpu_seconds > 0
