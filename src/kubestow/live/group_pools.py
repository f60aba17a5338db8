"""Managed node groups as pools: a group is a NodePool of its types and zones, up to its size.

Auto Scaling chooses the zone of a new instance, the one with fewest; and of several types on
demand the first that there is capacity for. Sources: EKS user guide, "Managed node groups"; EC2
Auto Scaling user guide, "Allocation strategies" and "Auto Scaling benefits" (zones).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubestow.catalog.density import MANAGED_PODS_AT_MOST
from kubestow.model import labels as names
from kubestow.model.instance_type import SPOT, InstanceType
from kubestow.model.managed_group import ManagedGroup
from kubestow.model.nodepool import Disruption, Launcher, NodeBudget, NodeClass, NodePool
from kubestow.model.observed import Observed
from kubestow.model.requirements import Requirements, requirement


def pool_of(group: ManagedGroup, types: Mapping[str, InstanceType]) -> NodePool:
    """Return the pool that a group's nodes are launched from; ``types`` are the catalog's."""
    chosen = group.instance_types if group.capacity_type == SPOT else group.instance_types[:1]
    wanted = [
        requirement(names.OS, "In", ["linux"]),
        requirement(names.INSTANCE_TYPE, "In", chosen),
        requirement(names.CAPACITY_TYPE, "In", [group.capacity_type]),
        requirement(names.ZONE, "In", group.zones),
    ]
    # A label that only some instances would carry by right narrows the group to those.
    wanted += [
        requirement(key, "In", [text]) for key, text in group.labels if key in names.WELL_KNOWN
    ]
    alike = tuple(types[name] for name in group.instance_types if name in types)
    own = NodeClass(
        name=group.name,
        ami_family=group.ami_family,
        pods_at_most=MANAGED_PODS_AT_MOST,
        pods_as=alike if len(alike) > 1 else (),
    )
    if group.disk_bytes is not None:
        own = replace(own, root_volume_bytes=group.disk_bytes)
    return NodePool(
        group.name,
        Requirements.of(wanted),
        group.labels,
        group.taints,
        limits=(("nodes", group.least if group.trouble else group.most),),
        node_class=own,
        disruption=Disruption(
            consolidate_after=group.consolidate_after,
            budgets=(NodeBudget(0 if group.is_updating else "10%"),),
        ),
        startup_taints=group.startup_taints,
        source=f"node group {group.name}",
        launched_by=Launcher.MANAGED_NODE_GROUP,
        least_nodes=group.least,
    )


def with_groups(observed: Observed, pools: Iterable[NodePool]) -> Observed:
    """Return what was observed with the pools of node groups, in place of others of their names."""
    own = tuple(pools)
    if not own:
        return observed
    taken = {pool.name for pool in own}
    cluster = observed.snapshot.cluster
    others = tuple(pool for pool in cluster.nodepools if pool.name not in taken)
    cluster = replace(cluster, nodepools=(*others, *own))
    return replace(observed, snapshot=replace(observed.snapshot, cluster=cluster))


def hidden(observed: Observed, pools: Iterable[NodePool]) -> str:
    """Return which NodePools are not used since they have the names of node groups' pools."""
    taken = {pool.name for pool in pools}
    found = [
        pool.name
        for pool in observed.snapshot.cluster.nodepools
        if pool.name in taken and not pool.launched_by.is_node_group
    ]
    return "; ".join(
        f"NodePool {name}: no node is launched from it, since --node-group {name} has its name "
        "(hint: rename it, or leave the node group out)"
        for name in sorted(found)
    )


def remarks(group: ManagedGroup, types: Mapping[str, InstanceType]) -> list[str]:
    """Return what somebody should know who lets kubestow scale a group."""
    said = []
    if group.trouble:
        said.append(f"node group {group.name}: no node is launched: {group.trouble}")
    if len(group.zones) > 1:
        said.append(
            f"node group {group.name} is in {len(group.zones)} zones, and Auto Scaling chooses the "
            "zone of each node: give each zone a group of its own where pods have volumes or are "
            "spread"
        )
    unknown = [name for name in group.instance_types if name not in types]
    if unknown:
        said.append(f"node group {group.name}: {', '.join(unknown)}: not in the catalog")
    return said
