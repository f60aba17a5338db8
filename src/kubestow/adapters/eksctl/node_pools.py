"""Node groups of ClusterConfigs, managed and self-managed, as pools that nodes are launched from.

A group is a NodePool of its instance types, zones and capacity type, limited to its largest size,
of which its desired size runs in any case. A group whose nodes kubestow cannot know is left out, by
name and with the reason. Sources: EKS user guide, "Managed node groups" (order of instance types,
largest number of pods); Auto Scaling's MixedInstancesPolicy (the first type on demand);
kubernetes/autoscaler cluster-autoscaler/cloudprovider/aws (a group's template is its first type).
"""

from collections.abc import Iterator
from dataclasses import replace

from kubestow.adapters import kubestow_file
from kubestow.adapters.catalog_files import load_instance_types
from kubestow.adapters.eksctl.bottlerocket_settings import kubelet_settings
from kubestow.adapters.eksctl.config_file import HINT, EksctlConfig, read_configs
from kubestow.adapters.eksctl.group_zones import group_zones
from kubestow.adapters.eksctl.node_group import EksctlNodeGroup
from kubestow.adapters.eksctl.unknown_nodes import why_unknown
from kubestow.adapters.eksctl.unmodelled import config_notes, group_notes, title
from kubestow.adapters.eksctl.wire import KIND, SelfManagedGroupShape
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.fields import pairs
from kubestow.adapters.kubernetes.nodepools import with_kubelet
from kubestow.catalog import auto_mode
from kubestow.catalog.density import MANAGED_PODS_AT_MOST
from kubestow.model import labels as names
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import ON_DEMAND, SPOT, InstanceType
from kubestow.model.named_labels import named_labels
from kubestow.model.nodepool import GIB, DesiredNodes, Launcher, NodeClass, NodePool
from kubestow.model.requirements import Requirements, requirement
from kubestow.model.snapshot import Cluster, Ignored
from kubestow.model.taints import HELD_TAINT

AMI_FAMILIES = {
    "": "AL2023", "AmazonLinux2023": "AL2023", "AmazonLinux2": "AL2", "Bottlerocket": "Bottlerocket"
}  # fmt: skip
_VOLUME_GIB = 80  # eksctl's default
_KARPENTER = ("karpenter.sh/", names.AWS_PREFIX)


