"""NodePageView and PodPageView: everything about one node or pod of a running cluster."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.observed import ClusterEvent, NodeCondition, Observed, PodDetails
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, MEMORY, Amounts, format_amount
from kubestow.model.survey import Survey, SurveyedNode, share_of
from kubestow.views.cluster_view import (
    Instant,
    NodeRowView,
    PendingView,
    instant_text,
    node_row_view,
)
from kubestow.views.shared import PodKey, Quantities, TaintView, taint_views
from kubestow.views.view import API_VERSION, ApiVersion, Count, CountFromOne, View

_EVENTS_MOST = 200
_NO_FACTS = PodDetails()


class NodeConditionView(View, frozen=True):
    """A condition that a node reports."""

    type: str
    status: str
    good: Annotated[bool, Meta(description="Ready and True, or any other that is False.")]
    reason: str
    message: str
    since: Annotated[str | None, Meta(description="RFC 3339, UTC; null if not known.")]


class EventView(View, frozen=True):
    """An event, as 'kubectl describe' lists it."""

    type: str
    reason: str
    message: str
    count: CountFromOne
    at: Annotated[str | None, Meta(description="RFC 3339, UTC; null if not known.")]
    source: str


class PodRowView(View, frozen=True):
    """A pod in one row; its requests and its part of the node's price by the dominant resource."""

    pod: PodKey
    status: str
    ready: Count
    containers: Count
    restarts: Count
    created_at: Annotated[str | None, Meta(description="RFC 3339, UTC; null if not known.")]
    requests: Quantities
    used: Annotated[
        Quantities | None, Meta(description="As metrics-server tells it; null if it does not.")
    ]
    bound: bool
    usd_per_hour: float | None


class NodePageView(View, frozen=True, kw_only=True):
    """A node with its conditions, taints, labels, annotations, events and pods.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["NodePage"] = "NodePage"
    at: Instant
    node: NodeRowView
    instance_id: str
    capacity: Quantities
    allocatable: Quantities
    requested: Quantities
    conditions: tuple[NodeConditionView, ...]
    taints: tuple[TaintView, ...]
    labels: dict[str, str]
    annotations: dict[str, str]
    addresses: tuple[tuple[str, str], ...]
    system: dict[str, str]
    pods: tuple[PodRowView, ...]
    events: tuple[EventView, ...]


class PodPageView(View, frozen=True, kw_only=True):
    """A pod of a running cluster: where it is or why it waits, and its events.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["PodPage"] = "PodPage"
    at: Instant
    pod: PodRowView
    node: Annotated[str, Meta(description="Empty for a pod that waits.")]
    owner: Annotated[str, Meta(description="Kind and name of its controller; empty for none.")]
    labels: dict[str, str]
    message: str
    pending: Annotated[PendingView | None, Meta(description="Why it waits; null if it does not.")]
    events: tuple[EventView, ...]


def node_page_view(observed: Observed, survey: Survey, name: str) -> NodePageView | None:
    """Return the page of a node; None if there is none of this name."""
    node = next((item for item in survey.nodes if item.name == name), None)
    there = next((item for item in observed.snapshot.cluster.nodes if item.name == name), None)
    if node is None or there is None:
        return None
    facts = node.facts
    return NodePageView(
        at=instant_text(survey.at) or "",
        node=node_row_view(node),
        instance_id=facts.instance_id,
        capacity=_quantities(facts.capacity),
        allocatable=_quantities(node.allocatable),
        requested=_quantities(node.requested),
        conditions=tuple(map(_condition, facts.conditions)),
        taints=taint_views(there.effective_taints),
        labels=dict(there.labels),
        annotations=dict(facts.annotations),
        addresses=facts.addresses,
        system=dict(facts.system),
        pods=tuple(_pod_row(observed, p.key, p.requests, node, bound=p.bound) for p in node.pods),
        events=_events(observed.events, "Node", "", name),
    )


def pod_page_view(observed: Observed, survey: Survey, key: str) -> PodPageView | None:
    """Return the page of a pod, by namespace/name; None if there is none."""
    pod = next((item for item in observed.snapshot.cluster.pods if item.key == key), None)
    if pod is None:
        return None
    node = next((item for item in survey.nodes if item.name == pod.node_name), None)
    waits = next((item for item in survey.pending if key in item.pods), None)
    namespace, _, name = key.partition("/")
    return PodPageView(
        at=instant_text(survey.at) or "",
        pod=_pod_row(observed, key, pod.template.requests, node, bound=bool(pod.daemonset)),
        node=pod.node_name,
        owner=_owner(pod),
        labels=dict(pod.labels),
        message=observed.pods.get(key, _NO_FACTS).message,
        pending=None
        if waits is None
        else PendingView(pods=waits.pods, message=waits.message, reason=waits.reason),
        events=_events(observed.events, "Pod", namespace, name),
    )


def _owner(pod: Pod) -> str:
    owner = pod.lifecycle.owner
    return "" if owner is None else " ".join((owner[0], owner[-1]))


def _quantities(found: Amounts) -> dict[str, str]:
    return {name: format_amount(name, amount) for name, amount in found}


def _condition(item: NodeCondition) -> NodeConditionView:
    return NodeConditionView(
        type=item.type,
        status=item.status,
        good=item.is_good,
        reason=item.reason,
        message=item.message,
        since=instant_text(item.since),
    )


def _pod_row(
    observed: Observed, key: str, requests: Amounts, node: SurveyedNode | None, *, bound: bool
) -> PodRowView:
    facts = observed.pods.get(key, _NO_FACTS)
    usage = None if observed.usage is None else observed.usage.pods.get(key)
    price = None if node is None else node.price
    share = 0.0 if node is None else share_of(requests, node.allocatable)
    return PodRowView(
        pod=key,
        status=facts.status or ("Pending" if node is None else "Running"),
        ready=facts.ready,
        containers=facts.containers,
        restarts=facts.restarts,
        created_at=instant_text(facts.created_at),
        requests=_quantities(tuple(item for item in requests if item[0] in (CPU, MEMORY)))
        | _quantities(tuple(item for item in requests if item[0] not in (CPU, MEMORY))),
        used=None if usage is None else _quantities(usage),
        bound=bound,
        usd_per_hour=None if price is None else round(price * share / 1e9, 6),
    )


def _events(
    events: Iterable[ClusterEvent], kind: str, namespace: str, name: str
) -> tuple[EventView, ...]:
    """Return the events about an object, the newest first; those of nodes have any namespace."""
    about = [
        event
        for event in events
        if event.kind == kind
        and event.name == name
        and (kind == "Node" or event.namespace == namespace)
    ]
    return tuple(
        EventView(
            type=event.type,
            reason=event.reason,
            message=event.message,
            count=max(1, event.count),
            at=instant_text(event.at),
            source=event.source,
        )
        for event in about[:_EVENTS_MOST]
    )
