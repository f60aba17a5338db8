"""The labels of a node: those of its instance type, its place, and the pool that launches it.

Sources: Karpenter AWS provider pkg/providers/instancetype/types.go computeRequirements and
pkg/apis/v1/labels.go; Karpenter pkg/controllers/provisioning/scheduling/nodeclaimtemplate.go and
pkg/controllers/nodeclaim/lifecycle/registration.go (registered, initialized); EKS user guide,
"Managed node group capacity types" and "Create a NodePool for EKS Auto Mode"; eksctl
pkg/apis/eksctl.io/v1alpha5/defaults.go setDefaultNodeLabels. The deprecated kubernetes.io aliases
are set by kubelet and the cloud controller manager.
"""

import re

from kubestow.model import labels as names
from kubestow.model.instance_type import Device, InstanceType
from kubestow.model.nodepool import Launcher, NodePool

_NAME = re.compile(r"([a-z]+)(?:-[0-9]+tb)?([0-9]+).*\.", re.ASCII)


_UNKNOWN_IMAGE = "ami-unknown"
"""Stands for the AMI that EKS will choose: the label exists, its value is not known before."""
_BY_KARPENTER = {names.REGISTERED: "true", names.INITIALIZED: "true"}
"""What every registered node of Karpenter's carries, and of EKS Auto Mode's."""
_BY_AUTO_MODE = {names.AUTO_MODE_COMPUTE: "auto", names.MANAGED_BY: "eks"}


def instance_type_labels(
    instance_type: InstanceType, launched_by: Launcher = Launcher.KARPENTER
) -> dict[str, str]:
    """Return the labels that depend only on the instance type and on who launches the node."""
    of_every_node = {
        names.INSTANCE_TYPE: instance_type.name,
        names.ARCH: instance_type.architecture,
        names.OS: "linux",
    }
    if launched_by.is_node_group:
        return of_every_node
    prefix = names.AUTO_MODE_PREFIX if launched_by is Launcher.AUTO_MODE else names.AWS_PREFIX
    facts = _facts(instance_type)
    return of_every_node | {f"{prefix}instance-{key}": value for key, value in facts.items()}


def requirement_labels(instance_type: InstanceType, launched_by: Launcher) -> dict[str, str]:
    """Return what a pool's requirements on the instance type are compared with.

    A node group's nodes do not carry them: its requirements say what the group launches.
    """
    of_groups = Launcher.KARPENTER if launched_by.is_node_group else launched_by
    return instance_type_labels(instance_type, of_groups)


def _facts(instance_type: InstanceType) -> dict[str, str]:
    facts: dict[str, str] = {
        "family": instance_type.family,
        "size": instance_type.name.split(".", 1)[1],
        "capability-flex": _boolean("-flex" in instance_type.family),
        "cpu": str(instance_type.vcpu),
        "cpu-manufacturer": instance_type.cpu_manufacturer,
        "cpu-sustained-clock-speed-mhz": str(instance_type.cpu_sustained_mhz),
        "encryption-in-transit-supported": _boolean(instance_type.encryption_in_transit),
        "memory": str(instance_type.memory_mib),
    }
    match = _NAME.match(instance_type.name)
    if match is not None:
        facts |= {"category": match[1], "generation": match[2]}
    optional = {
        "hypervisor": instance_type.hypervisor,
        "ebs-bandwidth": str(instance_type.ebs_mbps or ""),
        "network-bandwidth": str(instance_type.network_mbps or ""),
        "local-nvme": str(instance_type.nvme_gb or ""),
    }
    facts |= {key: value for key, value in optional.items() if value}
    facts |= _device_facts("gpu", instance_type.gpu)
    return facts | _device_facts("accelerator", instance_type.accelerator)


def _device_facts(kind: str, device: Device | None) -> dict[str, str]:
    if device is None:
        return {}
    facts = {
        f"{kind}-name": device.name,
        f"{kind}-manufacturer": device.manufacturer,
        f"{kind}-count": str(device.count),
    }
    if kind == "gpu":
        facts["gpu-memory"] = str(device.memory_mib)
    return facts


def _boolean(fact: bool) -> str:
    return "true" if fact else "false"


def placed_labels(
    type_labels: dict[str, str],
    region: str,
    zone: str,
    zone_id: str,
    capacity_type: str,
    launched_by: Launcher = Launcher.KARPENTER,
) -> dict[str, str]:
    """Return the labels of a node of that type in a zone, including deprecated aliases."""
    placed = type_labels | {names.REGION: region, names.ZONE: zone, names.ZONE_ID: zone_id}
    if launched_by is Launcher.MANAGED_NODE_GROUP:
        placed[names.MANAGED_CAPACITY_TYPE] = capacity_type.upper().replace("-", "_")
    elif not launched_by.is_node_group:
        placed[names.CAPACITY_TYPE] = capacity_type
    if launched_by is Launcher.KARPENTER:
        placed[names.AWS_PREFIX + "instance-tenancy"] = "default"
    aliases = {old: placed[new] for old, new in names.BETA_ALIASES.items()}
    return placed | aliases


def pool_labels(pool: NodePool) -> dict[str, str]:
    """Return the labels that a pool's launcher sets on its nodes, beside the pool's own."""
    if pool.launched_by is Launcher.KARPENTER:
        own = {names.NODEPOOL: pool.name, names.NODE_CLASS: pool.node_class.name}
        return own | _BY_KARPENTER
    if pool.launched_by is Launcher.AUTO_MODE:
        own = {names.NODEPOOL: pool.name, names.AUTO_MODE_NODE_CLASS: pool.node_class.name}
        return own | _BY_KARPENTER | _BY_AUTO_MODE
    if pool.launched_by is Launcher.MANAGED_NODE_GROUP:
        return {names.EKS_NODE_GROUP: pool.name, names.EKS_NODE_GROUP_IMAGE: _UNKNOWN_IMAGE}
    return {names.EKSCTL_NODE_GROUP: pool.name}
