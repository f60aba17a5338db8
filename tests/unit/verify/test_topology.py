"""Single placements: which counts refuse a pod; the order of several is test_order's."""

from typing import Any

import pytest

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm, SpreadConstraint
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))
DB = LabelSelector((SelectorRequirement("app", "In", ("db",)),))


def spread(key: str = names.ZONE, skew: int = 1, selector: Any = WEB, **facts: Any) -> Any:
    return (SpreadConstraint(key, skew, selector, **facts),)


def affinity(key: str = names.ZONE, selector: LabelSelector = DB, **facts: Any) -> Any:
    return (PodAffinityTerm(key, selector, **facts),)


def web(scene: Any, name: str, on: str, **facts: Any) -> None:
    scene.pod(name, on, labels={"app": "web"}, **facts)


def two_zones(scene: Any) -> None:
    """Zone a runs one web pod, zone b none."""
    scene.old("in-a", "a")
    scene.old("in-b", "b")
    web(scene, "there", "in-a", bound=True)


def test_a_pod_that_joins_the_emptier_domain_is_legal(scene: Any) -> None:
    two_zones(scene)
    web(scene, "p", "in-b", spread=spread())
    assert scene.found() == ()


def test_a_pod_that_exceeds_the_skew_is_found(scene: Any) -> None:
    two_zones(scene)
    web(scene, "p", "in-a", spread=spread())
    assert scene.rules() == ["PodTopologySpread"]
    assert scene.subjects() == ["default/p"]


def test_a_wider_skew_is_legal(scene: Any) -> None:
    two_zones(scene)
    web(scene, "p", "in-a", spread=spread(skew=2))
    assert scene.found() == ()


def test_a_single_existing_domain_satisfies_a_spread(scene: Any) -> None:
    scene.new("one")
    for number in range(3):
        web(scene, f"p{number}", "one", spread=spread())
    assert scene.found() == ()


def test_too_few_domains_count_as_an_empty_one(scene: Any) -> None:
    scene.new("one")
    web(scene, "p", "one", spread=spread(min_domains=2))
    assert scene.found() == ()
    web(scene, "q", "one", spread=spread(min_domains=2))
    assert scene.rules() == ["PodTopologySpread"]


def test_a_node_without_the_key_takes_no_pod_that_spreads_over_it(scene: Any) -> None:
    scene.new("one")
    web(scene, "p", "one", spread=spread("rack"))
    assert scene.rules() == ["PodTopologySpread"]


def test_nodes_without_all_topology_keys_are_not_counted(scene: Any) -> None:
    two_zones(scene)
    scene.old("racked", "a", labels={"rack": "r1"})
    web(scene, "p", "racked", spread=spread() + spread("rack"))
    assert scene.found() == ()


def test_a_terminating_pod_is_not_counted(scene: Any) -> None:
    scene.old("in-a", "a")
    scene.old("in-b", "b")
    web(scene, "leaving", "in-a", bound=True, terminating=True)
    web(scene, "p", "in-a", spread=spread())
    assert scene.found() == ()


def test_pods_of_other_namespaces_are_not_counted(scene: Any) -> None:
    two_zones(scene)
    web(scene, "p", "in-a", spread=spread(), namespace="other")
    assert scene.found() == ()


def test_the_empty_selector_counts_nobody_but_the_pod_itself(scene: Any) -> None:
    two_zones(scene)
    for number in range(3):
        web(scene, f"p{number}", "in-a", spread=spread(selector=LabelSelector()))
    assert scene.found() == ()


def test_no_selector_counts_nobody(scene: Any) -> None:
    two_zones(scene)
    web(scene, "p", "in-a", spread=spread(selector=None))
    assert scene.found() == ()


def test_a_pod_that_does_not_match_itself_adds_nothing(scene: Any) -> None:
    two_zones(scene)
    scene.pod("p", "in-a", spread=spread())
    scene.pod("q", "in-a", spread=spread())
    assert scene.found() == ()


def test_nodes_the_pod_may_not_use_are_counted_only_if_affinity_is_ignored(scene: Any) -> None:
    two_zones(scene)
    web(scene, "p", "in-a", spread=spread(), node_selector={names.ZONE: "a"})
    assert scene.found() == ()
    facts = {"spread": spread(honor_affinity=False), "node_selector": {names.ZONE: "a"}}
    web(scene, "q", "in-a", **facts)
    assert scene.subjects() == ["default/q"]


