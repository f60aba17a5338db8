"""LandingView: what became of a plan's nodes and pods in a landing by hand."""

from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.landing_report import LandingReport, NodeOutcome, PodOutcome
from kubestow.views.shared import PodKey
from kubestow.views.view import API_VERSION, ApiVersion, Count, View, one_of


class LandingCountsView(View, frozen=True):
    """How many of the pods that the plan has on nodes to launch are where."""

    planned: Count
    as_planned: Count
    elsewhere: Annotated[Count, Meta(description="On another node than planned.")]
    pending: Count
    absent: Annotated[Count, Meta(description="Not there: their workload is still to make them.")]
    not_wanted: Annotated[
        Count, Meta(description="Not there: their workload has fewer replicas than in the plan.")
    ]


class LandingNodeView(View, frozen=True):
    """A node that the plan launches."""

    planned_node: str
    node: Annotated[str | None, Meta(description="The Node; null where there is none.")]
    node_pool: str
    instance_type: str
    zone: str
    capacity_type: str
    outcome: Annotated[str, one_of(*NodeOutcome)]
    reason: Annotated[str, Meta(description="Why it is held or missing; empty if it is opened.")]


class LandingPodView(View, frozen=True):
    """A pod that the plan has on a node to launch."""

    planned_pod: PodKey
    planned_node: str
    outcome: Annotated[str, one_of(*PodOutcome)]
    pod: Annotated[
        str | None,
        Meta(description="The pod of the cluster that takes its place: namespace/name, or null."),
    ]
    node: Annotated[str | None, Meta(description="The Node where it is; null if it is on none.")]
    reason: Annotated[str, Meta(description="Why it is Pending, as kube-scheduler says it.")]


class OtherNodeView(View, frozen=True):
    """A held Node that is none of the plan's nodes."""

    node: str
    reason: str


class LandingView(View, frozen=True, kw_only=True):
    """What 'kubestow land -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Landing"] = "Landing"
    plan: Annotated[
        str, Meta(description="What tells the plan from others, as it is written on its Nodes.")
    ]
    cluster: str
    dry_run: Annotated[
        bool, Meta(description="Whether nothing was changed: outcomes are what would be.")
    ]
    timed_out: Annotated[
        bool, Meta(description="Whether nodes were opened because --timeout was over.")
    ]
    pod_counts: LandingCountsView
    nodes: tuple[LandingNodeView, ...]
    pods: tuple[LandingPodView, ...]
    other_nodes: tuple[OtherNodeView, ...]


def landing_view(report: LandingReport) -> LandingView:
    """Return the view of what became of a plan."""
    count = report.count
    return LandingView(
        plan=report.plan,
        cluster=report.cluster,
        dry_run=report.is_dry_run,
        timed_out=report.timed_out,
        pod_counts=LandingCountsView(len(report.pods), *map(count, PodOutcome)),
        nodes=tuple(
            LandingNodeView(
                node.planned.name, node.name or None, node.planned.nodepool, *node.planned.offering,
                node.outcome, node.reason,
            )
            for node in report.nodes
        ),
        pods=tuple(
            LandingPodView(
                pod.planned, pod.planned_node, pod.outcome, pod.pod or None, pod.node or None,
                pod.reason,
            )
            for pod in report.pods
        ),
        other_nodes=tuple(OtherNodeView(name, reason) for name, reason in report.others),
    )  # fmt: skip
