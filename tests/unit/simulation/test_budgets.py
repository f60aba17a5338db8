"""Budgets of a run: the answers of disruption.pod_budgets, from counts."""

from dataclasses import replace

import pytest

from kubestow.disruption.pod_budgets import Budgets
from kubestow.model.snapshot import DisruptionBudget
from kubestow.model.workload import COUNT
from kubestow.policies.karpenter import Karpenter
from kubestow.simulation.budgets import PodBudgets
from kubestow.simulation.run import simulate
from kubestow.simulation.scenario import ALL_FAULTS, MONDAY, BatchLoad, Scenario
from kubestow.simulation.world import SimulatedWorld
from kubestow.testing import GENERAL, catalog, nodepool, scenario, selector, service

POOL = nodepool()


def guarded(
    least: COUNT | None = None, most: COUNT | None = None, policy: str = "IfHealthyBudget"
) -> Scenario:
    """Return a day on which two services and a Job are covered by a budget and come and go."""
    day = scenario(service("web", 12), service("db", 5, "1", "6Gi"), shape="bursts",
        hours=3, catalog_of=catalog(*GENERAL, spot=0.3))  # fmt: skip
    job = service("db", 1)
    arrivals = tuple((MONDAY + 1_800 * n, 3_600) for n in range(4))
    batch = BatchLoad("default", "job", job.template, (("app", "job"),), arrivals)
    names = ("web", "db", "job")
    budgets = tuple(
        DisruptionBudget("default", app, selector(app=app), 0, least, most, policy) for app in names
    )
    cluster = replace(day.base.cluster, disruption_budgets=budgets)
    base = replace(day.base, cluster=cluster)
    faults = replace(ALL_FAULTS, interruptions_per_hour=1.0)
    return replace(day, base=base, batches=(batch,), faults=faults, seed=2)


@pytest.mark.parametrize(
    ("least", "most", "policy"),
    [
        (3, None, "IfHealthyBudget"),
        ("70%", None, "IfHealthyBudget"),
        (None, 1, "AlwaysAllow"),
        (None, "25%", "IfHealthyBudget"),
        (None, None, "IfHealthyBudget"),
    ],
)
def test_every_answer_is_that_of_the_budgets_over_all_pods(
    least: COUNT | None, most: COUNT | None, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds: list[SimulatedWorld] = []
    begin = SimulatedWorld.__init__
    answer = PodBudgets.lets_go
    asked = []

    def begun(world: SimulatedWorld, day: Scenario) -> None:
        worlds.append(world)
        begin(world, day)

    def compared(budgets: PodBudgets, number: int) -> bool:
        found = answer(budgets, number)
        world = worlds[-1]
        cluster = world.snapshot().cluster
        position = list(world.pods.alive).index(number)
        pods = cluster.pods
        whole = Budgets(cluster, pods)
        refusing = whole.refusing(
            position, lambda n: pods[n].lifecycle.is_ready and not pods[n].terminating
        )
        assert found == (not refusing)
        asked.append(found)
        return found

    monkeypatch.setattr(SimulatedWorld, "__init__", begun)
    monkeypatch.setattr(PodBudgets, "lets_go", compared)
    simulate(guarded(least, most, policy), Karpenter((POOL,)))
    assert len(asked) > 10
    assert not all(asked)


def test_two_budgets_on_a_pod_let_it_never_go() -> None:
    day = guarded(0)
    cluster = day.base.cluster
    twice = replace(cluster, disruption_budgets=cluster.disruption_budgets * 2)
    world = SimulatedWorld(replace(day, base=replace(day.base, cluster=twice)))
    assert not any(world.cloud.budgets.lets_go(number) for number in world.pods.alive)
