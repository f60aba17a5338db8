"""The plan's fleet as existing nodes: a change costs what must be added to it.

Every node of the plan becomes a node of the snapshot, with its pods. Only the pods that the change
concerns, and those that are unschedulable, are Pending. So a price does not depend on how well the
whole fleet was searched, and a trial plans only a few pods.
"""

from dataclasses import replace

from kubestow.catalog.usage import node_usage
from kubestow.model import labels as names
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool, owner_of
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import EBS_VOLUMES
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import EBS_DRIVER
from kubestow.provisioning.preparation.offerings import pools_of

_MARK = "planned:"  # no Kubernetes name contains a colon


def existing_name(name: str) -> str:
    """Return the name of a planned node that is treated as existing."""
    return _MARK + name


def planned_name(name: str) -> str | None:
    """Return the plan's name for such a node; None for a node of the input or a new node."""
    return name.removeprefix(_MARK) if name.startswith(_MARK) else None


def with_planned_nodes(snapshot: Snapshot, plan: Plan, concerned: tuple[int, ...]) -> Snapshot:
    """Return the snapshot with the plan's nodes, and the concerned pods Pending again."""
    pods = list(snapshot.cluster.pods)
    free = {pods[position].key for position in concerned}
    nodes = list(snapshot.cluster.nodes)
    home: dict[str, str] = {}
    for item in plan.nodes:
        name = item.name
        if not item.existing:
            name = existing_name(item.name)
            nodes.append(_node(item, name))
        home |= dict.fromkeys(item.pods, name)
    for position, pod in enumerate(pods):
        if not pod.node_name and pod.key in home and pod.key not in free:
            pods[position] = replace(pod, node_name=home[pod.key])
    cluster = replace(
        snapshot.cluster,
        pods=tuple(pods),
        nodes=tuple(sorted(nodes, key=lambda node: node.name)),
    )
    return replace(snapshot, cluster=cluster)


def _node(item: PlannedNode, name: str) -> Node:
    slots = dict(item.allocatable).get(EBS_VOLUMES, 0)
    labels = dict(item.labels) | {names.HOSTNAME: name}
    return Node(
        name,
        tuple(sorted(labels.items())),
        item.allocatable,
        item.taints,
        attach_limits=((EBS_DRIVER, slots),),
    )


def changed(
    snapshot: Snapshot,
    concerned: tuple[int, ...],
    template: PodTemplate,
    pools: tuple[NodePool, ...],
) -> Snapshot:
    """Return the snapshot with a changed template for the concerned pods and changed NodePools."""
    pods = list(snapshot.cluster.pods)
    for position in concerned:
        pods[position] = replace(pods[position], template=template)
    cluster = replace(snapshot.cluster, pods=tuple(pods), nodepools=pools)
    return replace(snapshot, cluster=cluster)


def only(snapshot: Snapshot, offerings: frozenset[tuple[str, str, str]]) -> Snapshot:
    """Return the snapshot with only these offerings (type, zone, capacity type)."""
    catalog = snapshot.catalog.narrowed(
        lambda item: (item.instance_type, item.zone, item.capacity_type) in offerings
    )
    return replace(snapshot, catalog=catalog)


def usage(
    snapshot: Snapshot, nodes: tuple[Node, ...], fresh: tuple[PlannedNode, ...] = ()
) -> dict[str, dict[str, int]]:
    """Return what nodes use of their NodePools' limits, by pool and resource."""
    types, prices = snapshot.catalog.instance_types, snapshot.catalog.prices()
    used_by_pool: dict[str, dict[str, int]] = {}
    pools = pools_of(snapshot.cluster)
    owned = [(owner_of(dict(n.labels), pools), dict(n.labels), n.allocatable) for n in nodes]
    owned += [(n.nodepool, dict(n.labels), n.allocatable) for n in fresh]
    for owner, labels, allocatable in owned:
        used = used_by_pool.setdefault(owner, {})
        for name, amount in node_usage(labels, allocatable, types, prices).items():
            used[name] = used.get(name, 0) + amount
    return used_by_pool
