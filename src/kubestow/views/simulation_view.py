"""SimulationView: the cost, waits and disruptions of each policy on the same workload."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.instance_type import NANO_USD
from kubestow.model.simulated import Point, Result, Simulated
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, PriceSources, local_cost_view
from kubestow.views.spot_prices_view import SpotPricesView, spot_prices_view
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    NonNegative,
    Positive,
    View,
    one_of,
)

_SECONDS_PER_HOUR = 3600


class RunCostView(View, frozen=True):
    """The cost of all nodes of a run."""

    usd: Annotated[
        NonNegative, Meta(description="The whole run, billed by the second, at least 60 s per "
                          "node.")
    ]  # fmt: skip
    usd_per_month: Annotated[NonNegative, Meta(description="A month at the run's average cost.")]
    local: Annotated[
        LocalCostView | None,
        Meta(description="The monthly cost in the user's currency; null for USD."),
    ]


class FinalStateView(View, frozen=True):
    """The cluster at the end of a run."""

    usd_per_hour: NonNegative
    nodes: Count
    bound_usd_per_hour: Annotated[
        NonNegative | None,
        Meta(
            description="The minimum cost of any fleet for the pods, from the policy's last proof; "
            "null if nothing was proven."
        ),
    ]
    pending: Annotated[Count, Meta(description="Pods that have no node.")]


class NodeCountsView(View, frozen=True):
    """The nodes of a run."""

    peak: Count
    launched: Count
    failed_launches: Count


class PodFiguresView(View, frozen=True):
    """Waits and disruptions of the pods of a run."""

    placed: Count
    wait_seconds_p50: Annotated[
        Count, Meta(description="Half of the pods got a node within this time.")
    ]
    wait_seconds_p99: Annotated[
        Count, Meta(description="99 % of the pods got a node within this time.")
    ]
    pending_pod_seconds: Annotated[Count, Meta(description="The sum of all waits.")]
    evictions: Count
    preemptions: Count
    killed_with_node: Annotated[
        Count, Meta(description="Pods that were still on a node when EC2 reclaimed it.")
    ]


class CurvePointView(View, frozen=True):
    """The cluster at one moment."""

    unix_seconds: Count
    usd_per_hour: NonNegative
    nodes: Count
    pods: Count
    pending: Count
    cpu_asked_milli: Annotated[Count, Meta(description="The requests of the pods on the nodes.")]
    cpu_there_milli: Annotated[Count, Meta(description="What the nodes offer to pods.")]


class RunView(View, frozen=True):
    """The result of one policy."""

    policy: str
    seed: Count
    seconds: Annotated[Count, Meta(description="How long it ran.")]
    is_interrupted: bool
    cost: RunCostView
    at_end: FinalStateView
    nodes: NodeCountsView
    pods: PodFiguresView
    interruptions: Annotated[Count, Meta(description="Spot interruptions.")]
    idle_cpu_share: Annotated[
        float, Meta(description="The share of the nodes' CPU that no pod requested.")
    ]
    decisions: Count
    events: Count
    last_action_seconds: Annotated[
        Count, Meta(description="When the policy last acted, from the start of the run.")
    ]
    curve: Annotated[tuple[CurvePointView, ...], Meta(description="A point every five minutes.")]


class SimulationView(View, frozen=True, kw_only=True):
    """What 'kubestow simulate -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Simulation"] = "Simulation"
    workload: Annotated[str, Meta(description="As it was named on the command line.")]
    region: str
    seed: Count
    faults: Annotated[str, one_of("none", "spot", "rebalance", "all")]
    spot_prices: SpotPricesView
    start_unix_seconds: Annotated[
        Count, Meta(description="When the simulation begins, in its own time (UTC).")
    ]
    seconds: Count
    hours_per_month: Positive
    results: Annotated[
        tuple[RunView, ...], Meta(description="One per policy, in the order of --policy.")
    ]
    notes: Annotated[
        tuple[str, ...],
        Meta(
            description="What was left out of the workload, and why; what spot prices are based on."
        ),
    ]
    price_sources: PriceSources


def simulation_view(
    simulated: Simulated, results: Iterable[Result], sources: tuple[str, ...], settings: Settings
) -> SimulationView:
    """Return the view of a simulation; ``sources`` are the price sources."""
    return SimulationView(
        workload=simulated.workload,
        region=simulated.region,
        seed=simulated.seed,
        faults=simulated.faults,
        spot_prices=spot_prices_view(simulated.spot_prices),
        start_unix_seconds=simulated.start,
        seconds=simulated.seconds,
        hours_per_month=settings.hours_per_month,
        results=tuple(_run(result, settings) for result in results),
        notes=simulated.notes,
        price_sources=sources,
    )


def _run(result: Result, settings: Settings) -> RunView:
    return RunView(
        policy=result.policy,
        seed=result.seed,
        seconds=result.seconds,
        is_interrupted=result.interrupted,
        cost=_cost(result, settings),
        at_end=FinalStateView(
            usd_per_hour=result.nano_usd_per_hour / NANO_USD,
            nodes=result.nodes,
            bound_usd_per_hour=None if result.bound is None else result.bound / NANO_USD,
            pending=result.pending,
        ),
        nodes=NodeCountsView(
            peak=result.nodes_peak,
            launched=result.launched,
            failed_launches=result.failed_launches,
        ),
        pods=PodFiguresView(
            placed=result.pods - result.pending,
            wait_seconds_p50=result.wait_p50,
            wait_seconds_p99=result.wait_p99,
            pending_pod_seconds=result.pending_pod_seconds,
            evictions=result.evictions,
            preemptions=result.preemptions,
            killed_with_node=result.killed,
        ),
        interruptions=result.interruptions,
        idle_cpu_share=round(result.idle_cpu_share, 6),
        decisions=result.decisions,
        events=result.events,
        last_action_seconds=result.last_action_at,
        curve=tuple(map(_point, result.curve)),
    )


def _cost(result: Result, settings: Settings) -> RunCostView:
    usd = result.nano_usd / NANO_USD
    hours = max(result.seconds / _SECONDS_PER_HOUR, 1e-9)
    monthly = usd / hours * settings.hours_per_month
    return RunCostView(usd, monthly, local_cost_view(monthly, settings))


def _point(point: Point) -> CurvePointView:
    return CurvePointView(
        unix_seconds=point.at,
        usd_per_hour=point.rate / NANO_USD,
        nodes=point.nodes,
        pods=point.pods,
        pending=point.pending,
        cpu_asked_milli=point.cpu_asked,
        cpu_there_milli=point.cpu_there,
    )
