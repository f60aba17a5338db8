"""A ClusterConfig as the checks see it."""

from kubestow.adapters.eksctl.config_file import HINT, EksctlConfig, only, read_configs
from kubestow.adapters.eksctl.group_zones import subnet_zone
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup
from kubestow.adapters.eksctl.wire import (
    KIND,
    EndpointsShape,
    PrivateClusterShape,
    SubnetShape,
    SubnetsShape,
    VpcShape,
)
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import pairs
from kubestow.adapters.kubestow_file import refused
from kubestow.model.finding import Subject
from kubestow.model.setup import ClusterConfig, NodeGroup

_AMI_FAMILY = "AmazonLinux2023"  # eksctl's default
_ENDPOINTS = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts")  # what eksctl makes for a private cluster


def read_cluster_config(argument: str) -> ClusterConfig:
    """Read the one ClusterConfig of a file; raise InputError for the first mistake in it."""
    configs = read_configs([argument])
    only(config.file for config in configs)
    for group in configs[0].groups:
        for name in group.unknown:
            field = f"{group.field}.{name}"
            raise refused(argument, KIND, FieldError(field, "is not a field", HINT), HINT)
    return cluster_config(configs[0])


def cluster_config(config: EksctlConfig) -> ClusterConfig:
    """Return what the checks look at."""
    shape = config.shape
    vpc, private = shape.vpc or VpcShape(), shape.private_cluster or PrivateClusterShape()
    subnets, access = vpc.subnets or SubnetsShape(), vpc.cluster_endpoints or EndpointsShape()
    is_private = bool(private.enabled)
    return ClusterConfig(
        Subject(KIND, shape.metadata.name or "", "", config.file),
        region=shape.metadata.region or "",
        version=shape.metadata.version or "",
        zones=tuple(shape.availability_zones or ()),
        groups=tuple(_node_group(group) for group in config.groups),
        profiles=config.profiles,
        public_subnets=_placed(subnets.public),
        private_subnets=_placed(subnets.private),
        is_private=is_private,
        private_access=is_private or bool(access.private_access),
        public_access=access.public_access is not False,
        endpoints=_endpoints(private) if is_private else (),
        auto_mode=bool(shape.auto_mode_config and shape.auto_mode_config.enabled),
        networking=config.networking,
        vpc=vpc.id or "",
    )


def _endpoints(private: PrivateClusterShape) -> tuple[str, ...]:
    made = () if private.skip_endpoint_creation else _ENDPOINTS
    return (*made, *map(_service, private.additional_endpoint_services or ()))


def _service(name: str) -> str:
    """Return a VPC endpoint's service without its prefix: com.amazonaws.REGION.logs -> logs."""
    return name.split(".", 3)[3] if name.startswith("com.amazonaws.") else name


def _placed(subnets: dict[str, SubnetShape | None] | None) -> tuple[tuple[str, str], ...]:
    """Return (zone, id); the zone is empty where the file does not tell it."""
    named = [(key, subnet or SubnetShape()) for key, subnet in (subnets or {}).items()]
    return tuple((subnet_zone(key, subnet), subnet.id or key) for key, subnet in named)


def _node_group(group: EksctlNodeGroup) -> NodeGroup:
    shape = group.shape
    return NodeGroup(
        group.name,
        group.field,
        is_managed=group.is_managed,
        instance_types=group.instance_types,
        zones=tuple(shape.availability_zones or ()),
        subnets=tuple(shape.subnets or ()),
        desired=group.desired,
        minimum=group.minimum,
        maximum=group.maximum,
        spot=group.is_spot,
        private_networking=bool(shape.private_networking),
        max_pods=shape.max_pods_per_node,
        volume_type=shape.volume_type,
        volume_encrypted=shape.volume_encrypted,
        has_template=group.has_launch_template,
        disable_imds_v1=shape.disable_imds_v1,
        disable_pod_imds=bool(shape.disable_pod_imds),
        ami_family=shape.ami_family or _AMI_FAMILY,
        has_own_image=bool(shape.ami and shape.ami.startswith("ami-")),
        labels=pairs(shape.labels),
        taints=group.taints,
    )
