"""Deployments keep as many pods as they want, and Jobs' pods run to their end."""

from dataclasses import replace

import pytest

from kubestow.model.snapshot import DisruptionBudget
from kubestow.simulation.controllers import Controllers
from kubestow.simulation.pods import Pods, owned
from kubestow.simulation.scenario import MONDAY, BatchLoad, Durations, Faults, Scenario
from kubestow.simulation.stage import Stage
from kubestow.testing import node, pod, scenario, service

DURATIONS = Durations(pod_start=8, pod_stop=10)


class Run:
    """A scenario's controllers on two nodes, with a scheduler that runs when it is told to."""

    def __init__(self, day: Scenario) -> None:
        samples = [
            (("service", n), owned(load.namespace, load.name, load.template, (), "Deployment"))
            for n, load in enumerate(day.services)
        ]
        samples += [
            (("batch", n), owned(load.namespace, load.name, load.template, (), "Job"))
            for n, load in enumerate(day.batches)
        ]
        self.pods = Pods(day.base.cluster, samples, day.seed)
        for name in ("n1", "n2"):
            self.pods.join(node(name, cpu="4"))
        self.stage = Stage(replace(day, durations=DURATIONS), self.pods)
        self.controllers = Controllers(self.stage)
        self.left: list[tuple[int, str]] = []
        self.controllers.on_left = lambda name: self.left.append((self.stage.at - MONDAY, name))

    def until(self, seconds: int) -> "Run":
        """Play up to an instant, scheduling at every event."""
        while self.stage.following is not None and self.stage.following <= MONDAY + seconds:
            self.stage.play(self.stage.following)
            self.schedule()
        self.stage.play(MONDAY + seconds)
        return self

    def schedule(self) -> None:
        for number in self.pods.schedule(self.stage.at).bound:
            self.controllers.started(number)

    def all(self) -> list[tuple[int, bool, bool]]:
        """Return each pod: when it was made, if it has a node, and if it stops."""
        return [
            (life.created_at - MONDAY, bool(life.pod.node_name), life.pod.terminating)
            for life in self.pods.alive.values()
        ]


def deployment(*counts: tuple[int, int]) -> Scenario:
    load = service("web", 0)
    changes = tuple((MONDAY + at, count) for at, count in counts)
    return replace(scenario(), services=(replace(load, replicas=changes),))


def job(*arrivals: tuple[int, int | None]) -> Scenario:
    batch = BatchLoad("default", "report", pod("report", "500m").template, (), arrivals)
    return replace(scenario(), batches=(batch,))


def test_a_deployment_has_as_many_pods_as_it_wants_and_they_become_ready() -> None:
    run = Run(deployment((0, 3), (100, 5))).until(7)
    assert run.pods.ready["service", 0] == 0
    assert run.until(8).pods.ready["service", 0] == 3
    run.until(100)
    assert (run.controllers.wanted, len(run.controllers.members[0])) == ([5], 5)
    assert run.stage.disturbances == 2


def test_an_autoscaler_sees_that_pods_under_a_budget_become_ready() -> None:
    for budgets, is_seen in (((), False), ((DisruptionBudget("default", "web", None),), True)):
        day = deployment((0, 3))
        cluster = replace(day.base.cluster, disruption_budgets=budgets)
        run = Run(replace(day, base=replace(day.base, cluster=cluster))).until(7)
        run.stage.happened = False
        assert run.until(8).stage.happened is is_seen


def test_when_a_deployment_shrinks_pods_stop_in_their_time() -> None:
    run = Run(deployment((0, 3), (100, 1))).until(100)
    assert len(run.controllers.members[0]) == 1
    assert sum(terminating for _, _, terminating in run.all()) == 2
    assert len(run.until(109).all()) == 3
    assert len(run.until(110).all()) == 1
    assert [at for at, _ in run.left] == [110, 110]


def test_of_too_many_pods_those_without_a_node_go_first_then_those_not_ready() -> None:
    run = Run(deployment((0, 2), (50, 4), (60, 20))).until(60)
    waiting = len(run.pods.pending)
    assert waiting == 4, "each node has room for eight"
    ranks = {n: run.controllers._deletion_rank(n) for n in run.pods.alive}
    order = [run.pods.alive[n] for n in sorted(ranks, key=lambda n: ranks[n])]
    assert [life.pod.node_name for life in order[:waiting]] == [""] * waiting
    assert [life.is_ready for life in order[waiting:]] == [False] * 12 + [True] * 4


def test_of_ready_pods_that_of_the_fuller_node_goes_first() -> None:
    run = Run(deployment((0, 3))).until(10)
    crowd = [list(run.pods.by_node[name]) for name in ("n1", "n2")]
    assert sorted(map(len, crowd)) == [1, 2]
    single = min(crowd, key=len)[0]
    run.controllers._scale(0, 1)
    assert list(run.controllers.members[0]) == [single]


def test_the_younger_goes_first_by_order_of_magnitude_and_of_equals_chance_decides() -> None:
    orders = set()
    for seed in range(30):
        day = replace(deployment((0, 2), (60, 4)), seed=seed)
        run = Run(day).until(60)
        for number in list(run.pods.alive):
            run.pods.become_ready(number, MONDAY + (10 if number < 2 else 60 + number))
        run.stage.at = MONDAY + 120  # ready for 110, 110, 58 and 57 s: 37 and 36 binary digits
        ranks = {n: run.controllers._deletion_rank(n) for n in run.pods.alive}
        order = sorted(ranks, key=lambda n: ranks[n])
        assert set(order[:2]) == {2, 3}
        orders.add(tuple(order))
    assert len(orders) == 4


def test_an_evicted_pod_has_a_successor_at_once_and_takes_its_time_to_stop() -> None:
    run = Run(deployment((0, 1))).until(20)
    (number,) = run.pods.alive
    run.controllers.evict(number)
    assert run.all() == [(0, True, True), (20, False, False)]
    assert run.until(30).left == [(30, run.left[0][1])]
    assert len(run.all()) == 1


def test_a_lost_pod_is_gone_at_once_and_has_a_successor() -> None:
    run = Run(deployment((0, 1))).until(20)
    (number,) = run.pods.alive
    run.controllers.lose(number)
    assert run.all() == [(20, False, False)]
    assert run.left == []


def test_a_slow_pod_takes_six_times_as_long_to_stop() -> None:
    slow = replace(deployment((0, 1), (20, 0)), faults=Faults(slow_stop=1.0))
    assert Run(slow).until(200).left[0][0] == 80


def test_a_jobs_pod_completes_after_its_start_and_its_seconds() -> None:
    run = Run(job((MONDAY + 5, 60), (MONDAY + 5, None))).until(72)
    assert len(run.all()) == 2
    run.until(73)
    assert len(run.all()) == 1
    assert [at for at, _ in run.left] == [73]
    assert len(run.until(100_000).all()) == 1


@pytest.mark.parametrize("how", ["evict", "lose"])
def test_a_jobs_pod_that_is_disrupted_starts_over_once(how: str) -> None:
    run = Run(job((MONDAY, 60))).until(50)
    (number,) = run.pods.alive
    getattr(run.controllers, how)(number)
    run.schedule()
    run.until(117)
    assert [life.created_at - MONDAY for life in run.pods.alive.values()] == [50]
    assert run.until(118).all() == []


def test_a_pod_without_a_node_is_gone_when_it_is_deleted() -> None:
    run = Run(deployment((0, 20), (10, 16))).until(10)
    assert len(run.all()) == 16
    assert not any(terminating for _, _, terminating in run.all())
