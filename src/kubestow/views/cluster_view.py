"""ClusterView: what a cluster runs and what it costs: its nodes in rows, and the pods that wait."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kubestow.model.instance_type import NANO_USD
from kubestow.model.observed import CORDONED
from kubestow.model.resources import CPU, MEMORY, PODS, Amounts
from kubestow.model.survey import PendingPods, Survey, SurveyedNode, share_of
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, PodKey, PriceSources, local_cost_view
from kubestow.views.view import API_VERSION, ApiVersion, Count, CountFromOne, NonNegative, View

Instant = Annotated[str, Meta(description="RFC 3339, UTC.")]
Seconds = Annotated[float, Meta(ge=0)]


class HourlyCostView(View, frozen=True):
    """A cost an hour and a month."""

    usd_per_hour: NonNegative
    usd_per_month: NonNegative
    local: Annotated[
        LocalCostView | None, Meta(description="A month in the user's currency; null for USD.")
    ]


class RequestedView(View, frozen=True):
    """A resource of a node: millicpu, or bytes of memory."""

    requested: Count
    allocatable: Count
    used: Annotated[
        Count | None, Meta(description="As metrics-server tells it; null where it does not.")
    ]


class PodShareView(View, frozen=True):
    """A pod on a node, and the larger of the shares of cpu and memory that it requests."""

    pod: PodKey
    share: Annotated[float, Meta(ge=0, le=1)]
    bound: Annotated[bool, Meta(description="Lives and dies with its node: of a DaemonSet.")]


class NodeRowView(View, frozen=True):
    """A node in one row."""

    name: str
    group_kind: Annotated[str, Meta(description="NodePool, managed node group and the like.")]
    group: Annotated[str, Meta(description="Empty where nobody is known to launch it.")]
    instance_type: str
    zone: str
    capacity_type: str
    usd_per_hour: Annotated[
        float | None, Meta(description="With surplus CPU credits; null where no price is known.")
    ]
    created_at: Annotated[str | None, Meta(description="RFC 3339, UTC; null if not known.")]
    status: Annotated[str, Meta(description="As kubectl shows it: Ready, SchedulingDisabled.")]
    cpu: RequestedView
    memory: RequestedView
    share: Annotated[float, Meta(ge=0, le=1, description="Requested: the larger of both shares.")]
    pods_max: Count
    pods: tuple[PodShareView, ...]
    reservation: Annotated[
        str,
        Meta(
            description="The reservation of --costs that pays for it, at whose price it counts; "
            "empty for none. Of nodes alike the first count."
        ),
    ] = ""


class ReservedNodesView(View, frozen=True):
    """A reservation of --costs: nodes that are paid for, whether they run or not."""

    name: str
    instance_type: str
    zone: Annotated[str | None, Meta(description="null for any zone.")]
    count: CountFromOne
    in_use: Annotated[Count, Meta(description="Nodes that run and use it.")]
    usd_per_hour: Annotated[NonNegative, Meta(description="The price of each.")]
    unused_usd_per_hour: Annotated[
        NonNegative, Meta(description="Paid for those that do not run; part of the cost.")
    ]
    source: Annotated[str, Meta(description="Where the price comes from.")]


class PendingView(View, frozen=True):
    """Pods alike that wait, and why, in kube-scheduler's words."""

    pods: Annotated[tuple[PodKey, ...], Meta(min_length=1)]
    message: str
    reason: Annotated[
        str, Meta(description="The filter that refuses most nodes; empty if some node is free.")
    ]


class MinimumView(View, frozen=True):
    """The proven minimum of what the pods of a cluster cost, and the cheapest plan found."""

    usd_per_hour: NonNegative
    cheapest_usd_per_hour: NonNegative
    gap: Annotated[
        float | None, Meta(description="cost / minimum - 1 of what runs; null if it is zero.")
    ]
    at: Instant


