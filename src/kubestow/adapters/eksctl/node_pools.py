"""Managed node groups of ClusterConfigs, as pools that nodes may be launched from.

A group is a NodePool of its instance types, zones and capacity type, limited to its largest size,
of which its desired size runs in any case. What would change its nodes and cannot be followed is a
mistake; self-managed groups and Fargate profiles are counted and named.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.adapters import kubestow_file
from kubestow.adapters.eksctl.config_file import HINT, EksctlConfig, read_configs
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup
from kubestow.adapters.eksctl.wire import KIND
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import pairs
from kubestow.model import labels as names
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import GIB, DesiredNodes, NodeClass, NodePool
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.snapshot import Cluster, Ignored
from kubestow.model.suggestion import did_you_mean

_AMI_FAMILIES = {
    "": "AL2023", "AmazonLinux2023": "AL2023", "AmazonLinux2": "AL2", "Bottlerocket": "Bottlerocket"
}  # fmt: skip
_VOLUME_GIB = 80  # eksctl's default
_NOT_FOLLOWED = {
    "ami": "ami",
    "bottlerocket": "bottlerocket",
    "instance_selector": "instanceSelector",
    "launch_template": "launchTemplate",
    "outpost_arn": "outpostARN",
    "override_bootstrap_command": "overrideBootstrapCommand",
    "subnets": "subnets",
}
"""Fields that decide what a group's nodes are, in ways kubestow does not follow."""
_KARPENTER = ("karpenter.sh/", names.AWS_PREFIX)


def with_node_groups(cluster: Cluster, arguments: list[str], *, from_scratch: bool) -> Cluster:
    """Add the managed node groups of ClusterConfigs; raise InputError for the first mistake.

    ``from_scratch`` leaves out that their desired size runs in any case.
    """
    groups: list[NodePool] = []
    regions, ignored = set(cluster.regions), list(cluster.ignored)
    for config in read_configs(arguments):
        try:
            pools = _pools(config)
        except FieldError as mistake:
            raise kubestow_file.refused(config.file, KIND, mistake, HINT) from mistake
        groups += [replace(pool, desired=()) if from_scratch else pool for pool in pools]
        regions |= {config.shape.metadata.region or ""} - {""}
        ignored += _ignored(config)
    pools = (*cluster.nodepools, *groups)
    _check_unique(pools)
    return replace(
        cluster,
        nodepools=pools,
        regions=tuple(sorted(regions)),
        ignored=tuple(ignored),
        assumptions=(*cluster.assumptions, *_unlabelled(cluster, groups)),
    )


def _check_unique(pools: tuple[NodePool, ...]) -> None:
    sources: dict[str, str] = {}
    for pool in pools:
        if pool.name in sources:
            raise InputError(
                f"{pool.source}: another NodePool or node group is named {pool.name!r}",
                hint=f"it is in {sources[pool.name]}: rename one of the two",
            )
        sources[pool.name] = pool.source


def _ignored(config: EksctlConfig) -> Iterator[Ignored]:
    """Yield what of the file runs pods and is not planned with."""
    own = sum(not group.is_managed for group in config.groups)
    for name, count in (("nodeGroups", own), ("fargateProfiles", len(config.profiles))):
        if count:
            yield Ignored(name, count, f"of a {KIND} kubestow reads managedNodeGroups")


def _pools(config: EksctlConfig) -> tuple[NodePool, ...]:
    managed = [group for group in config.groups if group.is_managed]
    if not managed:
        raise FieldError(
            "managedNodeGroups", "are missing", "plans launch from managed node groups only"
        )
    return tuple(_pool(group, config) for group in managed)


def _pool(group: EksctlNodeGroup, config: EksctlConfig) -> NodePool:
    shape = group.shape
    for attribute, name in _NOT_FOLLOWED.items():
        if getattr(shape, attribute):
            raise FieldError(
                f"{group.field}.{name}",
                "is not supported: kubestow cannot tell which nodes it launches",
                "replace it with instanceTypes, availabilityZones, amiFamily and volumeSize",
            )
    zones = shape.availability_zones or config.shape.availability_zones or []
    capacity_type = SPOT if group.is_spot else ON_DEMAND
    wanted = [
        requirement(names.OS, "In", ["linux"]),
        requirement(names.INSTANCE_TYPE, "In", group.instance_types),
        requirement(names.CAPACITY_TYPE, "In", [capacity_type]),
    ]
    wanted += [requirement(names.ZONE, "In", zones)] if zones else []
    labels = pairs(shape.labels)
    # A label that only some instances would carry by right narrows the group to those.
    wanted += [requirement(key, "In", [value]) for key, value in labels if key in names.WELL_KNOWN]
    zone = zones[0] if len(zones) == 1 else ""
    running = DesiredNodes(group.instance_types[0], zone, capacity_type, group.desired)
    return NodePool(
        group.name,
        Requirements.of(wanted),
        labels,
        group.taints,
        limits=(("nodes", group.maximum),),
        node_class=_node_class(group),
        desired=(running,) if group.desired else (),
        source=config.file,
    )


def _node_class(group: EksctlNodeGroup) -> NodeClass:
    shape, family = group.shape, group.shape.ami_family or ""
    if family not in _AMI_FAMILIES:
        supported = sorted(name for name in _AMI_FAMILIES if name)
        raise FieldError(
            f"{group.field}.amiFamily",
            f"{family!r} is not supported",
            did_you_mean(family, supported) or f"supported: {', '.join(supported)}",
        )
    own = 2 if _AMI_FAMILIES[family] == "Bottlerocket" else 1
    return NodeClass(
        name=group.name,
        ami_family=_AMI_FAMILIES[family],
        max_pods=shape.max_pods_per_node,
        root_volume_bytes=(shape.volume_size or _VOLUME_GIB) * GIB,
        block_devices=own + len(shape.additional_volumes or ()),
    )


def _unlabelled(cluster: Cluster, pools: list[NodePool]) -> Iterator[str]:
    """Yield a note for each label of Karpenter's that pods name and a group does not carry."""
    for key in sorted(named_labels(cluster)):
        lacking = [pool.name for pool in pools if key not in dict(pool.labels)]
        if key.startswith(_KARPENTER) and lacking:
            yield (
                f"pods name the label {key}, which nodes of managed node groups carry only if "
                f"their labels say so, as those of {', '.join(lacking)} do not: planned as if they "
                "did"
            )
