"""OptionView: one way to run the pods on EKS: its cost, its fleet, and what it cannot run."""

from typing import Annotated

from msgspec import Meta, field

from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import (
    CONTROL_PLANE,
    FEES,
    INSTANCES,
    PARTS,
    PENDING_PODS,
    STORAGE,
    ComputeOption,
    CostPart,
    FleetLine,
    Settlement,
)
from kubestow.views.placements_view import PlacementsView, placements_view
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, local_cost_view
from kubestow.views.view import Count, NonNegative, View, one_of


class PartTotalsView(View, frozen=True):
    """The cost per month by part, in USD."""

    instances: NonNegative
    fees: NonNegative
    storage: NonNegative
    pending_pods: Annotated[
        NonNegative,
        Meta(
            description="The cheapest nodes for the pods that are left Pending on the fleet; in no "
            "other figure of the fleet."
        ),
    ] = field(name="pending pods")
    control_plane: NonNegative = field(name="control plane")

    def by_part(self) -> dict[str, float]:
        """Return the cost of each part, in the order of PARTS."""
        return {
            INSTANCES: self.instances,
            FEES: self.fees,
            STORAGE: self.storage,
            PENDING_PODS: self.pending_pods,
            CONTROL_PLANE: self.control_plane,
        }


class CostPartView(View, frozen=True):
    """One item of a cost."""

    part: Annotated[str, one_of(*PARTS)]
    name: str
    usd_per_hour: NonNegative
    source: str
    is_estimate: Annotated[
        bool, Meta(description="True if the price is estimated, old or unverified.")
    ]
    in_minimum: Annotated[
        bool,
        Meta(
            description="True if it is part of the nodes' prices, which the proven minimum is of: "
            "instances, surplus CPU credits, what a costs file adds."
        ),
    ]


class OptionCostView(View, frozen=True):
    """What an option costs."""

    usd_per_hour: NonNegative
    usd_per_month: NonNegative
    local: Annotated[
        LocalCostView | None, Meta(description="In the user's currency; null for USD.")
    ]
    is_estimate: Annotated[bool, Meta(description="True if any item is an estimate.")]
    per_month_by_part: PartTotalsView
    parts: tuple[CostPartView, ...]


class FleetLineView(View, frozen=True):
    """Identical units of a fleet."""

    unit: Annotated[str, Meta(description="An instance type, a Fargate size or a machine.")]
    zone: str
    capacity_type: str
    count: Count
    pods: Annotated[Count, Meta(description="The pods on all of them.")]
    pods_most: Annotated[Count, Meta(description="Pod slots of one.")]
    usd_per_hour_each: NonNegative
    spare_cpu: Annotated[float, Meta(description="The share of CPU that no pod requests.")]
    spare_memory: Annotated[float, Meta(description="The share of memory that no pod requests.")]


class CannotRunView(View, frozen=True):
    """Pods that an option cannot run."""

    pods: tuple[str, ...]
    field: Annotated[
        str, Meta(description="The field that the option does not support; may be empty.")
    ]
    reason: str


class OperationView(View, frozen=True):
    """How an option is operated."""

    patches: Annotated[str, Meta(description="Who patches the nodes.")]
    first_pod: Annotated[str, Meta(description="How long the first pod waits for a node.")]
    node_life: Annotated[str, Meta(description="How long a node lives.")]


class SettlementView(View, frozen=True):
    """How an autoscaler came from its first fleet to the one it rests with, left alone."""

    first_usd_per_hour: Annotated[
        NonNegative, Meta(description="What the whole option costs with the first fleet.")
    ]
    first_usd_per_month: NonNegative
    first_nodes: Annotated[Count, Meta(description="Nodes of the first fleet.")]
    minutes: Annotated[
        NonNegative,
        Meta(description="Simulated minutes from the pods' arrival until its last action."),
    ]
    evictions: Annotated[Count, Meta(description="Pods it evicted on the way.")]
    rests: Annotated[
        bool, Meta(description="False if it was still at work after hours_most; see minutes.")
    ]
    hours_most: Annotated[
        NonNegative, Meta(description="When an autoscaler that does not rest is stopped.")
    ]


