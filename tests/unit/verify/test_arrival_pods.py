"""PodTopologySpread and InterPodAffinity of an arriving pod, rule by rule and edge by edge."""

from dataclasses import replace
from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod, PodAffinityTerm, SpreadConstraint
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint, Toleration
from kubestow.testing import node, pod, selector
from kubestow.verify.arrival import arrival

ZONE, HOST = names.ZONE, names.HOSTNAME
A1, A2, B1 = node("a1", zone="a"), node("a2", zone="a"), node("b1", zone="b")
NODES = (A1, A2, B1)
BARE = Node("bare", ((HOST, "bare"),), A1.allocatable)
"""A node without a zone."""
WEB = selector(app="web")
EVERY = LabelSelector()


def where(incoming: Pod, bound: tuple[Pod, ...] = (), **cluster: Any) -> str:
    """Return the nodes the pod may go to, in a word."""
    cluster.setdefault("nodes", NODES)
    found = arrival(Cluster(pods=bound, **cluster)).feasible(incoming)
    assert found is not None
    return " ".join(sorted(found))


def at(places: str, **facts: Any) -> tuple[Pod, ...]:
    """Return a web pod bound to each of the places."""
    facts.setdefault("labels", {"app": "web"})
    return tuple(pod(f"w{n}", node=place, **facts) for n, place in enumerate(places.split()))


def requires(key: str, operator: str, *values: str) -> LabelSelector:
    """Return a selector of one expression."""
    return LabelSelector((SelectorRequirement(key, operator, values),))


# --- spread -----------------------------------------------------------------------------------


def spreads(max_skew: int = 1, key: str = ZONE, **facts: Any) -> SpreadConstraint:
    facts.setdefault("selector", WEB)
    return SpreadConstraint(key, max_skew, **facts)


