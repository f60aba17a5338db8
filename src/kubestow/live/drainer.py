"""Drains the Nodes that are marked to leave, beside the loop, until their instances have ended.

Law: what it does follows from what it sees, each time anew; a drainer that was killed is gone on
with by the next. An eviction that a budget refuses is tried again, later each time. Where the
NodePool has a terminationGracePeriod, pods are deleted early enough to end by its deadline with
their own grace period, whatever budgets and annotations say, and the instance is ended then.
Source of that: kubernetes-sigs/karpenter v1.14 pkg/controllers/node/termination (controller.go,
terminator/terminator.go DeleteExpiringPods). Instances that are stopped are ended: nothing starts
them again.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.disruption.protection import KUBESTOW
from kubestow.live import marks, stewardship
from kubestow.live.claims import SeenNode
from kubestow.live.evictor import EvictingHand, Evictor, Farewell
from kubestow.live.hourly_count import HourlyCount
from kubestow.live.leaving import drained_by, is_stuck, leave, stays, volumes_of
from kubestow.live.marking import LeavingMark
from kubestow.live.own_fleet import OwnFleet
from kubestow.live.repair import UNHEALTHY, CheckedNode, unhealthy
from kubestow.live.sight import Nodes
from kubestow.live.told_once import ToldOnce
from kubestow.live.witness import (
    END,
    INSTANCE,
    NODE,
    RELEASE,
    Deed,
    Hearing,
    unheard,
)
from kubestow.live.worker import Worker
from kubestow.model.decision import INTERRUPTED
from kubestow.model.observed import NodeCondition, ObjectIdentity, Observed
from kubestow.model.pod import Pod

_EVERY_SECONDS = 1.0
_STOPPED = "stopped"  # the state
DELETED, STOPPED, DEADLINE = "Deleted", "Stopped", "TerminationGracePeriod"
"""Why a Node leaves that somebody has deleted, why an instance ends that is stopped, and why a pod
is deleted before its budgets let it go.
"""
_LOST_SECONDS = 120
"""How long a Node of ours may be without an instance before it is collected."""


class LeavingHand(EvictingHand, Protocol):
    """Who evicts pods and lets Nodes go."""

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now."""

    def delete_node(self, name: str, uid: str) -> Answer:
        """Delete a node."""

    def pods_on(self, node: str) -> frozenset[str] | None:
        """Return the pods on a node that have not ended; None where that cannot be told."""


