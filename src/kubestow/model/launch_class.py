"""LaunchClass: how the instances of an EC2NodeClass are launched.

What decides which pods fit on a node is NodeClass's (kubestow.model.nodepool); the rest is here.
The defaults are those of Karpenter's definition of EC2NodeClasses (karpenter-provider-aws v1.15,
pkg/apis/crds/karpenter.k8s.aws_ec2nodeclasses.yaml). Node classes of EKS Auto Mode
(eks.amazonaws.com) are no LaunchClasses: EKS launches their nodes itself.
"""

from dataclasses import dataclass, field

Pairs = tuple[tuple[str, str], ...]
"""A mapping of texts, sorted by key."""
AL2, AL2023, BOTTLEROCKET, CUSTOM = "AL2", "AL2023", "Bottlerocket", "Custom"
LAUNCHED_FAMILIES = (AL2, AL2023, BOTTLEROCKET, CUSTOM)
LATEST = "latest"
"""The version in an alias that follows the newest image."""


@dataclass(frozen=True, slots=True)
class ImageTerm:
    """Selects machine images; an alias such as al2023@latest stands alone."""

    alias: str = ""
    id: str = ""
    name: str = ""
    owner: str = ""
    ssm_parameter: str = ""
    tags: Pairs = ()


@dataclass(frozen=True, slots=True)
class PlaceTerm:
    """Selects subnets or security groups; a tag's value '*' is any value.

    ``name`` is of security groups alone.
    """

    id: str = ""
    name: str = ""
    tags: Pairs = ()


@dataclass(frozen=True, slots=True)
class LaunchVolume:
    """The volume of a block device; None and empty texts are left to EC2."""

    size_bytes: int | None = None
    volume_type: str = ""
    iops: int | None = None
    throughput_mib_per_second: int | None = None
    encrypted: bool | None = None
    kms_key_id: str = ""
    snapshot_id: str = ""
    delete_on_termination: bool | None = None


@dataclass(frozen=True, slots=True)
class BlockDeviceMapping:
    """A block device; ``is_root`` marks the one that holds the pods' storage."""

    device_name: str
    ebs: LaunchVolume = field(default_factory=LaunchVolume)
    is_root: bool = False


@dataclass(frozen=True, slots=True)
class InstanceMetadata:
    """Settings of the instance metadata service."""

    http_endpoint: str = "enabled"
    http_protocol_ipv6: str = "disabled"
    hop_limit: int = 1
    http_tokens: str = "required"


@dataclass(frozen=True, slots=True)
class KubeletSettings:
    """Settings of kubelet; quantities and durations as written. None is left to the AMI."""

    cluster_dns: tuple[str, ...] = ()
    max_pods: int | None = None
    pods_per_core: int | None = None
    system_reserved: Pairs = ()
    kube_reserved: Pairs = ()
    eviction_hard: Pairs = ()
    eviction_soft: Pairs = ()
    eviction_soft_grace_period: Pairs = ()
    eviction_max_pod_grace_period_seconds: int | None = None
    image_gc_high_threshold_percent: int | None = None
    image_gc_low_threshold_percent: int | None = None
    cpu_cfs_quota: bool | None = None


@dataclass(frozen=True, slots=True)
class LaunchClass:
    """An EC2NodeClass as far as it decides how an instance is launched.

    Either ``role`` or ``instance_profile`` is set. Terms are OR-ed. Without block devices the
    AMI family's apply. ``public_address`` None leaves it to the subnets.
    """

    name: str
    ami_family: str
    ami_terms: tuple[ImageTerm, ...]
    subnet_terms: tuple[PlaceTerm, ...]
    security_group_terms: tuple[PlaceTerm, ...]
    role: str = ""
    instance_profile: str = ""
    user_data: str = ""
    block_devices: tuple[BlockDeviceMapping, ...] = ()
    raid0_instance_store: bool = False
    metadata: InstanceMetadata = field(default_factory=InstanceMetadata)
    tags: Pairs = ()
    detailed_monitoring: bool = False
    public_address: bool | None = None
    kubelet: KubeletSettings = field(default_factory=KubeletSettings)

    @property
    def alias_version(self) -> str:
        """The version in the AMI alias, such as latest or v20251120; empty without an alias."""
        return next((term.alias.partition("@")[2] for term in self.ami_terms if term.alias), "")
