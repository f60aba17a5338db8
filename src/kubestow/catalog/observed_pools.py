"""Pools that a running cluster tells of: what its nodes were launched from, as far as they show.

A NodePool is known by its object. A node group is not an object of the cluster: its nodes' labels
name it, and its instance types, zones and capacity types are those of its nodes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubestow.catalog.usage import capacity_type
from kubestow.model import labels as names
from kubestow.model.costs import Reservation
from kubestow.model.instance_type import ON_DEMAND, SPOT, InstanceType
from kubestow.model.node import Node
from kubestow.model.nodepool import Launcher, NodePool
from kubestow.model.requirements import Requirement, Requirements, requirement
from kubestow.model.snapshot import Cluster
from kubestow.model.survey import LaunchGroup

SOURCE = "the nodes of the cluster"
_CATEGORIES, _BURSTABLE = ("c", "m", "r"), "t"
_LINUX = "linux"
_CATEGORY = names.AWS_PREFIX + "instance-category"
_HYPERVISOR = names.AWS_PREFIX + "instance-hypervisor"
_OF_LIFECYCLE = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "karpenter.sh/")
_OF_INSTANCES = (
    *names.NODE_GROUPS, names.EKS_NODE_GROUP_IMAGE, names.MANAGED_CAPACITY_TYPE,
    names.EKSCTL_LIFECYCLE, names.REGISTERED, names.INITIALIZED, names.NODEPOOL,
)  # fmt: skip


def group_of(labels: Mapping[str, str], pools: Iterable[NodePool]) -> LaunchGroup:
    """Return who launched a node with these labels."""
    for pool in pools:
        if pool.owns(labels):
            return LaunchGroup(pool.kind, pool.name)
    if labels.get(names.NODEPOOL):
        return LaunchGroup("NodePool", labels[names.NODEPOOL])
    if labels.get(names.EKS_NODE_GROUP):
        return LaunchGroup(Launcher.MANAGED_NODE_GROUP.value, labels[names.EKS_NODE_GROUP])
    if labels.get(names.EKSCTL_NODE_GROUP):
        return LaunchGroup(Launcher.SELF_MANAGED_NODE_GROUP.value, labels[names.EKSCTL_NODE_GROUP])
    return LaunchGroup()


def observed_pools(cluster: Cluster, types: Mapping[str, InstanceType]) -> tuple[NodePool, ...]:
    """Return the cluster's NodePools, and a pool for each node group that only nodes tell of.

    Nodes of no group, those of a type that is not in the catalog, and those that do not run Linux
    tell of none.
    """
    members: dict[LaunchGroup, list[Node]] = {}
    for node in cluster.nodes:
        labels = dict(node.labels)
        group = group_of(labels, cluster.nodepools)
        is_linux = labels.get(names.OS, _LINUX) == _LINUX
        known = is_linux and labels.get(names.INSTANCE_TYPE) in types and labels.get(names.ZONE)
        if group.name and known and not any(pool.owns(labels) for pool in cluster.nodepools):
            members.setdefault(group, []).append(node)
    there = {pool.name for pool in cluster.nodepools}
    found = (_pool(group, nodes) for group, nodes in members.items() if group.name not in there)
    return (*cluster.nodepools, *found)


def _pool(group: LaunchGroup, nodes: list[Node]) -> NodePool:
    """Return the pool that such nodes are launched from."""
    all_labels = [dict(node.labels) for node in nodes]
    common = set(all_labels[0].items()).intersection(*(set(each.items()) for each in all_labels))
    own = {
        (key, text)
        for key, text in common
        if key not in names.WELL_KNOWN and names.normalised(key) not in names.WELL_KNOWN
        and key not in _OF_INSTANCES
    }  # fmt: skip
    taints = [
        taint
        for taint in nodes[0].taints
        if all(taint in node.taints for node in nodes) and not taint.key.startswith(_OF_LIFECYCLE)
    ]
    launched_by = next(
        (item for item in Launcher if item.value == group.kind), Launcher.KARPENTER
    )  # fmt: skip
    return NodePool(
        group.name,
        Requirements.of([requirement(names.OS, "In", ["linux"]), *_seen(all_labels)]),
        tuple(sorted(own)),
        tuple(taints),
        source=SOURCE,
        launched_by=launched_by,
    )


def _seen(all_labels: list[dict[str, str]]) -> list[Requirement]:
    """Return what nodes show of their types, zones and capacity types."""
    capacity = {capacity_type(labels) or ON_DEMAND for labels in all_labels}
    types = {labels[names.INSTANCE_TYPE] for labels in all_labels if names.INSTANCE_TYPE in labels}
    zones = {labels[names.ZONE] for labels in all_labels if names.ZONE in labels}
    return [
        requirement(names.INSTANCE_TYPE, "In", sorted(types)),
        requirement(names.ZONE, "In", sorted(zones)),
        requirement(names.CAPACITY_TYPE, "In", sorted(capacity)),
    ]


def as_in_use(pools: Iterable[NodePool], nodes: Iterable[Node]) -> tuple[NodePool, ...]:
    """Return the pools, kept to the instance types and capacity types that their nodes have now.

    Those without nodes are left out.
    """
    labels_of: dict[str, list[dict[str, str]]] = {}
    there = list(pools)
    for node in nodes:
        labels = dict(node.labels)
        for pool in there:
            if pool.owns(labels):
                labels_of.setdefault(pool.name, []).append(labels)
    return tuple(
        _narrowed(pool, _seen(labels_of[pool.name])) for pool in there if pool.name in labels_of
    )


def _narrowed(pool: NodePool, wanted: Iterable[Requirement]) -> NodePool:
    by_key = dict(pool.requirements.by_key)
    for item in wanted:
        if item.key == names.ZONE:
            continue
        before = by_key.get(item.key)
        item = replace(item, min_values=None)
        both = item if before is None else before.intersection(item)
        by_key[item.key] = item if both.is_does_not_exist else replace(both, min_values=None)
    return replace(pool, requirements=Requirements(by_key), desired=(), spot_types=0)


def with_any_kind(
    pools: Iterable[NodePool], types: Mapping[str, InstanceType]
) -> tuple[NodePool, ...]:
    """Return the pools; node groups that only nodes tell of may be of any ordinary type.

    That is a current c, m or r type of the architectures that their types have, or a t type where
    they have such. Groups with accelerators keep their types, and NodePools what they require.
    """
    return tuple(_of_any_kind(p, types) if p.source == SOURCE else p for p in pools)


def with_reserved_types(
    pools: Iterable[NodePool], reservations: Iterable[Reservation]
) -> tuple[NodePool, ...]:
    """Return the pools as they launch reserved nodes: node groups that only nodes tell of, of any.

    NodePools keep what they require.
    """
    types = sorted({item.instance_type for item in reservations})
    if not types:
        return tuple(pools)
    wanted = requirement(names.INSTANCE_TYPE, "In", types)

    def of_reserved(pool: NodePool) -> NodePool:
        free = (_CATEGORY, _HYPERVISOR, names.CURRENT_GENERATION)
        by_key = {k: own for k, own in pool.requirements.by_key.items() if k not in free}
        own = Requirements(by_key | {names.INSTANCE_TYPE: wanted})
        return replace(pool, requirements=own)

    return tuple(of_reserved(pool) if pool.source == SOURCE else pool for pool in pools)


def _of_any_kind(pool: NodePool, types: Mapping[str, InstanceType]) -> NodePool:
    by_key = dict(pool.requirements.by_key)
    seen = by_key.pop(names.INSTANCE_TYPE, None)
    shapes = [types[name] for name in sorted(seen.values)] if seen is not None else []
    if any(shape.gpu is not None or shape.accelerator is not None for shape in shapes):
        return pool
    burstable = (_BURSTABLE,) if any(shape.burstable for shape in shapes) else ()
    wanted = [
        requirement(_CATEGORY, "In", (*_CATEGORIES, *burstable)),
        requirement(names.ARCH, "In", sorted({shape.architecture for shape in shapes})),
        requirement(_HYPERVISOR, "In", ["nitro"]),
        requirement(names.CURRENT_GENERATION, "In", ["true"]),
    ]
    by_key |= {item.key: item for item in wanted}
    return replace(pool, requirements=Requirements(by_key))


def with_spot(pools: Iterable[NodePool]) -> tuple[NodePool, ...]:
    """Return the pools as if all of them could also launch spot nodes."""
    wanted = requirement(names.CAPACITY_TYPE, "In", [ON_DEMAND, SPOT])
    return tuple(
        replace(
            pool,
            requirements=Requirements(
                dict(pool.requirements.by_key) | {names.CAPACITY_TYPE: wanted}
            ),
        )
        for pool in pools
    )
