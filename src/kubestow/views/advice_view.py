"""AdviceView: what a running cluster costs and could cost, why, and what to do first."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.advice import HELD, Advice, Advised, FleetSize, Rest, Waste
from kubestow.model.instance_type import NANO_USD
from kubestow.views.cluster_view import (
    HourlyCostView,
    Instant,
    MinimumView,
    ReservedNodesView,
    hourly_cost_view,
    instant_text,
    reserved_nodes_views,
)
from kubestow.views.settings import Settings
from kubestow.views.shared import PodKey, PriceSources
from kubestow.views.view import API_VERSION, ApiVersion, Count, CountFromOne, View


class NodeKindView(View, frozen=True):
    """Nodes of a fleet that are of one instance type and capacity type."""

    instance_type: str
    capacity_type: str
    nodes: CountFromOne


class FleetView(View, frozen=True):
    """A fleet in numbers; nodes that stay are counted, and are of none of the kinds."""

    nodes: Count
    cost: HourlyCostView
    kinds: tuple[NodeKindView, ...]


class WasteView(View, frozen=True):
    """A part of the cost, by its cause."""

    cause: Annotated[
        str,
        Meta(
            description="'empty nodes'; 'unused room': what packing the pods anew on the same "
            "kinds of nodes saves; 'unused reservations': what running pods on reserved nodes that "
            "do not run now saves beyond that; 'kinds of nodes': what the kinds that the pools "
            "allow save beyond that; 'cannot move': what pods that must stay keep from being saved."
        ),
    ]
    usd_per_hour: Annotated[float, Meta(description="Negative for what cannot be saved now.")]
    usd_per_month: float


class KeptNodeView(View, frozen=True):
    """A node that a policy keeps, and why: the pod, budget or price that causes it."""

    node: str
    reason: str
    subject: str


class AdvisedView(View, frozen=True):
    """The next decision of an autoscaler, if it looked at this cluster. Nothing is carried out."""

    policy: str
    reasons: tuple[str, ...]
    removes: Annotated[tuple[str, ...], Meta(description="Nodes that go.")]
    launches: FleetView
    evicted: Annotated[tuple[PodKey, ...], Meta(description="Pods that move.")]
    saving_usd_per_hour: float
    saving_usd_per_month: float
    after_seconds: Annotated[
        Count, Meta(description="How long it waits with the cluster as it is before it decides.")
    ]
    kept: tuple[KeptNodeView, ...]


class RestView(View, frozen=True):
    """Where an autoscaler would come to rest, if it were left alone with the cluster.

    It is played on a simulated copy. Nothing is carried out.
    """

    policy: str
    fleet: FleetView
    saving_usd_per_hour: Annotated[
        float, Meta(description="What the nodes cost now, less what those cost that are left.")
    ]
    saving_usd_per_month: float
    evictions: Count
    after_seconds: Annotated[Count, Meta(description="When it does its last thing.")]
    pending: Annotated[tuple[PodKey, ...], Meta(description="Pods that have no node then.")]
    rests: Annotated[bool, Meta(description="False if it was stopped after limitSeconds.")]
    limit_seconds: Count
    left_out: Annotated[tuple[str, ...], Meta(description="Pods that were not simulated.")]
    obstacle: Annotated[str, Meta(description="Why nothing is known; empty otherwise.")]


class AdviceView(View, frozen=True, kw_only=True):
    """What 'kubestow advise -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Advice"] = "Advice"
    cluster: str
    region: str
    at: Instant
    nodes: Count
    unpriced_nodes: Count
    pods: Count
    pending_pods: Count
    cost: Annotated[
        HourlyCostView,
        Meta(description="Of the nodes, and of reserved ones that do not run."),
    ]
    minimum: MinimumView
    rung: Annotated[str, Meta(description="The relaxation that proves the minimum, as in a Plan.")]
    cheapest: Annotated[
        FleetView, Meta(description="The cheapest plan found for the pods that run.")
    ]
    reachable: Annotated[
        FleetView, Meta(description="The same with the nodes that must stay for now.")
    ]
    saving: Annotated[HourlyCostView, Meta(description="cost - reachable, or nothing.")]
    spot: Annotated[
        FleetView,
        Meta(
            description="The cheapest plan if every pod could run on spot, and every pool had it."
        ),
    ]
    wastes: tuple[WasteView, ...]
    daemon_sets: Annotated[
        HourlyCostView, Meta(description="The share of the nodes that DaemonSets request.")
    ]
    unused_requests: Annotated[
        HourlyCostView | None,
        Meta(description="The share that is requested and not used; null without metrics-server."),
    ]
    immovable: Annotated[
        tuple[PodKey, ...],
        Meta(
            description="Pods of nodes that stay in every plan: without a known price, or with a "
            "pod that no pool could run."
        ),
    ]
    decisions: tuple[AdvisedView, ...]
    rests: Annotated[
        tuple[RestView, ...], Meta(description="A policy each; empty without --settled.")
    ]
    assumed_pools: Annotated[
        tuple[str, ...],
        Meta(
            description="Node groups known by their nodes alone, taken to be free in their kinds."
        ),
    ]
    price_sources: PriceSources
    notes: tuple[str, ...]
    reservations: Annotated[
        tuple[ReservedNodesView, ...],
        Meta(
            description="Those of --costs: all of them are in every cost, the minimum too, and "
            "nodes that use them cost nothing more."
        ),
    ] = ()


