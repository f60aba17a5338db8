"""Deployments and Jobs: when their pods come, end and come again."""

from dataclasses import replace

import pytest

from kubestow.simulation.controllers import Controllers
from kubestow.simulation.pods import Pods, owned
from kubestow.simulation.scenario import MONDAY, NO_FAULTS, BatchLoad, Faults, Scenario
from kubestow.simulation.stage import Stage
from kubestow.testing import node, pod, scenario, service

TEMPLATE = pod("web", "1", "1Gi").template


def deployment(*replicas: tuple[int, int]) -> Scenario:
    load = replace(service("web", 0, "1"), replicas=tuple((MONDAY + at, n) for at, n in replicas))
    return replace(scenario(), services=(load,))


def job(*arrivals: tuple[int, int | None]) -> Scenario:
    shifted = tuple((MONDAY + at, seconds) for at, seconds in arrivals)
    return replace(
        scenario(), batches=(BatchLoad("default", "job", TEMPLATE, (("app", "job"),), shifted),)
    )


class Run:
    """A scenario on one node of 8 cpu, played by hand."""

    def __init__(self, own: Scenario, faults: Faults = NO_FAULTS) -> None:
        own = replace(own, faults=faults)
        loads = [*((("service", n), load, "Deployment") for n, load in enumerate(own.services)),
                 *((("batch", n), load, "Job") for n, load in enumerate(own.batches))]  # fmt: skip
        samples = [
            (owner, owned(load.namespace, load.name, load.template, load.labels, kind))
            for owner, load, kind in loads
        ]
        self.pods = Pods(own.base.cluster, samples, 0)
        self.pods.join(node("n", "8"))
        self.stage = Stage(own, self.pods)
        self.controllers = Controllers(self.stage)
        self.left: list[str] = []
        self.controllers.on_left = self.left.append

    def play(self, seconds: int) -> None:
        """Advance to an instant after the start, and let kube-scheduler run."""
        self.stage.play(MONDAY + seconds)
        bound, _ = self.pods.schedule(self.stage.at)
        for number in bound:
            self.controllers.started(number)

    @property
    def states(self) -> list[str]:
        """The state of each live pod, by number."""
        return [
            "terminating" if life.pod.terminating
            else "ready" if life.is_ready
            else "starting" if life.pod.node_name
            else "pending"
            for _, life in sorted(self.pods.alive.items())
        ]  # fmt: skip


def test_a_deployment_creates_the_pods_it_wants_and_they_become_ready() -> None:
    run = Run(deployment((0, 2), (100, 3)))
    run.play(0)
    assert run.states == ["starting"] * 2
    run.play(8)
    assert run.states == ["ready"] * 2
    run.play(100)
    assert run.states == ["ready"] * 2 + ["starting"]


def test_scaling_down_ends_a_pod_that_is_not_ready_before_one_that_is() -> None:
    run = Run(deployment((0, 2), (100, 3), (105, 2)))
    for seconds in (0, 8, 100, 105):
        run.play(seconds)
    assert run.states == ["ready", "ready", "terminating"]
    run.play(115)
    assert run.states == ["ready", "ready"]
    assert run.left == ["n"]


def test_scaling_down_ends_a_pending_pod_at_once() -> None:
    run = Run(deployment((0, 9), (100, 8)))
    for seconds in (0, 8):
        run.play(seconds)
    assert run.states == ["ready"] * 8 + ["pending"]
    run.play(100)
    assert run.states == ["ready"] * 8


def test_the_successor_of_an_evicted_pod_is_pending_while_it_terminates() -> None:
    run = Run(deployment((0, 1)))
    for seconds in (0, 8):
        run.play(seconds)
    run.controllers.evict(0)
    assert run.states == ["terminating", "pending"]
    run.play(18)
    assert run.states == ["starting"]


@pytest.mark.parametrize(("share", "seconds"), [(0.0, 10), (1.0, 60)])
def test_a_slow_pod_terminates_six_times_as_long(share: float, seconds: int) -> None:
    run = Run(deployment((0, 1), (100, 0)), replace(NO_FAULTS, slow_stop=share))
    for at in (0, 8, 100, 100 + seconds - 1):
        run.play(at)
    assert run.states == ["terminating"]
    run.play(100 + seconds)
    assert run.states == []


def test_a_job_ends_after_its_start_and_its_duration() -> None:
    run = Run(job((5, 60)))
    for seconds in (5, 13, 72):
        run.play(seconds)
    assert run.states == ["ready"]
    run.play(73)
    assert (run.states, run.left) == ([], ["n"])


def test_a_job_without_a_duration_runs_on() -> None:
    run = Run(job((0, None)))
    run.play(0)
    run.play(3_000)
    assert run.states == ["ready"]


def test_an_evicted_job_starts_over() -> None:
    run = Run(job((0, 60)))
    for seconds in (0, 50):
        run.play(seconds)
    run.controllers.evict(0)
    run.play(50)
    assert run.states == ["terminating", "starting"]
    run.play(69)
    assert run.states == ["ready"]
    run.play(50 + 8 + 60)
    assert run.states == []


def test_a_lost_pod_is_gone_at_once_and_recreated() -> None:
    run = Run(deployment((0, 1)))
    for seconds in (0, 8):
        run.play(seconds)
    name = run.pods.alive[0].pod.name
    run.controllers.lose(0)
    assert run.states == ["pending"]
    assert run.pods.alive[0].pod.name != name


def test_each_arrival_and_each_change_of_replicas_is_a_disturbance() -> None:
    run = Run(deployment((0, 2), (50, 2), (100, 3)))
    for seconds in (0, 50, 100):
        run.play(seconds)
    assert run.stage.disturbances == 2
