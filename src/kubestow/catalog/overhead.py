"""Allocatable: what an instance leaves for pods.

Sources: Karpenter AWS provider pkg/providers/instancetype/types.go (memory overhead of 7.5 %,
64 MiB less on arm64, kube-reserved, eviction thresholds) and amazon-eks-ami nodeadm.
"""

from kubestow.catalog.density import ebs_volume_slots, eni_limited_pods, max_pods
from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import GIB, MIB, Networking, NodeClass
from kubestow.model.quantity import parse_quantity, value
from kubestow.model.resources import (
    CPU,
    EBS_VOLUMES,
    EPHEMERAL_STORAGE,
    MEMORY,
    PODS,
    Amounts,
    amounts,
)

_ARM64_MEMORY_HELD_BACK_MIB = 64
_RESERVED_CPU_TIERS = ((1, 600), (1, 100), (2, 50), (None, 25))  # cores, 1/10,000 of a core each
_OFF = "100%"
"""Switches an eviction threshold off (KubeletConfiguration v1beta1, evictionHard)."""
_GPU_RESOURCES = {"nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu", "habana": "habana.ai/gaudi"}


def reserved_cpu_milli(vcpu: int) -> int:
    """Return kube-reserved cpu: 6 %, 1 %, 0.5 %, 0.5 % and 0.25 % of the cores, by tier."""
    total, left = 0, vcpu
    for cores, share in _RESERVED_CPU_TIERS:
        taken = left if cores is None else min(cores, left)
        total += taken * share // 10
        left -= taken
    return total


def memory_capacity_mib(instance_type: InstanceType) -> int:
    """Return the memory that a node reports, before reservations."""
    mib = instance_type.memory_mib
    if instance_type.architecture == "arm64":
        mib -= _ARM64_MEMORY_HELD_BACK_MIB
    return mib - -(-mib * 75 // 1000)


def runs(instance_type: InstanceType, node_class: NodeClass) -> bool:
    """Return whether the AMI family runs on a type: AL2023 needs Graviton2 or newer on arm64.

    Source: EKS user guide, "Choose an optimal Amazon EC2 node instance type".
    """
    return not (instance_type.family == "a1" and node_class.ami_family == "AL2023")


def allocatable(
    instance_type: InstanceType,
    node_class: NodeClass | None = None,
    networking: Networking | None = None,
) -> Amounts:
    """Return a node's allocatable: millicpu, bytes, pods, devices and EBS volume slots."""
    node_class = node_class or NodeClass()
    networking = networking or Networking()
    pods = max_pods(instance_type, node_class, networking)
    capacity = {
        CPU: instance_type.vcpu * 1000,
        MEMORY: memory_capacity_mib(instance_type) * MIB,
        EPHEMERAL_STORAGE: _storage_bytes(instance_type, node_class),
    }
    left = {
        name: max(0, total - _held_back(name, total, instance_type, node_class, pods))
        for name, total in capacity.items()
    }
    left[PODS] = pods
    left[EBS_VOLUMES] = ebs_volume_slots(instance_type, node_class)
    return amounts(left | _devices(instance_type))


def capacity_for_limits(instance_type: InstanceType) -> dict[str, int]:
    """Return what a node adds to its NodePool's usage: its capacity, not its allocatable."""
    return {
        CPU: instance_type.vcpu * 1000,
        MEMORY: memory_capacity_mib(instance_type) * MIB,
        "nodes": 1,
    } | _devices(instance_type)


def _held_back(
    name: str, total: int, instance_type: InstanceType, node_class: NodeClass, pods: int
) -> int:
    kube = dict(node_class.kube_reserved)
    if name not in kube:
        kube[name] = _kube_reserved(name, instance_type, node_class, pods)
    return (
        kube[name]
        + dict(node_class.system_reserved).get(name, 0)
        + _eviction(name, total, node_class)
    )


def _kube_reserved(name: str, instance_type: InstanceType, node_class: NodeClass, pods: int) -> int:
    if name == CPU:
        return reserved_cpu_milli(instance_type.vcpu)
    if name == EPHEMERAL_STORAGE:
        return GIB
    # AL2 and AL2023 reserve by ENI density even if maxPods is overridden.
    counted = pods if node_class.ami_family == "Bottlerocket" else eni_limited_pods(instance_type)
    return (255 + 11 * counted) * MIB


def _eviction(name: str, total: int, node_class: NodeClass) -> int:
    signals = {"memory.available": "100Mi", "nodefs.available": "10%"}
    signals |= dict(node_class.eviction_hard)
    signal = {MEMORY: "memory.available", EPHEMERAL_STORAGE: "nodefs.available"}.get(name)
    if signal is None:
        return 0
    text = signals[signal]
    if text == _OFF:
        return 0
    if text.endswith("%"):
        tenths_of_percent = value(parse_quantity(text[:-1]) * 10)
        return -(-total * tenths_of_percent // 1000)
    return value(parse_quantity(text))


def _storage_bytes(instance_type: InstanceType, node_class: NodeClass) -> int:
    if node_class.raid0_instance_store and instance_type.nvme_gb:
        return instance_type.nvme_gb * 10**9
    return node_class.root_volume_bytes


def _devices(instance_type: InstanceType) -> dict[str, int]:
    devices: dict[str, int] = {}
    gpu, accelerator = instance_type.gpu, instance_type.accelerator
    if gpu is not None and gpu.manufacturer in _GPU_RESOURCES:
        devices[_GPU_RESOURCES[gpu.manufacturer]] = gpu.count
    if accelerator is not None and accelerator.manufacturer == "aws":
        devices["aws.amazon.com/neuron"] = accelerator.count
        devices["aws.amazon.com/neuroncore"] = accelerator.count * accelerator.cores
    if instance_type.efa_interfaces:
        devices["vpc.amazonaws.com/efa"] = instance_type.efa_interfaces
    return devices
