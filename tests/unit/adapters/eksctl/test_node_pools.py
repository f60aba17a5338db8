"""Managed node groups of ClusterConfigs as NodePools, and what is said of mistakes."""

from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.catalog_files import load_instance_types
from kubestow.adapters.eksctl.node_pools import with_node_groups
from kubestow.catalog.density import max_pods
from kubestow.model import labels as names
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import GIB, DesiredNodes, Launcher, Networking, NodePool
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint
from kubestow.testing import nodepool, pod

HEAD = """apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: shop, region: ap-northeast-2}
availabilityZones: [ap-northeast-2a, ap-northeast-2c]
"""
SPOT_ONLY = "{onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 0}"
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


def read(directory: Path, body: str, cluster: Cluster | None = None, **options: Any) -> Cluster:
    path = directory / "cluster.yaml"
    path.write_text(HEAD + body)
    options.setdefault("from_scratch", False)
    return with_node_groups(cluster or Cluster(), [str(path)], **options)


def group(directory: Path, fields: str, **options: Any) -> NodePool:
    body = f"managedNodeGroups: [{{name: web, {fields}}}]"
    (found,) = read(directory, body, **options).nodepools
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


def test_fargate_profiles_are_named(tmp_path: Path) -> None:
    selectors = "selectors: [{namespace: shop}]"
    profiles = f"[{{name: a, {selectors}}}, {{name: b, {selectors}}}]"
    cluster = read(tmp_path, f"{FULL}fargateProfiles: {profiles}\n")
    assert [(i.kind, i.count) for i in cluster.ignored] == [("fargateProfiles", 2)]


def test_a_managed_group_runs_the_pods_that_eks_allows(tmp_path: Path) -> None:
    pool = group(tmp_path, "maxPodsPerNode: 200")
    assert pool.launched_by is Launcher.MANAGED_NODE_GROUP
    assert pool.node_class.pods_at_most == (110, 250)


def test_a_self_managed_group_is_a_pool_too(tmp_path: Path) -> None:
    fields = "instanceType: c5.large, minSize: 1, maxSize: 3, taints: {a: b:NoSchedule}"
    body = f"nodeGroups: [{{name: own, {fields}}}]"
    (pool,) = read(tmp_path, body).nodepools
    assert pool.launched_by is Launcher.SELF_MANAGED_NODE_GROUP
    assert values(pool, names.INSTANCE_TYPE) == {"c5.large"}
    assert pool.limits == (("nodes", 3),)
    assert pool.taints == (Taint("a", "b", "NoSchedule"),)
    assert pool.node_class.pods_at_most is None


@pytest.mark.parametrize(
    ("family", "mix", "lifecycle"),
    [
        ("AmazonLinux2", "{instanceTypes: [c5.large]}", "on-demand"),
        ("AmazonLinux2", SPOT_ONLY, "spot"),
        ("AmazonLinux2", "{onDemandPercentageAboveBaseCapacity: 50}", None),
        ("AmazonLinux2023", SPOT_ONLY, None),
        ("Bottlerocket", SPOT_ONLY, None),
    ],
)
def test_nodes_carry_the_labels_that_eksctl_sets(
    family: str, mix: str, lifecycle: str | None, tmp_path: Path
) -> None:
    body = f"nodeGroups: [{{name: own, amiFamily: {family}, instancesDistribution: {mix}}}]"
    (pool,) = read(tmp_path, body).nodepools
    labels = dict(pool.labels)
    assert labels[names.EKSCTL_CLUSTER] == "shop"
    assert labels[names.EKSCTL_NODE_GROUP] == "own"
    assert labels.get("node-lifecycle") == lifecycle


def test_kubelet_settings_of_a_self_managed_group_are_read(tmp_path: Path) -> None:
    kubelet = "{kubeReserved: {cpu: 300m, memory: 300Mi}, evictionHard: {memory.available: 5%}}"
    body = f"nodeGroups: [{{name: own, kubeletExtraConfig: {kubelet}}}]"
    (pool,) = read(tmp_path, body).nodepools
    assert dict(pool.node_class.kube_reserved) == {"cpu": 300, "memory": 300 * 2**20}
    assert dict(pool.node_class.eviction_hard) == {"memory.available": "5%"}


