"""InterPodAffinity: near which pods a pod must run, and away from which, on both sides."""

from dataclasses import replace
from typing import Any

import pytest
from tests.verdicts import PASSES, context_of, unresolvable, unschedulable, verdicts

from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.pod import Pod, PodAffinityTerm
from kubestow.model.selectors import LabelSelector
from kubestow.scheduling.filters import inter_pod_affinity
from kubestow.scheduling.filters.inter_pod_affinity import AFFINITY, ANTI_AFFINITY, EXISTING
from kubestow.testing import affinity_term, node, pod, selector

A, B = node("a", zone="zone-a"), node("b", zone="zone-b")
NODES = (A, B, node("b2", zone="zone-b"))
FAR, TOO_NEAR, UNWANTED = (
    unresolvable(AFFINITY), unschedulable(ANTI_AFFINITY), unschedulable(EXISTING)
)  # fmt: skip
DB, CACHE = affinity_term(names.ZONE, app="db"), affinity_term(names.ZONE, tier="cache")
WEB = affinity_term(names.ZONE, app="web")
BY_HOST = affinity_term(names.HOSTNAME, app="db")
BY_RACK = affinity_term("rack", app="db")


def near(*terms: PodAffinityTerm, **facts: Any) -> Pod:
    return pod("p", affinity=terms, **facts)


def away(*terms: PodAffinityTerm, **facts: Any) -> Pod:
    return pod("p", anti_affinity=terms, **facts)


def db(on: str = "b", **facts: Any) -> Pod:
    return pod("db", node=on, labels={"app": "db"} | facts.pop("more", {}), **facts)


ME = {"labels": {"app": "db"}}
Case = tuple[str, Pod, tuple[Pod, ...], list[str]]
NEAR: list[Case] = [
    ("the zone of the pod it wants", near(DB), (db(),), [FAR, PASSES, PASSES]),
    ("the node of the pod it wants", near(BY_HOST), (db(),), [FAR, PASSES, FAR]),
    ("no such pod anywhere", near(DB), (), [FAR, FAR, FAR]),
    ("no node has the key", near(BY_RACK), (db(),), [FAR, FAR, FAR]),
    ("a pod that is terminating counts", near(DB), (replace(db(), terminating=True),),
     [FAR, PASSES, PASSES]),
    ("one pod that matches both terms", near(DB, CACHE), (db(more={"tier": "cache"}),),
     [FAR, PASSES, PASSES]),
    ("two pods that match a term each are not enough", near(DB, CACHE),
     (db(), pod("c", node="b", labels={"tier": "cache"})), [FAR, FAR, FAR]),
    ("the first of its group may go anywhere", near(DB, **ME), (), [PASSES, PASSES, PASSES]),
    ("not where the key is missing", near(BY_RACK, **ME), (), [FAR, FAR, FAR]),
    ("the second goes to the first", near(DB, **ME), (db(),), [FAR, PASSES, PASSES]),
    ("it must match all its terms to be the first", near(DB, CACHE, **ME), (), [FAR, FAR, FAR]),
    ("pods of another namespace do not count", near(DB), (db(namespace="other"),),
     [FAR, FAR, FAR]),
    ("nor for who is the first", near(DB, **ME), (db(namespace="other"),),
     [PASSES, PASSES, PASSES]),
]  # fmt: skip
AWAY: list[Case] = [
    ("the zone of the pod it avoids", away(DB), (db(),), [PASSES, TOO_NEAR, TOO_NEAR]),
    ("the node of the pod it avoids", away(BY_HOST), (db(),), [PASSES, TOO_NEAR, PASSES]),
    ("no node has the key", away(BY_RACK), (db(),), [PASSES, PASSES, PASSES]),
    ("no such pod", away(DB), (), [PASSES, PASSES, PASSES]),
    (
        "each of two terms refuses",
        away(DB, CACHE),
        (pod("c", node="a", labels={"tier": "cache"}),),
        [TOO_NEAR, PASSES, PASSES],
    ),
    (
        "a pod that is terminating counts",
        away(DB),
        (replace(db(), terminating=True),),
        [PASSES, TOO_NEAR, TOO_NEAR],
    ),
    (
        "pods of another namespace do not count",
        away(DB),
        (db(namespace="other"),),
        [PASSES, PASSES, PASSES],
    ),
]
SYMMETRIC: list[Case] = [
    ("a pod there avoids it", pod("p", labels={"app": "web"}), (db(anti_affinity=(WEB,)),),
     [PASSES, UNWANTED, UNWANTED]),
    ("a pod there avoids others", pod("p"), (db(anti_affinity=(WEB,)),), [PASSES, PASSES, PASSES]),
    ("a pod there avoids those of its own namespace",
     pod("p", labels={"app": "web"}, namespace="other"), (db(anti_affinity=(WEB,)),),
     [PASSES, PASSES, PASSES]),
    ("a pod there that wants others near does not keep them away",
     pod("p", labels={"app": "web"}), (db(affinity=(DB,)),), [PASSES, PASSES, PASSES]),
    ("a node has one reason where both sides avoid each other",
     away(DB, labels={"app": "web"}), (db(anti_affinity=(WEB,)),), [PASSES, TOO_NEAR, TOO_NEAR]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "item", "there", "expected"), [*NEAR, *AWAY, *SYMMETRIC])