@dataclass(slots=True)
class Drainer:
    """Runs in a thread of its own from ``start`` to ``stop``; ``step`` is one look at everything.

    ``identity`` and ``node_uid`` tell objects apart, by namespace/name and by name. ``hear``
    hears each deed, ``failed`` a bug. Nothing is looked at while nothing ``may_act``.
    """

    observe: Callable[[], Observed]
    hand: LeavingHand
    fleet: OwnFleet
    identity: Callable[[str], ObjectIdentity | None]
    node_uid: Callable[[str], str]
    tell: Callable[[str], None] = lambda text: None
    hear: Hearing = unheard
    failed: Callable[[Exception], None] = lambda fault: None
    evictions: HourlyCount = field(default_factory=HourlyCount)
    evictions_most: int | None = None
    """In an hour, without pods of DaemonSets; nodes that EC2 takes back or that are unhealthy do
    not wait for it."""
    repairs: bool = True
    """Whether nodes that are unhealthy for long leave."""
    failing: Callable[[str], tuple[NodeCondition, ...]] = lambda instance: ()
    """The status checks of an instance that fail, as conditions of its Node."""
    may_act: Callable[[], bool] = lambda: True
    _evictor: Evictor = field(init=False)
    _told: ToldOnce = field(init=False)
    _lost_since: dict[str, int] = field(default_factory=dict)
    _worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self._told = ToldOnce(self.tell)
        self._evictor = Evictor(self.hand, self.identity, self.hear, self.evictions)
        self._worker = Worker(
            "drain",
            lambda: self.step(time.monotonic()),
            _EVERY_SECONDS,
            tell=self.tell,
            failed=self.failed,
        )

    def start(self) -> None:
        """Begin to drain."""
        self._worker.start()

    def stop(self) -> None:
        """Drain no more."""
        self._worker.stop()

    def step(self, now: float) -> None:
        """Do what can be done now for every Node that leaves; ``now`` is in monotonic seconds."""
        if not self.may_act():
            return
        observed = self.observe()
        nodes = Nodes.of(observed).by_instance
        there = {item.instance_id: item for item in self.fleet.instances()}
        at = observed.snapshot.at
        leaving = {}
        for key, seen in nodes.items():
            instance = there.get(key)
            if instance is None or instance.is_ending:
                # one that was killed may have let a Node go, and not deleted it
                if marks.FINALIZER in seen.details.finalizers or marks.LEAVING in seen.notes:
                    is_ended = instance is not None or self.fleet.was_ended(key)
                    self._collect(key, seen, at, is_ended=is_ended)
            elif marks.LEAVING in seen.notes:
                leaving[seen.node.name] = (key, seen)
            elif seen.details.is_deleted:
                pools = observed.snapshot.cluster.nodepools
                ends_at = drained_by(pools, instance.nodepool, at)
                mark = LeavingMark(DELETED, ends_at=ends_at)
                mark.put_on(self.hand, seen.node.name, self.hear)
        if self.repairs:
            self._repair(observed, nodes, there)
        self._lost_since = {k: v for k, v in self._lost_since.items() if k in nodes.keys() - there}
        if leaving:
            self._leave(observed, leaving, now)
        stopped = [key for key, item in there.items() if item.state == _STOPPED]
        if stopped := [key for key in stopped if not self.fleet.was_ended(key)]:
            self.fleet.end(stopped)
            for key in stopped:
                self.hear(Deed(END, INSTANCE, key, STOPPED))

    def _repair(
        self,
        observed: Observed,
        nodes: Mapping[str, SeenNode],
        there: Mapping[str, OwnInstance],
    ) -> None:
        """Mark Nodes that have been unhealthy for long to leave, whatever budgets say."""
        checked = [
            CheckedNode(
                seen.node.name,
                there[key].nodepool,
                (*seen.details.conditions, *self.failing(key)),
            )
            for key, seen in nodes.items()
            if key in there and not there[key].is_ending
        ]
        forced = {seen.node.name for seen in nodes.values() if marks.FORCED in seen.notes}
        pool_of = {item.name: item.nodepool for item in checked}
        pools, at = observed.snapshot.cluster.nodepools, observed.snapshot.at
        for name, condition in unhealthy(checked, at).items():
            if name not in forced:
                ends_at = drained_by(pools, pool_of[name], at)
                mark = LeavingMark(UNHEALTHY, force=True, ends_at=ends_at, condition=condition)
                mark.put_on(self.hand, name, self.hear)

    def _leave(
        self, observed: Observed, leaving: Mapping[str, tuple[str, SeenNode]], now: float
    ) -> None:
        pods: dict[str, list[Pod]] = {name: [] for name in leaving}
        for pod in observed.snapshot.cluster.pods:
            if pod.node_name in pods:
                pods[pod.node_name].append(pod)
        cluster, at = observed.snapshot.cluster, observed.snapshot.at
        ended: dict[str, SeenNode] = {}
        farewells: list[Farewell] = []
        for name, (instance, seen) in leaving.items():
            deadline = marks.instant(seen.notes.get(marks.ENDS_AT))
            if deadline is not None and at >= deadline:
                self.tell(f"{name}: the terminationGracePeriod of its NodePool is over")
                ended[instance] = seen
                continue
            waited, left = self._parted(pods[name], at)
            late = [] if deadline is None else _late(waited, deadline, at)
            farewells += self._expiring(late, deadline or at, at, now)
            expired = {pod.key for pod in late}
            kept = volumes_of(left, cluster)
            protected = [pod for pod in waited if self._is_protected(pod, seen, at)]
            step = leave(
                [pod for pod in waited if pod not in protected],
                [v for v in cluster.attachments if v.node == name and v.volume not in kept],
            )
            if step.is_over and not protected:
                if self._is_empty(name, pods[name]):
                    ended[instance] = seen
            else:
                farewells += self._due(
                    (pod for pod in step.evicted if pod.key not in expired), seen, now
                )
        held = self._evictor.send(farewells, at, now, self.evictions_most)
        self._told.say("evictions", self._what_is_held(held))
        self._evictor.forget({pod.key for some in pods.values() for pod in some})
        if ended:
            self.fleet.end(ended)
            for key, seen in ended.items():
                reason = seen.notes.get(marks.LEAVING, "")
                self.hear(Deed(END, INSTANCE, key, reason, node=seen.node.name))

    def _due(self, pods: Iterable[Pod], seen: SeenNode, now: float) -> Iterator[Farewell]:
        """Yield the evictions of pods of a Node that are due."""
        reason, force = seen.notes.get(marks.LEAVING, ""), marks.FORCED in seen.notes
        is_taken = marks.NOTICE_AT in seen.notes or reason in (INTERRUPTED, UNHEALTHY)
        for pod in pods:
            is_limited = not (is_taken or pod.daemonset)
            farewell = Farewell(pod, reason, force, is_limited=is_limited)
            if self._evictor.is_due(farewell, now):
                yield farewell

    def _what_is_held(self, held: Collection[str]) -> str:
        nodes = ", ".join(sorted(held))
        most = f"--max-evictions-per-hour {self.evictions_most}"
        return f"{most}: so many were evicted in the last hour; {nodes} waits" if nodes else ""

    def _parted(self, pods: list[Pod], at: int) -> tuple[list[Pod], list[Pod]]:
        """Return the pods that are waited for, and those that are left on their node."""
        waited: list[Pod] = []
        left: list[Pod] = []
        for pod in pods:
            (left if stays(pod) or self._is_stuck(pod, at) else waited).append(pod)
        return waited, left

    def _expiring(
        self, pods: Iterable[Pod], deadline: int, at: int, now: float
    ) -> Iterator[Farewell]:
        """Yield what is to be deleted now, of pods that would not end by a deadline otherwise."""
        for pod in pods:
            farewell = Farewell(pod, DEADLINE, force=True, grace_seconds=max(1, deadline - at))
            identity = self.identity(pod.key)
            ends_at = None if identity is None else identity.ends_at
            is_late = ends_at is None or ends_at > deadline
            if is_late and self._evictor.is_due(farewell, now):
                yield farewell

    def _is_stuck(self, pod: Pod, at: int) -> bool:
        """Return whether a pod is being deleted and will not end."""
        identity = self.identity(pod.key) if pod.terminating else None
        return identity is not None and is_stuck(identity.ends_at, at)

    def _is_protected(self, pod: Pod, seen: SeenNode, at: int) -> bool:
        """Return whether a pod stays on a node as long as it runs, as annotations ask for."""
        reason = seen.notes.get(marks.LEAVING, "")
        return marks.FORCED not in seen.notes and KUBESTOW.stays(pod, reason, at)

    def _is_empty(self, node: str, known: list[Pod]) -> bool:
        """Return whether the API server tells of no other pods on a node than those that are known.

        What is observed may be late, and lacks pods that could not be read.
        """
        found = self.hand.pods_on(node)
        return found is not None and found <= {pod.key for pod in known}

    def _collect(self, key: str, seen: SeenNode, at: int, *, is_ended: bool) -> None:
        """Let a Node go whose instance has ended, or is nowhere for some time."""
        since = self._lost_since.setdefault(key, at)
        may_come = self.fleet.trouble or at - since < _LOST_SECONDS
        if not is_ended and (may_come or self.fleet.exists(key)):
            return
        name = seen.node.name
        if self.hand.change_node(name, stewardship.let_go).is_over:
            answer = self.hand.delete_node(name, self.node_uid(name))
            self.hear(Deed(RELEASE, NODE, name, detail=f"{key} has ended", result=answer.value))


def _late(pods: Iterable[Pod], deadline: int, at: int) -> list[Pod]:
    """Return the pods that do not end by a deadline with their grace period, from now on."""
    return [pod for pod in pods if at + pod.lifecycle.grace_seconds >= deadline]
