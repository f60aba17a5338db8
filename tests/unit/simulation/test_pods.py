"""Pods are counted as they come, start, stop and go, and kube-scheduler itself places them."""

from dataclasses import replace

import pytest

from kubestow.model.node import Node
from kubestow.simulation.pods import Owner, Pods, Scheduled, daemon_pod, owned
from kubestow.testing import daemonset, node, pod, snapshot

WEB: Owner = ("service", 0)
HIGH: Owner = ("service", 1)


def pods(*nodes: Node, cpu: str = "1") -> Pods:
    """Return a run's pods with nodes, and two workloads that may have some."""
    low, high = pod("web", cpu), pod("high", cpu, priority=5)
    samples = [
        (WEB, owned("default", "web", low.template, (), "Deployment")),
        (HIGH, owned("default", "high", high.template, (), "Deployment")),
    ]
    made = Pods(snapshot().cluster, samples, 0)
    for item in nodes:
        made.join(item)
    return made


def test_a_pod_is_pending_until_it_is_bound_and_counts_until_it_is_gone() -> None:
    run = pods(node("n1", cpu="4"))
    number = run.create(WEB, 100)
    assert (list(run.pending), run.count[WEB], run.requested_millicpu) == ([number], 1, 0)
    assert run.schedule(105) == Scheduled((number,), (), (number,))
    life = run.alive[number]
    assert (life.pod.node_name, life.created_at, life.bound_at) == ("n1", 100, 105)
    assert (list(run.pending), run.requested_millicpu) == ([], 1_000)
    run.remove(number)
    assert (run.count[WEB], run.requested_millicpu, dict(run.by_node["n1"])) == (0, 0, {})


def test_a_pod_that_stops_is_not_ready_and_still_takes_its_room() -> None:
    run = pods(node("n1", cpu="1"))
    first = run.create(WEB, 0)
    run.schedule(0)
    run.become_ready(first, 7)
    run.become_ready(first, 7)
    assert (run.ready[WEB], run.alive[first].pod.lifecycle.is_ready) == (1, True)
    run.terminate(first)
    assert (run.ready[WEB], run.alive[first].pod.lifecycle.is_ready) == (0, False)
    assert run.alive[first].pod.terminating
    second = run.create(WEB, 1)
    assert run.schedule(1) == Scheduled()
    run.remove(first)
    assert run.schedule(2).bound == (second,)


def test_a_number_is_given_again_to_the_same_workload_under_a_new_name() -> None:
    run = pods()
    first = run.create(WEB, 0)
    name, incarnation = run.alive[first].pod.name, run.alive[first].incarnation
    run.remove(first)
    assert run.create(HIGH, 1) != first
    assert run.create(WEB, 2) == first
    assert run.alive[first].pod.name != name
    assert run.alive[first].incarnation > incarnation


def test_a_cordoned_node_takes_no_pod_until_it_is_open_again() -> None:
    run = pods(node("n1", cpu="4"))
    run.cordon("n1", on=True)
    number = run.create(WEB, 0)
    assert run.schedule(0) == Scheduled()
    run.cordon("n1", on=False)
    assert run.schedule(1).bound == (number,)


def test_a_node_that_is_avoided_is_used_where_no_other_has_room() -> None:
    run = pods(node("n1", cpu="4"), node("n2", cpu="2"))
    run.avoid(("n1", "gone"))
    numbers = [run.create(WEB, 0) for _ in range(3)]
    run.schedule(0)
    assert [run.alive[number].pod.node_name for number in numbers] == ["n2", "n2", "n1"]
    run.avoid(())
    last = run.create(WEB, 1)
    run.schedule(1)
    assert run.alive[last].pod.node_name == "n1"


def test_a_pod_of_a_higher_priority_preempts_one_of_a_lower() -> None:
    run = pods(node("n1", cpu="1"))
    low = run.create(WEB, 0)
    run.schedule(0)
    high = run.create(HIGH, 1)
    scheduled = run.schedule(1)
    assert (scheduled.bound, scheduled.preempted) == ((high,), (low,))


def test_pods_are_bound_by_their_priority_whatever_came_first() -> None:
    run = pods(node("n1", cpu="4"))
    low, high = run.create(WEB, 0), run.create(HIGH, 0)
    assert run.schedule(0) == Scheduled((low, high), (), (high, low))


def test_the_scheduler_does_not_know_a_node_that_has_left_or_joined_since() -> None:
    run = pods(node("n1", cpu="1"))
    assert run.current_cache is None
    run.create(WEB, 0)
    run.schedule(0)
    assert run.current_cache is not None
    run.join(node("n2", cpu="2"))
    assert run.current_cache is None
    assert run.allocatable_millicpu == 3_000
    with pytest.raises(AssertionError, match="n1 still has pods"):
        run.leave("n1")
    run.leave("n2")
    assert run.allocatable_millicpu == 1_000
    assert [item.name for item in run.cache.nodes] == ["n1"]


def test_samples_belong_to_their_controllers_and_nothing_is_ready_before_it_starts() -> None:
    agent = daemon_pod(daemonset("agent"))
    assert (agent.daemonset, agent.lifecycle.owner) == (
        "kube-system/agent", ("DaemonSet", "agent"),
    )  # fmt: skip
    web = owned("default", "web", pod("web").template, [("app", "web")], "Job")
    assert (web.labels, web.lifecycle.owner) == ((("app", "web"),), ("Job", "web"))
    ready = replace(web, lifecycle=replace(web.lifecycle, is_ready=True))
    run = Pods(snapshot().cluster, [(WEB, ready)], 0)
    assert not run.alive[run.create(WEB, 0)].pod.lifecycle.is_ready
