"""NodePools that are offered have what the nodes of a group show."""

from dataclasses import replace

from tests.unit.live.objects import node, observed

from kubestow.adoption.managers import managed_nodes
from kubestow.adoption.offered_pools import offered_pools
from kubestow.model import labels as names
from kubestow.model.adoption import OfferedPool
from kubestow.model.nodepool import Launcher, NodeClass
from kubestow.testing import nodepool
from kubestow.usecases.survey import survey

from .clusters import objects_of


def offered(*items: dict) -> tuple[OfferedPool, ...]:
    seen = observed(*items)
    groups = managed_nodes(seen, survey(seen), objects_of(list(items)))
    return offered_pools(seen, groups, seen.snapshot.catalog.instance_types)


def test_types_zones_labels_taints_and_image_are_those_of_the_group() -> None:
    first, second = node("a", team="web"), node("b", "m5.large", team="web")
    for item in (first, second):
        item["status"]["nodeInfo"]["osImage"] = "Bottlerocket OS 1.52.0 (aws-k8s-1.34)"
        item["spec"]["taints"] = [{"key": "team", "value": "web", "effect": "NoSchedule"}]
    (found,) = offered(first, second)
    pool = found.pool
    assert (pool.name, pool.launched_by) == ("workers", Launcher.KARPENTER)
    assert sorted(pool.requirements.by_key[names.INSTANCE_TYPE].values) == ["m5.large", "m5.xlarge"]
    assert pool.labels == (("team", "web"),)
    assert [taint.key for taint in pool.taints] == ["team"]
    assert (found.ami_alias, pool.node_class.ami_family) == ("bottlerocket@latest", "Bottlerocket")


def test_an_image_that_is_not_known_is_left_to_be_filled_in() -> None:
    (found,) = offered(node("a"))
    assert found.ami_alias == ""


def test_nodes_of_no_group_are_offered_nothing() -> None:
    assert offered(node("a", group="")) == ()


def test_a_group_of_a_clusterconfig_has_what_the_file_says() -> None:
    seen = observed(node("a"))
    declared = nodepool(
        "workers", (names.INSTANCE_TYPE, "In", ["m5.xlarge", "m6i.xlarge"]),
        launched_by=Launcher.MANAGED_NODE_GROUP, node_class=NodeClass("workers", "AL2023"),
    )  # fmt: skip
    cluster = replace(seen.snapshot.cluster, nodepools=(declared,))
    seen = replace(seen, snapshot=replace(seen.snapshot, cluster=cluster))
    groups = managed_nodes(seen, survey(seen), objects_of([node("a")]))
    (found,) = offered_pools(seen, groups, seen.snapshot.catalog.instance_types)
    types = found.pool.requirements.by_key[names.INSTANCE_TYPE].values
    assert sorted(types) == ["m5.xlarge", "m6i.xlarge"]
    assert (found.ami_alias, found.pool.launched_by) == ("al2023@latest", Launcher.KARPENTER)
