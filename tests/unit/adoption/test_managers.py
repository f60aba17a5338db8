"""Which manager each node has follows from what the node and the cluster show."""

import pytest
from tests.unit.live.objects import node, observed

from kubestow.adoption.managers import (
    explicit_groups,
    groups_of_kubestow,
    kept_groups,
    managed_group_of,
    managed_nodes,
    values_of,
)
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
        (("--nodes=1:10:eks-workers-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f",), {"w-1", "w-2"}),
        (("--nodes", "0:3:eksctl-shop-nodegroup-system-NodeGroup-1X"), {"system-1"}),
        (("--nodes=1:10:other",), set()),
        (("--nodes=1:10:eks-workers-5ac1", "--nodes=1:1:eks-system-b-5ac1"), set()),
        (("--nodes=0:3:eksctl-shop-nodegroup-system-b-NodeGroup-1X",), set()),
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


def test_groups_of_all_autoscalers_count() -> None:
    there = [item for item in under_autoscaler() if item["kind"] != "Deployment"]
    both = [deployment("cluster-autoscaler", space, args=(f"--nodes=1:9:{group}",))
            for space, group in (("a", "workers"), ("b", "system"))]  # fmt: skip
    assert set(managers(*there, *both).values()) == {"Cluster Autoscaler"}


def test_a_mirrored_image_of_karpenter_is_known() -> None:
    mirrored = deployment("nodes", image="registry.example.com/mirror/karpenter:1.14@sha256:1")
    assert objects_of([mirrored]).deployment(Manager.KARPENTER) is not None


def test_least_sizes_are_read_from_the_list() -> None:
    assert explicit_groups(["--nodes=2:9:a", "--nodes", "x:1:b", "--v=4"]) == {"a": 2}


def test_a_name_that_eks_gives_is_of_that_group_alone() -> None:
    name = "eks-web-2-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f"
    assert managed_group_of(name) == "web-2"
    assert managed_group_of("eksctl-shop-nodegroup-web") == ""
    there = [node("a", group="web"), node("b", group="web-2")]
    found = managers(*there, deployment("cluster-autoscaler", args=(f"--nodes=0:4:{name}",)))
    assert found == {"a": "nobody", "b": "Cluster Autoscaler"}


def test_groups_that_an_acting_kubestow_is_given_are_its_own() -> None:
    args = ("run", "--mode", "act", "--node-group", "workers", "--node-group=batch")
    acting = deployment("kubestow-controller", "kubestow", args=args)
    dry = deployment("kubestow-controller", "kubestow", args=("--mode=dry-run", *args[3:]))
    assert groups_of_kubestow(objects_of([acting])) == ("workers", "batch")
    assert groups_of_kubestow(objects_of([dry])) == ("workers", "batch")
    assert groups_of_kubestow(objects_of([dry]), acting=True) == ()
    assert groups_of_kubestow(objects_of([])) == ()
    assert managers(*under_autoscaler(acting))["w-1"] == "kubestow"
    assert managers(*under_autoscaler(dry))["w-1"] == "Cluster Autoscaler"


def test_kept_are_managed_groups_also_those_without_nodes_that_are_listed() -> None:
    name = "eks-spare-0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f"
    autoscaler = deployment(
        "cluster-autoscaler", args=("--nodes=1:4:workers", f"--nodes=0:4:{name}")
    )
    there = [item for item in under_autoscaler() if item["kind"] != "Deployment"]
    seen, objects = observed(*there), objects_of([*there, autoscaler])
    groups = managed_nodes(seen, survey(seen), objects)
    own = objects.deployment(Manager.CLUSTER_AUTOSCALER)
    assert kept_groups(groups, own, ()) == ("workers", "spare")
    assert kept_groups(groups, own, ("workers",)) == ("spare",)


def test_values_are_one_word_or_two() -> None:
    assert values_of(["--a=1", "--a", "2", "--ab=3"], "--a") == ["1", "2"]


def test_a_group_counts_pods_that_would_move_and_what_its_nodes_cost() -> None:
    seen = observed(*under_karpenter())
    objects = objects_of(under_karpenter())
    found = managed_nodes(seen, survey(seen), objects)
    (group,) = [item for item in found if item.manager is Manager.KARPENTER]
    assert (group.pods, group.nano_usd_per_hour, group.unpriced) == (4, 384_000_000, 0)
