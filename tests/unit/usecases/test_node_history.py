"""What became of nodes: names, launches that were none, replacements, and ends by others."""

from dataclasses import replace

from kubestow.model.decision import (
    DRIFTED,
    EXPIRED,
    HELD_BACK,
    PROVISIONING,
    UNDERUTILIZED,
    Action,
    Cordon,
    Decision,
    Drain,
    Launch,
    Open,
    Uncordon,
    Waiting,
)
from kubestow.model.memory import Memory, PendingDisruption, PutOff
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import Disruption
from kubestow.model.story import (
    NO_CAPACITY,
    NOT_BEGUN,
    NOT_DECIDED,
    NOTHING_CAME,
    Happened,
    Occurrence,
)
from kubestow.policies.provisioner import PLANNED
from kubestow.testing import node, nodeclaim, nodepool, observed, pod
from kubestow.usecases.node_history import NodeHistories, ToldTurn, node_name_of

ADDRESS = "ip-10-0-1-7.ec2.internal"


def turn(
    at: int, *claims: NodeClaim, actions: tuple[Action, ...] = (), memory: Memory | None = None,
    **options: object,
) -> ToldTurn:  # fmt: skip
    waiting = options.pop("waiting", ())
    seen = observed(claims, options.pop("pods", ()), at=at, **options)
    return ToldTurn(seen, memory or Memory(), Decision(actions, (), waiting))  # type: ignore[arg-type] # given


def launched(name: str, phase: Phase = Phase.READY, **options: object) -> NodeClaim:
    """Return the claim of a node, which has the name of its address once it is there."""
    options.setdefault("launched_at", 3)
    options.setdefault("holds", True)
    claim = nodeclaim(name, phase=phase, **options)
    if phase in (Phase.LAUNCHING, Phase.LAUNCHED, Phase.REGISTERED):
        return claim
    return replace(claim, node=replace(node(ADDRESS), name=name))


def told(asked: str, *turns: ToldTurn) -> tuple[Occurrence, ...]:
    histories = NodeHistories(asked)
    for item in turns:
        histories.turn(item)
    return histories.found[-1].story()


def what(story: tuple[Occurrence, ...]) -> list[tuple[int, Happened]]:
    return [(item.at, item.what) for item in story]


def life(name: str = "pool-1") -> tuple[ToldTurn, ...]:
    """Return the turns in which a node comes, up to where it is open."""
    coming = launched(name, Phase.LAUNCHING, launched_at=None)
    return (
        turn(
            0, actions=(Launch(coming, PROVISIONING),), pods=[pod("web-1"), pod("web-2")],
            waiting=(Waiting("default/web-1", PLANNED, name), Waiting("default/db", PLANNED, "x")),
        ),
        turn(5, launched(name, Phase.LAUNCHED)),
        turn(30, launched(name, Phase.REGISTERED)),
        turn(50, launched(name, Phase.HELD, ready_at=45), actions=(Open(name, "its pods are on"),)),
        turn(55, launched(name, ready_at=45)),
    )  # fmt: skip


def test_a_node_is_told_from_its_launch_on_by_the_name_of_its_claim_and_by_its_own() -> None:
    for asked in ("pool-1", ADDRESS):
        story = told(asked, *life())
        assert what(story) == [
            (0, Happened.LAUNCH_DECIDED),
            (3, Happened.LAUNCHED),
            (30, Happened.REGISTERED),
            (45, Happened.HELD),
            (55, Happened.OPENED),
        ]
        assert story[0].pods == ("default/web-1",)
        assert story[-1].reason == "its pods are on"


def test_a_nodes_name_in_the_cluster_is_that_of_its_hostname_label() -> None:
    assert node_name_of(replace(node(ADDRESS), name="pool-1")) == ADDRESS
    assert node_name_of(replace(node("a"), labels=())) == "a"


def test_of_two_nodes_of_one_name_the_last_is_told_and_the_other_is_known() -> None:
    histories = NodeHistories(ADDRESS)
    again = [replace(item, snapshot=replace(item.snapshot, at=item.at + 900)) for item in life("b")]
    for item in (*life("a"), turn(100), *again):
        histories.turn(item)
    assert [history.name for history in histories.found] == ["a", "b"]
    assert [history.is_gone for history in histories.found] == [True, False]


