"""A drainer: pods go in groups, budgets are waited for, and instances end when nothing is left."""

import contextlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.drainer import Drainer
from kubestow.live.leaving import leave
from kubestow.live.own_fleet import OwnFleet
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.input_error import InputError
from kubestow.model.node import Node
from kubestow.model.observed import NodeDetails, ObjectIdentity, Observed
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
        self.asked.append(f"end {' '.join(ids)}")
        self.state = "shutting-down"

    def observe(self) -> Observed:
        node: Node = replace(nodeclaim(NAME).node, name=NAME)
        details = NodeDetails(
            annotations=tuple(self.notes.items()),
            provider_id=f"aws:///a/{ID}",
            is_deleted=self.is_deleted,
            finalizers=(marks.FINALIZER,),
        )
        made = snapshot(self.pods, nodes=(node,), attachments=self.attachments, claims=self.claims)
        return Observed("test", replace(made, at=self.at), {NAME: details})

    def evict(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
        self.asked.append(f"evict {name}")
        return Answer.REFUSED if self.refuses else Answer.DONE

    def delete_pod(self, name: str, uid: str, grace_seconds: int | None = None) -> Answer:
        self.asked.append(f"delete {name}")
        return Answer.DONE

    def change_node(self, name: str, change: Any) -> Answer:
        self.asked.append(f"let go {name}")
        return Answer.DONE

    def delete_node(self, name: str, uid: str) -> Answer:
        self.asked.append(f"delete {name}")
        return Answer.DONE

    def drainer(self) -> Drainer:
        fleet = OwnFleet(self, lambda: self.at)
        same = ObjectIdentity("u", {}, NAME)
        return Drainer(self.observe, self, fleet, lambda key: same, lambda name: "u")

    def heard(self) -> list[str]:
        asked, self.asked = self.asked, []
        return asked


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


def test_what_a_budget_refuses_is_asked_for_less_and_less_often() -> None:
    world = World([on("web")], refuses=True)
    drainer = world.drainer()
    tried = []
    for tenth in range(600):
        drainer.step(tenth / 10)
        tried += [tenth / 10] if world.heard() else []
    pauses = [later - sooner for sooner, later in pairwise(tried)]
    assert [round(pause, 1) for pause in pauses[:6]] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
    assert drainer.evictions == 0


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
    world = World([on("web-0")])
    drainer = world.drainer()
    drainer.identity = lambda key: ObjectIdentity("u2", {}, "another")
    drainer.step(0.0)
    assert world.heard() == []


def test_a_bug_in_the_thread_is_told() -> None:
    told: list[Exception] = []
    world = World()
    drainer = world.drainer()
    drainer.failed = told.append
    drainer.observe = lambda: 1 // 0  # type: ignore[assignment, return-value] # a bug
    drainer.start()
    assert drainer._thread is not None
    drainer._thread.join(10)
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
