"""PlanView: which nodes to run, which pods on each, what it costs, and what cannot run."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.model.kinds import KindsCurve
from kubestow.model.option import CostPart
from kubestow.model.placements import Placements
from kubestow.model.plan import Plan, Unschedulable
from kubestow.model.snapshot import Snapshot
from kubestow.views.input_problem_view import Errors, input_problem_views
from kubestow.views.kinds_view import KindsView, kinds_view
from kubestow.views.placements_view import PlacementsView, placements_view
from kubestow.views.plan_cost_view import (
    ExistingCostView,
    PlanCostsView,
    PlanCostView,
    ReservationView,
    existing_cost_view,
    plan_cost_view,
    plan_costs_view,
    reservation_views,
)
from kubestow.views.planned_node_view import PlannedNodeView, planned_node_views
from kubestow.views.planned_workload_view import PlannedWorkloadView, planned_workload_views
from kubestow.views.reason_view import ReasonView, reason_views
from kubestow.views.resilience_view import HeadroomView, SpotDiversityView, headroom_view
from kubestow.views.settings import Settings
from kubestow.views.shared import (
    Assumptions,
    IgnoredObjects,
    PodKey,
    PriceSources,
    ignored_views,
)
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    NonNegative,
    View,
    as_view,
    one_of,
)


class BoundView(View, frozen=True):
    """A proven lower bound on the cost of any fleet that runs the planned pods."""

    usd_per_hour: NonNegative
    gap: Annotated[
        float | None,
        Meta(description="cost / bound - 1; null if the bound is zero and the cost is not."),
    ]
    rung: Annotated[
        str,
        one_of("L0", "L1", "L2", "L4", "L5"),
        Meta(description="The relaxation that proves it. L5 is the solver's: in no certificate."),
    ]


class RehearsalView(View, frozen=True):
    """The result of running kube-scheduler's own cycle on the plan."""

    orders: Annotated[Count, Meta(description="Orders of arrival rehearsed.")]
    pending: Annotated[Count, Meta(description="Pods left Pending in the worst of them.")]
    extra_usd_per_hour: Annotated[
        float,
        Meta(
            description="The part of cost.usdPerHour that was added so that no pod is Pending; "
            "negative if the rehearsal removed unneeded nodes."
        ),
    ]
    stranded: Annotated[
        Count,
        Meta(description="Pods left Pending in the worst order before anything was added."),
    ]
    fill_order_nodes: Annotated[
        Count,
        Meta(
            description="Nodes with a PreferNoSchedule taint kubestow.dev/fill-second (-third, "
            "-last), so that kube-scheduler fills them after the others."
        ),
    ]


class NearestMissView(View, frozen=True):
    """The offering or node that comes closest to fitting a pod; empty if none comes close."""

    node_pool: str | UnsetType = UNSET
    node: Annotated[str | UnsetType, Meta(description="Empty for an offering.")] = UNSET
    instance_type: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    refused_by: Annotated[
        tuple[str, ...] | UnsetType, Meta(description="The filters that refuse the pod there.")
    ] = UNSET
    short: Annotated[
        dict[str, str] | UnsetType,
        Meta(description="How much of each resource is missing there."),
    ] = UNSET


class UnschedulablePodView(View, frozen=True):
    """A pod that cannot run, and why."""

    pod: PodKey
    reasons: Annotated[tuple[ReasonView, ...], Meta(min_length=1)]
    nearest: NearestMissView


class TimingView(View, frozen=True):
    """Run times in seconds: the only part that differs from run to run."""

    read_seconds: NonNegative
    solve_seconds: NonNegative
    rehearsal_seconds: NonNegative


