"""PodExplanationView: what a plan says about one pod."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from kubestow.views.plan_view import NearestMissView, PlanView
from kubestow.views.planned_node_view import PlannedNodeView
from kubestow.views.reason_view import ReasonView
from kubestow.views.shared import PodKey
from kubestow.views.view import API_VERSION, ApiVersion, View


class PodExplanationView(View, frozen=True, kw_only=True):
    """What 'kubestow plan --explain POD -o json' writes."""

    api_version: ApiVersion = API_VERSION
    kind: Literal["PodExplanation"] = "PodExplanation"
    pod: PodKey
    schedulable: Annotated[bool, Meta(description="Whether the plan places the pod on a node.")]
    reasons: Annotated[
        tuple[ReasonView, ...] | UnsetType,
        Meta(description="Why the pod cannot run; absent if it can."),
    ] = UNSET
    nearest: Annotated[
        NearestMissView | UnsetType,
        Meta(description="What comes closest to fitting the pod; absent if it can run."),
    ] = UNSET
    node: Annotated[
        PlannedNodeView | UnsetType,
        Meta(description="The node the pod runs on; absent if it cannot run."),
    ] = UNSET


def pod_explanation_view(plan: PlanView, pod: str) -> PodExplanationView:
    """Return what the plan says about a pod in it."""
    for item in plan.unschedulable:
        if item.pod == pod:
            return PodExplanationView(
                pod=pod, schedulable=False, reasons=item.reasons, nearest=item.nearest
            )
    node = next(node for node in plan.nodes if pod in node.pods)
    return PodExplanationView(pod=pod, schedulable=True, node=node)
