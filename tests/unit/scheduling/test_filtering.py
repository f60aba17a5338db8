"""All filters together: who refuses first, for which reasons, and whether eviction may help."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import HostPort, InlineVolume, Pod
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint, Toleration
from kubestow.model.volume import PersistentVolumeClaim, StorageClass
from kubestow.scheduling import filtering
from kubestow.scheduling.filtering import FILTERS, FilterResult
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.testing import affinity_term, node, pod, quantities, spread

A, B = node("a", zone="zone-a"), node("b", zone="zone-b")
BIG = node("a", cpu="8", zone="zone-a")
TAINTED = Taint("dedicated", "", "NoSchedule")
PORT = (HostPort("0.0.0.0", "TCP", 80),)
DISK = (InlineVolume("ebs", "vol-1"),)
WEB = {"app": "web"}


def verdict(
    incoming: Pod, *there: Pod, nodes: tuple[Node, ...] = (A, B), **more: Any
) -> FilterResult:
    """Judge a pod, and see that the quick answer is the same."""
    cache = build_cache(Cluster(pods=(incoming, *there), nodes=nodes, **more))
    context = PodContext(cache, cache.kind_of[0])
    found = filtering.judge(context)
    assert (
        filtering.feasible(PodContext(cache, cache.kind_of[0])).tolist() == found.feasible.tolist()
    )
    return found


def named(operator: str, *values: str) -> NodeSelectorTerm:
    return NodeSelectorTerm((), (SelectorRequirement("metadata.name", operator, values),))


# --- the histogram and its text -----------------------------------------------------------------


def test_the_message_is_the_scheduler_s_word_for_word() -> None:
    nodes = (
        node("a", unschedulable=True), node("b", taints=[TAINTED]), node("c", cpu="1", memory="1Gi")
    )  # fmt: skip
    found = verdict(pod("p", cpu="2", memory="2Gi"), nodes=nodes)
    assert found.message() == (
        "0/3 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, "
        "1 node(s) had untolerated taint(s), 1 node(s) were unschedulable."
    )


def test_reasons_are_sorted_as_text_so_that_ten_come_before_two() -> None:
    nodes = (*(node(f"a{n}", cpu="1") for n in range(10)),
             *(node(f"b{n}", taints=[TAINTED]) for n in range(2)))  # fmt: skip
    assert verdict(pod("p", cpu="2"), nodes=nodes).message() == (
        "0/12 nodes are available: 10 Insufficient cpu, 2 node(s) had untolerated taint(s)."
    )


def test_a_reason_for_all_nodes_at_once_is_told_without_a_number_and_counted_for_each() -> None:
    found = verdict(pod("p", claims=("none",)))
    assert found.message() == '0/2 nodes are available: persistentvolumeclaim "none" not found.'
    assert found.histogram == {'persistentvolumeclaim "none" not found': 2}
    assert found.unsolvable == ("VolumeRestrictions", 'persistentvolumeclaim "none" not found')


def test_a_pod_that_fits_everywhere_has_no_reasons() -> None:
    found = verdict(pod("p"))
    assert (found.feasible.tolist(), found.histogram, found.deciding) == ([True, True], {}, {})


def test_a_node_that_lacks_two_resources_gives_two_reasons_and_counts_once() -> None:
    found = verdict(pod("p", cpu="9", memory="99Gi"), nodes=(A,))
    assert found.histogram == {"Insufficient cpu": 1, "Insufficient memory": 1}
    assert found.deciding == {"NodeResourcesFit": 1}


# --- who refuses first --------------------------------------------------------------------------

SHY = affinity_term(names.HOSTNAME, app="p")
LADDER: list[tuple[str, dict[str, Any]]] = [
    ("NodeUnschedulable", {"unschedulable": True}),
    ("TaintToleration", {"taints": [TAINTED]}),
    ("NodeAffinity", {"node_selector": (("disk", "fast"),)}),
    ("NodePorts", {"host_ports": PORT}),
    ("NodeResourcesFit", {"requests": quantities(cpu="9")}),
    ("VolumeRestrictions", {"inline_volumes": DISK}),
    ("PodTopologySpread", {"spread": (spread("rack", app="p"),)}),
    ("InterPodAffinity", {"affinity": (affinity_term(names.ZONE, app="none"),)}),
]
"""What makes each filter refuse, in the filters' order; the first two are said of the node."""


