"""What became of a pod: why it waited, who bound it, and why it left its node."""

from dataclasses import replace

from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    EXPIRED,
    HELD_BACK,
    INTERRUPTED,
    PROVISIONING,
    Action,
    Cordon,
    Decision,
    Drain,
    Land,
    Launch,
    Uncordon,
    Waiting,
)
from kubestow.model.memory import Memory, PutOff
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.story import (
    NODE_GOES,
    NOT_DECIDED,
    NOT_KNOWN,
    TAKEN_BACK,
    Happened,
    Occurrence,
)
from kubestow.policies.provisioner import COOLING, PLANNED
from kubestow.testing import node, nodeclaim, observed, owned, pod
from kubestow.usecases.node_history import ToldTurn
from kubestow.usecases.pod_history import PodHistory

WEB = owned(pod("web-1"))
KEY = WEB.key
OLD, NEW = nodeclaim("old"), nodeclaim("new")


def turn(
    at: int,
    item: Pod | None,
    *actions: Action,
    claims: tuple[NodeClaim, ...] = (OLD, NEW),
    waits: tuple[str, str] | None = None,
    memory: Memory | None = None,
    others: tuple[str, ...] = (),
) -> ToldTurn:
    waiting = () if waits is None else (Waiting(KEY, *waits),)
    seen = observed(claims, [] if item is None else [item], at=at)
    nodes = (*seen.cluster.nodes, *map(node, others))
    seen = replace(seen, cluster=replace(seen.cluster, nodes=nodes))
    return ToldTurn(seen, memory or Memory(), Decision(actions, (), waiting))


def told(*turns: ToldTurn) -> list[Occurrence]:
    history = PodHistory(KEY)
    for item in turns:
        history.turn(item)
    return history.occurrences


def short(items: list[Occurrence]) -> list[tuple[int, Happened, str, tuple[str, ...]]]:
    return [(item.at, item.what, item.reason, item.nodes) for item in items]


def test_a_pod_lands_on_the_node_that_was_launched_for_it() -> None:
    launch = Launch(replace(NEW, phase=Phase.LAUNCHING), PROVISIONING)
    held = replace(NEW, phase=Phase.HELD)
    found = told(
        turn(0, WEB, waits=("NodeResourcesFit", "")),
        turn(1, WEB, launch, claims=(OLD,), waits=(PLANNED, "new")),
        turn(9, WEB, Land(KEY, "new"), claims=(OLD, held), waits=(PLANNED, "new")),
        turn(10, WEB.on("new"), claims=(OLD, held)),
    )
    assert short(found) == [
        (0, Happened.CREATED, "", ()),
        (0, Happened.NOT_PLANNED, "NodeResourcesFit", ()),
        (1, Happened.PLANNED, "", ("new",)),
        (10, Happened.LANDED, "", ("new",)),
    ]
    assert found[2].subject == "Launching"


def test_what_nobody_landed_was_bound_by_kube_scheduler() -> None:
    found = told(turn(0, WEB, Land(KEY, "new")), turn(5, WEB.on("old")))
    assert short(found)[-1] == (5, Happened.SCHEDULED, "", ("old",))


def test_a_pod_is_evicted_for_the_reason_of_its_nodes_drain() -> None:
    going = replace(OLD, phase=Phase.DRAINING, reason=EXPIRED)
    leaving = replace(WEB.on("old"), terminating=True)
    found = told(
        turn(0, WEB.on("old")),
        turn(5, WEB.on("old"), Drain("old", EXPIRED)),
        turn(6, leaving, claims=(going,)),
        turn(9, None, claims=(going,)),
    )
    assert short(found) == [
        (0, Happened.SEEN, "", ("old",)),
        (5, Happened.DRAIN_DECIDED, EXPIRED, ("old",)),
        (6, Happened.EVICTED, EXPIRED, ("old",)),
        (9, Happened.GONE, EXPIRED, ("old",)),
    ]


def test_an_eviction_that_was_over_at_the_next_look_is_told_too() -> None:
    found = told(turn(0, WEB.on("old"), Drain("old", EXPIRED)), turn(9, None, claims=()))
    assert [item[1:3] for item in short(found)][-2:] == [
        (Happened.EVICTED, EXPIRED),
        (Happened.GONE, EXPIRED),
    ]


def test_a_pod_that_its_controller_deletes_was_not_evicted() -> None:
    leaving = replace(WEB.on("old"), terminating=True)
    found = told(turn(0, WEB.on("old")), turn(5, leaving), turn(9, None, claims=()))
    assert [item[1:3] for item in short(found)][-2:] == [
        (Happened.DELETED, ""),
        (Happened.GONE, ""),
    ]


def test_a_pod_is_lost_with_a_spot_node_that_ec2_takes_back() -> None:
    noticed = replace(OLD, notice_at=120)
    found = told(
        turn(0, WEB.on("old"), Drain("old", INTERRUPTED), claims=(noticed,)),
        turn(121, None, claims=()),
    )
    assert short(found)[-1] == (121, Happened.LOST, INTERRUPTED, ("old",))
    spot = nodeclaim("old", capacity_type="spot", notice_at=120)
    unasked = told(turn(0, WEB.on("old"), claims=(spot,)), turn(121, None, claims=()))
    assert short(unasked)[-1] == (121, Happened.LOST, TAKEN_BACK, ("old",))


