"""An eksctl ClusterConfig, as far as it is judged.

Law: the shape is eksctl.io/v1alpha5 (its published schema); what is not named takes eksctl's own
default. Fields that decide nothing here are passed over; one that is a likely slip is refused.
"""

import json
from typing import Any

import msgspec

from kubestow.adapters import kubestow_file
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import pairs, taints
from kubestow.adapters.kubernetes.wire import TaintWire
from kubestow.model.fargate_profile import FargateProfile, FargateSelector
from kubestow.model.finding import Subject
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import Networking
from kubestow.model.setup import ClusterConfig, NodeGroup
from kubestow.model.taints import Taint

API_GROUP, KIND = "eksctl.io/", "ClusterConfig"
_HINT = "expected an eksctl ClusterConfig: apiVersion: eksctl.io/v1alpha5"
_TYPE, _NODES = "m5.large", 2  # eksctl's defaults
_ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")  # what eksctl makes for a private cluster
_PREFIX, _CUSTOM = "ENABLE_PREFIX_DELEGATION", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


class _Wire(msgspec.Struct, rename="camel"):
    pass


class _Metadata(_Wire):
    name: str = ""
    region: str | None = None
    version: str | None = None


class _Subnet(_Wire):
    id: str | None = None
    az: str | None = None


class _Subnets(_Wire):
    private: dict[str, _Subnet | None] | None = None
    public: dict[str, _Subnet | None] | None = None


class _Endpoints(_Wire):
    public_access: bool | None = None
    private_access: bool | None = None


class _Vpc(_Wire):
    id: str | None = None
    subnets: _Subnets | None = None
    cluster_endpoints: _Endpoints | None = None


class _Private(_Wire):
    enabled: bool = False
    skip_endpoint_creation: bool = False
    additional_endpoint_services: list[str] | None = None


class _Addon(_Wire):
    name: str = ""
    configuration_values: Any = None


class _Enabled(_Wire):
    enabled: bool = False


class _Selector(_Wire):
    namespace: str = ""
    labels: dict[str, str] | None = None


class ProfileWire(_Wire):
    """A Fargate profile, as eksctl has it."""

    name: str = ""
    selectors: list[_Selector] | None = None
    subnets: list[str] | None = None


class _Distribution(_Wire):
    instance_types: list[str] | None = None
    on_demand_base_capacity: int | None = None
    on_demand_percentage_above_base_capacity: int | None = None


class _Group(_Wire):
    name: str = ""
    instance_type: str | None = None
    instance_types: list[str] | None = None
    instances_distribution: _Distribution | None = None
    instance_selector: dict[str, Any] | None = None
    availability_zones: list[str] | None = None
    subnets: list[str] | None = None
    desired_capacity: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    spot: bool | None = None
    private_networking: bool | None = None
    max_pods_per_node: int | None = None
    volume_type: str | None = None
    volume_encrypted: bool | None = None
    launch_template: dict[str, Any] | None = None
    disable_imds_v1: bool | None = msgspec.field(default=None, name="disableIMDSv1")
    disable_pod_imds: bool | None = msgspec.field(default=None, name="disablePodIMDS")
    ami: str | None = None
    ami_family: str | None = None
    labels: dict[str, str] | None = None
    taints: list[TaintWire] | dict[str, str] | None = None


class _Config(_Wire):
    api_version: str
    kind: str
    metadata: _Metadata
    availability_zones: list[str] | None = None
    vpc: _Vpc | None = None
    private_cluster: _Private | None = None
    addons: list[_Addon] | None = None
    auto_mode_config: _Enabled | None = None
    fargate_profiles: list[ProfileWire] | None = None
    managed_node_groups: list[_Group] | None = None
    node_groups: list[_Group] | None = None