def test_a_claim_that_is_seen_again_is_one_story_with_its_launch() -> None:
    histories = NodeHistories("a")
    away, *again = (
        replace(item, snapshot=replace(item.snapshot, at=at))
        for at, item in ((21, turn(0)), (22, life("a")[-1]), (23, turn(0)))
    )
    for item in (*life("a"), away, *again):
        histories.turn(item)
    (history,) = histories.found
    found = what(history.story())
    assert found[0] == (0, Happened.LAUNCH_DECIDED)
    assert [item for item in found if item[1] is Happened.ENDED] == [(23, Happened.ENDED)]


def test_a_launch_of_a_name_that_was_none_is_told_in_one_story_where_it_is_decided_again() -> None:
    histories = NodeHistories("pool-1")
    decided = life()[0]
    late = replace(decided, snapshot=replace(decided.snapshot, at=9_000))
    for item in (decided, turn(1), turn(5_000), late, turn(9_001)):
        histories.turn(item)
    (history,) = histories.found
    assert what(history.story()) == [
        (0, Happened.LAUNCH_DECIDED),
        (1, Happened.NOT_LAUNCHED),
        (9_000, Happened.LAUNCH_DECIDED),
        (9_001, Happened.NOT_LAUNCHED),
    ]


def test_nothing_is_kept_of_a_node_that_is_gone_and_was_not_asked_for() -> None:
    histories = NodeHistories("nobody")
    for item in (*life("a"), turn(100), turn(200)):
        histories.turn(item)
    kept = [value for value in vars(histories).values() if isinstance(value, dict | list)]
    assert kept == [{"a": ADDRESS}, [], {}, {}]


def test_what_runs_when_a_journal_begins_is_told_as_such() -> None:
    story = told("pool-1", turn(100, launched("pool-1", ready_at=45)))
    assert what(story) == [(3, Happened.LAUNCHED), (100, Happened.SEEN)]
    assert story[1].subject == "Ready"


def test_a_launch_that_was_none_is_told_with_why() -> None:
    claim = launched("pool-1", Phase.LAUNCHING, launched_at=None)
    first = life()[0]
    cooling = Memory(cooling=((claim.offering, 180),))
    put_off = Memory(put_off=(PutOff(PROVISIONING, "default/web-1", 0),))
    held = Memory(put_off=(PutOff(PROVISIONING, "default/web-1", 0, HELD_BACK),))
    for memory, reason in (
        (cooling, NO_CAPACITY), (put_off, NOT_BEGUN), (held, HELD_BACK), (Memory(), NOTHING_CAME),
    ):  # fmt: skip
        story = told("pool-1", first, turn(1, memory=memory), turn(2, memory=memory))
        assert [(item.what, item.reason) for item in story[1:]] == [(Happened.NOT_LAUNCHED, reason)]


def test_why_a_launch_was_none_may_be_remembered_a_turn_later() -> None:
    claim = launched("pool-1", Phase.LAUNCHING, launched_at=None)
    later = turn(4, memory=Memory(cooling=((claim.offering, 180),)))
    story = told("pool-1", life()[0], turn(1, claim), turn(2), later)
    assert [(item.at, item.reason) for item in story[1:]] == [(2, NO_CAPACITY)]


def test_a_launch_that_is_seen_late_was_one() -> None:
    story = told("pool-1", life()[0], turn(1), *life()[1:])
    assert Happened.NOT_LAUNCHED not in [item.what for item in story]
    assert story[-1].what is Happened.OPENED


def test_a_consolidation_tells_what_it_saves_and_who_replaces_whom() -> None:
    old, other = launched("old", ready_at=1), launched("other", ready_at=1)
    new = launched("new", Phase.LAUNCHING, launched_at=None)
    begun = turn(
        10, old, other,
        actions=(Launch(new, UNDERUTILIZED), Cordon("old", UNDERUTILIZED),
                 Cordon("other", UNDERUTILIZED)),
    )  # fmt: skip
    memory = Memory(disruptions=(PendingDisruption(("old", "other"), ("new",), UNDERUTILIZED, 10),))
    ready = turn(
        60, old, other, launched("new", ready_at=55), memory=memory,
        actions=(Drain("old", UNDERUTILIZED), Drain("other", UNDERUTILIZED)),
    )  # fmt: skip
    cordoned, drained = told("old", turn(0, old, other), begun, ready)[-2:]
    assert (cordoned.what, cordoned.nodes, cordoned.beside) == (
        Happened.CORDONED, ("new",), ("other",),
    )  # fmt: skip
    assert cordoned.saved_nano_usd_per_hour == 96_000_000  # two go, one comes
    assert (drained.what, drained.nodes) == (Happened.DRAIN_DECIDED, ("new",))
    assert drained.saved_nano_usd_per_hour is None
    launch = next(
        item
        for item in told("new", turn(0, old, other), begun, turn(20, old, other, new), ready)
        if item.what is Happened.LAUNCH_DECIDED
    )
    assert (launch.reason, launch.nodes) == (UNDERUTILIZED, ("old", "other"))