TAINTED_B = node("b1", zone="b", taints=[Taint("team", "blue", "NoSchedule")])
CORDONED_B = node("b1", zone="b", unschedulable=True)
ONLY_A = {"node_selector": ((ZONE, "a"),)}
RACKED = (*(replace(n, labels=(*n.labels, ("rack", "r"))) for n in (A1, B1)), A2)
SPREAD: list[tuple[str, tuple[SpreadConstraint, ...], tuple[Pod, ...], str, dict[str, Any]]] = [
    ("the fuller domain is refused", (spreads(),), at("a1"), "b1", {}),
    ("within maxSkew it is not", (spreads(2),), at("a1"), "a1 a2 b1", {}),
    ("equal domains are both open", (spreads(),), at("a1 b1"), "a1 a2 b1", {}),
    ("a domain is all its nodes", (spreads(),), at("a1 a2 b1"), "b1", {}),
    ("hosts are domains too", (spreads(key=HOST),), at("a1"), "a2 b1", {}),
    ("all constraints must hold", (spreads(), spreads(key=HOST)), at("a1 b1 b1"), "a2", {}),
    ("pods of another namespace do not count", (spreads(),), at("a1", namespace="x"),
     "a1 a2 b1", {}),
    ("pods with other labels do not count", (spreads(),), at("a1", labels={"app": "db"}),
     "a1 a2 b1", {}),
    ("terminating pods do not count", (spreads(),),
     tuple(replace(p, terminating=True) for p in at("a1")), "a1 a2 b1", {}),
    ("a pod that does not match itself adds nothing", (spreads(selector=selector(app="db")),),
     at("a1", labels={"app": "db"}), "a1 a2 b1", {}),
    ("the selector {} counts nobody but the pod itself", (spreads(selector=EVERY),),
     at("a1 a1 a1"), "a1 a2 b1", {}),
    ("so that it is refused below its own weight", (spreads(0, selector=EVERY),), (), "", {}),
    ("no selector matches nothing, not even the pod", (spreads(0, selector=None),),
     at("a1 a1"), "a1 a2 b1", {}),
    ("a node without the key is refused", (spreads(),), (), "a1 a2 b1",
     {"nodes": (*NODES, BARE)}),
    ("and is no domain", (spreads(),), at("a1 b1 bare"), "a1 a2 b1", {"nodes": (*NODES, BARE)}),
    ("a node that lacks one of two keys counts for neither",
     (spreads(), spreads(9, key="rack")), at("a1 a1 b1"), "b1",
     {"nodes": RACKED}),
    ("pods there do not count for the key it has",
     (spreads(), spreads(9, key="rack")), at("a2 a2 a2"), "a1 b1",
     {"nodes": RACKED}),
    ("fewer domains than minDomains have the minimum zero", (spreads(min_domains=3),),
     at("a1 b1"), "", {}),
    ("as many as minDomains have their own", (spreads(min_domains=2),), at("a1 b1"),
     "a1 a2 b1", {}),
    ("minDomains opens what is empty", (spreads(min_domains=3),), at("a1"), "b1", {}),
    ("nodes that the pod's selector refuses do not count", (spreads(),), at("a1"), "a1 a2",
     {"pod": ONLY_A}),
    ("unless the affinity policy is Ignore", (spreads(honor_affinity=False),), at("a1"), "",
     {"pod": ONLY_A}),
    ("nor those that its affinity refuses", (spreads(),), at("a1"), "a1 a2",
     {"pod": {"node_affinity": (NodeSelectorTerm((SelectorRequirement(ZONE, "In", ("a",)),)),)}}),
    ("tainted nodes count", (spreads(),), at("a1"), "", {"nodes": (A1, A2, TAINTED_B)}),
    ("unless the taints policy is Honor", (spreads(honor_taints=True),), at("a1"), "a1 a2",
     {"nodes": (A1, A2, TAINTED_B)}),
    ("a cordoned node counts", (spreads(),), at("a1"), "", {"nodes": (A1, A2, CORDONED_B)}),
    ("even under Honor, which sees no cordon", (spreads(honor_taints=True),), at("a1"), "",
     {"nodes": (A1, A2, CORDONED_B)}),
    ("only its taint", (spreads(honor_taints=True),), at("a1"), "a1 a2",
     {"nodes": (A1, A2, replace(CORDONED_B, taints=(UNSCHEDULABLE_TAINT,)))}),
    ("a taint that only prefers does not matter under Honor", (spreads(honor_taints=True),),
     at("a1"), "b1",
     {"nodes": (A1, A2, node("b1", zone="b", taints=[Taint("t", "", "PreferNoSchedule")]))}),
    ("an empty label value is a domain", (spreads(key="rack"),), at("a1 a1"), "b1",
     {"nodes": (replace(A1, labels=(("rack", ""),)), replace(B1, labels=(("rack", "r"),)))}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "constraints", "bound", "expected", "more"), SPREAD)
def test_spread(
    sentence: str,
    constraints: tuple[SpreadConstraint, ...],
    bound: tuple[Pod, ...],
    expected: str,
    more: dict[str, Any],
) -> None:
    incoming = pod("p", labels={"app": "web"}, spread=constraints, **more.get("pod", {}))
    assert where(incoming, bound, nodes=more.get("nodes", NODES)) == expected, sentence


def test_a_candidate_in_a_domain_that_is_not_counted_starts_from_nothing() -> None:
    arrivals = arrival(Cluster(nodes=(A1, TAINTED_B), pods=at("a1 b1 b1 b1")))
    incoming = pod("p", labels={"app": "web"}, spread=(spreads(honor_taints=True),))
    assert arrivals.refusals(incoming, "b1") == ("TaintToleration",)


def test_templates_that_differ_only_in_tolerations_are_counted_apart() -> None:
    arrivals = arrival(Cluster(nodes=(A1, TAINTED_B), pods=at("a1")))
    plain = pod("p", labels={"app": "web"}, spread=(spreads(honor_taints=True),))
    tolerant = pod("q", labels={"app": "web"}, spread=(spreads(honor_taints=True),),
                   tolerations=(Toleration("", "Exists"),))  # fmt: skip
    assert arrivals.feasible(plain) == {"a1"}
    assert arrivals.feasible(tolerant) == {"b1"}


# --- affinity ---------------------------------------------------------------------------------


def drawn(*terms: PodAffinityTerm, **facts: Any) -> Pod:
    return pod("p", affinity=terms, **facts)


def near(key: str = ZONE, of: LabelSelector | None = WEB, **facts: Any) -> PodAffinityTerm:
    return PodAffinityTerm(key, of, **facts)


