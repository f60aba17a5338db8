"""WhyView: what became of a node or a pod, why, and what is true of it now."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta

from kubestow.model.instance_type import NANO_USD
from kubestow.model.story import (
    NODES_COME,
    NODES_LEAVE,
    NODES_REPLACED,
    PODS_WAIT,
    Happened,
    LiveFacts,
    NodePresent,
    Occurrence,
    PodPresent,
    Story,
)
from kubestow.views import why_sentences
from kubestow.views.cluster_view import instant_text
from kubestow.views.node_page_view import EventView
from kubestow.views.shared import PodKey
from kubestow.views.view import (
    API_VERSION,
    ApiVersion,
    Count,
    CountFromOne,
    NonNegative,
    View,
    one_of,
)
from kubestow.views.why_sentences import Naming

Instant = Annotated[str | None, Meta(description="RFC 3339, UTC.")]
NodeName = Annotated[
    str, Meta(description="The Node's name; that of its claim where the Node is not known.")
]


class OfferView(View, frozen=True):
    """What a node is of."""

    node_pool: str
    instance_type: str
    zone: str
    capacity_type: str
    usd_per_hour: NonNegative


class SuccessorsView(View, frozen=True):
    """How many successors of a node's pods went to another node."""

    node: NodeName
    pods: CountFromOne


class OccurrenceView(View, frozen=True, kw_only=True):
    """One thing that happened."""

    at: Instant
    last_at: Annotated[
        str | None, Meta(description="When it happened last, RFC 3339; null if it did once.")
    ]
    times: CountFromOne
    what: Annotated[str, one_of(*Happened)]
    is_first_seen: Annotated[
        bool,
        Meta(description="Whether it happened since the look before, and not at the instant."),
    ]
    reason: Annotated[str, Meta(description="A word for why; empty if none is known.")]
    message: Annotated[str, Meta(description="What happened, as a sentence.")]
    nodes: tuple[NodeName, ...]
    pods: tuple[PodKey, ...]
    successors: tuple[SuccessorsView, ...]
    saved_usd_per_hour: Annotated[
        float | None, Meta(description="What a consolidation saves; null if it is none.")
    ]


class KeptView(View, frozen=True):
    """Why a node stays, and the pod, budget or NodePool that causes it."""

    reason: str
    subject: str


class UnderWayView(View, frozen=True):
    """What has to be over before nodes are disrupted."""

    what: Annotated[str, one_of(PODS_WAIT, NODES_COME, NODES_REPLACED, NODES_LEAVE)]
    count: CountFromOne


class NodeNowView(View, frozen=True, kw_only=True):
    """A node at the last decision."""

    phase: Annotated[str, Meta(description="Of its claim; empty for a node of others.")]
    pods: Annotated[Count, Meta(description="Without those of DaemonSets.")]
    goes_next: Annotated[
        str, Meta(description="The reason for which it goes next; empty if it stays.")
    ]
    kept: tuple[KeptView, ...]
    under_way: tuple[UnderWayView, ...]


class FilterRefusalView(View, frozen=True):
    """Nodes that a filter of kube-scheduler refuses a pod."""

    filter: str
    reason: str
    nodes: tuple[NodeName, ...]


class PodNowView(View, frozen=True, kw_only=True):
    """A pod at the last decision."""

    node: Annotated[str | None, Meta(description="The Node where it is; null if it is on none.")]
    is_ready: bool
    is_terminating: bool
    planned_on: Annotated[
        str | None, Meta(description="The node that is planned for it; null for none.")
    ]
    planned_phase: Annotated[str, Meta(description="The phase of that node's claim.")]
    not_planned: Annotated[str, Meta(description="Why no node is planned for it.")]
    put_off: Annotated[
        str,
        Meta(description="Why a node for it was not launched lately; empty if none was put off."),
    ]
    refusals: tuple[FilterRefusalView, ...]
    free_nodes: Annotated[
        tuple[NodeName, ...], Meta(description="Nodes that no filter refuses it.")
    ]


class FactView(View, frozen=True):
    """What a running cluster says of an object."""

    name: str
    value: str


class LiveView(View, frozen=True, kw_only=True):
    """A node or a pod in the running cluster, now."""

    cluster: str
    is_there: bool
    facts: tuple[FactView, ...]
    events: Annotated[tuple[EventView, ...], Meta(description="Events of kubestow about it.")]


