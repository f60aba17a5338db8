"""A node, and what is found of it once."""

from dataclasses import replace

from kubestow.model.node import Node
from kubestow.model.taints import AVOIDED_TAINT, UNSCHEDULABLE_TAINT, Taint
from kubestow.testing import node


def test_what_is_found_of_a_node_is_found_once_and_not_kept_by_a_copy() -> None:
    node = Node("n", (), (("cpu", 2),))
    asked: list[str] = []

    def name_of(found: Node) -> str:
        asked.append(found.name)
        return found.name

    def cpu_of(found: Node) -> int:
        return dict(found.allocatable)["cpu"]

    assert (node.once(name_of), node.once(cpu_of), node.once(name_of)) == ("n", 2, "n")
    assert asked == ["n"]
    assert replace(node, name="m").once(name_of) == "m"


def test_a_nodes_region_is_its_labels_or_its_zones() -> None:
    labels = {"topology.kubernetes.io/region": "eu-west-1"}
    assert node("n", labels=labels).region == "eu-west-1"
    assert node("n", labels={"failure-domain.beta.kubernetes.io/region": "x"}).region == "x"
    assert node("n", zone="us-west-2-lax-1a").region == "us-west-2"
    assert node("n").region == ""


def test_an_opened_node_has_neither_its_cordon_nor_the_taint_of_the_cordon() -> None:
    own = Taint("team", "a", "NoSchedule")
    held = node("n", unschedulable=True, taints=(own, UNSCHEDULABLE_TAINT))
    assert held.opened == node("n", taints=(own,))


def test_an_avoided_node_has_a_taint_more_and_one_that_is_so_already_is_the_same() -> None:
    own = Taint("team", "a", "NoSchedule")
    open_one = node("n", taints=(own,))
    avoided = open_one.avoided(on=True)
    assert avoided == node("n", taints=(own, AVOIDED_TAINT))
    assert (avoided.is_avoided, open_one.is_avoided) == (True, False)
    assert avoided.avoided(on=False) == open_one
    assert avoided.avoided(on=True) is avoided
    assert open_one.avoided(on=False) is open_one
