"""How many pods and EBS volumes an instance can take.

Sources: Karpenter AWS provider pkg/providers/instancetype/types.go; amazon-eks-ami nodeadm and
its max-pods calculator (prefix delegation caps of 110 and 250); aws-ebs-csi-driver
pkg/cloud/limits.
"""

from kubestow.model.instance_type import InstanceType
from kubestow.model.nodepool import Networking, NodeClass

_ADDRESSES_PER_PREFIX = 16
_PREFIX_CAP_SMALL, _PREFIX_CAP_LARGE, _PREFIX_CAP_VCPU = 110, 250, 30
MANAGED_PODS_AT_MOST = (110, 250)
MANAGED_PODS_LARGE_VCPU = 30
"""Pods that EKS allows on a managed node of fewer than 30 vCPU, and of more.

Source: EKS user guide, "How maxPods is determined". No type has 30 vCPU.
"""
_NON_NITRO_EBS_VOLUMES = 39
_NITRO_EBS_ATTACHMENTS = 27


def eni_limited_pods(instance_type: InstanceType, reserved_interfaces: int = 0) -> int:
    """Return how many pods the VPC CNI has addresses for: interfaces x (addresses - 1) + 2."""
    usable = instance_type.network_interfaces - reserved_interfaces
    if usable <= 0:
        return 0
    return usable * (instance_type.ipv4_per_interface - 1) + 2


def max_pods(instance_type: InstanceType, node_class: NodeClass, networking: Networking) -> int:
    """Return a node's pod slots: maxPods, otherwise the CNI's density, capped per core."""
    if node_class.max_pods is not None:
        pods = node_class.max_pods
    else:
        types = (instance_type, *node_class.pods_as)
        pods = min(_density(item, networking) for item in types)
    if node_class.pods_per_core and node_class.ami_family != "Bottlerocket":
        pods = min(pods, node_class.pods_per_core * instance_type.vcpu)
    if node_class.pods_at_most is not None:
        small, large = node_class.pods_at_most
        pods = min(pods, small if instance_type.vcpu <= _PREFIX_CAP_VCPU else large)
    return pods


def _density(instance_type: InstanceType, networking: Networking) -> int:
    reserved = 1 if networking.custom_networking else 0
    if not (networking.prefix_delegation and instance_type.nitro):
        return eni_limited_pods(instance_type, reserved)
    usable = instance_type.network_interfaces - reserved
    if usable <= 0:
        return 0
    addresses = usable * (instance_type.ipv4_per_interface - 1) * _ADDRESSES_PER_PREFIX + 2
    small = instance_type.vcpu <= _PREFIX_CAP_VCPU
    return min(addresses, _PREFIX_CAP_SMALL if small else _PREFIX_CAP_LARGE)


def ebs_volume_slots(instance_type: InstanceType, node_class: NodeClass) -> int:
    """Return how many volumes the EBS CSI driver can attach if all ENIs are attached."""
    if not instance_type.nitro:
        return _NON_NITRO_EBS_VOLUMES
    slots = instance_type.ebs_attachments or _NITRO_EBS_ATTACHMENTS
    slots -= node_class.block_devices
    if instance_type.ebs_attachments_shared:
        slots -= max(0, instance_type.network_interfaces - 1)
    return max(1, slots)
