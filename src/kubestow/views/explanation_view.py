"""ExplanationView: where a pod runs, or why it cannot run and which changes would let it."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.explanation import (
    PLANNED,
    RUNNING,
    UNSCHEDULABLE,
    Explanation,
    PodObstacle,
    SchedulerView,
    Share,
    Trials,
)
from kubestow.model.input_error import InputProblem
from kubestow.model.instance_type import NANO_USD
from kubestow.model.resources import format_amount
from kubestow.views.input_problem_view import Errors, input_problem_views
from kubestow.views.place_view import (
    NearestPlaceView,
    PlaceView,
    nearest_place_view,
    place_view,
)
from kubestow.views.reason_view import ReasonView, reason_views
from kubestow.views.remedy_view import ChangeKind, RemedyView, remedy_view
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, PodKey, PriceSources, local_cost_view
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    CountFromOne,
    NonNegative,
    View,
    one_of,
)


class NodeShareView(View, frozen=True):
    """A pod's cost: its node's price times its share of its dominant resource."""

    resource: Annotated[str, Meta(description="The resource of which it uses the largest share.")]
    requested: Annotated[str, Meta(description="How much of it the pod requests.")]
    allocatable: Annotated[str, Meta(description="How much of it the node offers to pods.")]
    of_node: Annotated[float, Meta(ge=0, description="The share of the node; 1 is all of it.")]
    usd_per_hour: NonNegative
    usd_per_month: NonNegative
    local: Annotated[
        LocalCostView | None,
        Meta(description="The monthly cost in the user's currency; null for USD."),
    ]


class SchedulerReasonView(View, frozen=True):
    """A reason in kube-scheduler's words, and how many nodes it refuses."""

    reason: str
    nodes: Count


class FilterCountView(View, frozen=True):
    """A filter of kube-scheduler, and how many nodes it was the first to refuse."""

    filter: str
    nodes: Count


class SchedulerVerdictView(View, frozen=True):
    """kube-scheduler's verdict on the pod for the nodes of the input."""

    nodes: Annotated[CountFromOne, Meta(description="Nodes considered.")]
    feasible: Annotated[Count, Meta(description="Nodes that pass all filters.")]
    message: Annotated[
        str, Meta(description="kube-scheduler's own message where no node is feasible.")
    ]
    reasons: tuple[SchedulerReasonView, ...]
    filters: Annotated[
        tuple[FilterCountView, ...],
        Meta(description="Nodes by the filter that was the first to refuse them."),
    ]
    best: Annotated[
        tuple[str, ...], Meta(description="The feasible nodes that share the best score.")
    ]


class PodObstacleView(View, frozen=True):
    """What keeps a pod from running regardless of its constraints."""

    constraint: str
    message: str
    hint: str


class TrialsView(View, frozen=True):
    """The search for changes."""

    plans: Annotated[Count, Meta(description="How many changed snapshots were planned.")]
    combinations: Annotated[Count, Meta(description="How many sets of changes were considered.")]
    changes_max: Annotated[
        Count, Meta(le=3, description="The most changes that were tried together.")
    ]
    kinds: Annotated[
        tuple[ChangeKind, ...], Meta(description="The kinds of changes available to try.")
    ]
    complete: Annotated[
        bool, Meta(description="False if a promising set of changes was not planned.")
    ]


