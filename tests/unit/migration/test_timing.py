"""How long a wave takes, by the model's own constants."""

from collections.abc import Callable

import pytest

from kubestow.migration.play import Play, Step
from kubestow.migration.start import Start
from kubestow.migration.timing import WaveTimes, wave_times
from kubestow.model.migration import (
    LAUNCH_SECONDS,
    READY_SECONDS,
    RETRY_SECONDS,
    VOLUME_SECONDS,
    Request,
)
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.model.workload import Workload
from kubestow.testing import selector

Make = Callable[..., tuple[Pod, ...]]
Clusters = Callable[..., Cluster]
Requests = Callable[..., Request]
OLD_1 = Step((), ("old-1",))
CLAIMS = {("default", "data"): PersistentVolumeClaim("default", "data")}


def times(cluster: Cluster, request: Request, step: Step = OLD_1) -> WaveTimes:
    start = Start(cluster, request, ())
    return wave_times(start, Play(start), step)


@pytest.mark.parametrize(
    ("kind", "claims", "drain"),
    [
        pytest.param("ReplicaSet", (), max(30, READY_SECONDS), id="a successor that comes at once"),
        pytest.param("StatefulSet", (), 30 + READY_SECONDS, id="a successor that waits its turn"),
        pytest.param(
            "ReplicaSet", ("data",), 30 + VOLUME_SECONDS + READY_SECONDS, id="a volume that moves"
        ),
    ],
)
def test_a_wave_ends_when_the_last_successor_is_ready(
    kind: str, claims: tuple[str, ...], drain: int,
    workload_pods: Make, cluster: Clusters, request_of: Requests,
) -> None:  # fmt: skip
    pods = workload_pods("web", ["old-1", "old-2"], kind=kind, claims=claims, grace_seconds=30)
    assert times(cluster(*pods, claims=CLAIMS), request_of()) == WaveTimes(drain, drain)


def test_a_launch_comes_before_the_drain(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    given = cluster(*workload_pods("web", ["old-1", "old-2"]))
    step = Step(("new-9",), ("old-1",))
    assert times(given, request_of(), step) == WaveTimes(
        LAUNCH_SECONDS + READY_SECONDS, READY_SECONDS
    )


def test_a_rollout_replaces_a_workload_pod_by_pod_before_the_drain(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    given = cluster(
        *workload_pods("web", ["old-1", "old-2"]),
        disruption_budgets=(DisruptionBudget("default", "web", selector(app="web"), 0, 2),),
        workloads=(Workload("Deployment", "default", "web", 2, max_unavailable=0, max_surge=1),),
    )
    found = times(given, request_of())
    assert found.drain_seconds == 0
    assert found.seconds == 3 * READY_SECONDS  # two pods, and the successor that comes first


@pytest.mark.parametrize(("must_stay", "rounds"), [(3, 3), (2, 2), (1, 1)])
def test_a_budget_makes_rounds_of_as_many_pods_as_it_allows(
    must_stay: int, rounds: int, workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    pods = workload_pods("web", ["old-1", "old-1", "old-1", "old-2"], grace_seconds=0)
    budget = DisruptionBudget("default", "web", selector(app="web"), 0, must_stay)
    given = cluster(*pods, disruption_budgets=(budget,))
    assert times(given, request_of()).drain_seconds == rounds * (READY_SECONDS + RETRY_SECONDS)


def test_a_pod_that_is_lost_needs_its_grace_period_alone(
    workload_pods: Make, cluster: Clusters, request_of: Requests
) -> None:
    (bare,) = workload_pods("web", ["old-1"], owner=None, grace_seconds=7)
    assert times(cluster(bare), request_of(force=True)) == WaveTimes(7, 7)
