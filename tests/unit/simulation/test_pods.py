"""The pods of a run: their numbers, their counts, and where kube-scheduler binds them."""

from collections.abc import Iterable

import pytest

from kubestow.model.node import Node
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster
from kubestow.simulation.pods import Owner, Pods, daemon_pod, owned
from kubestow.testing import daemonset, node, pod

WEB: Owner = ("service", 0)
DB: Owner = ("service", 1)


def pods_of(*samples: tuple[Owner, Pod], nodes: Iterable[Node] = ()) -> Pods:
    pods = Pods(Cluster(), samples, seed=0)
    for item in nodes:
        pods.join(item)
    return pods


def sample(name: str = "web", cpu: str = "1", **template: int) -> Pod:
    own = pod(name, cpu, "1Gi", **template)
    return owned("default", name, own.template, (("app", name),), "Deployment")


def test_a_new_pod_is_pending_and_counts_for_its_owner() -> None:
    pods = pods_of((WEB, sample()))
    number = pods.create(WEB, at=5)
    assert list(pods.pending) == [number]
    assert (pods.count[WEB], pods.ready[WEB]) == (1, 0)
    assert (pods.alive[number].created_at, pods.alive[number].pod.node_name) == (5, "")


def test_a_number_is_reused_by_the_same_owner_under_a_new_name() -> None:
    pods = pods_of((WEB, sample()), (DB, sample("db")))
    first = pods.create(WEB, 0)
    name = pods.alive[first].pod.name
    pods.remove(first)
    assert pods.create(DB, 0) != first
    assert pods.create(WEB, 0) == first
    assert pods.alive[first].pod.name != name


def test_pods_are_bound_as_long_as_they_fit() -> None:
    pods = pods_of((WEB, sample(cpu="1500m")), nodes=[node("n", "4")])
    numbers = [pods.create(WEB, 0) for _ in range(3)]
    bound, preempted = pods.schedule(at=9)
    assert (bound, preempted, list(pods.pending)) == (numbers[:2], [], numbers[2:])
    assert {pods.alive[number].pod.node_name for number in bound} == {"n"}
    assert (pods.alive[numbers[0]].bound_at, pods.asked_cpu, pods.there_cpu) == (9, 3000, 4000)


def test_a_terminating_pod_keeps_its_resources_until_it_is_removed() -> None:
    pods = pods_of((WEB, sample(cpu="3")), nodes=[node("n", "4")])
    first, second = pods.create(WEB, 0), pods.create(WEB, 0)
    pods.schedule(0)
    pods.become_ready(first)
    pods.terminate(first)
    assert (pods.ready[WEB], pods.count[WEB]) == (0, 2)
    assert pods.schedule(1) == ([], [])
    pods.remove(first)
    assert pods.schedule(2) == ([second], [])
    assert pods.asked_cpu == 3000


def test_a_pod_is_ready_once_however_often_it_is_marked() -> None:
    pods = pods_of((WEB, sample()), nodes=[node("n")])
    number = pods.create(WEB, 0)
    pods.schedule(0)
    pods.become_ready(number)
    pods.become_ready(number)
    assert pods.ready[WEB] == 1
    assert pods.alive[number].pod.lifecycle.is_ready


def test_a_cordoned_node_takes_no_pods_until_it_is_uncordoned() -> None:
    pods = pods_of((WEB, sample()), nodes=[node("n")])
    number = pods.create(WEB, 0)
    pods.cordon("n", on=True)
    assert pods.schedule(0) == ([], [])
    pods.cordon("n", on=False)
    assert pods.schedule(1) == ([number], [])


def test_a_pod_of_higher_priority_preempts_a_lower_one() -> None:
    low, high = sample(cpu="3"), sample("db", "3", priority=10)
    pods = pods_of((WEB, low), (DB, high), nodes=[node("n", "4")])
    first = pods.create(WEB, 0)
    pods.schedule(0)
    second = pods.create(DB, 1)
    assert pods.schedule(1) == ([second], [first])


def test_a_node_that_still_has_pods_cannot_leave() -> None:
    pods = pods_of((WEB, sample()), nodes=[node("n")])
    number = pods.create(WEB, 0)
    pods.schedule(0)
    with pytest.raises(AssertionError, match="n still has pods"):
        pods.leave("n")
    pods.remove(number)
    pods.leave("n")
    assert (pods.nodes, pods.there_cpu) == ({}, 0)


def test_the_cache_is_dropped_when_a_node_changes_and_kept_when_pods_do() -> None:
    pods = pods_of((WEB, sample()), nodes=[node("n")])
    pods.create(WEB, 0)
    pods.schedule(0)
    assert pods.known_state is not None
    pods.create(WEB, 0)
    assert pods.known_state is not None
    pods.join(node("m"))
    assert pods.known_state is None


def test_a_sample_of_a_daemonset_names_its_controller() -> None:
    own = daemon_pod(daemonset("agent"))
    assert (own.daemonset, own.lifecycle.owner) == ("kube-system/agent", ("DaemonSet", "agent"))
