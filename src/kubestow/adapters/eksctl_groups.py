"""eksctl ClusterConfigs: their managed node groups, as pools that nodes may be launched from.

Law: a group is a NodePool of its instance types, zones and capacity type, limited to its largest
size, of which its desired size runs in any case. What would change which nodes it launches and is
not understood is a mistake; everything else in the file is counted and named. Source: eksctl's
ClusterConfig schema (eksctl.io/v1alpha5) and the defaults it fills in.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec

from kubestow.adapters.documents import Document, read_documents
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.kubernetes.fields import pairs, taints
from kubestow.adapters.kubernetes.wire import TaintWire
from kubestow.adapters.sources import read_sources
from kubestow.model import labels as names
from kubestow.model.input_error import InputError, InputProblem
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import GIB, DesiredNodes, NodeClass, NodePool
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.snapshot import Cluster, Ignored
from kubestow.model.suggestion import did_you_mean

_KIND, _API = "ClusterConfig", "eksctl.io/v1alpha5"
_AMI_FAMILIES = {
    "": "AL2023", "AmazonLinux2023": "AL2023", "AmazonLinux2": "AL2", "Bottlerocket": "Bottlerocket"
}  # fmt: skip
_INSTANCE_TYPE, _SIZE, _VOLUME_GIB = "m5.large", 2, 80
"""What eksctl takes where a group says nothing: type, desired size, root volume."""
_UNJUDGED = (
    "ami", "bottlerocket", "instanceSelector", "launchTemplate", "localZones", "outpostARN",
    "overrideBootstrapCommand", "subnets",
)  # fmt: skip
"""Fields of a group that decide what its nodes are, in ways kubestow does not follow."""
_IRRELEVANT = (
    "additionalEncryptedVolume", "asgSuspendProcesses", "capacityReservation", "containerRuntime",
    "cpuCredits", "disableIMDSv1", "disablePodIMDS", "ebsOptimized", "efaEnabled",
    "enableDetailedMonitoring", "enclaveEnabled", "iam", "instanceName", "instanceMarketOptions",
    "instancePrefix", "nodeRepairConfig", "placement", "preBootstrapCommands",
    "privateNetworking", "propagateASGTags", "releaseVersion", "securityGroups", "ssh", "tags",
    "updateConfig", "volumeEncrypted", "volumeIOPS", "volumeKmsKeyID", "volumeName",
    "volumeThroughput", "volumeType",
)  # fmt: skip
_KARPENTER = ("karpenter.sh/", names.AWS_PREFIX)


class _Group(msgspec.Struct, rename="camel"):
    name: str = ""
    instance_type: str | None = None
    instance_types: list[str] | None = None
    spot: bool = False
    availability_zones: list[str] | None = None
    min_size: int | None = None
    max_size: int | None = None
    desired_capacity: int | None = None
    ami_family: str | None = None
    max_pods_per_node: int | None = None
    volume_size: int | None = None
    additional_volumes: list[Any] | None = None
    labels: dict[str, str] | None = None
    taints: list[TaintWire] | None = None


class _Metadata(msgspec.Struct):
    name: str = ""
    region: str = ""


class _Config(msgspec.Struct, rename="camel"):
    metadata: _Metadata
    managed_node_groups: list[_Group] | None = None
    availability_zones: list[str] | None = None


_KNOWN = frozenset(field.encode_name for field in msgspec.structs.fields(_Group))


def with_node_groups(cluster: Cluster, arguments: list[str], *, from_scratch: bool) -> Cluster:
    """Add the managed node groups of ClusterConfigs; raise InputError for the first mistake.

    ``from_scratch`` leaves out that their desired size runs in any case.
    """
    groups: list[NodePool] = []
    regions, ignored = set(cluster.regions), list(cluster.ignored)
    for document in _documents(arguments):
        try:
            config, raw = _config(document)
            found = list(_pools(config, raw, document.file))
        except FieldError as mistake:
            subject = f"{document.kind} {mistake.field}".strip()
            raise InputError(
                f"{document.file}: {subject}: {mistake.message}", hint=mistake.hint
            ) from mistake
        regions |= {config.metadata.region} - {""}
        ignored += _ignored(raw)
        groups += [replace(pool, desired=()) if from_scratch else pool for pool in found]
    pools = (*cluster.nodepools, *groups)
    seen: dict[str, str] = {}
    for pool in pools:
        if pool.name in seen:
            raise InputError(
                f"{pool.source}: another NodePool or node group is called {pool.name!r}",
                hint=f"it is in {seen[pool.name]}: rename one of the two",
            )
        seen[pool.name] = pool.source
    return replace(
        cluster,
        nodepools=pools,
        regions=tuple(sorted(regions)),
        ignored=tuple(ignored),
        assumptions=(*cluster.assumptions, *_unlabelled(cluster, groups)),
    )


def _documents(arguments: list[str]) -> list[Document]:
    problems: list[InputProblem] = []
    found = [d for s in read_sources(arguments, problems) for d in read_documents(s, problems)]
    if problems:
        raise InputError(problems[0].describe(), hint=problems[0].hint)
    for document in found:
        if (document.api_version, document.kind) != (_API, _KIND):
            raise InputError(
                f"{document.file}: expected {_API} {_KIND}, found "
                f"{document.api_version or '?'} {document.kind}",
                hint="--cluster-config takes files of eksctl; manifests go to -f or --nodepool",
            )
    return found


def _config(document: Document) -> tuple[_Config, dict[str, Any]]:
    config: _Config = decode(document, _Config)
    raw: dict[str, Any] = msgspec.json.decode(document.json)
    if not config.managed_node_groups:
        raise FieldError(
            "managedNodeGroups", "are missing", "kubestow reads managed node groups, no others"
        )
    return config, raw


def _ignored(raw: dict[str, Any]) -> Iterator[Ignored]:
    """Yield what of the file runs pods and is not planned with."""
    for key in ("nodeGroups", "fargateProfiles"):
        if raw.get(key):
            yield Ignored(key, len(raw[key]), f"of a {_KIND} kubestow reads managedNodeGroups")


def _pools(config: _Config, raw: dict[str, Any], file: str) -> Iterator[NodePool]:
    groups = zip(config.managed_node_groups or (), raw["managedNodeGroups"], strict=True)
    for number, (group, fields) in enumerate(groups):
        where = f"managedNodeGroups[{number}]"
        _check_fields(fields, where)
        zones = group.availability_zones or config.availability_zones
        yield _pool(group, where, zones or [], file)


def _check_fields(fields: dict[str, Any], where: str) -> None:
    for name in fields:
        if name in _UNJUDGED and fields[name]:
            raise FieldError(
                f"{where}.{name}",
                "decides what the nodes are, and kubestow cannot follow it",
                "say instanceTypes, availabilityZones, amiFamily, volumeSize, maxPodsPerNode",
            )
        if name not in _KNOWN and name not in _IRRELEVANT and name not in _UNJUDGED:
            raise FieldError(
                f"{where}.{name}",
                "is not a field of a managed node group",
                did_you_mean(name, sorted({*_KNOWN, *_IRRELEVANT})) or "see 'eksctl utils schema'",
            )


def _pool(group: _Group, where: str, zones: list[str], file: str) -> NodePool:
    if not group.name:
        raise FieldError(f"{where}.name", "is missing", "give the group a name")
    if group.instance_type and group.instance_types:
        hint = "keep instanceTypes"
        raise FieldError(f"{where}.instanceType", "stands beside instanceTypes", hint)
    types = group.instance_types or [group.instance_type or _INSTANCE_TYPE]
    capacity_type = SPOT if group.spot else ON_DEMAND
    wanted = [
        requirement(names.OS, "In", ["linux"]),
        requirement(names.INSTANCE_TYPE, "In", types),
        requirement(names.CAPACITY_TYPE, "In", [capacity_type]),
    ]
    wanted += [requirement(names.ZONE, "In", zones)] if zones else []
    labels = pairs(group.labels)
    # A label that only some instances would carry by right narrows the group to those.
    wanted += [requirement(key, "In", [value]) for key, value in labels if key in names.WELL_KNOWN]
    desired, largest = _sizes(group, where)
    zone = zones[0] if len(zones) == 1 else ""
    running = DesiredNodes(types[0], zone, capacity_type, desired)
    return NodePool(
        group.name,
        Requirements.of(wanted),
        labels,
        taints(group.taints, f"{where}.taints"),
        limits=(("nodes", largest),),
        node_class=_node_class(group, where),
        desired=(running,) if desired else (),
        source=file,
    )


def _sizes(group: _Group, where: str) -> tuple[int, int]:
    """Return the desired and the largest size, as eksctl fills in what is not said."""
    least, desired, most = group.min_size, group.desired_capacity, group.max_size
    for name, size in (("minSize", least), ("desiredCapacity", desired), ("maxSize", most)):
        if size is not None and size < 0:
            raise FieldError(f"{where}.{name}", f"{size} is negative", "give 0 or more")
    if desired is None:
        desired = least if least is not None else min(_SIZE, _SIZE if most is None else most)
    least = desired if least is None else least
    most = max(desired, least) if most is None else most
    if not least <= desired <= most:
        raise FieldError(
            f"{where}.desiredCapacity",
            f"{desired} is not between minSize {least} and maxSize {most}",
            "make minSize at most desiredCapacity, and that at most maxSize",
        )
    return desired, most


def _node_class(group: _Group, where: str) -> NodeClass:
    family = group.ami_family or ""
    if family not in _AMI_FAMILIES:
        known = sorted(name for name in _AMI_FAMILIES if name)
        raise FieldError(
            f"{where}.amiFamily",
            f"{family!r} is not supported",
            did_you_mean(family, known) or f"supported: {', '.join(known)}",
        )
    for name, size in (
        ("volumeSize", group.volume_size),
        ("maxPodsPerNode", group.max_pods_per_node),
    ):
        if size is not None and size < 1:
            raise FieldError(f"{where}.{name}", f"{size} is below 1", "give 1 or more")
    own = 2 if _AMI_FAMILIES[family] == "Bottlerocket" else 1
    return NodeClass(
        name=group.name,
        ami_family=_AMI_FAMILIES[family],
        max_pods=group.max_pods_per_node,
        root_volume_bytes=(group.volume_size or _VOLUME_GIB) * GIB,
        block_devices=own + len(group.additional_volumes or ()),
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
