"""The nodes that a migration drains, and those that it launches."""

from typing import Annotated

from msgspec import Meta

from kubestow.model import labels as names
from kubestow.model.instance_type import NANO_USD
from kubestow.model.migration import Migration, PlannedLaunch, Request
from kubestow.model.snapshot import Cluster
from kubestow.views.shared import TaintView, taint_views
from kubestow.views.view import Count, NonNegative, View

_SET_BY_KUBELET = ("kubernetes.io", "k8s.io", "k8s.aws", "eks.amazonaws.com")

HourlyPrice = Annotated[NonNegative | None, Meta(description="Null if no price covers the node.")]


class SourceNodeView(View, frozen=True):
    """A node to drain."""

    name: str
    instance_type: str
    zone: str
    node_group: str
    node_pool: str
    cluster: Annotated[str, Meta(description="From eksctl's label; empty if the node has none.")]
    usd_per_hour: HourlyPrice


class SourceView(View, frozen=True):
    """The nodes to drain."""

    selector: Annotated[str, Meta(description="The label selector that selects them.")]
    nodes: tuple[SourceNodeView, ...]


class LaunchedNodeView(View, frozen=True):
    """A node to launch."""

    name: str
    instance_type: str
    zone: str
    capacity_type: str
    node_pool: str
    node_group: Annotated[
        str, Meta(description="The node group that grows; empty if a new one is created.")
    ]
    node_group_size: Annotated[Count, Meta(description="How many nodes that group has now.")]
    copy_of: Annotated[str, Meta(description="The existing or planned node it is a copy of.")]
    usd_per_hour: HourlyPrice
    labels: Annotated[dict[str, str], Meta(description="Labels to set when launching it.")]
    taints: tuple[TaintView, ...]


def source_view(
    selector: str, migration: Migration, cluster: Cluster, request: Request
) -> SourceView:
    """Return the view of the nodes to drain, in the order of the input."""
    prices, sources = dict(request.prices), set(migration.sources)
    nodes = []
    for node in cluster.nodes:
        if node.name not in sources:
            continue
        labels = dict(node.labels)
        nodes.append(
            SourceNodeView(
                name=node.name,
                instance_type=labels.get(names.INSTANCE_TYPE, ""),
                zone=labels.get(names.ZONE, ""),
                node_group=node_group(labels),
                node_pool=labels.get(names.NODEPOOL, ""),
                cluster=labels.get(names.EKSCTL_CLUSTER, ""),
                usd_per_hour=_usd(prices.get(node.name)),
            )
        )
    return SourceView(selector, tuple(nodes))


def node_group(labels: dict[str, str]) -> str:
    """Return the name of a node's node group, or an empty string if its labels name none."""
    return labels.get(names.EKS_NODE_GROUP) or labels.get(names.EKSCTL_NODE_GROUP, "")


def launched_node_view(launch: PlannedLaunch, cluster: Cluster) -> LaunchedNodeView:
    """Return the view of a node to launch."""
    group = ""
    if launch.model:
        model = next((node for node in cluster.nodes if node.name == launch.model), None)
        group = "" if model is None else node_group(dict(model.labels))
    size = sum(node_group(dict(node.labels)) == group for node in cluster.nodes) if group else 0
    requested = _requested_keys(cluster)
    labels = {key: text for key, text in launch.node.labels if _must_be_set(key, requested)}
    return LaunchedNodeView(
        name=launch.node.name,
        instance_type=launch.instance_type,
        zone=launch.zone,
        capacity_type=launch.capacity_type,
        node_pool=launch.nodepool,
        node_group=group,
        node_group_size=size,
        copy_of=launch.model,
        usd_per_hour=_usd(launch.nano_usd_per_hour),
        labels={} if group else labels,
        taints=taint_views(launch.node.taints),
    )


def _usd(nano: int | None) -> float | None:
    return None if nano is None else nano / NANO_USD


def _must_be_set(key: str, requested: frozenset[str]) -> bool:
    """Return whether this label must be set at launch because nothing else sets it."""
    domain = key.partition("/")[0]
    if key in names.BETA_ALIASES or domain.endswith(_SET_BY_KUBELET):
        return False
    return key in requested or not domain.startswith("karpenter.")


def _requested_keys(cluster: Cluster) -> frozenset[str]:
    """Return the node labels that any pod selects by."""
    templates = dict.fromkeys(pod.template for pod in cluster.pods)
    keys = {key for template in templates for key, _ in template.node_selector}
    for template in templates:
        for term in template.node_affinity or ():
            keys |= {item.key for item in term.expressions}
    return frozenset(keys)