class ClusterView(View, frozen=True, kw_only=True):
    """A cluster as it is: what 'kubestow top -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Cluster"] = "Cluster"
    cluster: str
    region: str
    at: Instant
    cost: Annotated[
        HourlyCostView,
        Meta(description="Of the nodes, and of reserved ones that do not run."),
    ]
    unpriced_nodes: Annotated[Count, Meta(description="Nodes without a known price: not counted.")]
    pods: Count
    pending_pods: Count
    minimum: Annotated[
        MinimumView | None, Meta(description="Null until it is worked out, or if it is not.")
    ]
    nodes: tuple[NodeRowView, ...]
    pending: tuple[PendingView, ...]
    price_sources: PriceSources
    notes: tuple[str, ...]
    reservations: Annotated[
        tuple[ReservedNodesView, ...], Meta(description="Those of --costs.")
    ] = ()


def cluster_view(
    survey: Survey,
    settings: Settings,
    minimum: MinimumView | None = None,
    before: tuple[Survey, ClusterView] | None = None,
) -> ClusterView:
    """Return the view of a survey.

    ``before`` are a survey and its view with the same settings: nodes that are the same have the
    same rows.
    """
    rows: dict[int, NodeRowView] = {}
    if before is not None:
        rows = {id(node): row for node, row in zip(before[0].nodes, before[1].nodes, strict=True)}
    return ClusterView(
        cluster=survey.cluster,
        region=survey.region,
        at=instant_text(survey.at) or "",
        cost=hourly_cost_view(survey.cost, settings),
        unpriced_nodes=survey.unpriced,
        pods=survey.pods,
        pending_pods=survey.waiting,
        minimum=minimum,
        nodes=tuple(rows.get(id(node)) or node_row_view(node) for node in survey.nodes),
        pending=tuple(map(_pending, survey.pending)),
        price_sources=survey.prices_from,
        notes=survey.notes,
        reservations=reserved_nodes_views(survey),
    )


def reserved_nodes_views(survey: Survey) -> tuple[ReservedNodesView, ...]:
    """Return the reservations, and how much of each is used."""
    return tuple(
        ReservedNodesView(
            name=item.reservation.name,
            instance_type=item.reservation.instance_type,
            zone=item.reservation.zone or None,
            count=item.reservation.count,
            in_use=item.in_use,
            usd_per_hour=(item.reservation.nano_usd_per_hour or 0) / NANO_USD,
            unused_usd_per_hour=item.unused_cost / NANO_USD,
            source=item.reservation.source,
        )
        for item in survey.reservations
    )


def without_nodes(view: ClusterView) -> ClusterView:
    """Return the view without its nodes, for who is told of them one by one."""
    return msgspec.structs.replace(view, nodes=())


def hourly_cost_view(nano_usd_per_hour: int, settings: Settings) -> HourlyCostView:
    """Return a cost an hour and a month."""
    hourly = nano_usd_per_hour / NANO_USD
    monthly = round(hourly * settings.hours_per_month, 6)
    return HourlyCostView(
        usd_per_hour=hourly, usd_per_month=monthly, local=local_cost_view(monthly, settings)
    )


def instant_text(at: int | None) -> str | None:
    """Return an instant as RFC 3339; None for None and for what no calendar has."""
    if at is None:
        return None
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def node_row_view(node: SurveyedNode) -> NodeRowView:
    """Return a node's row."""
    there = dict(node.allocatable)
    return NodeRowView(
        name=node.name,
        group_kind=node.group.kind,
        group=node.group.name,
        instance_type=node.instance_type,
        zone=node.zone,
        capacity_type=node.capacity_type,
        usd_per_hour=None if node.price is None else node.price / NANO_USD,
        created_at=instant_text(node.facts.created_at),
        status=f"{node.status},{CORDONED}" if node.cordoned else node.status,
        cpu=_requested(CPU, node),
        memory=_requested(MEMORY, node),
        share=round(node.share, 6),
        pods_max=there.get(PODS, 0),
        pods=tuple(_pod_share(p.key, p.requests, node, bound=p.bound) for p in node.pods),
        reservation=node.reservation,
    )


def _requested(name: str, node: SurveyedNode) -> RequestedView:
    used: Mapping[str, int] | None = None if node.used is None else dict(node.used)
    return RequestedView(
        requested=dict(node.requested).get(name, 0),
        allocatable=dict(node.allocatable).get(name, 0),
        used=None if used is None else used.get(name, 0),
    )


def _pod_share(key: str, requests: Amounts, node: SurveyedNode, *, bound: bool) -> PodShareView:
    return PodShareView(pod=key, share=round(share_of(requests, node.allocatable), 4), bound=bound)


def _pending(item: PendingPods) -> PendingView:
    return PendingView(pods=item.pods, message=item.message, reason=item.reason)


def by_group(nodes: Iterable[NodeRowView]) -> dict[tuple[str, str], list[NodeRowView]]:
    """Return nodes by kind and name of who launches them, in order of name."""
    groups: dict[tuple[str, str], list[NodeRowView]] = {}
    for node in nodes:
        groups.setdefault((node.group_kind, node.group), []).append(node)
    return dict(sorted(groups.items()))
