"""What nodes tell of the pools that they were launched from."""

import pytest
from tests.unit.live.objects import Object, node, observed, pod, reservation

from kubestow.catalog.observed_pools import (
    SOURCE,
    as_in_use,
    group_of,
    observed_pools,
    with_any_kind,
    with_reserved_types,
    with_spot,
)
from kubestow.model import labels as names
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Snapshot
from kubestow.model.survey import LaunchGroup

CATEGORY = "karpenter.k8s.aws/instance-category"


def state(*objects: Object) -> Snapshot:
    return observed(*objects, pod("web")).snapshot


def pools(*objects: Object) -> tuple[NodePool, ...]:
    seen = state(*objects)
    return observed_pools(seen.cluster, seen.catalog.instance_types)


def values(pool: NodePool, key: str) -> set[str]:
    asked = pool.requirements.get(key)
    return set() if asked is None else set(asked.values)


@pytest.mark.parametrize(
    ("labels", "group"),
    [
        ({names.NODEPOOL: "a"}, LaunchGroup("NodePool", "a")),
        ({names.EKS_NODE_GROUP: "b"}, LaunchGroup("managed node group", "b")),
        ({names.EKSCTL_NODE_GROUP: "c"}, LaunchGroup("self-managed node group", "c")),
        ({}, LaunchGroup()),
    ],
)
def test_labels_tell_who_launched_a_node(labels: dict[str, str], group: LaunchGroup) -> None:
    assert group_of(labels, ()) == group


def test_a_group_is_of_the_types_zones_and_capacity_types_of_its_nodes() -> None:
    other = {"topology.kubernetes.io__zone": "us-east-1b"}
    (found,) = pools(node("a"), node("b", "m5.large", **other))
    assert found.source == SOURCE
    assert values(found, names.INSTANCE_TYPE) == {"m5.xlarge", "m5.large"}
    assert values(found, names.ZONE) == {"us-east-1a", "us-east-1b"}
    assert values(found, names.CAPACITY_TYPE) == {"on-demand"}


def test_a_group_has_the_labels_and_taints_that_all_its_nodes_have() -> None:
    first, second = (node(name, team="data") for name in "ab")
    for each in (first, second):
        each["spec"]["taints"] = [{"key": "team", "value": "data", "effect": "NoSchedule"}]
    first["metadata"]["labels"]["only"] = "here"
    unready = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}
    first["spec"]["taints"].append(unready)
    (found,) = pools(first, second)
    assert found.labels == (("team", "data"),)
    assert [taint.key for taint in found.taints] == ["team"]


def test_nodes_of_no_group_and_of_unknown_types_tell_of_none() -> None:
    lone, odd = node("a"), node("b")
    del lone["metadata"]["labels"]["eks.amazonaws.com/nodegroup"]
    odd["metadata"]["labels"]["node.kubernetes.io/instance-type"] = "zz9.large"
    assert pools(lone, odd) == ()


def test_a_group_may_become_of_any_ordinary_kind_but_burstable() -> None:
    seen = state(node("a"))
    found = observed_pools(seen.cluster, seen.catalog.instance_types)
    (free,) = with_any_kind(found, seen.catalog.instance_types)
    assert values(free, CATEGORY) == {"c", "m", "r"}
    assert values(free, names.ARCH) == {"amd64"}
    assert values(free, names.INSTANCE_TYPE) == set()
    assert values(free, names.ZONE) == {"us-east-1a"}


def test_a_pool_in_use_is_kept_to_what_its_nodes_are() -> None:
    seen = state(node("a"))
    found = observed_pools(seen.cluster, seen.catalog.instance_types)
    free = with_any_kind(found, seen.catalog.instance_types)
    (kept,) = as_in_use(free, seen.cluster.nodes)
    assert values(kept, names.INSTANCE_TYPE) == {"m5.xlarge"}
    assert as_in_use((NodePool("without-nodes"),), seen.cluster.nodes) == ()


def test_with_spot_every_pool_launches_both() -> None:
    (found,) = with_spot(pools(node("a")))
    assert values(found, names.CAPACITY_TYPE) == {"on-demand", "spot"}


def test_node_groups_launch_reserved_nodes_of_any_type_and_nodepools_what_they_require() -> None:
    seen = state(node("a"))
    types = seen.catalog.instance_types
    known = (*with_any_kind(observed_pools(seen.cluster, types), types), NodePool("own"))
    assert with_reserved_types(known, ()) == known
    group, own = with_reserved_types(known, [reservation(1, instance_type="m6i.large")])
    assert values(group, names.INSTANCE_TYPE) == {"m6i.large"}
    assert values(group, CATEGORY) == values(group, names.CURRENT_GENERATION) == set()
    assert values(group, names.ARCH) == {"amd64"}
    assert own == NodePool("own")