def test_on_demand_a_group_is_planned_as_its_first_type(tmp_path: Path) -> None:
    body = "managedNodeGroups: [{name: web, instanceTypes: [m7i.large, m7i.2xlarge]}]"
    cluster = read(tmp_path, body)
    (pool,) = cluster.nodepools
    assert values(pool, names.INSTANCE_TYPE) == {"m7i.large"}
    assert any("planned as m7i.large, the first" in note for note in cluster.assumptions)


@pytest.mark.parametrize(
    ("mix", "capacity_type", "is_mixed"),
    [
        ("{onDemandPercentageAboveBaseCapacity: 0}", "spot", False),
        ("{onDemandBaseCapacity: 0, onDemandPercentageAboveBaseCapacity: 0}", "spot", False),
        ("{onDemandBaseCapacity: 2, onDemandPercentageAboveBaseCapacity: 0}", "on-demand", True),
        ("{onDemandPercentageAboveBaseCapacity: 50}", "on-demand", True),
        ("{onDemandPercentageAboveBaseCapacity: 100}", "on-demand", False),
        ("{}", "on-demand", False),
    ],
)
def test_a_group_that_is_part_spot_is_priced_on_demand_and_says_so(
    mix: str, capacity_type: str, is_mixed: bool, tmp_path: Path
) -> None:
    cluster = read(tmp_path, f"nodeGroups: [{{name: own, instancesDistribution: {mix}}}]")
    (pool,) = cluster.nodepools
    assert values(pool, names.CAPACITY_TYPE) == {capacity_type}
    assert any("a part of its nodes is spot" in note for note in cluster.assumptions) == is_mixed


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("ami: ami-1", "what ami-1 reserves"),
        ("instanceSelector: {vCPUs: 2}", "instanceSelector"),
        ("launchTemplate: {id: lt-1}, instanceTypes: [m5.large]", "launchTemplate"),
        ("overrideBootstrapCommand: x", "overrideBootstrapCommand"),
        ("amiFamily: WindowsServer2022FullContainer", "Linux nodes"),
        ("amiFamily: Ubuntu2204", "is not one of"),
        ("amiFamily: AmazonLinux3", "did you mean 'AmazonLinux2"),
        (
            "bottlerocket: {settings: {kubernetes: {topology-manager-policy: restricted}}}",
            "settings.kubernetes.topology-manager-policy is not read",
        ),
        ("bottlerocket: {settings: {kubernetes: [x]}}", "settings.kubernetes is not read"),
        ("somethingNew: 3", "somethingNew is not a field that kubestow knows"),
        ("outpostARN: 'arn:x'", "Outpost"),
        ("instanceMarketOptions: {marketType: capacity-block}", "Capacity Blocks"),
    ],
)
def test_a_group_whose_nodes_are_not_known_is_left_out_by_name(
    fields: str, reason: str, tmp_path: Path
) -> None:
    body = f"managedNodeGroups: [{{name: known}}, {{name: unknown, {fields}}}]"
    cluster = read(tmp_path, body)
    assert [pool.name for pool in cluster.nodepools] == ["known"]
    (left_out,) = cluster.ignored
    assert left_out.kind == "managed node group unknown"
    assert reason in left_out.reason
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"managedNodeGroups: [{{name: unknown, {fields}}}]")
    assert reason in caught.value.message
    assert "managed node group unknown" in caught.value.message


def test_a_group_in_local_zones_is_left_out_by_name(tmp_path: Path) -> None:
    body = "nodeGroups: [{name: known}, {name: edge, localZones: [us-west-2-lax-1a]}]"
    (left_out,) = read(tmp_path, body).ignored
    assert "Local Zones" in left_out.reason


def test_settings_that_do_not_change_what_fits_keep_the_group(tmp_path: Path) -> None:
    settings = "bottlerocket: {enableAdminContainer: true, settings: {motd: hi}}"
    fields = f"amiFamily: Bottlerocket, {settings}, ami: auto"
    assert group(tmp_path, fields).node_class.ami_family == "Bottlerocket"


