"""Wire shapes of a ClusterConfig, and the names of the fields that eksctl knows.

Source: eksctl's schema of eksctl.io/v1alpha5. A YAML key without a value arrives as None, so
everything optional may be None.
"""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes.karpenter_wire import Kubelet
from kubestow.adapters.kubernetes.wire import TaintWire, Wire

KIND, API_VERSION = "ClusterConfig", "eksctl.io/v1alpha5"


class MetadataShape(Wire):
    """The cluster's name, region and version of Kubernetes."""

    name: str | None = None
    region: str | None = None
    version: str | None = None


class SubnetShape(Wire):
    """An existing subnet; its key in the file is its zone where it names none."""

    id: str | None = None
    az: str | None = None


class SubnetsShape(Wire):
    """The existing subnets by zone or name."""

    private: dict[str, SubnetShape | None] | None = None
    public: dict[str, SubnetShape | None] | None = None


class EndpointsShape(Wire):
    """How the API server is reached."""

    public_access: bool | None = None
    private_access: bool | None = None


class VpcShape(Wire):
    """The cluster's VPC."""

    id: str | None = None
    subnets: SubnetsShape | None = None
    cluster_endpoints: EndpointsShape | None = None


class PrivateClusterShape(Wire):
    """A cluster without a way out, and the VPC endpoints eksctl makes for it."""

    enabled: bool | None = None
    skip_endpoint_creation: bool | None = None
    additional_endpoint_services: list[str] | None = None


class AddonShape(Wire):
    """An EKS add-on; its configuration is JSON or YAML in a text, or a mapping."""

    name: str = ""
    configuration_values: Any = None


class AutoModeShape(Wire):
    """EKS Auto Mode."""

    enabled: bool | None = None
    node_pools: list[str] | None = None


class SelectorShape(Wire):
    """A selector of a Fargate profile."""

    namespace: str | None = None
    labels: dict[str, str] | None = None


class ProfileShape(Wire):
    """A Fargate profile."""

    name: str | None = None
    selectors: list[SelectorShape] | None = None
    subnets: list[str] | None = None


class DistributionShape(Wire):
    """The instances of a self-managed group: their types, and how many are on demand."""

    instance_types: list[str] | None = None
    on_demand_base_capacity: int | None = None
    on_demand_percentage_above_base_capacity: int | None = None


class GroupShape(Wire):
    """What managed and self-managed node groups have in common."""

    name: str | None = None
    instance_type: str | None = None
    instance_selector: dict[str, Any] | None = None
    availability_zones: list[str] | None = None
    subnets: list[str] | None = None
    outpost_arn: str | None = msgspec.field(default=None, name="outpostARN")
    desired_capacity: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    private_networking: bool | None = None
    max_pods_per_node: int | None = None
    volume_size: int | None = None
    volume_type: str | None = None
    volume_encrypted: bool | None = None
    additional_volumes: list[Any] | None = None
    disable_imds_v1: bool | None = msgspec.field(default=None, name="disableIMDSv1")
    disable_pod_imds: bool | None = msgspec.field(default=None, name="disablePodIMDS")
    ami: str | None = None
    ami_family: str | None = None
    bottlerocket: dict[str, Any] | None = None
    override_bootstrap_command: str | None = None
    capacity_reservation: dict[str, Any] | None = None
    instance_market_options: dict[str, Any] | None = None
    labels: dict[str, str] | None = None


class ManagedGroupShape(GroupShape):
    """An entry of managedNodeGroups."""

    instance_types: list[str] | None = None
    spot: bool | None = None
    launch_template: dict[str, Any] | None = None
    taints: list[TaintWire] | None = None


class SelfManagedGroupShape(GroupShape):
    """An entry of nodeGroups; it may write its taints as key: value:effect."""

    instances_distribution: DistributionShape | None = None
    kubelet_extra_config: Kubelet | None = None
    local_zones: list[str] | None = None
    spot_ocean: dict[str, Any] | None = None
    taints: list[TaintWire] | dict[str, str] | None = None


class ConfigShape(Wire):
    """A ClusterConfig."""

    metadata: MetadataShape
    availability_zones: list[str] | None = None
    vpc: VpcShape | None = None
    private_cluster: PrivateClusterShape | None = None
    addons: list[AddonShape] | None = None
    auto_mode_config: AutoModeShape | None = None
    outpost: dict[str, Any] | None = None
    fargate_profiles: list[ProfileShape] | None = None
    managed_node_groups: list[ManagedGroupShape] | None = None
    node_groups: list[SelfManagedGroupShape] | None = None


def _fields(shape: type[Wire], passed_over: str) -> frozenset[str]:
    return frozenset(shape.__struct_encode_fields__) | frozenset(passed_over.split())


_OF_BOTH = (
    "asgSuspendProcesses connectionTracking ebsOptimized efaEnabled enableDetailedMonitoring iam "
    "instanceName instancePrefix placement preBootstrapCommands "
    "propagateASGTags disableASGTagPropagation securityGroups ssh tags updateConfig volumeIOPS "
    "volumeKmsKeyID volumeName volumeThroughput warmPool "
)
CONFIG_FIELDS = _fields(
    ConfigShape,
    "apiVersion kind accessConfig addonsConfig capabilities cloudWatch controlPlaneScalingConfig "
    "deletionProtection spotOcean "
    "git gitops iam iamIdentityMappings identityProviders karpenter kubernetesNetworkConfig "
    "localZones remoteNetworkConfig secretsEncryption status upgradePolicy "
    "zonalShiftConfig",
)
MANAGED_FIELDS = _fields(ManagedGroupShape, _OF_BOTH + "nodeRepairConfig releaseVersion")
SELF_MANAGED_FIELDS = _fields(
    SelfManagedGroupShape,
    _OF_BOTH + "asgMetricsCollection classicLoadBalancerNames clusterDNS containerRuntime "
    "cpuCredits enclaveEnabled maxInstanceLifetime targetGroupARNs",
)
