"""A controller leads while it holds its Lease and nobody else acts."""

import threading
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.controller import process
from kubestow.controller.election import NoElection
from kubestow.controller.handover import Handover
from kubestow.controller.process import Controller, Parts
from kubestow.controller.pulse import STUCK_SECONDS, Pulse
from kubestow.controller.rivals import Rival, RivalWatch
from kubestow.live.drainer import Drainer
from kubestow.live.interruptions import Interruptions
from kubestow.live.status_watch import StatusWatch
from kubestow.live.witness import LAND, POD, Deed, Hearing
from kubestow.model.memory import Memory
from kubestow.model.nodepool import Launcher
from kubestow.model.observed import NodeDetails, Observed
from kubestow.testing import nodepool, observed


@dataclass
class Place:
    """A controller whose turns are those of a test."""

    rivals: RivalWatch
    told: list[str] = field(default_factory=list)
    elected: NoElection = field(default_factory=NoElection)

    def parts(self, **fields: Any) -> Parts:
        fields.setdefault("may_act", lambda: False)  # who works beside the turns does nothing
        still: Any = SimpleNamespace(
            count=lambda kind: 0,
            changes=lambda: 0,
            observe=None,
            anew=lambda: None,
            wait_for_change=lambda since, seconds: since,
            troubled=dict,
        )
        return Parts(
            cache=still, observer=still, hand=still, cloud=still, templates=still, policy=still,
            statuses=still,
            election=self.elected, acts=True, rivals=self.rivals, tell=self.told.append, **fields,
        )  # fmt: skip


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(process, "_RIVAL_SECONDS", 0.01)
    monkeypatch.setattr(process, "IDLE_SECONDS", 0.0)


def test_it_leaves_its_turns_while_karpenter_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []
    karpenter = Rival("Karpenter", "kube-system/karpenter", "karpenter")
    looks = iter([None, None, karpenter, karpenter])
    place = Place(RivalWatch(lambda: next(looks, None)))
    controller = Controller(place.parts())

    def turn(world: Any, clock: Any, *_: Any, **__: Any) -> None:
        turns.append(place.rivals.why)
        if len(turns) == 1:
            while clock.wait(0, clock.now()):
                pass
            turns.append(place.rivals.why)
        else:
            controller.stop()

    monkeypatch.setattr(process.loop, "run", turn)
    controller.run()
    assert turns == ["", "Karpenter renews the Lease kube-system/karpenter", ""]


KARPENTER = Rival("Karpenter", "kube-system/karpenter", "karpenter")


@pytest.mark.parametrize(
    ("term", "rival", "is_kept"), [(0, None, True), (1, None, False), (0, KARPENTER, False)]
)
def test_it_goes_on_with_what_it_knew_where_nobody_else_acted(
    monkeypatch: pytest.MonkeyPatch, term: int, rival: Rival | None, *, is_kept: bool
) -> None:
    """The API server does not answer for a moment; meanwhile it is another's, or not."""
    elected, known = NoElection(), Memory(counter=7)
    looks = iter([None, rival])
    monkeypatch.setattr(process, "_RIVAL_SECONDS", 0.2)
    place = Place(RivalWatch(lambda: next(looks, None)), elected=elected)
    controller = Controller(place.parts())
    began_with: list[Memory | None] = []

    def turn(world: Any, clock: Any, *_: Any, memory: Memory | None) -> Memory:
        began_with.append(memory)
        if len(began_with) == 1:
            elected.holds, elected.term = False, term
            threading.Timer(0.2, setattr, (elected, "holds", True)).start()
            assert not clock.wait(0, clock.now())
            return known
        controller.stop()
        return Memory()

    monkeypatch.setattr(process.loop, "run", turn)
    controller.run()
    assert began_with == [None, known if is_kept else None]


@pytest.mark.parametrize(("rival", "is_left"), [(None, True), (KARPENTER, False)])
def test_one_that_is_stopped_leaves_what_it_knew_to_the_next(
    monkeypatch: pytest.MonkeyPatch, rival: Rival | None, *, is_left: bool
) -> None:
    known, began_with = Memory(counter=7), []
    handovers = [Handover(lambda: 100, "optimal"), Handover(lambda: 110, "optimal")]
    for handover in handovers:
        place = Place(RivalWatch())
        controller = Controller(place.parts(handover=handover))

        def turn(
            world: Any, clock: Any, *_: Any, memory: Memory | None, by: Any = controller,
            watch: RivalWatch = place.rivals,
        ) -> Memory:  # fmt: skip
            began_with.append(memory)
            watch.found = rival
            by.stop()
            return known

        monkeypatch.setattr(process.loop, "run", turn)
        controller.run()
        handovers[1].take(handover.text())
    assert began_with == [None, known if is_left else None]