def with_node_groups(cluster: Cluster, arguments: list[str], *, from_scratch: bool) -> Cluster:
    """Add the node groups of ClusterConfigs; raise InputError for the first mistake.

    ``from_scratch`` leaves out that their desired size runs in any case. Raises InputError as well
    where every group had to be left out: what is launched would then be none of theirs.
    """
    groups: list[NodePool] = []
    notes: list[str] = []
    remarks = list(cluster.remarks)
    regions, ignored = set(cluster.regions), list(cluster.ignored)
    addons, custom_networking = set(cluster.addons), cluster.custom_networking
    for config in read_configs(arguments):
        pools, left_out = [], []
        for group in config.groups:
            reason = why_unknown(group, config.shape)
            if reason:
                left_out.append(Ignored(title(group), 1, f"left out: {reason}"))
                continue
            try:
                pools.append(_pool(group, config))
            except FieldError as mistake:
                raise kubestow_file.refused(config.file, KIND, mistake, HINT) from mistake
            notes += group_notes(group, config)
        pools += _built_in_pools(config)
        if left_out and not (pools or groups or cluster.nodepools):
            raise _nothing_left(config, left_out)
        if not config.groups and not pools:
            notes.append(f"{config.file} has no node groups: it adds nothing to launch from")
        remarks += config.remarks
        notes += config_notes(config, cluster)
        groups += [replace(pool, desired=()) if from_scratch else pool for pool in pools]
        custom_networking |= config.networking.custom_networking
        addons |= {addon.name for addon in config.shape.addons or ()}
        regions |= {config.shape.metadata.region or ""} - {""}
        ignored += [*left_out, *_ignored(config)]
    together = (*cluster.nodepools, *groups)
    _check_unique(together)
    return replace(
        cluster,
        nodepools=together,
        regions=tuple(sorted(regions)),
        ignored=tuple(ignored),
        addons=frozenset(addons),
        custom_networking=custom_networking,
        assumptions=(*cluster.assumptions, *notes, *_unlabelled(cluster, groups)),
        remarks=tuple(remarks),
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


def _nothing_left(config: EksctlConfig, left_out: list[Ignored]) -> InputError:
    first = left_out[0]
    more = f", and {len(left_out) - 1} more" if len(left_out) > 1 else ""
    return InputError(
        f"{config.file}: no node group can be planned with: {first.kind} is {first.reason}{more}",
        hint="describe the nodes with instanceTypes, availabilityZones, amiFamily and volumeSize, "
        "or plan from NodePools with --nodepool",
    )


def _ignored(config: EksctlConfig) -> Iterator[Ignored]:
    """Yield what of the file runs pods and is not planned with."""
    if config.profiles:
        reason = f"of a {KIND} kubestow plans with node groups; 'compare' takes Fargate profiles"
        yield Ignored("fargateProfiles", len(config.profiles), reason)


def _built_in_pools(config: EksctlConfig) -> Iterator[NodePool]:
    """Yield the built-in NodePools of EKS Auto Mode that the cluster enables."""
    mode = config.shape.auto_mode_config
    if mode is None or not mode.enabled:
        return
    wanted = mode.node_pools
    for pool in auto_mode.BUILT_IN_POOLS:
        if wanted is None or pool.name in wanted:
            yield replace(pool, source=config.file)


def _pool(group: EksctlNodeGroup, config: EksctlConfig) -> NodePool:
    shape = group.shape
    zones = group_zones(config.shape, shape) or ()
    capacity_type = SPOT if group.is_spot else ON_DEMAND
    # On demand, Auto Scaling launches the first type of the list that there is capacity for.
    types = group.instance_types if group.is_spot else group.instance_types[:1]
    wanted = [
        requirement(names.OS, "In", ["linux"]),
        requirement(names.INSTANCE_TYPE, "In", types),
        requirement(names.CAPACITY_TYPE, "In", [capacity_type]),
    ]
    wanted += [requirement(names.ZONE, "In", zones)] if zones else []
    labels = pairs(shape.labels)
    # A label that only some instances would carry by right narrows the group to those.
    wanted += [requirement(key, "In", [value]) for key, value in labels if key in names.WELL_KNOWN]
    zone = zones[0] if len(zones) == 1 else ""
    running = DesiredNodes(types[0], zone, capacity_type, group.desired)
    return NodePool(
        group.name,
        Requirements.of(wanted),
        pairs(dict(labels) | _labels_of_eksctl(group, config)),
        tuple(taint for taint in group.taints if taint != HELD_TAINT),  # taken away at their start
        limits=(("nodes", group.maximum),),
        node_class=_node_class(group),
        desired=(running,) if group.desired else (),
        source=config.file,
        launched_by=(
            Launcher.MANAGED_NODE_GROUP if group.is_managed else Launcher.SELF_MANAGED_NODE_GROUP
        ),
    )


def _labels_of_eksctl(group: EksctlNodeGroup, config: EksctlConfig) -> dict[str, str]:
    """Return the labels that eksctl gives every node of a group.

    Sources: eksctl's defaults.go setDefaultNodeLabels; node-lifecycle comes from its bootstrap
    script, which AL2023 and Bottlerocket do not run.
    """
    labels = {
        names.EKSCTL_CLUSTER: config.shape.metadata.name or "",
        names.EKSCTL_NODE_GROUP: group.name,
    }
    if group.is_managed:  # eksctl makes a launch template for each of them
        labels |= {names.SOURCE_LAUNCH_TEMPLATE: "lt-unknown", names.SOURCE_TEMPLATE_VERSION: "1"}
    if not group.is_managed and group.shape.ami_family == "AmazonLinux2" and not group.is_mixed:
        labels[names.EKSCTL_LIFECYCLE] = SPOT if group.is_spot else ON_DEMAND
    return labels


def _alike(group: EksctlNodeGroup) -> tuple[InstanceType, ...]:
    """Return the types of a managed group of several: EKS gives all of them the fewest pods.

    Source: EKS user guide, "Assign more IP addresses to nodes with prefixes", considerations.
    """
    if not group.is_managed or len(group.instance_types) < 2:
        return ()
    types = load_instance_types()
    return tuple(types[name] for name in group.instance_types if name in types)


def _node_class(group: EksctlNodeGroup) -> NodeClass:
    shape = group.shape
    family = AMI_FAMILIES[shape.ami_family or ""]
    own = 2 if family == "Bottlerocket" else 1
    node_class = NodeClass(
        name=group.name,
        ami_family=family,
        max_pods=shape.max_pods_per_node,
        pods_at_most=MANAGED_PODS_AT_MOST if group.is_managed else None,
        pods_as=_alike(group),
        root_volume_bytes=(shape.volume_size or _VOLUME_GIB) * GIB,
        block_devices=own + len(shape.additional_volumes or ()),
    )
    field = f"{group.field}.bottlerocket.settings.kubernetes"
    settings = kubelet_settings(shape, field)
    if isinstance(shape, SelfManagedGroupShape) and shape.kubelet_extra_config is not None:
        field, settings = f"{group.field}.kubeletExtraConfig", shape.kubelet_extra_config
    return node_class if settings is None else with_kubelet(node_class, settings, field)


def _unlabelled(cluster: Cluster, pools: list[NodePool]) -> Iterator[str]:
    """Yield a note for each label of Karpenter's that pods name and a group does not carry."""
    groups = [pool for pool in pools if pool.launched_by.is_node_group]
    for key in sorted(named_labels(cluster)):
        lacking = [pool.name for pool in groups if key not in dict(pool.labels)]
        if key.startswith(_KARPENTER) and lacking:
            yield (
                f"pods name the label {key}, which nodes of node groups carry only if their labels "
                f"say so, as those of {', '.join(lacking)} do not"
            )
