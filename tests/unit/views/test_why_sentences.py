"""Sentences about nodes and pods: nothing that can happen lacks one."""

import pytest

from kubestow.live.drainer import DELETED, STOPPED
from kubestow.live.repair import UNHEALTHY
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    EXPIRED,
    HELD_BACK,
    NOT_LAUNCHED,
    NOT_REGISTERED,
    PROVISIONING,
    UNDERUTILIZED,
    VOLUNTARY,
)
from kubestow.model.story import (
    NODE_GOES,
    NODES_COME,
    NOT_DECIDED,
    NOT_KNOWN,
    PODS_WAIT,
    FilterRefusal,
    Happened,
    NodePresent,
    Occurrence,
    PodPresent,
    WhyKept,
)
from kubestow.views import why_sentences
from kubestow.views.why_sentences import REASONS, node_now, node_sentence, pod_now, pod_sentence

OF_PODS = (
    Happened.CREATED, Happened.PLANNED, Happened.NOT_PLANNED, Happened.SCHEDULED,
    Happened.EVICTED, Happened.LOST, Happened.DELETED, Happened.GONE,
)  # fmt: skip


def named(name: str) -> str:
    return {"c1": "ip-1"}.get(name, name)


def said(what: Happened, **fields: object) -> str:
    item = Occurrence(at=0, what=what, **fields)  # type: ignore[arg-type] # its own
    return (pod_sentence if what in OF_PODS else node_sentence)(item, named)


@pytest.mark.parametrize("what", Happened)
def test_everything_that_can_happen_has_a_sentence(what: Happened) -> None:
    subject = "120" if what is Happened.NOTICED else ""
    assert said(what, subject=subject, nodes=("c1",), pods=("shop/a",))


def test_every_reason_for_which_a_node_goes_is_explained() -> None:
    assert {*VOLUNTARY, EXPIRED, NOT_REGISTERED, DELETED, STOPPED, UNHEALTHY} <= REASONS.keys()


def test_a_launch_is_told_with_its_pods_and_those_that_have_to_move() -> None:
    pods = ("shop/a", "shop/b", "shop/c", "shop/d", "shop/e")
    assert said(Happened.LAUNCH_DECIDED, reason=PROVISIONING, pods=pods, nodes=("c1",)) == (
        "launch decided for 5 pods: shop/a, shop/b, shop/c and 2 more, on ip-1 still, which must go"
    )
    replacing = said(
        Happened.LAUNCH_DECIDED, reason=UNDERUTILIZED, nodes=("c1", "c2"),
        saved_nano_usd_per_hour=96_000_000,
    )  # fmt: skip
    assert replacing == (
        "launch decided to replace ip-1, c2. Underutilized: its pods run for less elsewhere "
        "(saves 0.0960 USD/h)"
    )


def test_a_node_that_goes_is_told_with_what_drifted_what_is_saved_and_who_replaces_it() -> None:
    assert said(Happened.CORDONED, reason=DRIFTED, subject="label a=b", nodes=("c1",)) == (
        "cordoned until ip-1 is ready. Drifted: it would be launched otherwise now (label a=b)"
    )
    assert said(Happened.DRAIN_DECIDED, reason=EXPIRED, subject="600") == (
        "drained. Expired: it is as old as the NodePool lets it be (expireAfter 600 s)"
    )
    assert said(Happened.ENDED, reason=NOT_DECIDED) == (
        "gone. no decision of the journal asked for it"
    )


def test_pods_are_told_where_their_successors_went() -> None:
    assert said(Happened.PODS_LEFT, pods=("shop/a",), counts=(("c1", 1),)) == (
        "1 pod left: shop/a; successors went to ip-1 (1)"
    )


def test_a_pod_is_told_with_who_bound_it() -> None:
    assert said(Happened.SCHEDULED, nodes=("c1",)) == "bound to ip-1 by kube-scheduler"
    landed = Occurrence(at=0, what=Happened.LANDED, nodes=("c1",))
    assert pod_sentence(landed, named) == "bound to ip-1 by kubestow, as planned"
    assert said(Happened.DELETED, nodes=("c1",)) == (
        "deleted, not by kubestow; its node ip-1 was not leaving"
    )
    assert said(Happened.LOST, reason=NOT_KNOWN, nodes=("c1",)) == (
        "lost with its node ip-1. no journal says why the node went"
    )
    assert said(Happened.GONE, reason=EMPTY, subject=NODE_GOES, nodes=("c1",)) == (
        "gone; its node ip-1 was to go. Empty: it runs no pods but those of DaemonSets"
    )
    stays = Occurrence(at=0, what=Happened.UNCORDONED, reason=DRIFTED, nodes=("c1",))
    assert pod_sentence(stays, named) == "its node ip-1 stays after all"


def test_why_a_node_stays_is_told_with_what_causes_it() -> None:
    kept = (WhyKept("a PodDisruptionBudget allows no eviction", "shop/a"), WhyKept("x", HELD_BACK))
    present = NodePresent("Ready", 1, kept, ((PODS_WAIT, 1), (NODES_COME, 2)))
    assert node_now(present, named) == [
        "Ready, with 1 pod beside DaemonSets'",
        "it stays: a PodDisruptionBudget allows no eviction (shop/a)",
        "it stays: x (a limit of the controller holds it back; its log and Events tell which)",
        "no node is consolidated or replaced meanwhile: 1 pod waits for its node, "
        "2 nodes are coming",
    ]
    goes = NodePresent("Ready", 1, goes=UNDERUTILIZED)
    assert node_now(goes, named)[1] == (
        "it goes next, if nothing changes. Underutilized: its pods run for less elsewhere"
    )


def test_what_a_pod_waits_for_is_told() -> None:
    refusals = (FilterRefusal("NodeResourcesFit", "Insufficient cpu", ("c1", "c2")),)
    waits = PodPresent(planned_on="c1", phase="Launched", phase_at=60, refusals=refusals)
    assert pod_now(waits, named) == [
        "waits for a node",
        "planned on ip-1 (Launched since 1970-01-01 00:01:00)",
        "NodeResourcesFit refuses it (Insufficient cpu) on 2 nodes: ip-1, c2",
    ]
    put_off = PodPresent(planned_on="c2", put_off=NOT_LAUNCHED)
    assert pod_now(put_off, named)[2] == (
        "a node for it was not launched: EC2 refused it or could not be asked; "
        "the log and Events tell why"
    )
    alone = PodPresent(not_planned="no capacity", free=("c2",))
    assert pod_now(alone, named)[1:] == [
        "no node is planned for it: no capacity",
        "'kubestow explain' finds the cheapest change that lets it run",
        "no filter refuses it on c2",
    ]
    assert pod_now(PodPresent("c1", is_ready=True), named) == ["on ip-1, Ready"]


def test_an_instant_is_told_in_utc() -> None:
    assert why_sentences.clock(1_767_571_200) == "2026-01-05 00:00:00"
