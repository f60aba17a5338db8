"""Which manager each node has follows from what the node and the cluster show."""

import pytest
from tests.unit.live.objects import node, observed

from kubestow.adoption.managers import explicit_groups, managed_nodes
from kubestow.model.adoption import Manager
from kubestow.usecases.survey import survey

from .clusters import (
    claim,
    deployment,
    karpenter_node,
    objects_of,
    own_node,
    under_autoscaler,
    under_karpenter,
)


def managers(*items: dict) -> dict[str, str]:
    seen, objects = observed(*items), objects_of(list(items))
    groups = managed_nodes(seen, survey(seen), objects)
    return {name: str(group.manager) for group in groups for name in group.nodes}


def test_karpenters_nodes_are_told_from_static_ones_and_from_kubestows() -> None:
    assert managers(*under_karpenter(own_node("own"))) == {
        "system-1": "nobody",
        "system-2": "nobody",
        "k-1": "Karpenter",
        "k-2": "Karpenter",
        "own": "kubestow",
    }


def test_a_nodeclaim_alone_shows_karpenter() -> None:
    bare = node("a", group="")
    assert managers(bare, claim("c", "a")) == {"a": "Karpenter"}
    assert managers(bare) == {"a": "nobody"}


def test_auto_mode_and_fargate_are_known_by_their_label() -> None:
    auto = karpenter_node("auto", pool="general-purpose")
    auto["metadata"]["labels"]["eks.amazonaws.com/compute-type"] = "auto"
    pods = node("pods", group="", eks__x="")
    pods["metadata"]["labels"]["eks.amazonaws.com/compute-type"] = "fargate"
    assert managers(auto, pods) == {"auto": "EKS Auto Mode", "pods": "Fargate"}


def test_groups_are_nobodys_without_an_autoscaler() -> None:
    there = under_autoscaler()
    assert set(managers(*there).values()) == {"Cluster Autoscaler"}
    without = [item for item in there if item["kind"] != "Deployment"]
    assert set(managers(*without).values()) == {"nobody"}


@pytest.mark.parametrize(
    ("args", "scaled"),
    [
        (("--nodes=1:10:eks-workers-5ac1",), {"w-1", "w-2"}),
        (("--nodes", "0:3:eksctl-shop-nodegroup-system-NodeGroup-1X"), {"system-1"}),
        (("--nodes=1:10:other",), set()),
        (
            ("--node-group-auto-discovery=asg:tag=x", "--nodes=1:1:other"),
            {"w-1", "w-2", "system-1"},
        ),
        ((), {"w-1", "w-2", "system-1"}),
    ],
)
def test_groups_that_are_listed_are_the_autoscalers(args: tuple[str, ...], scaled: set) -> None:
    there = [item for item in under_autoscaler() if item["kind"] != "Deployment"]
    found = managers(*there, deployment("cluster-autoscaler", args=args))
    assert {name for name, who in found.items() if who == "Cluster Autoscaler"} == scaled


def test_least_sizes_are_read_from_the_list() -> None:
    assert explicit_groups(["--nodes=2:9:a", "--nodes", "x:1:b", "--v=4"]) == {"a": 2}


def test_a_group_counts_pods_that_would_move_and_what_its_nodes_cost() -> None:
    seen = observed(*under_karpenter())
    objects = objects_of(under_karpenter())
    found = managed_nodes(seen, survey(seen), objects)
    (group,) = [item for item in found if item.manager is Manager.KARPENTER]
    assert (group.pods, group.nano_usd_per_hour, group.unpriced) == (4, 384_000_000, 0)
