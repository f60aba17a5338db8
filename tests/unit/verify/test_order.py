from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm, SpreadConstraint
from kubestow.model.selectors import LabelSelector, SelectorRequirement

WEB = LabelSelector((SelectorRequirement("app", "In", ("web",)),))
ZONE = (SpreadConstraint(names.ZONE, 1, WEB),)
BOTH = (*ZONE, SpreadConstraint(names.HOSTNAME, 1, WEB))
BESIDE = (PodAffinityTerm(names.ZONE, WEB),)


def web(scene: Any, name: str, on: str, **facts: Any) -> None:
    scene.pod(name, on, labels={"app": "web"}, **facts)


def zones(scene: Any, *names: str) -> None:
    for name in names:
        scene.new(f"{name}-1", name, "m9.xlarge")


def test_a_balanced_plan_has_an_order_however_its_pods_are_listed(scene: Any) -> None:
    zones(scene, "a", "b", "c")
    for zone in "abc":
        for number in range(5):
            web(scene, f"{zone}{number}", f"{zone}-1", spread=ZONE)
    web(scene, "one-more", "b-1", spread=ZONE)
    assert scene.found() == ()


def test_an_unbalanced_plan_has_none(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(3):
        web(scene, f"a{number}", "a-1", spread=ZONE)
    web(scene, "b0", "b-1", spread=ZONE)
    assert scene.rules() == ["PodTopologySpread"]
    assert len(scene.subjects()) == 1


def test_pods_that_spread_over_zones_and_hosts_have_an_order(scene: Any) -> None:
    for zone in "abc":
        for host in range(3):
            scene.new(f"{zone}-{host}", zone)
    for zone in "abc":
        for host in range(3):
            for number in range(2):
                web(scene, f"{zone}{host}{number}", f"{zone}-{host}", spread=BOTH)
    assert scene.found() == ()


def test_unconstrained_pods_come_last_where_they_would_be_in_the_way(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(4):
        web(scene, f"free{number}", "a-1")
    web(scene, "held-a", "a-1", spread=ZONE)
    web(scene, "held-b", "b-1", spread=ZONE)
    assert scene.found() == ()


def test_unconstrained_pods_come_earlier_where_they_help(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(4):
        web(scene, f"held{number}", "a-1", spread=ZONE)
        web(scene, f"free-a{number}", "a-1")
    for number in range(3):
        web(scene, f"free-b{number}", "b-1")
    assert scene.found() == ()
    web(scene, "too-many", "a-1", spread=ZONE)
    assert scene.rules() == ["PodTopologySpread"]


def test_pods_with_affinity_do_not_get_in_the_way_of_those_that_spread(scene: Any) -> None:
    zones(scene, "a", "b")
    for number in range(3):
        web(scene, f"a-drawn{number}", "a-1", affinity=BESIDE)
    web(scene, "held-a", "a-1", spread=ZONE)
    web(scene, "held-b", "b-1", spread=ZONE)
    assert scene.found() == ()


def test_a_chain_of_pods_that_follow_each_other_has_an_order(scene: Any) -> None:
    scene.new("one")
    for number in range(5, 0, -1):
        wanted = LabelSelector((SelectorRequirement("link", "In", (str(number - 1),)),))
        terms = (PodAffinityTerm(names.HOSTNAME, wanted),)
        scene.pod(f"p{number}", "one", labels={"link": str(number)}, affinity=terms)
    assert "InterPodAffinity" in scene.rules()
    scene.pod("p0", "one", labels={"link": "0"})
    assert scene.found() == ()


def test_the_pod_that_must_come_first_is_found_by_trying_again(scene: Any) -> None:
    zones(scene, "a", "b")
    web(scene, "b-drawn", "b-1", affinity=BESIDE)
    web(scene, "a-drawn", "a-1", affinity=BESIDE)
    assert scene.rules() == ["InterPodAffinity"]
    web(scene, "b-free", "b-1")
    assert scene.found() == ()


def test_stateful_pods_with_labels_of_their_own_share_a_count(scene: Any) -> None:
    zones(scene, "a", "b")
    for number, zone in enumerate("abab"):
        labels = {"app": "web", "index": str(number)}
        scene.pod(f"p{number}", f"{zone}-1", labels=labels, spread=ZONE)
    assert scene.found() == ()
    scene.pod("p4", "a-1", labels={"app": "web", "index": "4"}, spread=ZONE)
    scene.pod("p5", "a-1", labels={"app": "web", "index": "5"}, spread=ZONE)
    assert scene.rules() == ["PodTopologySpread"]