def test_of_a_node_that_vanishes_without_a_notice_it_is_not_known_why() -> None:
    stopping = replace(WEB.on("old"), terminating=True)
    for claim in (OLD, nodeclaim("old", capacity_type="spot")):
        lost = told(turn(0, WEB.on("old"), claims=(claim,)), turn(9, None, claims=()))
        assert short(lost)[-1] == (9, Happened.LOST, NOT_KNOWN, ("old",))
        seen = told(
            turn(0, WEB.on("old"), claims=(claim,)),
            turn(9, stopping, claims=()),
            turn(12, None, claims=()),
        )
        assert short(seen)[-2:] == [
            (9, Happened.LOST, NOT_KNOWN, ("old",)),
            (12, Happened.GONE, "", ("old",)),
        ]


def test_a_pod_that_is_deleted_on_a_node_without_a_claim_was_deleted() -> None:
    leaving = replace(WEB.on("fargate"), terminating=True)
    there = {"claims": (OLD,), "others": ("fargate",)}
    seen = told(
        turn(0, WEB.on("fargate"), **there),  # type: ignore[arg-type] # its own
        turn(5, leaving, **there),  # type: ignore[arg-type] # its own
        turn(9, None, **there),  # type: ignore[arg-type] # its own
    )
    assert [item[1:3] for item in short(seen)] == [
        (Happened.SEEN, ""),
        (Happened.DELETED, ""),
        (Happened.GONE, ""),
    ]
    missed = told(turn(0, WEB.on("fargate"), **there), turn(9, None, **there))  # type: ignore[arg-type] # its own
    assert short(missed)[-1] == (9, Happened.GONE, NOT_DECIDED, ("fargate",))
    lost = told(turn(0, WEB.on("fargate"), **there), turn(9, None))  # type: ignore[arg-type] # its own
    assert short(lost)[-1] == (9, Happened.LOST, NOT_KNOWN, ("fargate",))


def test_a_node_whose_claim_said_why_it_drains_is_told_with_it_when_it_is_gone() -> None:
    going = replace(OLD, phase=Phase.DRAINING, reason="Deleted")
    found = told(
        turn(0, WEB.on("old")),
        turn(5, WEB.on("old"), claims=(going,)),
        turn(9, None, claims=()),
    )
    assert [item[1:3] for item in short(found)][-2:] == [
        (Happened.EVICTED, "Deleted"),
        (Happened.GONE, "Deleted"),
    ]


def test_a_pod_is_lost_with_a_node_that_stayed_after_all_and_not_for_the_earlier_reason() -> None:
    found = told(
        turn(0, WEB.on("old"), Cordon("old", DRIFTED)),
        turn(5, WEB.on("old"), Uncordon("old")),
        turn(9, None, claims=()),
    )
    assert short(found)[1:] == [
        (0, Happened.CORDONED, DRIFTED, ("old",)),
        (5, Happened.UNCORDONED, DRIFTED, ("old",)),
        (9, Happened.LOST, NOT_KNOWN, ("old",)),
    ]


def test_a_pod_that_came_after_its_nodes_drain_was_decided_is_told_with_it() -> None:
    found = told(
        turn(0, None, Drain("old", EMPTY)),
        turn(5, WEB.on("old")),
        turn(9, None, claims=()),
    )
    assert [item[1:3] for item in short(found)][-2:] == [
        (Happened.EVICTED, EMPTY),
        (Happened.GONE, EMPTY),
    ]


def test_an_eviction_is_the_reason_also_if_its_drain_is_decided_again_meanwhile() -> None:
    going = replace(OLD, phase=Phase.DRAINING, reason=EXPIRED)
    leaving = replace(WEB.on("old"), terminating=True)
    found = told(
        turn(0, WEB.on("old"), Drain("old", EXPIRED)),
        turn(5, leaving, Drain("old", EXPIRED), claims=(going,)),
        turn(9, None, claims=()),
    )
    assert (short(found)[-1][1:3], found[-1].subject) == ((Happened.GONE, EXPIRED), "")


def test_a_pod_of_a_statefulset_goes_on_under_its_name() -> None:
    found = told(
        turn(0, WEB.on("old"), Cordon("old", DRIFTED)),
        turn(5, WEB.on("old"), Drain("old", DRIFTED)),
        turn(9, WEB, claims=(replace(OLD, phase=Phase.DRAINING, reason=DRIFTED), NEW)),
        turn(10, WEB.on("new")),
    )
    assert [item[1] for item in short(found)] == [
        Happened.SEEN,
        Happened.CORDONED,
        Happened.DRAIN_DECIDED,
        Happened.EVICTED,
        Happened.GONE,
        Happened.CREATED,
        Happened.SCHEDULED,
    ]


def test_a_node_that_is_not_launched_again_and_again_is_told_once() -> None:
    memory = Memory(put_off=(PutOff(PROVISIONING, KEY, 0, HELD_BACK),))
    found = told(
        turn(0, WEB, waits=(PLANNED, "a")),
        turn(1, WEB, waits=(PLANNED, "b"), memory=memory),
        turn(2, WEB, waits=(PLANNED, "c"), memory=memory),
        turn(3, WEB, waits=(COOLING, ""), memory=memory),
    )
    assert [item[1:3] for item in short(found)] == [
        (Happened.CREATED, ""),
        (Happened.PLANNED, ""),
        (Happened.PUT_OFF, HELD_BACK),
        (Happened.NOT_PLANNED, COOLING),
    ]


def test_a_pod_of_a_daemonset_is_bound_as_that_asks_and_its_nodes_drain_is_not_its_own() -> None:
    item = replace(WEB, daemonset="kube-system/agent").on("old")
    found = told(
        turn(0, None),
        turn(1, item),
        turn(5, item, Drain("old", EMPTY)),
        turn(10, None, claims=()),
    )
    assert [entry[1:3] for entry in short(found)] == [
        (Happened.CREATED, ""),
        (Happened.SCHEDULED, "DaemonSet"),
        (Happened.GONE, EMPTY),
    ]
    assert found[-1].subject == NODE_GOES
