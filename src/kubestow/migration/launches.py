"""Launches: nodes of a plan, or copies of existing nodes, with their DaemonSet pods."""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.catalog.usage import capacity_type
from kubestow.disruption.expected import is_node_bound
from kubestow.migration.start import Start
from kubestow.model.instance_type import ON_DEMAND, Catalog
from kubestow.model.labels import (
    CAPACITY_TYPE,
    HOSTNAME,
    INSTANCE_TYPE,
    NODEPOOL,
    ZONE,
)
from kubestow.model.migration import (
    LOST,
    RESTART,
    PlannedLaunch,
    Request,
)
from kubestow.model.node import Node
from kubestow.model.plan import PlannedNode
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.rehearsal import launched_node, launched_pods


def planned(nodes: Sequence[PlannedNode], cluster: Cluster) -> tuple[PlannedLaunch, ...]:
    """Return the new nodes of a plan."""
    return tuple(
        PlannedLaunch(
            launched_node(node),
            launched_pods(node, cluster.daemonsets),
            node.price.nano_usd_per_hour,
            node.instance_type,
            node.zone,
            node.capacity_type,
            node.nodepool,
        )
        for node in nodes
        if not node.existing
    )


def to_plan(cluster: Cluster, request: Request) -> Cluster:
    """Return the cluster to plan: without the source nodes, and with their pods Pending.

    Lost pods are left out; successors that run beside their pods are included.
    """
    start = Start(cluster, request, ())
    gone = set(request.sources)
    rolled = {s for g, s in start.successors.items() if start.means_of(g) == RESTART}
    pods = []
    for number, pod in enumerate(start.cluster.pods):
        name = start.where.get(number, "")
        if number in rolled:
            continue
        if name not in gone:
            pods.append(pod.on(name))
        elif start.means.get(number, LOST) != LOST:
            pods.append(pod)
    nodes = tuple(node for node in cluster.nodes if node.name not in gone)
    return replace(cluster, nodes=nodes, pods=tuple(pods), claims=start.cluster.claims)


def model_of(cluster: Cluster, node: Node, nano_usd_per_hour: int | None) -> PlannedLaunch:
    """Return an existing node as a model for launches."""
    labels = dict(node.labels)
    pods = tuple(pod for pod in cluster.pods if pod.node_name == node.name and is_node_bound(pod))
    return PlannedLaunch(
        replace(node, unschedulable=False),
        pods,
        nano_usd_per_hour,
        labels.get(INSTANCE_TYPE, ""),
        labels.get(ZONE, ""),
        labels.get(CAPACITY_TYPE, ""),
        labels.get(NODEPOOL, ""),
        node.name,
    )


def copy_of(launch: PlannedLaunch, number: int) -> PlannedLaunch:
    """Return a copy of a node with a new name."""
    name = f"{launch.node.name}-copy-{number}"
    labels = dict(launch.node.labels)
    if HOSTNAME in labels:
        labels[HOSTNAME] = name
    pods = tuple(replace(p, name=f"{p.name}-copy-{number}", node_name=name) for p in launch.pods)
    node = replace(launch.node, name=name, labels=tuple(sorted(labels.items())))
    return replace(launch, node=node, pods=pods, model=launch.model or launch.node.name)


def prices(cluster: Cluster, catalog: Catalog) -> tuple[tuple[str, int], ...]:
    """Return the catalog's prices of existing nodes, in nano-USD per hour, as far as known.

    A node without a capacity type counts as on-demand.
    """
    listed = {
        (o.instance_type, o.zone, o.capacity_type): o.price.nano_usd_per_hour
        for o in catalog.offerings
        if o.price is not None
    }
    priced = []
    for node in cluster.nodes:
        labels = dict(node.labels)
        bought = capacity_type(labels) or ON_DEMAND
        price = listed.get((labels.get(INSTANCE_TYPE, ""), labels.get(ZONE, ""), bought))
        if price is not None:
            priced.append((node.name, price))
    return tuple(priced)
