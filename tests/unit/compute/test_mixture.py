"""Mixtures: pods in two parts, and where none is planned."""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.compute.mixture import obstacles, system_on_node_group
from kubestow.testing import node, pod, replicas, snapshot

PODS = (*replicas(3, "web", "1"), pod("dns", namespace="kube-system"))


def test_both_parts_are_run_with_one_control_plane() -> None:
    found = system_on_node_group(ComparisonCase(snapshot(PODS)), NodeGroups())
    assert found is not None
    assert found.pods == 4
    assert sum(part.part == "control plane" for part in found.costs) == 1
    assert len(found.plans) == 2


def test_there_is_no_mixture_of_one_part() -> None:
    for pods in (PODS[:3], PODS[3:]):
        assert system_on_node_group(ComparisonCase(snapshot(pods)), NodeGroups()) is None


def test_parts_that_would_share_nodes_are_not_planned_and_said() -> None:
    case = ComparisonCase(snapshot(PODS, nodes=(node("there", "4", "16Gi"),)))
    assert system_on_node_group(case, NodeGroups()) is None
    assert "share the nodes" in obstacles(case)[0]
