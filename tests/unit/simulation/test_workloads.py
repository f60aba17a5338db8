"""Scenarios are made from manifests and traces, and what cannot run is named."""

from dataclasses import replace

import pytest

from kubestow.model.resources import CPU, MEMORY
from kubestow.model.simulated import TracePod
from kubestow.simulation.scenario import MONDAY
from kubestow.simulation.workloads import from_cluster, from_trace, squeezed
from kubestow.testing import daemonset, node, owned, pod, replicas, snapshot


def test_pods_of_one_controller_are_a_deployment_and_pods_alike_without_one_are_too() -> None:
    web = [owned(item, "web") for item in replicas(3, "web")]
    api = [owned(item, "api") for item in replicas(2, "api")]
    bare = replicas(4, "bare", "300m")
    day = from_cluster(snapshot([*web, *api, *bare]), "steady", seconds=3_600)
    assert [(load.name, load.replicas) for load in day.services] == [
        ("web-0", ((MONDAY, 3),)), ("api-1", ((MONDAY, 2),)), ("bare-2", ((MONDAY, 4),)),
    ]  # fmt: skip
    assert (day.batches, day.left_out) == ((), ())


def test_pods_of_a_job_come_at_the_start_and_run_to_the_end() -> None:
    job = [owned(item, "report", "Job") for item in replicas(2, "report")]
    day = from_cluster(snapshot(job), "bursts", seconds=3_600)
    (batch,) = day.batches
    assert (batch.name, batch.arrivals) == ("report", ((MONDAY, None), (MONDAY, None)))
    assert day.services == ()


def test_replicas_follow_the_shape() -> None:
    web = [owned(item, "web") for item in replicas(9, "web")]
    day = from_cluster(snapshot(web), "bursts", seconds=4 * 3_600, step=60)
    assert {count for _, count in day.services[0].replicas} == {3, 9}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (pod("a", claims=("data",)), "a volume claim of theirs is not in the input"),
        (replace(pod("a"), rejected=True), "admission refuses them"),
        (pod("a", scheduling_gates=("example.com/wait",)), "they are gated"),
        (pod("a", unsupported=("resource claims",)), "resource claims"),
    ],
)
def test_what_cannot_be_simulated_is_named_and_counted(bad: object, reason: str) -> None:
    assert isinstance(bad, type(pod("a")))
    twice = [bad, replace(bad, name="b")]
    day = from_cluster(snapshot([*twice, pod("good")]), "steady", seconds=60)
    assert day.left_out == (f"2 pods left out: {reason}",)
    assert [load.name for load in day.services] == ["good-0"]


def test_daemonset_pods_and_terminating_pods_are_neither_run_nor_named() -> None:
    agent = replace(pod("agent"), daemonset="kube-system/agent")
    ending = replace(pod("old"), terminating=True)
    day = from_cluster(snapshot([agent, ending]), "steady", seconds=60)
    assert (day.services, day.left_out) == ((), ())


def test_a_simulation_starts_with_the_daemonsets_and_without_pods_and_nodes() -> None:
    agents = (daemonset("agent"),)
    state = snapshot([pod("a", node="n1")], nodes=(node("n1"),), daemonsets=agents)
    for day in (from_cluster(state, "steady", seconds=60), from_trace(state, [], seconds=60)):
        cluster = day.base.cluster
        assert (cluster.pods, cluster.nodes, cluster.daemonsets) == ((), (), agents)


TRACE = (TracePod(130, 60, 500, 1024), TracePod(100, None, 250, 512), TracePod(190, 5, 500, 1024))


def test_a_trace_starts_with_its_first_pod_and_pods_of_a_size_are_a_batch() -> None:
    day = from_trace(snapshot(), TRACE, seconds=3_600)
    small, large = day.batches
    assert small.arrivals == ((MONDAY, None),)
    assert large.arrivals == ((MONDAY + 30, 60), (MONDAY + 90, 5))
    assert dict(large.template.requests) == {CPU: 500, MEMORY: 2**30}
    assert day.left_out == ()


def test_pods_of_a_trace_that_come_after_the_end_are_counted() -> None:
    day = from_trace(snapshot(), TRACE, seconds=90)
    assert day.left_out == ("1 pod left out: they come after the end",)
    assert sum(len(batch.arrivals) for batch in day.batches) == 2


def test_a_trace_is_squeezed_into_a_time_but_never_stretched() -> None:
    assert squeezed([], 60) == []
    assert [row.arrival_seconds for row in squeezed(TRACE, 10_000)] == [30, 0, 90]
    half = squeezed(TRACE, 48)  # of 96 seconds
    assert [row.arrival_seconds for row in half] == [15, 0, 45]
    assert [row.duration_seconds for row in half] == [30, None, 2]
    assert squeezed([TracePod(0, 1, 1, 1), TracePod(999, 1, 1, 1)], 10)[0].duration_seconds == 1