SELF = {"labels": {"app": "web"}}
PROD = {"prod": (("env", "prod"),), "default": (("env", "dev"),)}
LABELLED = selector(app="web", tier="front")
AFFINITY: list[tuple[str, Pod, tuple[Pod, ...], str]] = [
    ("a pod goes where one is that it wants", drawn(near()), at("a1"), "a1 a2"),
    ("a host is a place too", drawn(near(HOST)), at("a1"), "a1"),
    ("without one it goes nowhere", drawn(near()), (), ""),
    ("terminating pods count", drawn(near()),
     tuple(replace(p, terminating=True) for p in at("b1")), "b1"),
    ("another namespace's pods do not", drawn(near()), at("a1", namespace="prod"), ""),
    ("unless the term names it", drawn(near(namespaces=("prod",))), at("a1", namespace="prod"),
     "a1 a2"),
    ("then its own does not count", drawn(near(namespaces=("prod",))), at("a1"), ""),
    ("or selects it", drawn(near(namespace_selector=selector(env="prod"))),
     at("a1", namespace="prod"), "a1 a2"),
    ("the selector {} selects all", drawn(near(namespace_selector=EVERY)),
     at("b1", namespace="prod"), "b1"),
    ("names and selector are a union",
     drawn(near(namespaces=("default",), namespace_selector=selector(env="prod"))), at("b1"),
     "b1"),
    ("no selector of pods matches none", drawn(near(of=None), **SELF), at("a1"), ""),
    ("the selector {} of pods matches all", drawn(near(of=EVERY)), at("b1", labels={}), "b1"),
    ("one pod must match all terms", drawn(near(), near(HOST, selector(app="db"))),
     (*at("a1"), pod("db", node="a1", labels={"app": "db"})), ""),
    ("one that does is enough", drawn(near(), near(HOST, selector(tier="front"))),
     at("a1", labels={"app": "web", "tier": "front"}), "a1"),
    ("every key of it must be met", drawn(near(), near(HOST)), at("a1"), "a1"),
    ("the first of its kind may go anywhere", drawn(near(), **SELF), (), "a1 a2 b1"),
    ("it must match all its own terms", drawn(near(), near(of=LABELLED), **SELF), (), ""),
    ("it is not the first if one is there", drawn(near(), **SELF), at("b1"), "b1"),
    ("one in another namespace is none of its kind", drawn(near(), **SELF),
     at("b1", namespace="prod"), "a1 a2 b1"),
    ("itself counts as of its own namespace", drawn(near(namespaces=("prod",)), **SELF), (), ""),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "bound", "expected"), AFFINITY)
def test_affinity(sentence: str, incoming: Pod, bound: tuple[Pod, ...], expected: str) -> None:
    assert where(incoming, bound, namespaces=PROD) == expected, sentence


def test_a_node_without_the_key_is_refused_even_to_the_first_of_its_kind() -> None:
    assert where(drawn(near(), **SELF), nodes=(*NODES, BARE)) == "a1 a2 b1"


def test_matching_pods_where_the_key_is_missing_do_not_make_it_a_latecomer() -> None:
    assert where(drawn(near(), **SELF), at("bare"), nodes=(*NODES, BARE)) == "a1 a2 b1"
    two = drawn(near(), near(HOST), **SELF)
    assert where(two, at("bare"), nodes=(*NODES, BARE)) == ""


# --- anti-affinity ----------------------------------------------------------------------------


def averse(*terms: PodAffinityTerm, **facts: Any) -> Pod:
    return pod("p", anti_affinity=terms, **facts)


OTHER_FRONT = pod("front", node="b1", labels={"tier": "front"})
ANTI: list[tuple[str, Pod, tuple[Pod, ...], str]] = [
    ("a pod keeps off whom it shuns", averse(near()), at("a1"), "b1"),
    ("by host", averse(near(HOST)), at("a1"), "a2 b1"),
    ("terminating pods count", averse(near(HOST)),
     tuple(replace(p, terminating=True) for p in at("a1")), "a2 b1"),
    ("each term counts by itself", averse(near(HOST), near(HOST, selector(tier="front"))),
     (*at("a1"), OTHER_FRONT), "a2"),
    ("another namespace's pods do not count", averse(near()), at("a1", namespace="prod"),
     "a1 a2 b1"),
    ("unless named", averse(near(namespaces=("prod",))), at("a1", namespace="prod"), "b1"),
    ("or selected", averse(near(namespace_selector=selector(env="prod"))),
     at("a1", namespace="prod"), "b1"),
    ("its own namespace must be selected then",
     averse(near(namespace_selector=selector(env="prod"))), at("a1"), "a1 a2 b1"),
    ("a pod that shuns its like may be the first", averse(near(), **SELF), (), "a1 a2 b1"),
    ("no selector shuns none", averse(near(of=None)), at("a1"), "a1 a2 b1"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "bound", "expected"), ANTI)
