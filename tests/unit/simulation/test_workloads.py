"""Scenarios from manifests and traces: what becomes a Deployment or a Job, and what is left out."""

from dataclasses import replace

from kubestow.model.resources import CPU, MEMORY
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Snapshot
from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.workloads import from_cluster, from_trace, squeezed
from kubestow.testing import node, owned, pod, replicas, snapshot


def steady(own: Snapshot) -> list[tuple[str, int]]:
    """Return name and replicas of each Deployment."""
    scenario = from_cluster(own, "steady", seconds=3_600)
    return [(load.name, load.replicas[0][1]) for load in scenario.services]


def test_pods_of_one_controller_are_one_deployment_whatever_their_names() -> None:
    pods = [owned(pod(name), "web") for name in ("web-abc-1", "web-abc-2", "x")]
    assert steady(snapshot(pods)) == [("web-0", 3)]


def test_equal_pods_without_a_controller_are_one_deployment() -> None:
    own = snapshot((*replicas(2, "a", cpu="1"), *replicas(3, "b", cpu="1"), pod("c-0", "2")))
    assert steady(own) == [("a-0", 5), ("c-1", 1)]


def test_pods_of_a_job_arrive_at_the_start_and_run_until_the_end() -> None:
    pods = [owned(item, "import", "Job") for item in replicas(2, "import")]
    (batch,) = from_cluster(snapshot(pods), "steady", seconds=60).batches
    assert (batch.name, batch.arrivals) == ("import", ((MONDAY, None), (MONDAY, None)))


def test_a_shape_scales_a_deployment_over_time() -> None:
    scenario = from_cluster(snapshot(replicas(8, "web")), "falling", seconds=7_200, step=900)
    counts = [count for _, count in scenario.services[0].replicas]
    assert counts == [8, 4]


def test_what_is_not_simulated_is_counted_by_reason() -> None:
    pods = (
        pod("a", claims=("data",)),
        pod("b", claims=("data",)),
        replace(pod("c"), rejected="quota"),
        pod("d", scheduling_gates=("g",)),
        pod("e", unsupported=("it uses magic",)),
        pod("f"),
    )
    scenario = from_cluster(snapshot(pods), "steady", seconds=60)
    assert [load.name for load in scenario.services] == ["f-0"]
    assert sorted(note.split(" ", 1)[0] for note in scenario.left_out) == ["1", "1", "1", "2"]
    assert any("it uses magic" in note for note in scenario.left_out)
    assert any(note.startswith("2 pods left out: volume claims") for note in scenario.left_out)


def test_daemonset_pods_and_terminating_pods_are_recreated_by_their_controllers() -> None:
    pods = (replace(pod("a"), daemonset="kube-system/a"), replace(pod("b"), terminating=True))
    scenario = from_cluster(snapshot(pods), "steady", seconds=60)
    assert (scenario.services, scenario.left_out) == ((), ())


def test_a_simulation_starts_without_nodes_and_pods() -> None:
    own = snapshot((pod("a", node="n"),), nodes=(node("n"),))
    cluster = from_cluster(own, "steady", seconds=60).base.cluster
    assert (cluster.pods, cluster.nodes) == ((), ())
    assert cluster.nodepools == own.cluster.nodepools


def test_a_trace_is_shifted_to_the_start_and_grouped_by_size() -> None:
    rows = [TracePod(130, 60, 500, 1), TracePod(100, None, 250, 2), TracePod(110, 5, 500, 1)]
    small, large = from_trace(snapshot(), rows, seconds=600).batches
    assert small.arrivals == ((MONDAY, None),)
    assert large.arrivals == ((MONDAY + 10, 5), (MONDAY + 30, 60))
    assert dict(large.template.requests) == {CPU: 500, MEMORY: 2**20}


def test_rows_after_the_end_are_left_out_with_a_note() -> None:
    rows = [TracePod(0, 1, 1, 1), TracePod(600, 1, 1, 1), TracePod(601, 1, 1, 1)]
    scenario = from_trace(snapshot(), rows, seconds=600)
    assert sum(len(batch.arrivals) for batch in scenario.batches) == 1
    assert [note.split(" ", 1)[0] for note in scenario.left_out] == ["2"]


def test_a_squeezed_trace_keeps_its_proportions_and_fits() -> None:
    rows = [TracePod(1_000, 500, 1, 1), TracePod(1_500, None, 1, 1), TracePod(1_900, 99, 1, 1)]
    scaled = squeezed(rows, 100)
    assert [(row.arrival_seconds, row.duration_seconds) for row in scaled] == [
        (0, 50), (50, None), (90, 10),
    ]  # fmt: skip


def test_a_short_trace_is_not_stretched_and_no_pod_shrinks_to_nothing() -> None:
    assert squeezed([TracePod(5, 10, 1, 1)], 1_000) == [TracePod(0, 10, 1, 1)]
    assert squeezed([TracePod(0, 1, 1, 1), TracePod(999, 1, 1, 1)], 10)[0].duration_seconds == 1
    assert squeezed([], 10) == []