def test_tainted_nodes_are_counted_unless_taints_are_honoured(scene: Any) -> None:
    scene.old("in-a", "a")
    scene.old("in-b", "b", taints=(Taint("team", "blue", "NoSchedule"),))
    web(scene, "there", "in-a", bound=True)
    web(scene, "p", "in-a", spread=spread(honor_taints=True))
    assert scene.found() == ()
    web(scene, "q", "in-a", spread=spread())
    assert scene.subjects() == ["default/q"]


def test_a_cordoned_node_counts_for_honoured_taints_unless_it_has_the_taint(scene: Any) -> None:
    scene.old("in-a", "a")
    scene.old("in-b", "b", unschedulable=True, taints=(UNSCHEDULABLE_TAINT,))
    web(scene, "there", "in-a", bound=True)
    web(scene, "p", "in-a", spread=spread(honor_taints=True))
    assert scene.found() == ()
    scene.old("in-c", "c", unschedulable=True)
    assert scene.rules() == ["PodTopologySpread"]


def test_a_node_of_the_cluster_that_the_plan_leaves_out_is_a_domain(scene: Any) -> None:
    two_zones(scene)
    del scene.planned["in-b"]
    web(scene, "p", "in-a", spread=spread())
    assert scene.rules() == ["PodTopologySpread"]


def test_daemonset_pods_are_counted_from_the_start(scene: Any) -> None:
    scene.daemonset("agent", labels={"app": "web"}, node_selector={names.ZONE: "a"})
    scene.new("one", "a", daemonset_pods=("system/agent-one",))
    scene.new("two", "b")
    web(scene, "p", "two", spread=spread(), namespace="system")
    assert scene.found() == ()
    web(scene, "q", "one", spread=spread(), namespace="system")
    assert scene.found() == ()
    web(scene, "r", "one", spread=spread(), namespace="system")
    assert scene.subjects() == ["system/r"]


def test_a_pod_beside_the_one_it_wants_is_legal(scene: Any) -> None:
    scene.old("in-a", "a")
    scene.new("one", "a")
    scene.pod("db", "in-a", bound=True, labels={"app": "db"}, terminating=True)
    web(scene, "p", "one", affinity=affinity())
    assert scene.found() == ()


@pytest.mark.parametrize("on", ["elsewhere", "keyless"])
def test_a_pod_away_from_the_one_it_wants_is_found(scene: Any, on: str) -> None:
    scene.old("in-a", "a", labels={"rack": "r1"})
    scene.old("elsewhere", "b", labels={"rack": "r2"})
    scene.old("keyless", "a")
    scene.pod("db", "in-a", bound=True, labels={"app": "db"})
    web(scene, "p", on, affinity=affinity("rack"))
    assert scene.rules() == ["InterPodAffinity"]
    assert scene.subjects() == ["default/p"]


def test_one_pod_must_match_all_terms(scene: Any) -> None:
    tier = LabelSelector((SelectorRequirement("tier", "In", ("back",)),))
    both = affinity() + affinity(selector=tier)
    scene.old("in-a", "a")
    scene.pod("db", "in-a", bound=True, labels={"app": "db"})
    scene.pod("back", "in-a", bound=True, labels={"tier": "back"})
    web(scene, "p", "in-a", affinity=both)
    assert scene.rules() == ["InterPodAffinity"]
    scene.pod("all", "in-a", bound=True, labels={"app": "db", "tier": "back"})
    assert scene.found() == ()


def test_the_first_pod_of_a_group_that_wants_itself_is_legal(scene: Any) -> None:
    scene.new("one", "a")
    web(scene, "p", "one", affinity=affinity(selector=WEB))
    web(scene, "q", "one", affinity=affinity(selector=WEB))
    assert scene.found() == ()


def test_the_first_pod_rule_holds_once_in_the_whole_cluster(scene: Any) -> None:
    scene.new("one", "a")
    scene.new("two", "b")
    web(scene, "p", "one", affinity=affinity(selector=WEB))
    web(scene, "q", "two", affinity=affinity(selector=WEB))
    assert scene.rules() == ["InterPodAffinity"]


def test_matching_pods_on_nodes_without_the_key_do_not_block_the_first_pod(scene: Any) -> None:
    scene.old("keyless", "a")
    scene.old("racked", "a", labels={"rack": "r1"})
    web(scene, "there", "keyless", bound=True)
    web(scene, "p", "racked", affinity=affinity("rack", WEB))
    assert scene.found() == ()


def test_a_lone_pod_that_wants_others_is_found(scene: Any) -> None:
    scene.new("one")
    web(scene, "p", "one", affinity=affinity())
    assert scene.rules() == ["InterPodAffinity"]