@pytest.mark.parametrize("first", range(len(LADDER)), ids=[name for name, _ in LADDER])
def test_of_all_that_would_refuse_the_first_in_order_does(first: int) -> None:
    """Every filter from ``first`` on has a reason to refuse the only node."""
    facts: dict[str, Any] = {}
    for _, each in LADDER[first:]:
        facts |= each
    own = {name: facts.pop(name) for name in ("unschedulable", "taints") if name in facts}
    there = pod("there", node="a", host_ports=PORT, inline_volumes=DISK, anti_affinity=(SHY,))
    incoming = pod("p", labels={"app": "p"}, **facts)
    found = verdict(incoming, there, nodes=(node("a", **own),))
    assert found.deciding == {LADDER[first][0]: 1}


def test_the_filters_stand_in_kubernetes_default_order() -> None:
    assert [module.NAME for module in FILTERS] == [
        "NodeUnschedulable", "NodeName", "TaintToleration", "NodeAffinity", "NodePorts",
        "NodeResourcesFit", "VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding",
        "VolumeZone", "PodTopologySpread", "InterPodAffinity",
    ]  # fmt: skip


# --- whether evicting pods may help -------------------------------------------------------------

FULL = pod("full", cpu="3", node="a", labels=WEB, host_ports=PORT, inline_volumes=DISK,
           anti_affinity=(affinity_term(names.HOSTNAME, app="p"),))  # fmt: skip
HELP = [
    ("a node that pods have filled", pod("p", cpu="2"), True),
    ("not a node that is too small when empty", pod("p", cpu="9"), False),
    ("not where one resource is too small, another only full",
     pod("p", cpu="2", memory="99Gi"), False),
    ("a port that is taken", pod("p", host_ports=PORT), True),
    ("a disk that is in use", pod("p", inline_volumes=DISK), True),
    ("a skew that is too large", pod("p", labels=WEB, spread=(spread(names.ZONE, app="web"),)),
     True),
    ("not a node without the key of a spread",
     pod("p", labels=WEB, spread=(spread("rack", app="web"),)), False),
    ("anti-affinity of the pod", pod("p", anti_affinity=(affinity_term(names.ZONE, app="web"),)),
     True),
    ("anti-affinity of a pod there", pod("p", labels={"app": "p"}), True),
    ("not affinity to pods that are not there",
     pod("p", affinity=(affinity_term(names.ZONE, app="none"),)), False),
    ("not another node selector", pod("p", node_selector=((names.ZONE, "zone-b"),)), False),
    ("not an affinity that names another node", pod("p", node_affinity=(named("In", "b"),)),
     False),
    ("not a claim that does not exist", pod("p", claims=("none",)), False),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "expected"), HELP, ids=lambda v: str(v)[:40])
def test_evicting_pods_may_help(sentence: str, incoming: Pod, expected: bool) -> None:
    found = verdict(incoming, FULL)
    assert not found.feasible[0], sentence
    assert bool(found.helpable[0]) == expected, sentence


def test_nothing_helps_on_a_node_that_is_cordoned_or_tainted_though_full() -> None:
    for bad in (node("a", unschedulable=True), node("a", taints=[TAINTED])):
        assert not verdict(pod("p", cpu="2"), FULL, nodes=(bad,)).helpable[0]


# --- nodes by name ------------------------------------------------------------------------------