_CONFIG_FIELDS = _names(
    "apiVersion kind metadata accessConfig addons addonsConfig autoModeConfig "
    "availabilityZones cloudWatch controlPlaneScalingConfig fargateProfiles git gitops iam "
    "iamIdentityMappings identityProviders karpenter kubernetesNetworkConfig localZones "
    "managedNodeGroups nodeGroups outpost privateCluster remoteNetworkConfig "
    "secretsEncryption status upgradePolicy vpc zonalShiftConfig capabilities"
)
_GROUP_FIELDS = _names(
    "additionalEncryptedVolume additionalVolumes ami amiFamily asgMetricsCollection "
    "asgSuspendProcesses availabilityZones bottlerocket capacityReservation "
    "classicLoadBalancerNames clusterDNS containerRuntime cpuCredits desiredCapacity "
    "disableASGTagPropagation disableIMDSv1 disablePodIMDS ebsOptimized efaEnabled "
    "enableDetailedMonitoring iam instanceMarketOptions "
    "instanceName instancePrefix instanceSelector instanceType instanceTypes "
    "instancesDistribution kubeletExtraConfig labels launchTemplate localZones "
    "maxInstanceLifetime maxPodsPerNode maxSize minSize name nodeRepairConfig outpostARN "
    "overrideBootstrapCommand placement preBootstrapCommands privateNetworking "
    "propagateASGTags releaseVersion securityGroups spot ssh subnets tags taints "
    "targetGroupARNs updateConfig volumeEncrypted volumeIOPS volumeKmsKeyID volumeName "
    "volumeSize volumeThroughput volumeType warmPool"
)


def read_cluster_config(argument: str) -> ClusterConfig:
    """Read a ClusterConfig file; raise InputError for the first mistake in it."""
    return cluster_config(argument, kubestow_file.read_mapping("--cluster-config", argument, _HINT))


def cluster_config(file: str, value: dict[str, Any]) -> ClusterConfig:
    """Return what a mapping says; raise InputError for the first mistake in it."""
    if value.get("kind") != KIND or not str(value.get("apiVersion", "")).startswith(API_GROUP):
        found = f"{value.get('apiVersion', 'no apiVersion')} {value.get('kind', 'no kind')}"
        raise InputError(f"{file}: expected an eksctl {KIND}, found {found}", hint=_HINT)
    _check_names(file, value)
    wire = kubestow_file.decoded(file, KIND, value, _Config, _HINT)
    try:
        return _config(file, wire)
    except FieldError as mistake:
        raise kubestow_file.refused(file, KIND, mistake, _HINT) from mistake


def _check_names(file: str, value: dict[str, Any]) -> None:
    found = kubestow_file.misspelt(file, KIND, "", value, _CONFIG_FIELDS)
    for kind in ("managedNodeGroups", "nodeGroups"):
        groups = value.get(kind)
        for number, group in enumerate(groups if isinstance(groups, list) else ()):
            if isinstance(group, dict):
                path = f"{kind}[{number}]"
                found = found or kubestow_file.misspelt(file, KIND, path, group, _GROUP_FIELDS)
    if found is not None:
        raise found


def _config(file: str, wire: _Config) -> ClusterConfig:
    vpc, private = wire.vpc or _Vpc(), wire.private_cluster or _Private()
    subnets, access = vpc.subnets or _Subnets(), vpc.cluster_endpoints or _Endpoints()
    made = () if private.skip_endpoint_creation else _ENDPOINTS
    more = tuple(_service(name) for name in private.additional_endpoint_services or ())
    groups = [
        _group(item, f"{kind}[{number}]", kind == "managedNodeGroups")
        for kind, items in (("managedNodeGroups", wire.managed_node_groups),
                            ("nodeGroups", wire.node_groups))
        for number, item in enumerate(items or ())
    ]  # fmt: skip
    _check_unique([group.name for group in groups])
    return ClusterConfig(
        Subject(KIND, wire.metadata.name, "", file),
        wire.metadata.region or "",
        wire.metadata.version or "",
        tuple(wire.availability_zones or ()),
        tuple(groups),
        tuple(fargate_profile(p, number) for number, p in enumerate(wire.fargate_profiles or ())),
        _placed(subnets.public),
        _placed(subnets.private),
        private.enabled,
        private.enabled or bool(access.private_access),
        access.public_access is not False,
        (*made, *more) if private.enabled else (),
        bool(wire.auto_mode_config and wire.auto_mode_config.enabled),
        _networking(wire.addons),
        vpc.id or "",
    )


