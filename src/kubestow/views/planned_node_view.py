"""PlannedNodeView: a node of the plan with its capacity and its pods."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from kubestow.model.headroom import is_headroom
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.resources import CPU, MEMORY, PODS, format_amount
from kubestow.model.snapshot import Snapshot
from kubestow.views.resilience_view import LaunchListView, launch_list_view
from kubestow.views.shared import PodKey, Quantities, TaintView, taint_views
from kubestow.views.view import CountFromOne, NonNegative, View

_LATER = ("last", "third", "second")


class PlannedNodeView(View, frozen=True):
    """A node of the plan: new, reserved or existing."""

    name: str
    node_pool: str
    instance_type: str
    zone: str
    capacity_type: str
    usd_per_hour: Annotated[
        NonNegative,
        Meta(description="With what --costs adds; 0 for an existing node, which adds no cost."),
    ]
    price_source: str
    price_is_estimate: bool
    existing: Annotated[
        bool, Meta(description="Whether it is in the input or reserved, so that it adds no cost.")
    ]
    labels: dict[str, str]
    taints: tuple[TaintView, ...]
    allocatable: Quantities
    requested: Quantities
    pods: Annotated[
        tuple[PodKey, ...],
        Meta(description="Pods of the input on this node, bound and planned."),
    ]
    daemon_set_pods: Annotated[
        tuple[PodKey, ...],
        Meta(description="Pods that DaemonSets create here: namespace/daemonset-node."),
    ]
    headroom_pods: Annotated[
        CountFromOne | UnsetType,
        Meta(description="Placeholder pods of --headroom planned here; absent if there are none."),
    ] = UNSET
    reservation: Annotated[
        str | UnsetType,
        Meta(
            description="Only for a reserved node, which does not exist yet: the reservation in "
            "the costs file that pays for it."
        ),
    ] = UNSET
    launch: Annotated[
        LaunchListView | UnsetType,
        Meta(description="Only for new nodes, with --launch-list."),
    ] = UNSET

    @property
    def is_there(self) -> bool:
        """Whether the node already exists; a reserved one does not."""
        return self.existing and not self.reservation

    @property
    def is_used_reservation(self) -> bool:
        """Whether the node is reserved and has pods."""
        return bool(self.reservation and (self.pods or self.headroom_pods))

    @property
    def fill_order(self) -> str:
        """The node's place in the fill order: second, third or last; empty for first."""
        keys = {taint.key for taint in self.taints}
        return next((n for n in _LATER if f"kubestow.dev/fill-{n}" in keys), "")


def planned_node_views(plan: Plan, snapshot: Snapshot) -> tuple[PlannedNodeView, ...]:
    """Return the views of the plan's nodes, in order."""
    requests = _requests_by_pod(snapshot)
    return tuple(_node(node, requests) for node in plan.nodes)


def _node(node: PlannedNode, requests: Mapping[str, Mapping[str, int]]) -> PlannedNodeView:
    amounts = dict(node.allocatable)
    daemon_sets = [pod.removesuffix(f"-{node.name}") for pod in node.daemonset_pods]
    requested: dict[str, int] = {}
    for key in (*node.pods, *daemon_sets):
        for name, amount in requests[key].items():
            requested[name] = requested.get(name, 0) + amount
    own = tuple(pod for pod in node.pods if not is_headroom(pod))
    resources = sorted({CPU, MEMORY, PODS} | (set(requested) & set(amounts)))
    return PlannedNodeView(
        name=node.name,
        node_pool=node.nodepool,
        instance_type=node.instance_type,
        zone=node.zone,
        capacity_type=node.capacity_type,
        usd_per_hour=node.price.usd_per_hour,
        price_source=node.price.source,
        price_is_estimate=node.price.is_estimate,
        existing=node.existing,
        labels=dict(node.labels),
        taints=taint_views(node.taints),
        allocatable={name: format_amount(name, amounts.get(name, 0)) for name in resources},
        requested={name: format_amount(name, requested.get(name, 0)) for name in resources},
        pods=own,
        daemon_set_pods=node.daemonset_pods,
        headroom_pods=len(node.pods) - len(own) or UNSET,
        reservation=node.reservation or UNSET,
        launch=UNSET if node.launch is None else launch_list_view(node.launch),
    )


def _requests_by_pod(snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """Return each pod's requests including its pod slot; a DaemonSet's are under its own key."""
    shared: dict[object, dict[str, int]] = {}
    by_pod: dict[str, dict[str, int]] = {}
    everything: list[Pod | DaemonSet] = [*snapshot.cluster.pods, *snapshot.cluster.daemonsets]
    for item in everything:
        requests = item.template.requests
        if requests not in shared:
            shared[requests] = dict(requests) | {PODS: 1}
        by_pod[item.key] = shared[requests]
    return by_pod
