"""An autoscaler left alone: what it launches first, what it rests with, and when."""

from dataclasses import replace

import pytest

from kubestow.model import labels as names
from kubestow.model.nodepool import Disruption
from kubestow.model.reporter import EnoughError, SilentReporter
from kubestow.model.workload import Lifecycle
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.karpenter import Karpenter
from kubestow.simulation.run import simulate
from kubestow.simulation.settled import settled
from kubestow.simulation.workloads import from_cluster
from kubestow.testing import nodepool, pod, replicas, snapshot, spread

POOL = nodepool()
PODS = (
    *replicas(9, "web", "900m", "1Gi", labels={"app": "web"},
              spread=(spread(names.ZONE, app="web"),)),
    *replicas(7, "api", "1500m", "5Gi"),
)  # fmt: skip
STATE = snapshot(PODS, nodepools=(POOL,))


def test_every_pod_is_on_a_node_under_its_own_name() -> None:
    found = settled(STATE, Karpenter((POOL,)), SilentReporter())
    assert found.rests
    assert found.pending == ()
    assert sorted(key for node in found.nodes for key in node.pods) == sorted(p.key for p in PODS)
    assert sum(found.nodes_by_type.values()) == len(found.nodes)


def test_its_figures_are_those_of_a_steady_simulation() -> None:
    found = settled(STATE, Karpenter((POOL,)), SilentReporter(), hours_most=3)
    run = simulate(from_cluster(STATE, "steady", seconds=3 * 3_600), Karpenter((POOL,)))
    assert found.nano_usd_per_hour == run.nano_usd_per_hour
    assert (found.last_action_at, found.evictions) == (run.last_action_at, run.evictions)
    assert (len(found.nodes), len(found.pending)) == (run.nodes, run.pending)


def test_the_first_fleet_is_what_is_launched_in_the_first_decision() -> None:
    found = settled(STATE, ClusterAutoscaler((POOL,)), SilentReporter())
    assert found.first.nodes >= 1
    assert found.first.nano_usd_per_hour > 0


def test_pods_that_no_node_can_run_are_pending() -> None:
    state = snapshot((*PODS, pod("huge", "900")), nodepools=(POOL,))
    found = settled(state, Karpenter((POOL,)), SilentReporter())
    assert found.pending == ("default/huge",)
    assert found.rests


def test_one_that_has_not_rested_by_the_limit_says_so() -> None:
    never = replace(POOL, disruption=Disruption(expire_after=600))
    found = settled(STATE, Karpenter((never,)), SilentReporter(), hours_most=1)
    assert not found.rests
    assert found.limit_seconds == 3_600


def test_pods_that_are_not_simulated_are_said() -> None:
    gated = pod("gated", scheduling_gates=("wait",))
    found = settled(snapshot((*PODS, gated)), Karpenter((POOL,)), SilentReporter())
    assert found.left_out == ("1 pod left out: they are gated",)


def test_pods_of_a_statefulset_and_of_a_job_keep_their_names() -> None:
    pods = (
        *(replace(p, lifecycle=Lifecycle(("StatefulSet", "db"))) for p in replicas(3, "db")),
        *(replace(p, lifecycle=Lifecycle(("Job", "import"))) for p in replicas(2, "import")),
    )
    found = settled(snapshot(pods, nodepools=(POOL,)), Karpenter((POOL,)), SilentReporter())
    assert sorted(key for node in found.nodes for key in node.pods) == sorted(p.key for p in pods)


class Impatient:
    """A reporter that has enough at the second step it is told."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def progress(self, step: str, done: int, total: int) -> None:
        """Raise EnoughError at the second call."""
        self.steps.append(step)
        if len(self.steps) > 1:
            raise EnoughError


def test_it_reports_progress_and_ends_when_interrupted() -> None:
    reporter = Impatient()
    with pytest.raises(EnoughError):
        settled(STATE, Karpenter((POOL,)), reporter)
    assert reporter.steps[0] == "leaving karpenter alone until it rests"
