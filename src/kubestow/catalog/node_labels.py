"""The labels of a node of an instance type.

Source: Karpenter AWS provider pkg/providers/instancetype/types.go computeRequirements and
pkg/apis/v1/labels.go; the deprecated kubernetes.io aliases are set by kubelet.
"""

import re

from kubestow.model import labels as names
from kubestow.model.instance_type import Device, InstanceType

_NAME = re.compile(r"([a-z]+)(?:-[0-9]+tb)?([0-9]+).*\.", re.ASCII)


def instance_type_labels(instance_type: InstanceType) -> dict[str, str]:
    """Return the labels that depend only on the instance type."""
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
    facts |= _device_facts("accelerator", instance_type.accelerator)
    return {
        names.INSTANCE_TYPE: instance_type.name,
        names.ARCH: instance_type.architecture,
        names.OS: "linux",
    } | {f"{names.AWS_PREFIX}instance-{key}": value for key, value in facts.items()}


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
    type_labels: dict[str, str], region: str, zone: str, zone_id: str, capacity_type: str
) -> dict[str, str]:
    """Return the labels of a node of that type in a zone, including deprecated aliases."""
    placed = type_labels | {
        names.REGION: region,
        names.ZONE: zone,
        names.ZONE_ID: zone_id,
        names.CAPACITY_TYPE: capacity_type,
        names.AWS_PREFIX + "instance-tenancy": "default",
    }
    aliases = {old: placed[new] for old, new in names.BETA_ALIASES.items()}
    return placed | aliases