def advice_view(advice: Advice, settings: Settings) -> AdviceView:
    """Return the view of an advice."""
    survey = advice.survey
    return AdviceView(
        cluster=survey.cluster,
        region=survey.region,
        at=instant_text(survey.at) or "",
        nodes=len(survey.nodes),
        unpriced_nodes=survey.unpriced,
        pods=survey.pods,
        pending_pods=survey.waiting,
        cost=hourly_cost_view(survey.cost, settings),
        minimum=minimum_view(advice),
        rung=advice.minimum.rung,
        cheapest=_fleet(advice.cheapest, settings),
        reachable=_fleet(advice.reachable, settings),
        saving=hourly_cost_view(advice.saving, settings),
        spot=_fleet(advice.spot, settings),
        wastes=tuple(_waste(item, settings) for item in advice.wastes),
        daemon_sets=hourly_cost_view(advice.daemons, settings),
        unused_requests=None
        if advice.unrequested is None
        else hourly_cost_view(advice.unrequested, settings),
        immovable=advice.immovable,
        decisions=tuple(_advised(item, settings) for item in advice.decisions),
        rests=tuple(_rest(item, settings) for item in advice.rests),
        assumed_pools=advice.assumed_pools,
        price_sources=survey.prices_from,
        notes=(*survey.notes, *advice.notes),
        reservations=reserved_nodes_views(survey),
    )


def minimum_view(advice: Advice) -> MinimumView:
    """Return the proven minimum of an advice."""
    return MinimumView(
        usd_per_hour=advice.minimum.nano_usd_per_hour / NANO_USD,
        cheapest_usd_per_hour=advice.cheapest.nano_usd_per_hour / NANO_USD,
        gap=advice.gap,
        at=instant_text(advice.survey.at) or "",
    )


def _fleet(size: FleetSize, settings: Settings) -> FleetView:
    return FleetView(
        nodes=size.nodes,
        cost=hourly_cost_view(size.nano_usd_per_hour, settings),
        kinds=tuple(
            NodeKindView(instance_type=kind, capacity_type=capacity, nodes=count)
            for kind, capacity, count in size.kinds
        ),
    )


def _waste(item: Waste, settings: Settings) -> WasteView:
    hourly = item.nano_usd_per_hour / NANO_USD
    return WasteView(
        cause=item.cause,
        usd_per_hour=hourly,
        usd_per_month=round(hourly * settings.hours_per_month, 6),
    )


def _advised(item: Advised, settings: Settings) -> AdvisedView:
    hourly = item.saving / NANO_USD
    return AdvisedView(
        policy=item.policy,
        reasons=item.reasons,
        removes=item.removes,
        launches=_fleet(item.launches, settings),
        evicted=item.evicted,
        saving_usd_per_hour=hourly,
        saving_usd_per_month=round(hourly * settings.hours_per_month, 6),
        after_seconds=item.after_seconds,
        kept=tuple(
            KeptNodeView(node=kept.node, reason=kept.reason, subject=kept.subject)
            for kept in item.kept
        ),
    )


def _rest(item: Rest, settings: Settings) -> RestView:
    hourly = item.saving / NANO_USD
    return RestView(
        policy=item.policy,
        fleet=_fleet(item.fleet, settings),
        saving_usd_per_hour=hourly,
        saving_usd_per_month=round(hourly * settings.hours_per_month, 6),
        evictions=item.evictions,
        after_seconds=item.after_seconds,
        pending=item.pending,
        rests=item.rests,
        limit_seconds=item.limit_seconds,
        left_out=item.left_out,
        obstacle=item.obstacle,
    )


@dataclass(frozen=True, slots=True)
class AdviceStep:
    """A line of the way from what runs to what could: a total, or a part between two of them."""

    title: str
    usd_per_hour: float
    usd_per_month: float
    is_total: bool
    fleet: FleetView | None = None


_CAUSES = {
    "empty nodes": "empty nodes, which run DaemonSets alone",
    "unused room": "unused room: the same kinds of nodes, packed anew",
    "unused reservations": "reserved nodes that do not run now",
    "kinds of nodes": "other kinds of nodes that the pools allow",
    HELD: "held by pods that must stay for now",
}


def advice_steps(advice: AdviceView) -> tuple[AdviceStep, ...]:
    """Return the steps from what runs to the cheapest plan, and to what can be reached now."""
    cost, cheapest, reachable = advice.cost, advice.cheapest, advice.reachable
    steps = [AdviceStep("now", cost.usd_per_hour, cost.usd_per_month, is_total=True)]
    steps += [
        AdviceStep(
            _CAUSES.get(waste.cause, waste.cause),
            -waste.usd_per_hour,
            -waste.usd_per_month,
            is_total=False,
        )
        for waste in advice.wastes
        if waste.cause != HELD
    ]
    steps.append(_total("cheapest plan", cheapest))
    held = [waste for waste in advice.wastes if waste.cause == HELD]
    for waste in held:
        steps.append(
            AdviceStep(_CAUSES[HELD], -waste.usd_per_hour, -waste.usd_per_month, is_total=False)
        )
    if held:
        steps.append(_total("can be reached now", reachable))
    return tuple(steps)


def _total(title: str, fleet: FleetView) -> AdviceStep:
    cost = fleet.cost
    return AdviceStep(title, cost.usd_per_hour, cost.usd_per_month, is_total=True, fleet=fleet)