def test_anti_affinity(sentence: str, incoming: Pod, bound: tuple[Pod, ...], expected: str) -> None:
    assert where(incoming, bound, namespaces=PROD) == expected, sentence


def test_a_node_without_the_key_is_open_to_a_pod_that_shuns() -> None:
    assert where(averse(near()), at("a1 bare"), nodes=(*NODES, BARE)) == "b1 bare"


def shunned(term: PodAffinityTerm, place: str = "a1", **facts: Any) -> tuple[Pod, ...]:
    """Return a pod that is bound and shuns."""
    return (pod("there", node=place, anti_affinity=(term,), **facts),)


SHUNNED: list[tuple[str, Pod, tuple[Pod, ...], str]] = [
    ("a pod there keeps others off its domain", pod("p", **SELF), shunned(near()), "b1"),
    ("only whom it means", pod("p"), shunned(near()), "a1 a2 b1"),
    ("in its own namespace", pod("p", namespace="prod", **SELF), shunned(near()), "a1 a2 b1"),
    ("or in one it names", pod("p", namespace="prod", **SELF),
     shunned(near(namespaces=("prod",))), "b1"),
    ("or selects by the arriving pod's namespace", pod("p", namespace="prod", **SELF),
     shunned(near(namespace_selector=selector(env="prod"))), "b1"),
    ("NotIn is asked of its real labels", pod("p", namespace="prod", **SELF),
     shunned(near(namespace_selector=requires("env", "NotIn", "prod"))), "a1 a2 b1"),
    ("{} selects every namespace", pod("p", namespace="else", **SELF),
     shunned(near(namespace_selector=EVERY)), "b1"),
    ("an unknown namespace still has its name", pod("p", namespace="else", **SELF),
     shunned(near(namespace_selector=selector(**{"kubernetes.io/metadata.name": "else"}))), "b1"),
    ("terminating pods still shun", pod("p", **SELF),
     tuple(replace(p, terminating=True) for p in shunned(near(HOST))), "a2 b1"),
    ("a pod without selector shuns none", pod("p", **SELF), shunned(near(of=None)), "a1 a2 b1"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "incoming", "bound", "expected"), SHUNNED)
def test_symmetry(sentence: str, incoming: Pod, bound: tuple[Pod, ...], expected: str) -> None:
    assert where(incoming, bound, namespaces=PROD) == expected, sentence


def test_a_pod_that_shuns_where_the_key_is_missing_is_in_nobodys_way() -> None:
    there = shunned(near(), "bare")
    assert where(pod("p", **SELF), there, nodes=(*NODES, BARE)) == "a1 a2 b1 bare"


def test_attraction_and_aversion_hold_together() -> None:
    incoming = pod("p", affinity=(near(),), anti_affinity=(near(HOST),))
    assert where(incoming, at("a1")) == "a2"


NEGATIVE = [
    ("NotIn that refuses the namespace", requires("env", "NotIn", "prod")),
    ("DoesNotExist that does", requires("env", "DoesNotExist")),
]


@pytest.mark.parametrize(("sentence", "negative"), NEGATIVE)
def test_an_arriving_pods_denying_namespace_selector_reaches_every_namespace(
    sentence: str, negative: LabelSelector
) -> None:
    """As kube-scheduler 1.34 does it; see the docstring of the rule."""
    bound = at("a1", namespace="prod")
    term = near(namespace_selector=negative)
    assert where(averse(term), bound, namespaces=PROD) == "b1", sentence
    assert where(drawn(term), bound, namespaces=PROD) == "a1 a2", sentence
