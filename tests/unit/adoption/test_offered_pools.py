"""NodePools that are offered have what the nodes of a group show."""

from tests.unit.live.objects import node, observed

from kubestow.adoption.managers import managed_nodes
from kubestow.adoption.offered_pools import offered_pools
from kubestow.model import labels as names
from kubestow.model.adoption import OfferedPool
from kubestow.model.nodepool import Launcher
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
