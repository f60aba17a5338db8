"""Who is in the way of a pod that no candidate takes."""

from dataclasses import replace
from typing import Any

from kubestow.model import labels as names
from kubestow.model.plan import Unschedulable
from kubestow.model.pod import HostPort
from kubestow.provisioning.assemble import assemble
from kubestow.provisioning.provision import provision
from kubestow.testing import (
    affinity_term,
    daemonset,
    node,
    nodepool,
    pod,
    replicas,
    snapshot,
)

LARGE = (nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"])),)
NONE = (nodepool("none", (names.INSTANCE_TYPE, "In", ["m5.none"])),)
WEB_PORT = (HostPort("0.0.0.0", "TCP", 8080),)


def left_out(*pods: Any, pools: Any = LARGE, **cluster: Any) -> tuple[Unschedulable, ...]:
    state = snapshot(pods, nodepools=pools, **cluster)
    return assemble(provision(state, pools, work_limit=50)).unschedulable


def reasons(item: Unschedulable) -> list[tuple[str, int, object]]:
    return [(r.constraint, r.offerings, r.detail.get("message")) for r in item.reasons]


def test_a_host_port_that_a_daemonset_takes_on_every_node_is_the_reason() -> None:
    agent = daemonset("proxy", host_ports=WEB_PORT)
    (item,) = left_out(pod("web", host_ports=WEB_PORT), daemonsets=(agent,))
    taken = "host port 8080/TCP is taken by DaemonSet kube-system/proxy"
    assert reasons(item) == [("NodePorts", 3, taken)]
    assert item.nearest == {}


def test_offerings_without_the_daemonset_are_told_from_those_with_it() -> None:
    agent = daemonset("proxy", host_ports=WEB_PORT, node_selector=((names.ZONE, "zone-a"),))
    web = pod("web", "3", host_ports=WEB_PORT)
    (item,) = left_out(web, daemonsets=(agent,))
    assert [(r.constraint, r.offerings) for r in item.reasons] == [
        ("NodePorts", 1), ("NodeResourcesFit", 3),
    ]  # fmt: skip
    assert not left_out(pod("web", host_ports=WEB_PORT), daemonsets=(agent,))


def test_anti_affinity_of_a_daemonset_is_named() -> None:
    term = replace(affinity_term(names.HOSTNAME, app="web"), namespaces=("default",))
    agent = daemonset("agent", anti_affinity=(term,))
    (item,) = left_out(pod("web", labels={"app": "web"}), daemonsets=(agent,))
    message = "required anti-affinity keeps it off the nodes of DaemonSet kube-system/agent"
    assert reasons(item) == [("InterPodAffinity", 3, message)]


def test_what_daemonsets_request_is_named_where_the_pod_would_fit_without_them() -> None:
    (item,) = left_out(pod("web", "1800m"), daemonsets=(daemonset("agent", "400m"),))
    (reason,) = item.reasons
    assert (reason.detail["largestAvailable"], reason.detail["daemonSets"]) == ("1530m", "400m")
    (item,) = left_out(pod("web", "1999m"), daemonsets=(daemonset("agent", "400m"),))
    assert "daemonSets" not in item.reasons[0].detail  # too large even without them


def test_nodes_that_are_too_small_for_their_daemonsets_are_said_to_be() -> None:
    web = pod("web", requests=(("memory", 2**20),))
    (item,) = left_out(web, daemonsets=(daemonset("agent", "4"),))
    message = "too small for their DaemonSets, which request more cpu"
    assert reasons(item) == [("NodeResourcesFit", 3, message)]


def test_a_port_on_the_only_node_is_the_reason_for_the_second_of_two_pods() -> None:
    pods = replicas(2, "web", host_ports=WEB_PORT)
    (item,) = left_out(*pods, pools=NONE, nodes=(node("n1"),))
    assert reasons(item)[0] == ("NodePorts", 1, "host port 8080/TCP is taken by pods like it")


def test_a_pod_that_runs_is_named_as_the_one_that_has_the_port() -> None:
    runs = pod("old", host_ports=WEB_PORT, node="n1")
    (item,) = left_out(runs, pod("web", host_ports=WEB_PORT), pools=NONE, nodes=(node("n1"),))
    message = "host port 8080/TCP is taken by default/old"
    assert reasons(item)[0] == ("NodePorts", 1, message)


def test_full_nodes_are_said_to_be_full_with_what_is_left_of_what() -> None:
    pods = replicas(5, "web", "1")
    (item,) = left_out(*pods, pools=NONE, nodes=(node("n1", "4"),))
    reason = item.reasons[0]
    assert (reason.constraint, reason.offerings) == ("NodeResourcesFit", 1)
    assert (reason.detail["resource"], reason.detail["largestAvailable"]) == ("cpu", "0")


def test_limits_of_nodepools_that_cannot_take_the_pod_anyway_are_not_its_reason() -> None:
    limited = (nodepool("p", (names.INSTANCE_TYPE, "In", ["m5.large"]), limits=(("cpu", 1000),)),)
    pods = replicas(2, "web", "3")  # too large for an m5.large
    (item,) = left_out(*pods, pools=limited, nodes=(node("n1", "4"),))
    assert {r.constraint for r in item.reasons} == {"NodeResourcesFit"}