def test_a_pod_and_the_pods_there(
    sentence: str, item: Pod, there: tuple[Pod, ...], expected: list[str]
) -> None:
    assert verdicts(inter_pod_affinity, item, NODES, *there) == expected, sentence


RACKED: tuple[Node, ...] = (node("a", labels={"rack": "1"}), node("b"))


def test_a_matching_pod_on_a_node_without_the_key_does_not_stop_the_first_of_a_group() -> None:
    found = verdicts(inter_pod_affinity, near(BY_RACK, **ME), RACKED, db(on="b"))
    assert found == [PASSES, FAR]
    found = verdicts(
        inter_pod_affinity,
        near(BY_RACK, **ME),
        (*RACKED, node("c", labels={"rack": "2"})),
        db(on="c"),
    )
    assert found == [FAR, FAR, PASSES]


def of(**namespaces: Any) -> PodAffinityTerm:
    return PodAffinityTerm(names.ZONE, selector(app="db"), **namespaces)


TEAM = {"other": (("team", "x"),)}
NAMESPACES = [
    ("its own if it names none", of(), [PASSES, PASSES]),
    ("those it names", of(namespaces=("other",)), [PASSES, TOO_NEAR]),
    ("those whose labels it selects", of(namespace_selector=selector(team="x")),
     [PASSES, TOO_NEAR]),
    ("not those whose labels it does not select", of(namespace_selector=selector(team="y")),
     [PASSES, PASSES]),
    ("those it names and those it selects",
     of(namespaces=("third",), namespace_selector=selector(team="x")), [PASSES, TOO_NEAR]),
    ("all for the empty selector", of(namespace_selector=LabelSelector()), [PASSES, TOO_NEAR]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "term", "expected"), NAMESPACES)
def test_a_term_looks_at_namespaces(
    sentence: str, term: PodAffinityTerm, expected: list[str]
) -> None:
    there = db(namespace="other")
    assert verdicts(inter_pod_affinity, away(term), (A, B), there, namespaces=TEAM) == expected


def test_a_pod_there_selects_the_namespace_of_the_pod_that_comes_by_its_labels() -> None:
    term = PodAffinityTerm(names.ZONE, selector(app="web"), (), selector(team="x"))
    item = pod("p", labels={"app": "web"}, namespace="other")
    found = verdicts(inter_pod_affinity, item, (A, B), db(anti_affinity=(term,)), namespaces=TEAM)
    assert found == [PASSES, UNWANTED]
    assert verdicts(inter_pod_affinity, item, (A, B), db(anti_affinity=(term,))) == [PASSES, PASSES]


def test_affinity_aims_at_the_classes_that_match_all_its_terms() -> None:
    context = context_of(
        near(DB, CACHE),
        NODES,
        (db(), db(more={"tier": "cache"}), pod("c", labels={"tier": "cache"})),
    )
    targets = inter_pod_affinity.affinity_targets(
        context.template, "default", context.cache.selection
    )
    assert [dict(context.cache.kinds[n].labels) for n in targets] == [
        {"app": "db", "tier": "cache"}
    ]
