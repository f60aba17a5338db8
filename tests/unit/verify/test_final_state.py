from typing import Any

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm, SelectorRequirement


def test_bound_pods_stand_on_their_own_node_whatever_the_plan_says(scene: Any) -> None:
    scene.old("old", allocatable={"cpu": 100, "pods": 9})
    scene.pod("there", "old", bound=True)
    scene.change("old", pods=())
    scene.pod("p", "old")
    assert scene.rules() == ["Accounting", "NodeResourcesFit"]


def test_an_existing_nodes_room_is_the_clusters_word_not_the_plans(scene: Any) -> None:
    scene.old("old", allocatable={"cpu": 50, "pods": 9})
    scene.change("old", allocatable=(("cpu", 5000), ("pods", 9)))
    scene.pod("p", "old")
    assert scene.rules() == ["Node", "NodeResourcesFit"]


def test_labels_that_only_anti_affinity_reads_are_kept(scene: Any) -> None:
    blue = LabelSelector((SelectorRequirement("team", "Exists"),))
    scene.new("one")
    scene.pod("p", "one", labels={"team": "blue", "odd": "x"})
    scene.pod("q", "one", anti_affinity=(PodAffinityTerm(names.HOSTNAME, blue),))
    assert scene.rules() == ["InterPodAffinity"]


def test_an_affinity_on_the_nodes_name_is_read_node_by_node(scene: Any) -> None:
    named = SelectorRequirement("metadata.name", "In", ("one",))
    scene.new("one")
    scene.new("two")
    scene.pod("p", "one", node_affinity=(NodeSelectorTerm((), (named,)),))
    assert scene.found() == ()
    scene.pod("q", "two", node_affinity=(NodeSelectorTerm((), (named,)),))
    assert scene.subjects() == ["default/q"]