def test_a_bug_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    handover = Handover(lambda: 100, "optimal")
    controller = Controller(Place(RivalWatch()).parts(handover=handover))

    def turn(*_: Any, **__: Any) -> Memory:
        controller._failed(RuntimeError("a bug in a thread"))
        return Memory(counter=7)

    monkeypatch.setattr(process.loop, "run", turn)
    with pytest.raises(RuntimeError, match="a bug"):
        controller.run()
    assert handover.text() == ""

    def failing(*_: Any, **__: Any) -> Memory:
        handover.leave(Memory(counter=7))
        raise RuntimeError("a bug in a decision")

    monkeypatch.setattr(process.loop, "run", failing)
    with pytest.raises(RuntimeError, match="a decision"):
        Controller(Place(RivalWatch()).parts(handover=handover)).run()
    assert handover.text() == ""


def test_the_deeds_of_a_turn_show_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    hearing: list[Hearing] = []
    time = [0.0]
    pulse = Pulse(lambda: time[0])
    controller = Controller(Place(RivalWatch()).parts(pulse=pulse))

    def world(*_: Any, hear: Hearing, **__: Any) -> None:
        hearing.append(hear)

    def turn(*_: Any, **__: Any) -> None:
        time[0] = STUCK_SECONDS
        assert pulse.not_alive()
        hearing[0](Deed(LAND, POD, "default/web"))
        assert not pulse.not_alive()
        controller.stop()

    monkeypatch.setattr(process, "LiveWorld", world)
    monkeypatch.setattr(process.loop, "run", turn)
    controller.run()


def test_what_the_last_turn_saw_is_forgotten_where_a_lead_begins_and_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    parts = Place(RivalWatch()).parts(forget_turn=lambda: said.append("forgets"))
    controller = Controller(parts)

    def turn(*_: Any, **__: Any) -> None:
        said.append("turn")
        controller.stop()

    monkeypatch.setattr(process.loop, "run", turn)
    controller.run()
    assert said == ["forgets", "turn", "forgets"]


def test_status_checks_that_fail_reach_who_drains() -> None:
    parts = Place(RivalWatch()).parts()
    clock: Any = SimpleNamespace(now=lambda: 0, hurried=threading.Event())
    fleet: Any = SimpleNamespace(ask_soon=lambda: None)
    beside = list(Controller(parts)._beside(clock, fleet))
    (watch,) = [item for item in beside if isinstance(item, StatusWatch)]
    (drainer,) = [item for item in beside if isinstance(item, Drainer)]
    assert watch.source is parts.statuses
    assert drainer.failing == watch.failing


def test_a_nodepool_with_the_name_of_a_node_group_is_told_of_once() -> None:
    place = Place(RivalWatch())
    cluster = replace(observed((), ()).cluster, nodepools=(nodepool("web"),))
    seen = Observed("c", replace(observed((), ()), cluster=cluster))
    of_group = replace(nodepool("web"), launched_by=Launcher.MANAGED_NODE_GROUP)
    groups: Any = SimpleNamespace(pools=(of_group,))
    parts = place.parts(groups=groups)
    controller = Controller(replace(parts, observer=SimpleNamespace(observe=lambda: seen)))
    for _ in range(2):
        assert controller.observe().snapshot.cluster.nodepools == (of_group,)
    (text,) = place.told
    assert text.startswith("NodePool web: no node is launched from it")


def test_who_heeds_interruptions_knows_what_may_be_done_and_which_nodes_are_to_come() -> None:
    here, to_come, ends = (f"i-{number:017x}" for number in range(3))
    place = ("m5.large", "us-east-1a", "spot")
    own = [OwnInstance(key, key, "general", *place, "running", 0) for key in (here, to_come)]
    own.append(OwnInstance(ends, ends, "general", *place, "shutting-down", 0))
    fleet: Any = SimpleNamespace(ask_soon=lambda: None, instances=lambda: tuple(own))
    nodes = {"ip-1": NodeDetails(provider_id=f"aws:///us-east-1a/{here}")}
    seen = SimpleNamespace(nodes=nodes)
    queue: Any = SimpleNamespace()
    parts = replace(
        Place(RivalWatch()).parts(queue=queue, may_act=lambda: False),
        observer=SimpleNamespace(observe=lambda: seen),
    )
    clock: Any = SimpleNamespace(now=lambda: 0, hurried=threading.Event())
    beside = list(Controller(parts)._beside(clock, fleet))
    (heeding,) = [item for item in beside if isinstance(item, Interruptions)]
    (watch,) = [item for item in beside if isinstance(item, StatusWatch)]
    assert (heeding.nodes(), heeding.nodeless()) == ({here: "ip-1"}, {to_come})
    assert (heeding.may_act(), watch.may_act()) == (False, False)
