"""A plan as managed node groups of an eksctl ClusterConfig (eksctl.io/v1alpha5).

There is one group per offering whose nodes share labels, taints and pod slots, at its size in the
plan. Karpenter sets no labels on these nodes, so a group sets those that pods select. Read back
with --cluster-config, the groups give the same plan. Source: eksctl's ClusterConfig schema and
the EKS API's node group limits.
"""

from collections.abc import Iterable, Iterator, Mapping

from kubestow.catalog.density import MANAGED_PODS_AT_MOST, MANAGED_PODS_LARGE_VCPU
from kubestow.model.instance_type import InstanceType
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import GIB, NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import HELD_TAINT
from kubestow.report.hand_over import (
    MARGIN_PERCENT,
    Group,
    HandOverError,
    check_no_groups,
    check_no_karpenter,
    groups,
    headline,
    held_labels,
    held_lines,
    required_labels,
    with_margin,
)
from kubestow.report.karpenter_yaml import taint_mappings
from kubestow.report.yaml_text import YamlMapping, yaml_text

AMI_FAMILIES = {"AL2023": "AmazonLinux2023", "AL2": "AmazonLinux2", "Bottlerocket": "Bottlerocket"}


def eksctl_yaml(
    plan: Plan,
    snapshot: Snapshot,
    pools: Iterable[NodePool],
    *,
    cluster_name: str,
    held: bool = False,
) -> str:
    """Return the ClusterConfig; raise HandOverError for what it cannot express.

    Nodes that are ``held`` have the taint that keeps pods off them until they are landed.
    """
    selected = named_labels(snapshot.cluster)
    check_no_karpenter(selected)
    check_no_groups(selected)
    node_groups = groups(plan, snapshot, pools, by_offering=True)
    if not node_groups:
        raise HandOverError(
            "the plan launches no nodes, so there are no node groups to write",
            "omit --emit, or provide pods that need new nodes",
        )
    types = snapshot.catalog.instance_types
    document = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {"name": cluster_name, "region": plan.region},
        "managedNodeGroups": [_group(group, selected, types, held=held) for group in node_groups],
    }
    return yaml_text(_comments(plan, held=held), [document])


def _comments(plan: Plan, *, held: bool) -> Iterator[str]:
    yield from headline(plan, "eksctl managed node groups")
    yield "'eksctl create nodegroup --config-file FILE' adds them to the cluster. Each group can"
    yield f"grow by {MARGIN_PERCENT} %. eksctl creates IAM roles and uses the cluster's subnets."
    if held:
        yield from held_lines(
            "Take the taint out of the groups then: nodes that come later have it, too."
        )


def _group(
    group: Group, selected: frozenset[str], types: Mapping[str, InstanceType], *, held: bool
) -> YamlMapping:
    node_class, first, count = group.pool.node_class, group.nodes[0], len(group.nodes)
    _check_settings(node_class)
    _check_pods(group, types[first.instance_type])
    labels = dict(required_labels(group, selected)) | (held_labels(group) if held else {})
    taints = (*group.taints, HELD_TAINT) if held else group.taints
    return {
        "name": group.name,
        "amiFamily": AMI_FAMILIES[node_class.ami_family],
        "instanceTypes": [first.instance_type],
        **({"spot": True} if first.capacity_type == "spot" else {}),
        "availabilityZones": [first.zone],
        "minSize": count,
        "desiredCapacity": count,
        "maxSize": with_margin(count),
        "volumeSize": -(-node_class.root_volume_bytes // GIB),
        "volumeType": "gp3",
        "volumeEncrypted": True,
        "disableIMDSv1": True,
        **({"maxPodsPerNode": group.max_pods} if group.max_pods is not None else {}),
        **({"labels": labels} if labels else {}),
        **({"taints": taint_mappings(taints)} if taints else {}),
    }


def _check_pods(group: Group, instance_type: InstanceType) -> None:
    """Raise HandOverError for more pods on a node than a managed node group runs."""
    most = MANAGED_PODS_AT_MOST[instance_type.vcpu >= MANAGED_PODS_LARGE_VCPU]
    for node in group.nodes:
        pods = len(node.pods) + len(node.daemonset_pods)
        if pods > most:
            raise HandOverError(
                f"the plan has {pods} pods on an {instance_type.name}, and EKS runs at most {most} "
                "on such a node of a managed node group",
                "use --emit karpenter or kubectl, or plan with maxPods in the EC2NodeClass",
            )


def _check_settings(node_class: NodeClass) -> None:
    """Raise HandOverError for settings that a managed node group has no field for."""
    usual = 2 if node_class.ami_family == "Bottlerocket" else 1
    settings = {
        "kubelet.podsPerCore": node_class.pods_per_core,
        "kubelet.kubeReserved": node_class.kube_reserved,
        "kubelet.systemReserved": node_class.system_reserved,
        "kubelet.evictionHard": node_class.eviction_hard,
        "instanceStorePolicy": node_class.raid0_instance_store,
        "blockDeviceMappings": node_class.block_devices > usual,
    }
    for name, value in settings.items():
        if value:
            raise HandOverError(
                f"EC2NodeClass {node_class.name} sets {name}, which kubestow does not support for "
                "managed node groups",
                "use --emit karpenter, or plan with an EC2NodeClass without it",
            )
