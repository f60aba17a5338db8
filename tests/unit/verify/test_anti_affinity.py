from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector, SelectorRequirement

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))
HOST = (PodAffinityTerm(names.HOSTNAME, WEB),)
ZONE = (PodAffinityTerm(names.ZONE, WEB),)


def web(scene: Any, name: str, on: str, **facts: Any) -> None:
    scene.pod(name, on, labels={"app": "web"}, **facts)


def test_replicas_that_keep_apart_on_their_own_nodes_are_legal(scene: Any) -> None:
    scene.new("one")
    scene.new("two")
    web(scene, "p", "one", anti_affinity=HOST)
    web(scene, "q", "two", anti_affinity=HOST)
    assert scene.found() == ()


def test_replicas_that_keep_apart_on_one_node_are_found(scene: Any) -> None:
    scene.new("one")
    web(scene, "p", "one", anti_affinity=HOST)
    web(scene, "q", "one", anti_affinity=HOST)
    assert scene.rules() == ["InterPodAffinity"]
    assert scene.subjects() == ["default/p", "default/q"]


def test_replicas_that_keep_apart_in_one_zone_are_found(scene: Any) -> None:
    scene.new("one", "a")
    scene.new("two", "a")
    web(scene, "p", "one", anti_affinity=ZONE)
    web(scene, "q", "two", anti_affinity=ZONE)
    assert scene.rules() == ["InterPodAffinity"]


def test_a_pod_may_match_its_own_term(scene: Any) -> None:
    scene.new("one")
    web(scene, "p", "one", anti_affinity=HOST)
    assert scene.found() == ()


def test_a_bound_pods_term_keeps_a_newcomer_away(scene: Any) -> None:
    scene.old("old", "a")
    scene.new("near", "a")
    scene.new("far", "b")
    scene.pod("shy", "old", bound=True, anti_affinity=ZONE)
    web(scene, "q", "far")
    assert scene.found() == ()
    web(scene, "p", "near")
    assert scene.rules() == ["InterPodAffinity"]
    assert scene.subjects() == ["default/p"]


def test_a_newcomers_term_is_broken_by_a_bound_pod_even_if_it_terminates(scene: Any) -> None:
    scene.old("old")
    scene.new("one")
    web(scene, "p", "old", bound=True, terminating=True)
    scene.pod("shy", "one", anti_affinity=ZONE)
    assert scene.subjects() == ["default/shy"]


def test_bound_pods_that_met_before_are_nobodys_fault(scene: Any) -> None:
    scene.old("old")
    web(scene, "p", "old", bound=True, anti_affinity=HOST)
    web(scene, "q", "old", bound=True, anti_affinity=HOST)
    assert scene.found() == ()


def test_a_node_without_the_key_is_no_domain(scene: Any) -> None:
    rack = (PodAffinityTerm("rack", WEB),)
    scene.new("one")
    web(scene, "p", "one", anti_affinity=rack)
    web(scene, "q", "one", anti_affinity=rack)
    assert scene.found() == ()


def test_a_daemonsets_pod_is_in_the_way_of_a_pod_that_shuns_it(scene: Any) -> None:
    scene.daemonset("agent", labels={"app": "web"})
    scene.new("one", daemonset_pods=("system/agent-one",))
    assert scene.found() == ()
    term = PodAffinityTerm(names.HOSTNAME, WEB, ("system",))
    scene.pod("shy", "one", anti_affinity=(term,))
    assert scene.subjects() == ["default/shy"]


def test_a_daemonset_that_shuns_itself_in_a_zone_is_not_the_plans_fault(scene: Any) -> None:
    scene.daemonset("agent", labels={"app": "web"}, anti_affinity=ZONE)
    scene.new("one", daemonset_pods=("system/agent-one",))
    scene.new("two", daemonset_pods=("system/agent-two",))
    assert scene.found() == ()