class ExplanationView(View, frozen=True, kw_only=True):
    """What 'kubestow explain -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Explanation"] = "Explanation"
    region: str
    asked: Annotated[str, Meta(description="The pod as the user named it.")]
    pod: PodKey
    status: Annotated[
        str,
        one_of(RUNNING, PLANNED, UNSCHEDULABLE),
        Meta(
            description="Running: it is bound; Planned: a plan of the whole input places it; "
            "Unschedulable: it fits nowhere."
        ),
    ]
    replicas: Annotated[CountFromOne, Meta(description="Pods of the same workload template.")]
    replicas_unschedulable: Annotated[Count, Meta(description="How many of them cannot run.")]
    place: Annotated[
        PlaceView | None,
        Meta(description="Where it runs or would run; null for a pod that cannot run."),
    ]
    share: Annotated[
        NodeShareView | None, Meta(description="What a planned pod costs; null for any other.")
    ]
    scheduler: Annotated[
        SchedulerVerdictView | None,
        Meta(
            description="kube-scheduler's verdict on the nodes of the input; null without nodes, "
            "for a bound pod, and for a pod that kube-scheduler does not consider."
        ),
    ]
    reasons: Annotated[
        tuple[ReasonView, ...],
        Meta(
            description="Why it fits nowhere, counted over the existing nodes and the offerings of "
            "the NodePools, as in a Plan."
        ),
    ]
    nearest: Annotated[
        NearestPlaceView | None,
        Meta(description="The node, offering or NodePool limit that comes closest."),
    ]
    obstacle: Annotated[
        PodObstacleView | None,
        Meta(
            description="A problem that no change of constraints solves: admission, scheduling "
            "gates, missing claims, unsupported features. No change is tried then."
        ),
    ]
    remedies: Annotated[
        tuple[RemedyView, ...],
        Meta(
            max_length=5,
            description="The smallest sets of changes found that let the pod run. Those that leave "
            "no pod of the workload Pending come first, then the cheapest.",
        ),
    ]
    trials: TrialsView
    price_sources: PriceSources
    errors: Errors


def explanation_view(
    explanation: Explanation,
    asked: str,
    sources: tuple[str, ...],
    settings: Settings,
    problems: Iterable[InputProblem] = (),
) -> ExplanationView:
    """Return the view of an explanation; ``asked`` is the pod as the user named it."""
    place, nearest = explanation.place, explanation.nearest
    return ExplanationView(
        region=explanation.region,
        asked=asked,
        pod=explanation.pod,
        status=explanation.status,
        replicas=explanation.replicas,
        replicas_unschedulable=explanation.replicas_unschedulable,
        place=None if place is None else place_view(place),
        share=_share(explanation.share, settings),
        scheduler=_scheduler(explanation.scheduler),
        reasons=reason_views(explanation.reasons),
        nearest=None if nearest is None else nearest_place_view(nearest),
        obstacle=_obstacle(explanation.obstacle),
        remedies=tuple(remedy_view(remedy, settings) for remedy in explanation.remedies),
        trials=_trials(explanation.trials),
        price_sources=sources,
        errors=input_problem_views(problems),
    )


def _share(share: Share | None, settings: Settings) -> NodeShareView | None:
    if share is None:
        return None
    hourly = share.nano_usd_per_hour / NANO_USD
    monthly = round(hourly * settings.hours_per_month, 6)
    return NodeShareView(
        resource=share.resource,
        requested=format_amount(share.resource, share.requested),
        allocatable=format_amount(share.resource, share.allocatable),
        of_node=round(share.requested / share.allocatable, 6),
        usd_per_hour=hourly,
        usd_per_month=monthly,
        local=local_cost_view(monthly, settings),
    )


def _scheduler(verdict: SchedulerView | None) -> SchedulerVerdictView | None:
    if verdict is None:
        return None
    return SchedulerVerdictView(
        nodes=verdict.nodes,
        feasible=verdict.feasible,
        message=verdict.message,
        reasons=tuple(SchedulerReasonView(reason, nodes) for reason, nodes in verdict.reasons),
        filters=tuple(FilterCountView(name, nodes) for name, nodes in verdict.filters),
        best=verdict.best,
    )


def _obstacle(obstacle: PodObstacle | None) -> PodObstacleView | None:
    if obstacle is None:
        return None
    return PodObstacleView(obstacle.constraint, obstacle.message, obstacle.hint)


def _trials(trials: Trials) -> TrialsView:
    return TrialsView(
        plans=trials.plans,
        combinations=trials.combinations,
        changes_max=trials.size_max,
        kinds=trials.kinds,
        complete=trials.complete,
    )