class PlanView(View, frozen=True, kw_only=True):
    """What 'kubestow plan -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Plan"] = "Plan"
    region: Annotated[str, Meta(description="The AWS region.")]
    cost: PlanCostView
    bound: BoundView
    rehearsal: Annotated[
        RehearsalView | None,
        Meta(
            description="null if the nodes shown were not rehearsed: with --no-rehearsal, and with "
            "--placed-by kubestow where kube-scheduler alone needs other nodes."
        ),
    ]
    placements: PlacementsView
    kinds: Annotated[
        KindsView | None,
        Meta(description="null if there is no new node to choose the kind of."),
    ] = None
    existing: ExistingCostView
    nodes: tuple[PlannedNodeView, ...]
    workloads: Annotated[
        tuple[PlannedWorkloadView, ...],
        Meta(description="Whose pods are on the nodes; pods without a workload are in none."),
    ]
    unschedulable: tuple[UnschedulablePodView, ...]
    ignored: IgnoredObjects
    assumptions: Assumptions
    price_sources: PriceSources
    headroom: Annotated[HeadroomView | UnsetType, Meta(description="Only with --headroom.")] = UNSET
    costs: Annotated[PlanCostsView | UnsetType, Meta(description="Only with --costs.")] = UNSET
    reservations: Annotated[
        tuple[ReservationView, ...] | UnsetType,
        Meta(description="Only with reservations in --costs."),
    ] = UNSET
    timing: Annotated[TimingView | UnsetType, Meta(description="Absent with --no-timing.")] = UNSET
    spot_diversity: Annotated[
        SpotDiversityView | UnsetType, Meta(description="Only with --spot-diversity.")
    ] = UNSET
    errors: Errors

    @property
    def new_nodes(self) -> tuple[PlannedNodeView, ...]:
        """The nodes to launch that add to the cost."""
        return tuple(node for node in self.nodes if not node.existing)


def plan_view(
    plan: Plan,
    snapshot: Snapshot,
    settings: Settings,
    *,
    placements: Placements,
    beside: Iterable[CostPart] = (),
    timing: TimingView | None = None,
    spot_diversity: SpotDiversityView | None = None,
    problems: Iterable[InputProblem] = (),
    kinds: KindsCurve | None = None,
) -> PlanView:
    """Return the view of a plan; ``kinds`` are its costs by number of instance types.

    ``placements`` is what it costs by who places its pods. ``beside`` is what its nodes cost beside
    their price; ``problems`` are the input problems.
    """
    costs = snapshot.catalog.costs
    return PlanView(
        region=plan.region,
        cost=plan_cost_view(plan, costs, settings, beside),
        bound=BoundView(
            usd_per_hour=plan.lower_bound.nano_usd_per_hour / NANO_USD,
            gap=None if plan.gap is None else round(plan.gap, 6),
            rung=plan.lower_bound.rung,
        ),
        rehearsal=_rehearsal(plan),
        placements=placements_view(placements, settings),
        kinds=None if kinds is None else kinds_view(kinds, plan.lower_bound, settings),
        existing=existing_cost_view(plan, snapshot),
        nodes=planned_node_views(plan, snapshot),
        workloads=planned_workload_views(plan, snapshot),
        unschedulable=tuple(map(_unschedulable, plan.unschedulable)),
        ignored=ignored_views(snapshot.cluster.ignored),
        assumptions=plan.assumptions,
        price_sources=snapshot.catalog.sources,
        headroom=headroom_view(plan, snapshot) or UNSET,
        costs=UNSET if costs is None else plan_costs_view(plan, costs),
        reservations=reservation_views(plan, costs) if costs and costs.reservations else UNSET,
        timing=timing or UNSET,
        spot_diversity=spot_diversity or UNSET,
        errors=input_problem_views(problems),
    )


def timing_view(read: float, solve: float, rehearsal: float) -> TimingView:
    """Return the run times of reading, solving and rehearsing, rounded."""
    return TimingView(round(read, 3), round(solve, 3), round(rehearsal, 3))


def _rehearsal(plan: Plan) -> RehearsalView | None:
    rehearsed = plan.rehearsed
    if rehearsed is None:
        return None
    return RehearsalView(
        orders=rehearsed.orders,
        pending=rehearsed.pending,
        extra_usd_per_hour=rehearsed.extra_nano_usd_per_hour / NANO_USD,
        stranded=rehearsed.stranded,
        fill_order_nodes=rehearsed.reserved,
    )


def _unschedulable(item: Unschedulable) -> UnschedulablePodView:
    return UnschedulablePodView(
        pod=item.pod,
        reasons=reason_views(item.reasons),
        nearest=as_view(item.nearest, NearestMissView),
    )
