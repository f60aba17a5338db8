"""The cost of a plan: new nodes, entries of --costs, reservations, and existing nodes."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from kubestow.model.costs import Costs, Extra, Override
from kubestow.model.cpu_credits import SURPLUS
from kubestow.model.instance_type import NANO_USD, ON_DEMAND
from kubestow.model.option import CostPart
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, local_cost_view
from kubestow.views.view import Count, CountFromOne, NonNegative, Positive, View


class BesideView(View, frozen=True):
    """A cost of the new nodes that is not in their price."""

    name: str
    usd_per_hour: NonNegative
    source: str
    is_estimate: bool


class PlanCostView(View, frozen=True):
    """What the new nodes cost. Existing and reserved nodes add nothing."""

    usd_per_hour: NonNegative
    usd_per_month: NonNegative
    hours_per_month: Positive
    local: Annotated[
        LocalCostView | None,
        Meta(description="The cost in the user's currency; null for USD."),
    ]
    committed_usd_per_hour: Annotated[
        NonNegative | UnsetType,
        Meta(
            description="Only with reservations in --costs: their total, which is not part of "
            "usdPerHour."
        ),
    ] = UNSET
    surplus_credits_usd_per_hour: Annotated[
        NonNegative,
        Meta(
            description="The part of usdPerHour that burstable (t) nodes charge for cpu above "
            "their baseline, as their pods are taken to use it (--cpu-use)."
        ),
    ] = 0.0
    beside: Annotated[
        tuple[BesideView, ...],
        Meta(
            description="Costs of the new nodes that are not part of usdPerHour nor of the proven "
            "minimum: root volumes, unless --costs prices them, and the fee of EKS Auto Mode."
        ),
    ] = ()


class CostEntryView(View, frozen=True):
    """An entry of the costs file, and its total."""

    name: str
    usd_per_hour: Annotated[NonNegative, Meta(description="Over all new nodes.")]
    nodes: Annotated[Count, Meta(description="New nodes whose price includes it.")]
    source: str
    is_estimate: bool


class PlanCostsView(View, frozen=True):
    """What cost.usdPerHour consists of.

    It is the sum of instancesUsdPerHour, extrasUsdPerHour and cost.surplusCreditsUsdPerHour;
    extrasUsdPerHour is the sum of extras.
    """

    file: Annotated[str, Meta(description="The costs file.")]
    instances_usd_per_hour: NonNegative
    extras_usd_per_hour: NonNegative
    extras: Annotated[
        tuple[CostEntryView, ...],
        Meta(description="perNode, perVcpu, rootVolume and publicIpv4, with their totals."),
    ]
    prices: Annotated[
        tuple[CostEntryView, ...],
        Meta(description="Overridden prices, with the total of the instances at each."),
    ]


class ReservationView(View, frozen=True):
    """Nodes that are paid for, used or not: count = inUseAlready + planned + unused."""

    name: str
    instance_type: str
    zone: Annotated[str | None, Meta(description="null for any zone.")]
    count: CountFromOne
    in_use_already: Annotated[Count, Meta(description="Nodes of the input that use it.")]
    planned: Annotated[
        Count,
        Meta(description="Reserved nodes to launch: they have planned pods besides DaemonSets."),
    ]
    unused: Annotated[Count, Meta(description="Reserved nodes without pods.")]
    usd_per_hour: Annotated[NonNegative, Meta(description="The price of each.")]
    committed_usd_per_hour: Annotated[
        NonNegative, Meta(description="The price of all: usdPerHour times count.")
    ]
    source: Annotated[str, Meta(description="Where the price comes from.")]


class ExistingCostView(View, frozen=True):
    """The cost of the nodes of the input at catalog prices; not part of cost.

    With --costs, prices are overridden and include the extras. Unpriced nodes are not included.
    """

    nodes: Count
    usd_per_hour: NonNegative
    unpriced: Annotated[Count, Meta(description="Nodes of unknown price.")]


def plan_cost_view(
    plan: Plan, costs: Costs | None, settings: Settings, beside: Iterable[CostPart] = ()
) -> PlanCostView:
    """Return the cost of the new nodes, and what they cost beside their price."""
    usd_per_hour = plan.cost_nano_usd_per_hour / NANO_USD
    hours = settings.hours_per_month
    usd_per_month = round(usd_per_hour * hours, 6)
    reservations = costs.reservations if costs is not None else ()
    committed = sum((item.nano_usd_per_hour or 0) * item.count for item in reservations)
    return PlanCostView(
        usd_per_hour=usd_per_hour,
        usd_per_month=usd_per_month,
        hours_per_month=int(hours) if hours == int(hours) else hours,
        local=local_cost_view(usd_per_month, settings),
        committed_usd_per_hour=committed / NANO_USD if reservations else UNSET,
        surplus_credits_usd_per_hour=_surplus(plan) / NANO_USD,
        beside=tuple(
            BesideView(part.name, part.nano_usd_per_hour / NANO_USD, part.source, part.is_estimate)
            for part in beside
        ),
    )


def _surplus(plan: Plan) -> int:
    """Return what the new nodes pay for surplus CPU credits, in nano-USD an hour."""
    return sum(n.price.surplus_nano_usd_per_hour for n in plan.nodes if not n.existing)


def plan_costs_view(plan: Plan, costs: Costs) -> PlanCostsView:
    """Return the cost of the instances and of each extra."""
    prices = [node.price for node in plan.nodes if not node.existing]
    instances = sum(price.instance_nano_usd_per_hour for price in prices)
    amounts: dict[str, list[int]] = {entry.name: [] for entry in costs.entries}
    for price in prices:
        for name, nano in price.extras:
            if name != SURPLUS:
                amounts[name].append(nano)
        if price.override:
            amounts[price.override].append(price.instance_nano_usd_per_hour)

    def entries(items: Iterable[Extra | Override]) -> tuple[CostEntryView, ...]:
        return tuple(
            CostEntryView(
                name=entry.name,
                usd_per_hour=sum(amounts[entry.name]) / NANO_USD,
                nodes=len(amounts[entry.name]),
                source=entry.source,
                is_estimate=entry.is_estimate,
            )
            for entry in items
        )

    return PlanCostsView(
        file=costs.file,
        instances_usd_per_hour=instances / NANO_USD,
        extras_usd_per_hour=(plan.cost_nano_usd_per_hour - instances - _surplus(plan)) / NANO_USD,
        extras=entries(costs.extras),
        prices=entries(costs.overrides),
    )


def reservation_views(plan: Plan, costs: Costs) -> tuple[ReservationView, ...]:
    """Return the reservations: their nodes in use already, planned and unused."""
    views = []
    for item in costs.reservations:
        nodes = [node for node in plan.nodes if node.reservation == item.name]
        planned = sum(bool(node.pods) for node in nodes)
        each = item.nano_usd_per_hour or 0
        views.append(
            ReservationView(
                name=item.name,
                instance_type=item.instance_type,
                zone=item.zone or None,
                count=item.count,
                in_use_already=item.count - len(nodes),
                planned=planned,
                unused=len(nodes) - planned,
                usd_per_hour=each / NANO_USD,
                committed_usd_per_hour=each * item.count / NANO_USD,
                source=item.source,
            )
        )
    return tuple(views)


def existing_cost_view(plan: Plan, snapshot: Snapshot) -> ExistingCostView:
    """Return the cost of the existing nodes at catalog prices, that is, without discounts."""
    prices = {
        (offering.instance_type, offering.zone, offering.capacity_type): offering.price
        for offering in snapshot.catalog.offerings
    }
    nodes = [node for node in plan.nodes if node.existing and not node.reservation]
    listed = [
        prices.get((node.instance_type, node.zone, node.capacity_type or ON_DEMAND))
        for node in nodes
    ]
    amounts = [price.nano_usd_per_hour for price in listed if price is not None]
    return ExistingCostView(
        nodes=len(nodes),
        usd_per_hour=sum(amounts) / NANO_USD,
        unpriced=len(nodes) - len(amounts),
    )
