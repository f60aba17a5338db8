"""Wire shapes of an EC2NodeClass as far as it decides how an instance is launched.

NOT_SUPPORTED is what the definition allows and kubestow cannot launch: it is decoded to be
named. Source: karpenter-provider-aws v1.15, pkg/apis/crds/karpenter.k8s.aws_ec2nodeclasses.yaml.
"""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes.wire import Metadata, Quantities, Quantity, Wire


class ImageTermWire(Wire):
    """An AMI selector term."""

    alias: str | None = None
    id: str | None = None
    name: str | None = None
    owner: str | None = None
    ssm_parameter: str | None = None
    tags: dict[str, str] | None = None


class PlaceTermWire(Wire):
    """A subnet or security group selector term."""

    id: str | None = None
    name: str | None = None
    tags: dict[str, str] | None = None


class LaunchVolumeWire(Wire):
    """The volume of a block device."""

    volume_size: Quantity | None = None
    volume_type: str | None = None
    iops: int | None = None
    throughput: int | None = None
    encrypted: bool | None = None
    kms_key_id: str | None = msgspec.field(default=None, name="kmsKeyID")
    snapshot_id: str | None = msgspec.field(default=None, name="snapshotID")
    delete_on_termination: bool | None = None
    volume_initialization_rate: Any = None


class LaunchDeviceWire(Wire):
    """A block device mapping."""

    device_name: str | None = None
    ebs: LaunchVolumeWire | None = None
    root_volume: bool | None = None


class InstanceMetadataWire(Wire):
    """Settings of the instance metadata service."""

    http_endpoint: str | None = None
    http_protocol_ipv6: str | None = msgspec.field(default=None, name="httpProtocolIPv6")
    http_put_response_hop_limit: int | None = None
    http_tokens: str | None = None


class LaunchKubeletWire(Wire):
    """Settings of kubelet."""

    cluster_dns: list[str] | None = msgspec.field(default=None, name="clusterDNS")
    max_pods: int | None = None
    pods_per_core: int | None = None
    system_reserved: Quantities | None = None
    kube_reserved: Quantities | None = None
    eviction_hard: dict[str, str] | None = None
    eviction_soft: dict[str, str] | None = None
    eviction_soft_grace_period: dict[str, str] | None = None
    eviction_max_pod_grace_period: int | None = None
    image_gc_high: int | None = msgspec.field(default=None, name="imageGCHighThresholdPercent")
    image_gc_low: int | None = msgspec.field(default=None, name="imageGCLowThresholdPercent")
    cpu_cfs_quota: bool | None = msgspec.field(default=None, name="cpuCFSQuota")


class LaunchSpecWire(Wire):
    """An EC2NodeClass's spec; the last fields are decoded to be named."""

    ami_family: str | None = None
    ami_selector_terms: list[ImageTermWire] | None = None
    subnet_selector_terms: list[PlaceTermWire] | None = None
    security_group_selector_terms: list[PlaceTermWire] | None = None
    role: str | None = None
    instance_profile: str | None = None
    user_data: str | None = None
    block_device_mappings: list[LaunchDeviceWire] | None = None
    instance_store_policy: str | None = None
    metadata_options: InstanceMetadataWire | None = None
    tags: dict[str, str] | None = None
    detailed_monitoring: bool | None = None
    public_address: bool | None = msgspec.field(default=None, name="associatePublicIPAddress")
    kubelet: LaunchKubeletWire | None = None
    capacity_reservation_selector_terms: Any = None
    connection_tracking: Any = None
    context: Any = None
    cpu_options: Any = None
    enclave_options: Any = None
    ip_prefix_count: Any = None
    network_interfaces: Any = None
    placement_group_selector: Any = None


class LaunchClassWire(Wire):
    """An EC2NodeClass."""

    metadata: Metadata
    spec: LaunchSpecWire | None = None


NOT_SUPPORTED = {
    "capacityReservationSelectorTerms": "capacity_reservation_selector_terms",
    "connectionTracking": "connection_tracking",
    "context": "context",
    "cpuOptions": "cpu_options",
    "enclaveOptions": "enclave_options",
    "ipPrefixCount": "ip_prefix_count",
    "networkInterfaces": "network_interfaces",
    "placementGroupSelector": "placement_group_selector",
}
"""Fields of the spec that kubestow cannot launch, by the name of their attribute."""
