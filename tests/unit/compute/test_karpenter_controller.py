"""Karpenter's own pods: two nodes that are not its own."""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.karpenter_controller import controller
from kubestow.testing import pod, snapshot


def test_its_two_pods_are_on_two_nodes() -> None:
    (part,) = controller(ComparisonCase(snapshot([pod("web")])))
    assert part.part == "fees"
    assert part.name.startswith("Karpenter's own two pods, 2 nodes (")
    assert part.nano_usd_per_hour > 0


def test_where_the_input_has_them_nothing_is_added() -> None:
    assert not list(controller(ComparisonCase(snapshot([pod("karpenter-5d-x")]))))
