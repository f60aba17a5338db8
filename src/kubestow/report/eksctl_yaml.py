"""A plan as managed node groups of an eksctl ClusterConfig (eksctl.io/v1alpha5).

Law: one group for each offering whose nodes share labels, taints and pod slots, at the size the
plan has. Nodes of a group carry no labels of Karpenter's: those that pods name are written down.
Read back with --cluster-config, the groups give the plan again. Source: eksctl's ClusterConfig
schema and the EKS API's limits of node groups.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import GIB, NodeClass, NodePool
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.report.hand_over import (
    MARGIN_PERCENT,
    Group,
    HandOverError,
    check_no_karpenter,
    groups,
    headline,
    relied_labels,
    with_margin,
)
from kubestow.report.karpenter_yaml import taint_documents
from kubestow.report.yaml_text import yaml_text

AMI_FAMILIES = {"AL2023": "AmazonLinux2023", "AL2": "AmazonLinux2", "Bottlerocket": "Bottlerocket"}
Document = dict[str, Any]


def eksctl_yaml(
    plan: Plan, snapshot: Snapshot, pools: Iterable[NodePool], *, cluster_name: str
) -> str:
    """Return the ClusterConfig; raise HandOverError for what it cannot say."""
    used = named_labels(snapshot.cluster)
    check_no_karpenter(used)
    found = groups(plan, snapshot, pools, by_offering=True)
    if not found:
        raise HandOverError(
            "the plan launches no nodes: there are no node groups to write",
            "leave --emit out, or give pods that need nodes",
        )
    document = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {"name": cluster_name, "region": plan.region},
        "managedNodeGroups": [_group(group, used) for group in found],
    }
    return yaml_text(_comments(plan), [document])


def _comments(plan: Plan) -> Iterator[str]:
    yield from headline(plan, "Managed node groups for eksctl")
    yield "'eksctl create nodegroup --config-file FILE' adds them to the cluster. Each may grow by"
    yield f"{MARGIN_PERCENT} %. IAM roles are left to eksctl, subnets to the cluster's."


def _group(group: Group, used: frozenset[str]) -> Document:
    node_class, first, count = group.pool.node_class, group.nodes[0], len(group.nodes)
    _check_settings(node_class)
    labels = dict(relied_labels(group, used))
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
        **({"taints": taint_documents(group)} if group.taints else {}),
    }


def _check_settings(node_class: NodeClass) -> None:
    """Raise HandOverError for what a managed node group has no field for."""
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
                f"EC2NodeClass {node_class.name} sets {name}, which kubestow does not write for "
                "managed node groups",
                "use --emit karpenter, or plan with an EC2NodeClass without it",
            )