class OptionView(View, frozen=True):
    """One option for the same pods."""

    id: Annotated[
        str,
        Meta(
            description="optimum, karpenter, managed-node-groups, self-managed, auto-mode, "
            "fargate, hybrid, system-and-karpenter, fargate-and-karpenter, or an instance type."
        ),
    ]
    title: str
    runs_all: bool
    pods: Annotated[Count, Meta(description="Pods it runs.")]
    stranded: Annotated[
        Count | None,
        Meta(
            description="Pods that kube-scheduler leaves Pending on its nodes: when its autoscaler "
            "rests, or else in the worst order of arrival rehearsed; null without either. What "
            "nodes for them would cost is part of the cost."
        ),
    ]
    bounded: Annotated[
        bool, Meta(description="True if it launches from the NodePools that the bound is for.")
    ]
    nodes: Count
    cost: OptionCostView
    fleet: tuple[FleetLineView, ...]
    cannot_run: tuple[CannotRunView, ...]
    operation: OperationView
    notes: tuple[str, ...]
    placements: Annotated[
        PlacementsView | None,
        Meta(description="null if kubestow does not launch the nodes: it can land no pods there."),
    ]
    settlement: Annotated[
        SettlementView | None,
        Meta(
            description="null if the fleet is the first one that is launched: the option has no "
            "autoscaler that changes it, or it was not left alone (see notes). Otherwise nodes, "
            "cost and fleet are those that its autoscaler rests with."
        ),
    ]

    @property
    def leaves_uncounted(self) -> bool:
        """True if pods stay Pending and the cost holds no nodes for them."""
        return self.strands and not self.cost.per_month_by_part.pending_pods

    @property
    def strands(self) -> bool:
        """True if pods stay Pending on its nodes in the worst order, and nobody lands them."""
        return bool(self.stranded) and not (self.placements and self.placements.is_landed)


def option_view(option: ComputeOption, pods: int, settings: Settings) -> OptionView:
    """Return the view of an option; ``pods`` is the number of pods to run."""
    operation, both = option.description.operation, option.placements
    return OptionView(
        id=option.id,
        title=option.title,
        runs_all=option.pods == pods,
        pods=option.pods,
        stranded=option.stranded,
        bounded=option.description.bounded,
        nodes=option.nodes,
        cost=_cost(option, settings),
        fleet=tuple(map(_fleet_line, option.fleet)),
        cannot_run=tuple(
            CannotRunView(item.pods, item.field, item.reason) for item in option.cannot_run
        ),
        operation=OperationView(operation.patches, operation.first_pod, operation.node_life),
        notes=option.description.notes,
        placements=None if both is None else placements_view(both, settings),
        settlement=_settlement(option.settlement, settings),
    )


def _settlement(settlement: Settlement | None, settings: Settings) -> SettlementView | None:
    if settlement is None:
        return None
    nano = settlement.first_nano_usd_per_hour
    return SettlementView(
        first_usd_per_hour=nano / NANO_USD,
        first_usd_per_month=_monthly(nano, settings),
        first_nodes=settlement.first_nodes,
        minutes=round(settlement.seconds / 60, 1),
        evictions=settlement.evictions,
        rests=settlement.rests,
        hours_most=settlement.limit_seconds / 3_600,
    )


def _cost(option: ComputeOption, settings: Settings) -> OptionCostView:
    nano = option.nano_usd_per_hour
    monthly = _monthly(nano, settings)
    return OptionCostView(
        usd_per_hour=nano / NANO_USD,
        usd_per_month=monthly,
        local=local_cost_view(monthly, settings),
        is_estimate=option.is_estimate,
        per_month_by_part=PartTotalsView(
            *(_monthly(option.part(part), settings) for part in PARTS)
        ),
        parts=tuple(map(_cost_part, option.costs)),
    )


def _monthly(nano: int, settings: Settings) -> float:
    return round(nano * settings.hours_per_month / NANO_USD, 6)


def _cost_part(part: CostPart) -> CostPartView:
    return CostPartView(
        part=part.part,
        name=part.name,
        usd_per_hour=part.nano_usd_per_hour / NANO_USD,
        source=part.source,
        is_estimate=part.is_estimate,
        in_minimum=part.in_minimum,
    )


def _fleet_line(line: FleetLine) -> FleetLineView:
    return FleetLineView(
        unit=line.unit,
        zone=line.zone,
        capacity_type=line.capacity_type,
        count=line.count,
        pods=line.pods,
        pods_most=line.pods_most,
        usd_per_hour_each=line.nano_usd_per_hour / NANO_USD,
        spare_cpu=round(line.spare[0], 4),
        spare_memory=round(line.spare[1], 4),
    )