def test_kubelet_settings_of_bottlerocket_are_read(tmp_path: Path) -> None:
    kubernetes = "{max-pods: 20, kube-reserved: {cpu: 300m}, log-level: '3'}"
    fields = f"amiFamily: Bottlerocket, bottlerocket: {{settings: {{kubernetes: {kubernetes}}}}}"
    node_class = group(tmp_path, fields).node_class
    assert (node_class.max_pods, node_class.kube_reserved) == (20, (("cpu", 300),))
    with pytest.raises(InputError, match=r"managedNodeGroups\[0\].bottlerocket.settings"):
        group(tmp_path, fields.replace("20", "many"))


def test_groups_that_are_left_out_leave_other_nodepools_to_plan_with(tmp_path: Path) -> None:
    body = "managedNodeGroups: [{name: web, launchTemplate: {id: lt-1}}]"
    cluster = read(tmp_path, body, Cluster(nodepools=(nodepool("other"),)))
    assert [pool.name for pool in cluster.nodepools] == ["other"]
    assert [item.kind for item in cluster.ignored] == ["managed node group web"]


def test_custom_networking_of_the_vpc_cni_is_planned_with(tmp_path: Path) -> None:
    values = '{"env": {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}}'
    addons = f"addons: [{{name: vpc-cni, configurationValues: '{values}'}}]"
    assert read(tmp_path, f"{FULL}\n{addons}").custom_networking
    assert not read(tmp_path, FULL).custom_networking


def test_auto_mode_launches_from_the_built_in_pools_it_enables(tmp_path: Path) -> None:
    both = read(tmp_path, "autoModeConfig: {enabled: true}").nodepools
    assert [pool.name for pool in both] == ["general-purpose", "system"]
    one = read(tmp_path, "autoModeConfig: {enabled: true, nodePools: [system]}").nodepools
    assert [pool.name for pool in one] == ["system"]
    assert all(pool.launched_by is Launcher.AUTO_MODE for pool in (*both, *one))
    assert read(tmp_path, "autoModeConfig: {enabled: false}").nodepools == ()


def test_a_config_without_groups_says_so(tmp_path: Path) -> None:
    cluster = read(tmp_path, "iam: {withOIDC: true}")
    assert cluster.nodepools == ()
    assert any("no node groups" in note for note in cluster.assumptions)


def test_labels_of_karpenters_that_pods_name_and_groups_lack_are_named(tmp_path: Path) -> None:
    wanted = ((names.CAPACITY_TYPE, "spot"), (names.AWS_PREFIX + "instance-category", "m"))
    cluster = read(tmp_path, FULL, Cluster(pods=(pod("web", node_selector=wanted),)))
    (note,) = (text for text in cluster.assumptions if "instance-category" in text)
    assert "as those of web do not" in note


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("managedNodeGroups: [{desiredCapacity: 1}]", "managedNodeGroups[0].name: is missing"),
        ("managedNodeGroups: [{name: a, instanceTyp: x}]", "did you mean 'instanceType"),
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


def test_a_managed_group_of_several_types_has_the_fewest_pods_of_them(tmp_path: Path) -> None:
    types = load_instance_types()
    mixed = group(tmp_path, "instanceTypes: [m5.xlarge, m5.large]").node_class
    assert max_pods(types["m5.xlarge"], mixed, Networking()) == 29
    alone = group(tmp_path, "instanceTypes: [m5.xlarge]").node_class
    assert max_pods(types["m5.xlarge"], alone, Networking()) == 58


def test_managed_nodes_carry_the_launch_template_that_eksctl_makes(tmp_path: Path) -> None:
    assert names.SOURCE_LAUNCH_TEMPLATE in dict(group(tmp_path, "desiredCapacity: 1").labels)


def test_the_taint_that_holds_nodes_is_no_taint_of_the_group(tmp_path: Path) -> None:
    held = "{key: kubestow.dev/held, effect: NoSchedule}"
    own = "{key: dedicated, value: web, effect: NoSchedule}"
    found = group(tmp_path, f"instanceType: m6i.large, taints: [{held}, {own}]")
    assert found.taints == (Taint("dedicated", "web", "NoSchedule"),)