def test_a_replacement_is_told_with_the_pods_that_the_next_turn_remembers() -> None:
    old = launched("old", ready_at=1, labels={"team": "a"})
    new = launched("new", Phase.LAUNCHING, launched_at=None)
    pool = nodepool(labels=(("team", "b"),))
    begun = turn(10, old, actions=(Launch(new, DRIFTED), Cordon("old", DRIFTED)), nodepools=(pool,))
    memory = Memory(planned=(("default/web-1", "new"),))
    story = told("new", begun, turn(11, old, new, memory=memory))
    assert story[0].pods == ("default/web-1",)
    assert told("old", begun)[-1].subject == "label team=b"


def test_a_node_that_expires_is_told_with_the_seconds_of_its_pool() -> None:
    pool = nodepool(disruption=Disruption(expire_after=600))
    old = launched("old", ready_at=1)
    story = told("old", turn(600, old, actions=(Drain("old", EXPIRED),), nodepools=(pool,)))
    assert (story[-1].reason, story[-1].subject) == (EXPIRED, "600")


def test_a_decision_that_is_made_again_and_again_is_told_once() -> None:
    old = launched("old", ready_at=1)
    turns = [turn(at, old, actions=(Drain("old", EXPIRED),)) for at in (600, 601, 602)]
    last = told("old", *turns)[-1]
    assert (last.at, last.times, last.last_at) == (600, 3, 602)


def test_a_node_that_stays_after_all_is_told() -> None:
    old = launched("old", ready_at=1)
    story = told(
        "old", turn(0, old, actions=(Cordon("old", DRIFTED),)),
        turn(9, old, actions=(Uncordon("old"),)), turn(20),
    )  # fmt: skip
    assert (story[-2].what, story[-2].reason) == (Happened.UNCORDONED, DRIFTED)
    assert (story[-1].what, story[-1].reason) == (Happened.ENDED, NOT_DECIDED)


def test_what_was_not_begun_is_told_once() -> None:
    old = launched("old", ready_at=1)
    held = Memory(put_off=(PutOff(DRIFTED, "old", 10, HELD_BACK),))
    story = told(
        "old", turn(10, old, actions=(Cordon("old", DRIFTED),)),
        turn(11, old, actions=(Uncordon("old"),), memory=held), turn(12, old, memory=held),
    )  # fmt: skip
    assert [(item.at, item.what, item.reason) for item in story[-3:]] == [
        (10, Happened.CORDONED, DRIFTED),
        (10, Happened.PUT_OFF, HELD_BACK),
        (11, Happened.UNCORDONED, DRIFTED),
    ]


def test_what_others_let_leave_is_told_with_the_reason_on_the_node() -> None:
    for reason in ("Deleted", "Unhealthy"):
        going = launched("old", Phase.DRAINING, ready_at=1, reason=reason)
        story = told("old", turn(0, launched("old", ready_at=1)), turn(9, going), turn(30))
        assert [(item.what, item.reason) for item in story[-2:]] == [
            (Happened.LEAVING, reason),
            (Happened.ENDED, reason),
        ]


def test_a_drain_that_was_decided_is_not_told_twice() -> None:
    going = launched("old", Phase.DRAINING, ready_at=1, reason=EXPIRED)
    old = launched("old", ready_at=1)
    story = told("old", turn(0, old, actions=(Drain("old", EXPIRED),)), turn(1, going))
    assert [item.what for item in story].count(Happened.LEAVING) == 0


def test_notices_are_told_with_their_instants() -> None:
    old = launched("old", ready_at=1)
    story = told(
        "old", turn(0, old), turn(5, replace(old, rebalance_at=4)),
        turn(9, replace(old, rebalance_at=4, notice_at=129)),
    )  # fmt: skip
    assert [(item.at, item.what, item.subject) for item in story[-2:]] == [
        (5, Happened.AT_RISK, "4"),
        (9, Happened.NOTICED, "129"),
    ]


def test_a_node_of_others_is_told_as_far_as_it_is_seen() -> None:
    seen = turn(0), turn(9)
    strange = replace(
        seen[0].snapshot, cluster=replace(seen[0].snapshot.cluster, nodes=(node("other"),))
    )
    story = told("other", replace(seen[0], snapshot=strange), seen[1])
    assert what(story) == [(0, Happened.SEEN), (9, Happened.ENDED)]