NAMED = [
    ("one name", (named("In", "b"),), "b", {"node(s) didn't satisfy plugin(s) [NodeAffinity]": 1}),
    ("either name", (named("In", "a"), named("In", "b")), "a b", {}),
    ("all but a name is judged node by node", (named("NotIn", "b"),), "a",
     {"node(s) didn't match Pod's node affinity/selector": 1}),
    ("a term without names lets in all that it matches",
     (named("In", "b"), NodeSelectorTerm((SelectorRequirement(names.ZONE, "In", ("zone-a",)),))),
     "a b", {}),
    ("a name that no node bears", (named("In", "z"),), "",
     {"node(s) didn't satisfy plugin(s) [NodeAffinity]": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "terms", "expected", "reasons"), NAMED)
def test_named_nodes(
    sentence: str,
    terms: tuple[NodeSelectorTerm, ...],
    expected: str,
    reasons: dict[str, int],
) -> None:
    found = verdict(pod("p", node_affinity=terms))
    passed = [name for name, passes in zip("ab", found.feasible, strict=True) if passes]
    assert (" ".join(passed), found.histogram) == (expected, reasons), sentence


def test_a_term_that_names_two_nodes_at_once_is_a_conflict_for_every_node() -> None:
    both = NodeSelectorTerm((), (*named("In", "a").fields, *named("In", "b").fields))
    found = verdict(pod("p", node_affinity=(both,)))
    assert found.message() == "0/2 nodes are available: pod affinity terms conflict."
    assert not found.helpable.any()


def test_a_named_node_is_refused_by_its_own_filters() -> None:
    found = verdict(pod("p", cpu="9", node_affinity=(named("In", "b"),)))
    assert found.histogram == {
        "node(s) didn't satisfy plugin(s) [NodeAffinity]": 1, "Insufficient cpu": 1
    }  # fmt: skip


# --- what the quick answer must not keep --------------------------------------------------------


def test_the_quick_answer_follows_pods_that_come_and_go() -> None:
    incoming, other = pod("p", cpu="3"), pod("other", cpu="2", host_ports=PORT)
    cache = build_cache(Cluster(pods=(incoming, other), nodes=(A, B)))
    context = PodContext(cache, cache.kind_of[0])
    assert filtering.feasible(context).tolist() == [True, True]
    cache.add(1, 0)
    assert filtering.feasible(context).tolist() == [False, True]
    cache.remove(1)
    assert filtering.feasible(context).tolist() == [True, True]


@pytest.mark.parametrize(("field", "value"), [
    ("host_ports", PORT), ("inline_volumes", DISK),
    ("anti_affinity", (affinity_term(names.HOSTNAME, app="web"),)),
    ("spread", (spread(names.HOSTNAME, app="web"),)),
])  # fmt: skip
def test_whatever_couples_pods_moves_with_them(field: str, value: Any) -> None:
    pods = (pod("p", labels=WEB, **{field: value}), pod("q", labels=WEB, **{field: value}))
    cache = build_cache(Cluster(pods=pods, nodes=(A, B)))
    context = PodContext(cache, cache.kind_of[0])
    cache.add(1, 0)
    assert filtering.feasible(context).tolist() == [False, True]
    cache.remove(1)
    assert filtering.feasible(context).tolist() == [True, True]


def test_the_quick_answer_follows_claims_that_are_bound() -> None:
    pods = (pod("p", claims=("disk",)), pod("q", claims=("disk",)))
    cache = build_cache(
        Cluster(
            pods=pods,
            nodes=(A, B),
            claims={("default", "disk"): PersistentVolumeClaim("default", "disk", "wait")},
            storage_classes={"wait": StorageClass("wait", provisioner="ebs.csi.aws.com")},
        )
    )
    context = PodContext(cache, cache.kind_of[0])
    mark = cache.mark()
    assert filtering.feasible(context).tolist() == [True, True]
    cache.storage.bind(pods[1], B, {})
    assert filtering.feasible(context).tolist() == [False, True]
    cache.rewind(mark)
    assert filtering.feasible(context).tolist() == [True, True]


def test_tolerations_and_empty_selectors_are_the_pod_s_own() -> None:
    bad = (node("a", taints=[TAINTED]), node("b", unschedulable=True))
    all_of_it = (Toleration("", "Exists"),)
    assert verdict(pod("p", tolerations=all_of_it), nodes=bad).feasible.all()
    empty = replace(spread(names.ZONE), selector=LabelSelector())
    crowd = tuple(pod(f"c{n}", node="a", labels=WEB) for n in range(5))
    assert verdict(pod("p", labels=WEB, spread=(empty,)), *crowd).feasible.all()
