"""A drainer: pods go in groups, budgets are waited for, and instances end when nothing is left."""

import contextlib
import threading
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.adapters.aws.instance_status import IMPAIRED, SYSTEM
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.drainer import Drainer
from kubestow.live.leaving import leave
from kubestow.live.own_fleet import OwnFleet
from kubestow.live.witness import DRAIN, Deed
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.input_error import InputError
from kubestow.model.node import Node
from kubestow.model.nodepool import Disruption, NodePool
from kubestow.model.observed import NodeCondition, NodeDetails, ObjectIdentity, Observed
from kubestow.model.pod import Pod
from kubestow.model.taints import Toleration
from kubestow.model.volume import PersistentVolumeClaim, VolumeAttachment
from kubestow.model.workload import Lifecycle
from kubestow.testing import ZONES, nodeclaim, pod, snapshot

ID, NAME = "i-1", "ip-1"


def on(name: str, priority: int = 0, **fields: Any) -> Pod:
    made = pod(name).on(NAME)
    return replace(made, template=replace(made.template, priority=priority), **fields)


@dataclass
class World:
    """A node, its pods and its instance; what is asked of it is kept."""

    pods: list[Pod] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=lambda: {marks.LEAVING: "Empty"})
    attachments: tuple[VolumeAttachment, ...] = ()
    state: str = "running"
    refuses: bool = False
    is_deleted: bool = False
    asked: list[str] = field(default_factory=list)
    at: int = 1_000
    unread: list[str] = field(default_factory=list)
    claims: dict[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    pools: tuple[NodePool, ...] = ()
    ends_at: int | None = None
    ends_are_refused: bool = False
    deeds: list[Deed] = field(default_factory=list)
    conditions: tuple[NodeCondition, ...] = ()
    transition: str = "1970-01-01T00:00:00Z"
    finalizers: tuple[str, ...] = (marks.FINALIZER,)

    def own(self) -> tuple[OwnInstance, ...]:
        found = OwnInstance(ID, "c", "pool", "m5.large", ZONES[0], "on-demand", self.state, 1)
        if self.state == "unknown":
            raise InputError("EC2 is away", hint="")
        return () if self.state in ("terminated", "untagged") else (found,)

    def existing(self, ids: Any) -> frozenset[str]:
        return frozenset(ids) if self.state == "untagged" else frozenset()

    def pods_on(self, node: str) -> frozenset[str] | None:
        return frozenset({item.key for item in self.pods} | set(self.unread))

    def end(self, ids: Any) -> None:
        if self.ends_are_refused:
            raise InputError("EC2 is away", hint="")
        self.asked.append(f"end {' '.join(ids)}")
        self.state = "shutting-down"

    def observe(self) -> Observed:
        node: Node = replace(nodeclaim(NAME).node, name=NAME)
        details = NodeDetails(
            annotations=tuple(self.notes.items()),
            provider_id=f"aws:///a/{ID}",
            is_deleted=self.is_deleted,
            finalizers=self.finalizers,
            conditions=self.conditions,
        )
        made = snapshot(
            self.pods,
            nodes=(node,),
            nodepools=self.pools,
            attachments=self.attachments,
            claims=self.claims,
        )
        return Observed("test", replace(made, at=self.at), {NAME: details})

    def evict(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
        self.asked.append(f"evict {name}")
        return Answer.REFUSED if self.refuses else Answer.DONE

    def delete_pod(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
        within = "" if grace_seconds is None else f" in {grace_seconds} s"
        self.asked.append(f"delete {name}{within}")
        return Answer.DONE

    def change_node(self, name: str, change: Any) -> Answer:
        conditions = [
            {"type": item.type, "status": item.status, "lastTransitionTime": self.transition}
            for item in self.conditions
        ]
        body = {"metadata": {"finalizers": []}, "status": {"conditions": conditions}}
        notes = change(body) or {"metadata": {}}
        self.notes |= notes["metadata"].get("annotations", {})
        self.asked.append(f"let go {name}")
        return Answer.DONE

    def delete_node(self, name: str, uid: str) -> Answer:
        self.asked.append(f"delete {name}")
        return Answer.DONE

    def drainer(self) -> Drainer:
        fleet = OwnFleet(self, lambda: self.at)
        return Drainer(
            self.observe, self, fleet, self.identity,
            lambda name: "u", hear=self.deeds.append,
        )  # fmt: skip

    def identity(self, key: str) -> ObjectIdentity:
        ending = any(item.terminating for item in self.pods if item.key == key)
        return ObjectIdentity("u", {}, NAME, self.ends_at if ending else None)

    def heard(self) -> list[str]:
        asked, self.asked = self.asked, []
        return asked


class Marked(World):
    """A node that is marked already, whatever is seen of it."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    def change_node(self, name: str, change: Any) -> Answer:
        assert change(self.body) is None
        return Answer.DONE


def test_groups_go_one_after_the_other() -> None:
    critical = 2_000_000_000
    pods = [
        on("web"),
        on("agent", daemonset="default/agent"),
        on("dns", critical),
        on("cni", critical, daemonset="default/cni"),
    ]
    order = []
    while pods:
        names = [item.name for item in leave(pods, ()).evicted]
        order.append(names)
        pods = [item for item in pods if item.name not in names]
    assert order == [["web"], ["agent"], ["dns"], ["cni"]]
    assert leave([], ()).is_over


def test_pods_that_end_are_waited_for_and_static_and_tolerant_ones_are_not() -> None:
    ending = leave([on("web", terminating=True), on("dns", 2_000_000_000)], ())
    assert [item.name for item in ending.ending] == ["web"]
    assert not ending.evicted
    static = on("proxy", lifecycle=Lifecycle(owner=("Node", NAME)))
    template = replace(pod("a").template, tolerations=(Toleration(operator="Exists"),))
    assert leave([static, replace(on("a"), template=template)], ()).is_over


def test_a_node_is_emptied_and_its_instance_ended_once_volumes_are_free() -> None:
    world = World([on("web")], attachments=(VolumeAttachment(NAME, "ebs", "pv"),))
    drainer = world.drainer()
    drainer.step(0.0)
    assert world.heard() == ["evict default/web"]
    drainer.step(0.1)
    assert world.heard() == []  # it is given time to end
    world.pods = []
    drainer.step(1.0)
    assert world.heard() == []  # a volume is attached
    world.attachments = ()
    drainer.step(2.0)
    assert world.heard() == [f"end {ID}"]
    drainer.step(3.0)
    assert world.heard() == [f"let go {NAME}", f"delete {NAME}"]
    assert world.deeds == [
        Deed("evict", "Pod", "default/web", "Empty", node=NAME),
        Deed("end", "Instance", ID, "Empty", node=NAME),
        Deed("release", "Node", NAME, detail=f"{ID} has ended"),
    ]


def test_what_a_budget_refuses_is_asked_for_less_and_less_often() -> None:
    world = World([on("web")], refuses=True)
    drainer = world.drainer()
    tried = []
    for tenth in range(600):
        drainer.step(tenth / 10)
        tried += [tenth / 10] if world.heard() else []
    pauses = [later - sooner for sooner, later in pairwise(tried)]
    assert [round(pause, 1) for pause in pauses[:6]] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert drainer.evictions.within(1_000) == 0


def test_a_forced_drain_asks_no_budget() -> None:
    world = World([on("web")], {marks.LEAVING: "Expired", marks.FORCED: "true"}, refuses=True)
    world.drainer().step(0.0)
    assert world.heard() == ["delete default/web"]


def test_a_node_that_somebody_deletes_is_drained() -> None:
    world = World([on("web")], notes={}, is_deleted=True)
    world.drainer().step(0.0)
    assert world.heard() == [f"let go {NAME}"]  # it is marked to leave, by the same call
    world = World([on("web")], notes={})
    world.drainer().step(0.0)
    assert world.heard() == []


def test_a_node_whose_instance_was_ended_here_is_let_go_at_once() -> None:
    world = World([])
    drainer = world.drainer()
    drainer.step(0.0)
    assert world.heard() == [f"end {ID}"]
    world.state = "terminated"
    drainer.step(1.0)
    assert world.heard() == [f"let go {NAME}", f"delete {NAME}"]


def test_nodes_stay_while_ec2_cannot_be_asked_or_has_their_instances_without_tags() -> None:
    for state in ("unknown", "untagged"):
        world = World([], notes={}, state=state)
        drainer = world.drainer()
        for second in range(0, 400, 10):
            world.at = 1_000 + second
            with contextlib.suppress(InputError):
                drainer.step(float(second))
        assert world.heard() == []


def test_an_instance_with_a_pod_that_was_not_read_does_not_end() -> None:
    world = World([], unread=["default/odd"])
    drainer = world.drainer()
    drainer.step(0.0)
    assert world.heard() == []
    world.unread = []
    drainer.step(1.0)
    assert world.heard() == [f"end {ID}"]


def test_protected_pods_stay_while_they_run_and_their_node_with_them() -> None:
    terms = EvictionTerms(safe_to_evict=False)
    job = on("job", lifecycle=Lifecycle(owner=("Job", "job"), eviction=terms))
    world = World([job, on("web")], {marks.LEAVING: "Expired"})
    drainer = world.drainer()
    drainer.step(0.0)
    assert world.heard() == ["evict default/web"]
    world.pods = [job]
    drainer.step(1.0)
    assert world.heard() == []
    world.pods = []
    drainer.step(2.0)
    assert world.heard() == [f"end {ID}"]


def test_volumes_of_pods_that_stay_are_not_waited_for() -> None:
    template = replace(pod("a").template, tolerations=(Toleration(operator="Exists"),))
    agent = replace(on("agent"), template=template, volume_claims=("data",))
    world = World([agent], attachments=(VolumeAttachment(NAME, "ebs", "pv"),))
    claim = PersistentVolumeClaim("default", "data", volume_name="pv")
    world.claims = {("default", "data"): claim}
    world.drainer().step(0.0)
    assert world.heard() == [f"end {ID}"]


def test_a_pod_of_the_same_name_elsewhere_is_not_evicted() -> None:
    class Elsewhere(World):
        def identity(self, key: str) -> ObjectIdentity:
            return ObjectIdentity("u2", {}, "another")

    world = Elsewhere([on("web-0")])
    world.drainer().step(0.0)
    assert world.heard() == []


def test_a_bug_in_the_thread_is_told() -> None:
    told: list[Exception] = []
    over = threading.Event()

    def failed(fault: Exception) -> None:
        told.append(fault)
        over.set()

    drainer = replace(World().drainer(), failed=failed)
    drainer.observe = lambda: 1 // 0  # type: ignore[assignment, return-value] # a bug
    drainer.start()
    assert over.wait(10)
    assert [type(item) for item in told] == [ZeroDivisionError]


def test_a_node_without_an_instance_is_let_go_after_two_minutes() -> None:
    world = World([], notes={}, state="terminated")
    drainer = world.drainer()
    for second in range(0, 150, 10):
        world.at = 1_000 + second
        drainer.step(float(second))
        if world.asked:
            break
    assert world.at == 1_120
    assert world.heard() == [f"let go {NAME}", f"delete {NAME}"]


@pytest.mark.parametrize(("notes", "goes"), [({marks.LEAVING: "Empty"}, True), ({}, False)])
def test_a_node_that_was_let_go_and_not_deleted_is_if_it_was_leaving(
    notes: dict[str, str], *, goes: bool
) -> None:
    world = World([], notes=notes, state="shutting-down", finalizers=())
    world.drainer().step(0.0)
    assert (f"delete {NAME}" in world.heard()) is goes


def with_deadline(*pods: Pod) -> World:
    """A node whose drain began at 1,000 and is over at 1,100, with pods that no budget lets go."""
    notes = {marks.LEAVING: "Drifted", marks.ENDS_AT: "1100"}
    return World(list(pods), notes, refuses=True)


def graceful(name: str, seconds: int, **fields: Any) -> Pod:
    terms = EvictionTerms(do_not_disrupt=True)
    return on(name, lifecycle=Lifecycle(grace_seconds=seconds, eviction=terms), **fields)


def test_pods_are_deleted_early_enough_to_end_by_the_deadline_and_the_instance_at_it() -> None:
    world = with_deadline(graceful("slow", 60), graceful("quick", 10))
    world.ends_at = 1_100  # of those that are being deleted
    drainer, heard = world.drainer(), {}
    for second in range(0, 102, 2):
        world.at = 1_000 + second
        drainer.step(float(second))
        if said := world.heard():
            heard[second] = said
        late = {item.name for item in world.pods if f"delete {item.key}" in " ".join(said)}
        world.pods = [replace(p, terminating=p.terminating or p.name in late) for p in world.pods]
    assert heard == {
        40: ["delete default/slow in 60 s"],
        90: ["delete default/quick in 10 s"],
        100: [f"end {ID}"],
    }


def test_a_pod_that_would_end_after_the_deadline_is_given_less_time() -> None:
    world = with_deadline(graceful("slow", 600, terminating=True))
    world.ends_at, world.at = 1_500, 1_090
    world.drainer().step(0.0)
    assert world.heard() == ["delete default/slow in 10 s"]


def test_at_the_deadline_neither_volumes_nor_unread_pods_are_waited_for() -> None:
    world = with_deadline()
    world.attachments, world.unread = (VolumeAttachment(NAME, "ebs", "pv"),), ["default/odd"]
    world.at = 1_100
    world.drainer().step(0.0)
    assert world.heard() == [f"end {ID}"]


def test_a_node_that_somebody_deletes_has_the_deadline_of_its_pool() -> None:
    pool = NodePool("pool", disruption=Disruption(drain_seconds=300))
    world = World([on("web")], notes={}, is_deleted=True, pools=(pool,))
    world.drainer().step(0.0)
    assert world.notes == {marks.LEAVING: "Deleted", marks.ENDS_AT: "1300"}


def test_a_pod_that_should_have_ended_a_minute_ago_keeps_neither_its_node_nor_its_volume() -> None:
    stuck = on("stuck", terminating=True, volume_claims=("data",))
    world = World([stuck], attachments=(VolumeAttachment(NAME, "ebs", "pv"),))
    world.claims = {("default", "data"): PersistentVolumeClaim("default", "data", volume_name="pv")}
    world.ends_at, world.at = 1_000, 1_060
    drainer = world.drainer()
    drainer.step(0.0)
    assert world.heard() == []
    world.at = 1_061
    drainer.step(1.0)
    assert world.heard() == [f"end {ID}"]


def test_an_instance_that_is_stopped_is_ended_once() -> None:
    world = World([], notes={}, state="stopped", ends_are_refused=True)
    drainer = world.drainer()
    with pytest.raises(InputError):
        drainer.step(0.0)
    world.heard()
    world.ends_are_refused = False
    drainer.step(1.0)
    assert world.heard()[-1] == f"end {ID}"
    world.state = "stopped"  # EC2 tells so for a while
    drainer.step(2.0)
    assert f"end {ID}" not in world.heard()


def limited(world: World, most: int) -> Drainer:
    drainer = world.drainer()
    drainer.evictions_most = most
    drainer.evictions.add(world.at)
    return drainer


def test_no_more_pods_are_evicted_in_an_hour_than_the_limit_allows() -> None:
    told: list[str] = []
    world = World([on("a"), on("b"), on("c"), on("agent", daemonset="default/agent")])
    drainer = limited(world, 2)
    drainer._told.tell = told.append
    drainer.step(0.0)
    drainer.step(20.0)
    assert world.heard() == ["evict default/a"]
    assert len(told) == 1
    assert told[0].startswith("--max-evictions-per-hour 2")
    world.pods = [item for item in world.pods if item.name != "a"]
    world.at += 3_700
    drainer.step(3_700.0)
    assert world.heard() == ["evict default/b", "evict default/c"]
    world.pods = [item for item in world.pods if item.daemonset]
    drainer.step(3_701.0)
    assert world.heard() == ["evict default/agent"], "pods of DaemonSets do not count"


@pytest.mark.parametrize("notes", [
    {marks.LEAVING: "Interrupted"}, {marks.LEAVING: "Empty", marks.NOTICE_AT: "1120"},
])  # fmt: skip
def test_a_node_that_ec2_takes_back_does_not_wait_for_the_limit(notes: dict[str, str]) -> None:
    world = World([on("a"), on("b")], notes)
    limited(world, 0).step(0.0)
    assert world.heard() == ["evict default/a", "evict default/b"]


def test_a_deadline_does_not_wait_for_the_limit() -> None:
    world = with_deadline(on("a"))
    world.at = 1_090
    limited(world, 0).step(0.0)
    assert world.heard() == ["delete default/a in 10 s"]


def test_a_node_that_is_unhealthy_for_long_leaves_whatever_budgets_say() -> None:
    lost = NodeCondition("Ready", "Unknown", "NodeStatusUnknown", since=0)
    world = World([on("web")], notes={}, refuses=True, conditions=(lost,))
    drainer = world.drainer()
    world.at = 1_799
    drainer.step(0.0)
    assert world.heard() == []
    world.at = 1_800
    drainer.step(1.0)
    assert world.notes[marks.LEAVING] == "Unhealthy"
    assert marks.FORCED in world.notes
    assert world.deeds[-1].detail == "Ready is Unknown: NodeStatusUnknown"
    world.heard()
    drainer.step(2.0)
    assert world.heard() == ["delete default/web"]


def test_a_node_that_leaves_and_becomes_unhealthy_is_forced() -> None:
    lost = NodeCondition("Ready", "Unknown", since=0)
    world = World([on("web")], notes={marks.LEAVING: "Drifted"}, conditions=(lost,), at=5_000)
    drainer = world.drainer()
    drainer.step(0.0)
    assert marks.FORCED in world.notes
    world.heard()
    drainer.step(1.0)
    assert "delete default/web" in world.heard()


def test_a_node_that_has_become_healthy_meanwhile_stays() -> None:
    lost = NodeCondition("Ready", "Unknown", since=0)
    world = World([on("web")], notes={}, conditions=(lost,), at=5_000)
    world.transition = "1970-01-01T01:00:00Z"
    world.drainer().step(0.0)
    assert world.notes == {}
    assert world.deeds == []


def test_nodes_are_not_repaired_where_that_is_turned_off() -> None:
    lost = NodeCondition("Ready", "Unknown", since=0)
    world = World([on("web")], notes={}, conditions=(lost,), at=5_000)
    drainer = world.drainer()
    drainer.repairs = False
    drainer.step(0.0)
    assert world.notes == {}


def test_a_node_whose_instance_fails_its_status_check_leaves_unless_repair_is_off() -> None:
    failing = NodeCondition(SYSTEM, IMPAIRED, "EC2's status check fails", since=0)
    world = World([on("web")], notes={}, at=120)
    drainer = world.drainer()
    drainer.failing = lambda instance: (failing,) if instance == ID else ()
    drainer.repairs = False
    drainer.step(0.0)
    assert world.notes == {}
    drainer.repairs = True
    drainer.step(1.0)
    assert world.notes[marks.LEAVING] == "Unhealthy"
    assert world.deeds[-1].detail == "SystemStatusCheck is Impaired: EC2's status check fails"


def test_a_mark_that_is_there_already_is_not_told_again() -> None:
    world = World(notes={}, is_deleted=True)
    drainer = world.drainer()
    drainer.step(0.0)
    assert [deed.what for deed in world.deeds] == [DRAIN]
    body = {
        "metadata": {"annotations": dict(world.notes)},
        "spec": {"unschedulable": True, "taints": [{"key": marks.LEAVING}]},
    }
    world.notes = {}  # the watch lags: the mark is not seen yet
    drainer.hand = Marked(body)
    drainer.step(1.0)
    assert [deed.what for deed in world.deeds] == [DRAIN]


def test_nothing_is_asked_or_told_while_nothing_may_be_done() -> None:
    world = World([on("web")])
    drainer = world.drainer()
    drainer.may_act = lambda: False
    drainer.step(0.0)
    assert (world.heard(), world.deeds) == ([], [])
    drainer.may_act = lambda: True
    drainer.step(1.0)
    assert world.heard() == ["evict default/web"]