def _check_unique(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise FieldError("", f"{names.count(name)} node groups are named {name!r}",
                             "give each its own name")  # fmt: skip


def _service(name: str) -> str:
    """Return a VPC endpoint's service without its prefix: com.amazonaws.REGION.logs -> logs."""
    return name.split(".", 3)[3] if name.startswith("com.amazonaws.") else name


def _placed(subnets: dict[str, _Subnet | None] | None) -> tuple[tuple[str, str], ...]:
    """Return (zone, id); the key is the zone where the subnet does not say its own."""
    found = [(key, subnet or _Subnet()) for key, subnet in (subnets or {}).items()]
    return tuple((subnet.az or key, subnet.id or key) for key, subnet in found)


def fargate_profile(item: ProfileWire, number: int) -> FargateProfile:
    """Return what a profile says; raise FieldError where it says too little."""
    field = f"fargateProfiles[{number}]"
    if not item.name:
        raise FieldError(f"{field}.name", "is missing", "name the profile")
    selectors = tuple(FargateSelector(s.namespace, pairs(s.labels)) for s in item.selectors or ())
    if not selectors:
        raise FieldError(f"{field}.selectors", "is empty", "select at least one namespace")
    return FargateProfile(item.name, field, selectors, tuple(item.subnets or ()))


def _group(item: _Group, field: str, is_managed: bool) -> NodeGroup:
    if not item.name:
        raise FieldError(f"{field}.name", "is missing", "name the node group")
    desired, least, most = _sizes(item, field)
    mix = item.instances_distribution or _Distribution()
    on_demand = (mix.on_demand_base_capacity, mix.on_demand_percentage_above_base_capacity)
    return NodeGroup(
        item.name,
        field,
        is_managed,
        _types(item, mix),
        tuple(item.availability_zones or ()),
        tuple(item.subnets or ()),
        desired,
        least,
        most,
        bool(item.spot) or on_demand == (0, 0),
        bool(item.private_networking),
        item.max_pods_per_node,
        item.volume_type,
        item.volume_encrypted,
        item.launch_template is not None,
        item.disable_imds_v1,
        bool(item.disable_pod_imds),
        item.ami_family or "AmazonLinux2023",
        bool(item.ami and item.ami.startswith("ami-")),
        pairs(item.labels),
        _taints(item, field),
    )


def _types(item: _Group, mix: _Distribution) -> tuple[str, ...]:
    """Return the instance types; empty where a selector or a launch template chooses them."""
    named = item.instance_types or mix.instance_types
    if named:
        return tuple(dict.fromkeys(named))
    if item.instance_type and item.instance_type != "mixed":
        return (item.instance_type,)
    if item.instance_selector or item.launch_template is not None:
        return ()
    return (_TYPE,)


def _sizes(item: _Group, field: str) -> tuple[int, int, int]:
    for name, number in (("desiredCapacity", item.desired_capacity), ("minSize", item.min_size),
                         ("maxSize", item.max_size)):  # fmt: skip
        if number is not None and number < 0:
            raise FieldError(f"{field}.{name}", f"{number} is negative", "use 0 or more")
    desired = item.desired_capacity if item.desired_capacity is not None else item.min_size
    if desired is None:
        desired = _NODES if item.max_size is None else min(_NODES, item.max_size)
    least = desired if item.min_size is None else item.min_size
    most = max(desired, least) if item.max_size is None else item.max_size
    if not least <= desired <= most:
        raise FieldError(f"{field}.desiredCapacity", f"{desired} is not from {least} to {most}",
                         "keep minSize <= desiredCapacity <= maxSize")  # fmt: skip
    return desired, least, most


def _taints(item: _Group, field: str) -> tuple[Taint, ...]:
    """Return the taints; nodeGroups may write them as key: value:effect."""
    if not isinstance(item.taints, dict):
        return taints(item.taints, f"{field}.taints")
    found = []
    for key, text in item.taints.items():
        value, colon, effect = text.rpartition(":")
        found.append(TaintWire(key, effect, value if colon else None))
    return taints(found, f"{field}.taints")


def _networking(addons: list[_Addon] | None) -> Networking:
    for number, addon in enumerate(addons or ()):
        if addon.name == "vpc-cni":
            field = f"addons[{number}].configurationValues"
            variables = _variables(addon.configuration_values, field)
            return Networking(_is_true(variables.get(_PREFIX)), _is_true(variables.get(_CUSTOM)))
    return Networking()


def _variables(values: Any, field: str) -> dict[str, Any]:
    """Return the env mapping of an add-on's configuration: a mapping, or JSON or YAML in a text."""
    if isinstance(values, str) and values.strip():
        from kubestow.adapters.manifest_yaml import YamlError, read_values

        try:
            is_json = values.lstrip().startswith("{")
            values = json.loads(values) if is_json else next(iter(read_values(values)), None)
        except (ValueError, YamlError) as problem:
            raise FieldError(field, f"is neither JSON nor YAML: {problem}",
                             'write it like \'{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}\'',
                             ) from problem  # fmt: skip
    env = values.get("env") if isinstance(values, dict) else None
    return env if isinstance(env, dict) else {}


def _is_true(value: Any) -> bool:
    return str(value).strip().lower() == "true"
