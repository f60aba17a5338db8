"""Managed node groups of ClusterConfigs as NodePools, and what is said of mistakes."""

from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.eksctl.node_pools import with_node_groups
from kubestow.model import labels as names
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import GIB, DesiredNodes, NodePool
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint
from kubestow.testing import nodepool, pod

HEAD = """apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: shop, region: ap-northeast-2}
availabilityZones: [ap-northeast-2a, ap-northeast-2c]
"""
FULL = """
managedNodeGroups:
  - name: web
    amiFamily: Bottlerocket
    instanceTypes: [m6i.large, m5.large]
    spot: true
    availabilityZones: [ap-northeast-2a]
    minSize: 2
    desiredCapacity: 3
    maxSize: 5
    volumeSize: 60
    volumeType: gp3
    maxPodsPerNode: 40
    labels: {team: a, karpenter.sh/capacity-type: spot}
    taints: [{key: dedicated, value: web, effect: NoSchedule}]
    iam: {instanceRoleARN: "arn:aws:iam::111122223333:role/nodes"}
"""


def read(folder: Path, body: str, cluster: Cluster | None = None, **options: Any) -> Cluster:
    path = folder / "cluster.yaml"
    path.write_text(HEAD + body)
    options.setdefault("from_scratch", False)
    return with_node_groups(cluster or Cluster(), [str(path)], **options)


def group(folder: Path, fields: str, **options: Any) -> NodePool:
    body = f"managedNodeGroups: [{{name: web, {fields}}}]"
    (found,) = read(folder, body, **options).nodepools
    return found


def values(pool: NodePool, key: str) -> set[str]:
    item = pool.requirements.get(key)
    assert item is not None
    return set(item.values)


def test_a_group_is_a_pool_of_its_offerings_up_to_its_largest_size(tmp_path: Path) -> None:
    cluster = read(tmp_path, FULL)
    (pool,) = cluster.nodepools
    assert cluster.regions == ("ap-northeast-2",)
    assert values(pool, names.INSTANCE_TYPE) == {"m6i.large", "m5.large"}
    assert values(pool, names.CAPACITY_TYPE) == {"spot"}
    assert values(pool, names.ZONE) == {"ap-northeast-2a"}
    assert pool.limits == (("nodes", 5),)
    assert pool.desired == (DesiredNodes("m6i.large", "ap-northeast-2a", "spot", 3),)
    assert pool.taints == (Taint("dedicated", "web", "NoSchedule"),)
    assert ("team", "a") in pool.labels
    node_class = pool.node_class
    assert (node_class.ami_family, node_class.max_pods) == ("Bottlerocket", 40)
    assert (node_class.root_volume_bytes, node_class.block_devices) == (60 * GIB, 2)


def test_what_a_group_does_not_say_is_what_eksctl_takes(tmp_path: Path) -> None:
    pool = group(tmp_path, "privateNetworking: true")
    assert values(pool, names.INSTANCE_TYPE) == {"m5.large"}
    assert values(pool, names.ZONE) == {"ap-northeast-2a", "ap-northeast-2c"}
    assert pool.desired == (DesiredNodes("m5.large", "", "on-demand", 2),)
    assert pool.limits == (("nodes", 2),)
    assert pool.node_class.root_volume_bytes == 80 * GIB
    assert pool.node_class.ami_family == "AL2023"


@pytest.mark.parametrize(
    ("fields", "desired", "most"),
    [
        ("minSize: 1, maxSize: 4", 1, 4),
        ("desiredCapacity: 3", 3, 3),
        ("maxSize: 1", 1, 1),
        ("minSize: 0, desiredCapacity: 0, maxSize: 4", 0, 4),
    ],
)
def test_sizes_are_filled_in(fields: str, desired: int, most: int, tmp_path: Path) -> None:
    pool = group(tmp_path, fields)
    assert sum(item.count for item in pool.desired) == desired
    assert pool.limits == (("nodes", most),)


def test_from_scratch_nothing_runs_in_any_case(tmp_path: Path) -> None:
    assert group(tmp_path, "desiredCapacity: 3", from_scratch=True).desired == ()


def test_other_ways_to_run_pods_are_named(tmp_path: Path) -> None:
    selectors = "selectors: [{namespace: shop}]"
    profiles = f"[{{name: a, {selectors}}}, {{name: b, {selectors}}}]"
    more = f"nodeGroups: [{{name: own}}]\nfargateProfiles: {profiles}\n"
    cluster = read(tmp_path, FULL + more)
    assert [(i.kind, i.count) for i in cluster.ignored] == [
        ("nodeGroups", 1),
        ("fargateProfiles", 2),
    ]


def test_labels_of_karpenters_that_pods_name_and_groups_lack_are_named(tmp_path: Path) -> None:
    wanted = ((names.CAPACITY_TYPE, "spot"), (names.AWS_PREFIX + "instance-category", "m"))
    cluster = read(tmp_path, FULL, Cluster(pods=(pod("web", node_selector=wanted),)))
    (note,) = cluster.assumptions
    assert "instance-category" in note
    assert "web" in note


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("managedNodeGroups: [{desiredCapacity: 1}]", "managedNodeGroups[0].name: is missing"),
        ("managedNodeGroups: [{name: a, instanceTyp: x}]", "did you mean 'instanceType"),
        ("managedNodeGroups: [{name: a, ami: ami-1}]", "cannot tell which nodes"),
        ("managedNodeGroups: [{name: a, instanceSelector: {vCPUs: 2}}]", "cannot tell which nodes"),
        ("managedNodeGroups: [{name: a, amiFamily: AmazonLinux3}]", "did you mean 'AmazonLinux2"),
        ("managedNodeGroups: [{name: a, minSize: 3, maxSize: 2}]", "is not between"),
        ("managedNodeGroups: [{name: a, minSize: -1}]", "is negative"),
        ("managedNodeGroups: [{name: a, volumeSize: 0}]", "is below 1"),
        ("managedNodeGroups: [{name: a, spot: 1}]", "managedNodeGroups[0].spot"),
        (
            "managedNodeGroups: [{name: a, instanceType: x, instanceTypes: [y]}]",
            "cannot be combined with instanceTypes",
        ),
        ("managedNodeGroups: [{name: a, taints: [{key: a, effect: Not}]}]", "taint effect"),
        ("managedNodeGroups: [{name: a}, {name: a}]", "2 node groups are named 'a'"),
        ("nodeGroups: [{name: a}]", "managedNodeGroups: are missing"),
        ("managedNodeGroups: {name: a}", "managedNodeGroups"),
        ("managedNodeGroups: [", "not valid YAML"),
    ],
)
def test_a_mistake_names_the_file_the_field_and_a_way_out(
    body: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, body)
    assert expected in f"{caught.value.message} {caught.value.hint}"
    assert "cluster.yaml" in caught.value.message
    assert caught.value.hint


def test_a_manifest_is_not_a_cluster_config(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text("apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: a}\n")
    with pytest.raises(InputError) as caught:
        with_node_groups(Cluster(), [str(path)], from_scratch=False)
    assert "expected eksctl.io/v1alpha5 ClusterConfig" in caught.value.message


def test_a_group_called_like_a_nodepool_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'web'"):
        read(tmp_path, FULL, Cluster(nodepools=(nodepool("web"),)))