class WhyView(View, frozen=True, kw_only=True):
    """What 'kubestow why -o json' writes.

    Fields may be added; none changes its meaning within v1alpha1.
    """

    api_version: ApiVersion = API_VERSION
    kind: Literal["Why"] = "Why"
    about: Annotated[str, one_of("node", "pod")]
    name: Annotated[str, Meta(description="The Node's name, or the pod's namespace/name.")]
    claim: Annotated[str | None, Meta(description="The name of a node's claim; null for a pod.")]
    journals: tuple[str, ...]
    since: Instant
    until: Instant
    decisions: Count
    offer: OfferView | None
    occurrences: Annotated[
        tuple[OccurrenceView, ...], Meta(description="In order of time, the newest last.")
    ]
    node_now: Annotated[NodeNowView | None, Meta(description="Null for a pod, or if it is gone.")]
    pod_now: Annotated[PodNowView | None, Meta(description="Null for a node, or if it is gone.")]
    now: Annotated[tuple[str, ...], Meta(description="The same as sentences; none if it is gone.")]
    earlier_claims: Annotated[
        tuple[str, ...], Meta(description="Claims whose Nodes had this name before.")
    ]
    live: Annotated[LiveView | None, Meta(description="Null unless a cluster was asked.")]
    notes: tuple[str, ...]


def why_view(
    story: Story | None,
    about: str,
    name: str,
    journals: Sequence[str] = (),
    live: LiveFacts | None = None,
    notes: tuple[str, ...] = (),
) -> WhyView:
    """Return the view of a story, if journals have one, and of what a cluster says."""
    names = {} if story is None else story.node_names

    def named(node: str) -> str:
        return names.get(node, node)

    is_node, present = about == "node", None if story is None else story.present
    told = story is not None
    return WhyView(
        about=about,
        name=named(story.name) if story is not None else name,
        claim=story.name if story is not None and is_node else None,
        journals=tuple(journals),
        since=instant_text(story.since) if story is not None else None,
        until=instant_text(story.until) if story is not None else None,
        decisions=story.decisions if story is not None else 0,
        offer=_offer(story),
        occurrences=_occurrences(story, named, is_node=is_node) if told else (),
        node_now=_node_now(present) if isinstance(present, NodePresent) else None,
        pod_now=_pod_now(present, named) if isinstance(present, PodPresent) else None,
        now=_now(present, named),
        earlier_claims=story.earlier if story is not None else (),
        live=_live(live),
        notes=(
            *(story.notes if story is not None else ()),
            *notes,
            *(live.notes if live is not None else ()),
        ),
    )


def _occurrences(
    story: Story | None, named: Naming, *, is_node: bool
) -> tuple[OccurrenceView, ...]:
    sentence = why_sentences.node_sentence if is_node else why_sentences.pod_sentence
    found = () if story is None else story.occurrences
    return tuple(_occurrence(item, sentence(item, named), named) for item in found)


def _occurrence(item: Occurrence, message: str, named: Naming) -> OccurrenceView:
    saved = item.saved_nano_usd_per_hour
    return OccurrenceView(
        at=instant_text(item.at),
        last_at=instant_text(item.last_at),
        times=item.times,
        what=item.what.value,
        is_first_seen=item.is_seen,
        reason=item.reason,
        message=message,
        nodes=tuple(map(named, item.nodes)),
        pods=item.pods,
        successors=tuple(SuccessorsView(named(node), count) for node, count in item.counts),
        saved_usd_per_hour=None if saved is None else saved / NANO_USD,
    )


def _offer(story: Story | None) -> OfferView | None:
    offer = None if story is None else story.offer
    if offer is None:
        return None
    return OfferView(
        offer.nodepool, offer.instance_type, offer.zone, offer.capacity_type,
        offer.nano_usd_per_hour / NANO_USD,
    )  # fmt: skip


def _now(present: NodePresent | PodPresent | None, named: Naming) -> tuple[str, ...]:
    if isinstance(present, NodePresent):
        return tuple(why_sentences.node_now(present, named))
    return () if present is None else tuple(why_sentences.pod_now(present, named))


def _node_now(present: NodePresent) -> NodeNowView:
    return NodeNowView(
        phase=present.phase,
        pods=present.pods,
        goes_next=present.goes,
        kept=tuple(KeptView(kept.reason, kept.subject) for kept in present.kept),
        under_way=tuple(UnderWayView(what, count) for what, count in present.under_way),
    )


def _pod_now(present: PodPresent, named: Naming) -> PodNowView:
    return PodNowView(
        node=named(present.node) if present.node else None,
        is_ready=present.is_ready,
        is_terminating=present.is_terminating,
        planned_on=named(present.planned_on) if present.planned_on else None,
        planned_phase=present.phase,
        not_planned=present.not_planned,
        put_off=present.put_off,
        refusals=tuple(
            FilterRefusalView(item.plugin, item.reason, tuple(map(named, item.nodes)))
            for item in present.refusals
        ),
        free_nodes=tuple(map(named, present.free)),
    )


def _live(live: LiveFacts | None) -> LiveView | None:
    if live is None:
        return None
    return LiveView(
        cluster=live.cluster,
        is_there=live.is_there,
        facts=tuple(FactView(name, value) for name, value in live.facts),
        events=tuple(
            EventView(
                event.type, event.reason, event.message, event.count, instant_text(event.at),
                event.source,
            )
            for event in live.events
        ),
    )  # fmt: skip
