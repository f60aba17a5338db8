"""NodeUnschedulable to NodeResourcesFit, what is not judged, and the names of refusals."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model.node import Node
from kubestow.model.pod import HostPort, InlineVolume, Pod
from kubestow.model.resources import amounts
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint, Toleration
from kubestow.testing import affinity_term, node, pod, quantities, spread
from kubestow.verify.arrival import arrival

N1, N2 = node("n1"), node("n2")


def where(incoming: Pod, *nodes: Node, pods: tuple[Pod, ...] = ()) -> str:
    """Return the nodes the pod may go to, in a word."""
    found = arrival(Cluster(nodes=nodes or (N1, N2), pods=pods)).feasible(incoming)
    assert found is not None
    return " ".join(sorted(found))


def term(*expressions: tuple[str, str, str], fields: str = "") -> NodeSelectorTerm:
    """Return a term of (key, operator, values); ``fields`` are "operator values" of the name."""
    named = [item.split(maxsplit=1) for item in fields.split(" & ") if item]
    return NodeSelectorTerm(
        tuple(SelectorRequirement(k, op, tuple(v.split())) for k, op, v in expressions),
        tuple(SelectorRequirement("metadata.name", op, tuple(v.split(","))) for op, v in named),
    )


def held(name: str, **facts: Any) -> Pod:
    """Return a pod bound to n1."""
    return pod(name, node="n1", **facts)


# --- taints -----------------------------------------------------------------------------------

CORDONED = node("n1", unschedulable=True)
TAINTED = Taint("team", "blue", "NoSchedule")
TAINTS: list[tuple[str, tuple[Taint, ...], tuple[Toleration, ...], bool]] = [
    ("a NoSchedule taint keeps a pod away", (TAINTED,), (), False),
    ("a NoExecute taint does too", (Taint("team", "blue", "NoExecute"),), (), False),
    ("a PreferNoSchedule taint does not", (Taint("team", "blue", "PreferNoSchedule"),), (), True),
    ("an equal toleration covers it", (TAINTED,), (Toleration("team", "", "blue"),), True),
    ("another value does not", (TAINTED,), (Toleration("team", "Equal", "red"),), False),
    ("another key does not", (TAINTED,), (Toleration("crew", "Exists"),), False),
    ("another effect does not", (TAINTED,),
     (Toleration("team", "Exists", "", "NoExecute"),), False),
    ("Exists covers any value", (TAINTED,), (Toleration("team", "Exists"),), True),
    ("Exists without a key covers everything", (TAINTED,), (Toleration("", "Exists"),), True),
    ("Equal without a key compares the value", (TAINTED,),
     (Toleration("", "Equal", "blue"),), True),
    ("an unknown operator covers nothing", (TAINTED,),
     (Toleration("team", "Like", "blue"),), False),
    (
        "every taint must be covered",
        (TAINTED, Taint("gpu", "", "NoSchedule")),
        (Toleration("team", "Exists"),),
        False,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "taints", "tolerations", "fits"), TAINTS)
def test_taints(
    sentence: str, taints: tuple[Taint, ...], tolerations: tuple[Toleration, ...], fits: bool
) -> None:
    found = where(pod("p", tolerations=tolerations), node("n1", taints=taints))
    assert found == ("n1" if fits else ""), sentence


CORDON_TOLERATED = Toleration(UNSCHEDULABLE_TAINT.key, "Exists", "", "NoSchedule")
CORDONS = [
    ("a cordon keeps a pod away", CORDONED, (), ""),
    ("who tolerates the taint it stands for may come", CORDONED, (CORDON_TOLERATED,), "n1"),
    (
        "the taint alone is an ordinary taint",
        node("n1", taints=[UNSCHEDULABLE_TAINT]),
        (),
        "",
    ),
    (
        "a cordon is not tolerated by effect NoExecute",
        CORDONED,
        (Toleration(UNSCHEDULABLE_TAINT.key, "Exists", "", "NoExecute"),),
        "",
    ),
]


@pytest.mark.parametrize(("sentence", "where_to", "tolerations", "expected"), CORDONS)
def test_cordons(
    sentence: str, where_to: Node, tolerations: tuple[Toleration, ...], expected: str
) -> None:
    assert where(pod("p", tolerations=tolerations), where_to) == expected, sentence


def test_a_cordon_is_refused_by_node_unschedulable_and_not_as_a_taint() -> None:
    assert arrival(Cluster(nodes=(CORDONED,))).refusals(pod("p"), "n1") == ("NodeUnschedulable",)


def test_a_pod_that_names_its_node_goes_nowhere_else() -> None:
    assert where(replace(pod("p"), node_name="n2")) == "n2"


# --- node affinity ----------------------------------------------------------------------------

FAST = node("n1", labels={"disk": "fast", "rank": "5"})
SLOW = node("n2", labels={"disk": "slow", "rank": "high"})
AFFINITY: list[tuple[str, tuple[NodeSelectorTerm, ...], str]] = [
    ("In wants one of the values", (term(("disk", "In", "fast odd")),), "n1"),
    ("NotIn accepts a node without the label", (term(("gpu", "NotIn", "a")),), "n1 n2"),
    ("NotIn refuses the value", (term(("disk", "NotIn", "slow")),), "n1"),
    ("Exists wants the label", (term(("gpu", "Exists", "")),), ""),
    ("DoesNotExist wants it absent", (term(("gpu", "DoesNotExist", "")),), "n1 n2"),
    ("Gt compares strictly, integers only", (term(("rank", "Gt", "4")),), "n1"),
    ("Gt is not at-least", (term(("rank", "Gt", "5")),), ""),
    ("Lt is strict too", (term(("rank", "Lt", "6")),), "n1"),
    ("Lt fails where the label is absent", (term(("gpu", "Lt", "6")),), ""),
    ("Gt takes one value", (term(("rank", "Gt", "1 2")),), ""),
    ("Gt takes an integer", (term(("rank", "Gt", "low")),), ""),
    ("expressions are AND-ed", (term(("disk", "In", "fast"), ("rank", "Lt", "5")),), ""),
    ("terms are OR-ed", (term(("disk", "In", "slow")), term(("rank", "Gt", "4"))), "n1 n2"),
    ("an empty term matches nothing", (term(),), ""),
    ("an empty term does no harm to others", (term(), term(("disk", "In", "slow"))), "n2"),
    ("a term that cannot be parsed matches nothing", (term(("disk", "Like", "fast")),), ""),
    ("it does no harm to others", (term(("disk", "In", "")), term(("rank", "Gt", "1"))), "n1"),
    ("no terms at all match nothing", (), ""),
    ("a field names the node", (term(fields="In n2"),), "n2"),
    ("a field may exclude it", (term(fields="NotIn n2"),), "n1"),
    ("a field takes one value", (term(fields="In n1,n2"),), ""),
    ("a field takes no other operator", (term(fields="Exists n1"),), ""),
    ("fields and expressions are AND-ed", (term(("disk", "In", "fast"), fields="In n2"),), ""),
    ("names that contradict each other match nothing", (term(fields="In n1 & In n2"),), ""),
    ("terms may name different nodes", (term(fields="In n1"), term(fields="In n2")), "n1 n2"),
    (
        "one term without a name opens all nodes",
        (term(fields="In n1"), term(("disk", "In", "slow"))),
        "n1 n2",
    ),
    ("a node that is not there is nowhere", (term(fields="In n9"),), ""),
]


@pytest.mark.parametrize(("sentence", "terms", "expected"), AFFINITY)
def test_node_affinity(sentence: str, terms: tuple[NodeSelectorTerm, ...], expected: str) -> None:
    assert where(pod("p", node_affinity=terms), FAST, SLOW) == expected, sentence


def test_node_selector_and_affinity_must_both_hold() -> None:
    incoming = pod("p", node_selector=(("disk", "fast"),))
    assert where(incoming, FAST, SLOW) == "n1"
    both = pod("p", node_selector=(("disk", "fast"),), node_affinity=(term(fields="In n2"),))
    assert where(both, FAST, SLOW) == ""


# --- ports ------------------------------------------------------------------------------------

PORTS = [
    ("one port is held once", "0.0.0.0 TCP 80", "0.0.0.0 TCP 80", False),
    ("another port is free", "0.0.0.0 TCP 80", "0.0.0.0 TCP 81", True),
    ("another protocol is another port", "0.0.0.0 TCP 80", "0.0.0.0 UDP 80", True),
    ("two addresses do not meet", "10.0.0.1 TCP 80", "10.0.0.2 TCP 80", True),
    ("one address meets itself", "10.0.0.1 TCP 80", "10.0.0.1 TCP 80", False),
    ("0.0.0.0 asked for is every address", "0.0.0.0 TCP 80", "10.0.0.1 TCP 80", False),
    ("0.0.0.0 held is every address", "10.0.0.1 TCP 80", "0.0.0.0 TCP 80", False),
    (":: is not", ":: TCP 80", "10.0.0.1 TCP 80", True),
    (":: meets itself", ":: TCP 80", ":: TCP 80", False),
    (":: meets 0.0.0.0", ":: TCP 80", "0.0.0.0 TCP 80", False),
]


def port(text: str) -> tuple[HostPort, ...]:
    ip, protocol, number = text.split()
    return (HostPort(ip, protocol, int(number)),)


@pytest.mark.parametrize(("sentence", "asked", "taken", "fits"), PORTS)
def test_host_ports(sentence: str, asked: str, taken: str, fits: bool) -> None:
    there = held("there", host_ports=port(taken))
    found = where(pod("p", host_ports=port(asked)), pods=(there,))
    assert found == ("n1 n2" if fits else "n2"), sentence


def test_equal_ports_of_one_pod_do_not_meet() -> None:
    assert where(pod("p", host_ports=(*port(":: TCP 80"), *port(":: TCP 80")))) == "n1 n2"


# --- resources --------------------------------------------------------------------------------

SMALL = node("n1", cpu="1", memory="1Gi", pods=2)
RESOURCES: list[tuple[str, dict[str, str], dict[str, str], bool]] = [
    ("exactly what is left fits", {"cpu": "400m"}, {"cpu": "600m"}, True),
    ("a millicpu more does not", {"cpu": "401m"}, {"cpu": "600m"}, False),
    ("nor does a byte", {"memory": "1024Mi"}, {"memory": "1"}, False),
    ("who asks for nothing fits on a full node", {}, {"cpu": "9", "memory": "9Gi"}, True),
    ("who asks for memory is not held to cpu", {"memory": "1Gi"}, {"cpu": "9"}, True),
    ("a resource the node lacks counts as none", {"example.com/gpu": "1"}, {}, False),
    ("hugepages are compared", {"hugepages-2Mi": "2Mi"}, {}, False),
    ("so is ephemeral storage", {"ephemeral-storage": "1"}, {}, False),
]


@pytest.mark.parametrize(("sentence", "asked", "taken", "fits"), RESOURCES)
def test_resources(sentence: str, asked: dict[str, str], taken: dict[str, str], fits: bool) -> None:
    there = Pod("default", "there", replace(pod("x").template, requests=quantities(**taken)))
    incoming = replace(pod("p"), template=replace(pod("p").template, requests=quantities(**asked)))
    found = where(incoming, SMALL, pods=(replace(there, node_name="n1"),))
    assert found == ("n1" if fits else ""), sentence


def test_extended_resources_are_counted_like_others() -> None:
    equipped = replace(SMALL, allocatable=amounts({"example.com/gpu": 2, "pods": 5}))
    one = pod("there", node="n1", requests=amounts({"example.com/gpu": 1}))
    for count, expected in ((1, "n1"), (2, "")):
        incoming = pod("p", requests=amounts({"example.com/gpu": count}))
        assert where(incoming, equipped, pods=(one,)) == expected


def test_the_number_of_pods_is_always_compared() -> None:
    nothing = replace(pod("p"), template=replace(pod("p").template, requests=()))
    there = tuple(replace(nothing, name=f"there-{n}", node_name="n1") for n in range(2))
    assert where(nothing, SMALL, pods=there[:1]) == "n1"
    assert where(nothing, SMALL, pods=there) == ""
    assert where(nothing, replace(SMALL, allocatable=quantities(cpu="1"))) == ""


# --- what exists ------------------------------------------------------------------------------

FULL = held("big", cpu="4")
EXISTENCE = [
    ("a bound pod takes its room", FULL, "n2"),
    ("a terminating pod still does", replace(FULL, terminating=True), "n2"),
    ("a pod that is not bound does not exist", replace(FULL, node_name=""), "n1 n2"),
    ("a pod on a node that is not there does not exist", replace(FULL, node_name="x"), "n1 n2"),
    ("a pod that admission refuses does not exist", replace(FULL, rejected="quota"), "n1 n2"),
]


@pytest.mark.parametrize(("sentence", "other", "expected"), EXISTENCE)
def test_what_exists(sentence: str, other: Pod, expected: str) -> None:
    assert where(pod("p"), pods=(other,)) == expected, sentence


UNJUDGED = [
    ("a pod with something unsupported", pod("p", unsupported=("claims",))),
    ("a pod with scheduling gates", pod("p", scheduling_gates=("wait",))),
    ("a pod that admission refuses", replace(pod("p"), rejected="LimitRange")),
]


@pytest.mark.parametrize(("sentence", "incoming"), UNJUDGED)
def test_what_is_not_judged(sentence: str, incoming: Pod) -> None:
    arrivals = arrival(Cluster(nodes=(N1,)))
    assert arrivals.feasible(incoming) is None, sentence
    assert arrivals.refusals(incoming, "n1") == ()


# --- refusals ---------------------------------------------------------------------------------


def test_all_plugins_that_refuse_are_named_in_their_order() -> None:
    bad = node("n1", cpu="10m", taints=[TAINTED], unschedulable=True)
    there = pod("there", node="n1", labels={"app": "a"}, host_ports=port(":: TCP 80"),
                inline_volumes=(InlineVolume("ebs", "v"),),
                anti_affinity=(affinity_term("kubernetes.io/hostname", app="p"),))  # fmt: skip
    incoming = pod(
        "p", labels={"app": "p"}, claims=("none",), host_ports=port(":: TCP 80"),
        node_selector=(("disk", "fast"),), inline_volumes=(InlineVolume("ebs", "v"),),
        spread=(spread("rack", app="p"),),
    )  # fmt: skip
    arrivals = arrival(Cluster(nodes=(bad, N2), pods=(there,)))
    found = arrivals.refusals(replace(incoming, node_name="n2"), "n1")
    assert found == (
        "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts",
        "NodeResourcesFit", "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding",
        "VolumeZone", "PodTopologySpread", "InterPodAffinity",
    )  # fmt: skip


def test_no_plugin_refuses_a_feasible_node_and_each_refusal_is_a_plugins() -> None:
    arrivals = arrival(Cluster(nodes=(N1, N2), pods=(FULL,)))
    assert arrivals.refusals(pod("p"), "n2") == ()
    assert arrivals.refusals(pod("p"), "n1") == ("NodeResourcesFit",)


def test_a_node_that_is_not_there_cannot_be_asked_about() -> None:
    with pytest.raises(KeyError):
        arrival(Cluster(nodes=(N1,))).refusals(pod("p"), "n9")


def test_an_answer_changes_nothing() -> None:
    arrivals = arrival(Cluster(nodes=(N1, N2), pods=(held("there", cpu="3"),)))
    big = pod("p", cpu="2")
    assert [arrivals.feasible(big) for _ in range(3)] == [frozenset({"n2"})] * 3
    assert arrivals.feasible(pod("q", cpu="1")) == {"n1", "n2"}


def test_without_nodes_nothing_is_feasible() -> None:
    assert arrival(Cluster()).feasible(pod("p")) == frozenset()


@pytest.mark.parametrize(
    ("added", "own", "expected"),
    [
        ((term(("pool", "In", "a")),), None, "n1"),
        ((term(("pool", "In", "a")),), (term(("pool", "Exists", "")),), "n1"),
        ((term(("pool", "In", "a")),), (term(("pool", "In", "b")),), ""),
        ((term(("pool", "In", "a")), term(("pool", "In", "b"))), None, "n1 n2"),
        ((), None, ""),
    ],
)
def test_the_affinity_that_a_profile_adds_must_hold_too(
    added: tuple[NodeSelectorTerm, ...], own: tuple[NodeSelectorTerm, ...] | None, expected: str
) -> None:
    nodes = (node("n1", labels={"pool": "a"}), node("n2", labels={"pool": "b"}))
    assert where(pod("p", added_affinity=added, node_affinity=own), *nodes) == expected
