"""The view of a story: names of Nodes, prices in USD, instants, and what a cluster says."""

import json

from kubestow.model.observed import ClusterEvent
from kubestow.model.story import (
    FilterRefusal,
    Happened,
    LiveFacts,
    NodePresent,
    Occurrence,
    Offer,
    PodPresent,
    Story,
    WhyKept,
)
from kubestow.views.view import encode
from kubestow.views.why_view import why_view

NODE = Story(
    name="c1",
    occurrences=(
        Occurrence(at=60, what=Happened.CORDONED, reason="Underutilized", nodes=("c2",),
                   saved_nano_usd_per_hour=48_000_000),
        Occurrence(at=90, what=Happened.PODS_LEFT, pods=("shop/a",), counts=(("c2", 1),),
                   is_seen=True, last_at=120),
    ),
    since=0,
    until=120,
    decisions=3,
    offer=Offer("general", "m5.large", "us-east-1a", "spot", 96_000_000),
    present=NodePresent("Ready", 1, (WhyKept("a reason", "shop/a"),)),
    node_names={"c1": "ip-1", "c2": "ip-2"},
    earlier=("c0",),
)  # fmt: skip


def test_nodes_have_the_names_that_they_have_in_the_cluster() -> None:
    view = why_view(NODE, "node", "c1", ["a.gz"])
    assert (view.name, view.claim, view.earlier_claims) == ("ip-1", "c1", ("c0",))
    first, second = view.occurrences
    assert (first.at, first.nodes, first.saved_usd_per_hour) == (
        "1970-01-01T00:01:00Z",
        ("ip-2",),
        0.048,
    )
    assert [(item.node, item.pods) for item in second.successors] == [("ip-2", 1)]
    assert (second.is_first_seen, second.last_at) == (True, "1970-01-01T00:02:00Z")
    assert view.offer is not None
    assert view.offer.usd_per_hour == 0.096
    assert view.node_now is not None
    assert view.node_now.kept[0].reason == "a reason"
    assert view.now[1] == "it stays: a reason (shop/a)"
    assert json.loads(encode(view))["kind"] == "Why"


def test_a_pod_is_told_with_what_refuses_it() -> None:
    present = PodPresent(refusals=(FilterRefusal("NodeName", "why", ("c1",)),), planned_on="c2")
    story = Story(
        name="shop/a", occurrences=(), since=0, until=9, decisions=1, present=present,
        node_names={"c1": "ip-1", "c2": "ip-2"},
    )  # fmt: skip
    view = why_view(story, "pod", "shop/a")
    assert (view.claim, view.node_now) == (None, None)
    assert view.pod_now is not None
    assert view.pod_now.planned_on == "ip-2"
    assert view.pod_now.refusals[0].nodes == ("ip-1",)
    assert view.pod_now.node is None


def test_without_a_journal_there_is_what_the_cluster_says() -> None:
    event = ClusterEvent("Node", "", "ip-1", "Normal", "Opened", "open", 2, 60, "kubestow")
    live = LiveFacts("shop", (("status", "Ready"),), (event,))
    view = why_view(None, "node", "ip-1", live=live, notes=("a note",))
    assert (view.name, view.since, view.decisions, view.occurrences) == ("ip-1", None, 0, ())
    assert view.live is not None
    assert (view.live.facts[0].value, view.live.events[0].count) == ("Ready", 2)
    assert view.notes == ("a note",)
