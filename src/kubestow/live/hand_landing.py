"""Landing by hand: the pods of a plan are bound to the nodes that were launched for it, once.

Law: everything is told from the API server anew in every turn, so that a landing that was killed is
taken up by the next. A pod is bound only where all filters let it at that moment; only Nodes that
are held are changed.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.live import holding, marks
from kubestow.live.claim_binding import bind_claims
from kubestow.live.claims import SeenNode
from kubestow.live.held_nodes import HeldNodes, is_held, matched, not_ready, pool_of
from kubestow.live.landing_slots import JOB, PodSlot, SlotState, slots
from kubestow.live.sight import Nodes
from kubestow.model.handed_plan import HandedPlan
from kubestow.model.input_error import InputError
from kubestow.model.observed import ObjectIdentity, Observed
from kubestow.model.pod import Pod
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.landing import Tried, tried
from kubestow.scheduling.pod_kinds import PodKindsCache

REFUSED_SECONDS = 10.0
"""How long nodes are held for pods that the filters refuse: what they lack may be on its way."""
SETTLE_SECONDS = 10.0
"""How long kube-scheduler has to place what is left, before it is told."""
_PAUSE_SECONDS = 0.3
_AT_ONCE = 16
_CHOICES_MOST = 16
Item = TypeVar("Item")


class LandingHand(Protocol):
    """Who changes the cluster."""

    def bind(self, pod: str, uid: str, node: str) -> Answer:
        """Bind a pod to a node."""

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now."""

    def annotate_claim(self, namespace: str, name: str, notes: Mapping[str, str]) -> Answer:
        """Set annotations of a PersistentVolumeClaim."""


@dataclass(frozen=True, slots=True)
class LandingSight:
    """What a turn sees: Nodes by planned node, places, and what planned nodes still lack."""

    observed: Observed
    snapshot: Snapshot
    held: HeldNodes
    slots: tuple[PodSlot, ...]
    lacks: Mapping[str, str]

    @property
    def node_of(self) -> Mapping[str, str]:
        """The Node of each planned node."""
        return {planned: seen.node.name for planned, seen in self.held.of.items()}

    def is_open(self, planned: str) -> bool:
        """Return whether the Node of a planned node is there and open."""
        seen = self.held.of.get(planned)
        return seen is not None and not is_held(seen)

    @property
    def is_over(self) -> bool:
        """Whether no node is held any more, and no pod comes to one that is missing."""
        wanted = {slot.node for slot in self.slots if slot.is_open}
        return all(self.is_open(name) for name in self.held.of) and not any(
            node.name in wanted for node in self.held.missing
        )


class Lander:
    """Lands the pods of a plan. One thread at a time may use it."""

    def __init__(
        self,
        plan: HandedPlan,
        observe: Callable[[], Observed],
        hand: LandingHand,
        *,
        identity: Callable[[str], ObjectIdentity | None],
        daemonsets: Callable[[], Collection[str]],
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        reporter: Reporter | None = None,
    ) -> None:
        """``identity`` returns that of a pod by its namespace/name; ``daemonsets`` are those there.

        Nothing is asked for yet.
        """
        self.plan, self._observe, self._hand = plan, observe, hand
        self._identity, self._daemonsets = identity, daemonsets
        self._monotonic, self._pause = monotonic, pause
        self._reporter = reporter or SilentReporter()
        self._pod_kinds = PodKindsCache()
        self._bound: dict[str, tuple[str, str]] = {}  # uid and Node of pods that were bound here
        self._done: dict[str, PodSlot] = {}  # places of Jobs, whose pods end
        self._refused_since: float | None = None  # all pods that are left
        self.timed_out = False
        self.held_nodes = 0
        """How many of the plan's nodes were held at the last look."""
        self.stood_in: tuple[str, ...] = ()
        """Nodes that were opened in place of planned ones that never came."""

    def run(self, seconds: float, wait: Callable[[float], None]) -> LandingSight:
        """Land until nothing is held any more, or for so long; return what is seen then.

        ``wait`` waits for a change of the cluster, at most so many seconds.
        """
        deadline = self._monotonic() + seconds
        while not (sight := self.turn()).is_over:
            if self._monotonic() >= deadline:
                self.timed_out = True
                self._open_all(sight)
                break
            self._pause(_PAUSE_SECONDS)
            wait(1.0)
        return self._settled(wait)

    def _settled(self, wait: Callable[[float], None]) -> LandingSight:
        """Return what is seen when kube-scheduler has placed what is left, or could not."""
        deadline = self._monotonic() + SETTLE_SECONDS
        while True:
            sight = self.look()
            left = any(slot.state is SlotState.WAITING for slot in sight.slots)
            opens = any(is_held(seen) for seen in sight.held.of.values())
            if not (left or opens) or self._monotonic() >= deadline:
                return sight
            wait(1.0)

    def look(self) -> LandingSight:
        """Return what there is now."""
        observed = self._observe()
        snapshot = self._with_bound(observed.snapshot)
        held = matched(self.plan, Nodes.of(observed).by_instance.values())
        there = self._daemonsets()
        lacks = {
            node.name: not_ready(node, seen, there, snapshot.at)
            for node in self.plan.nodes
            if (seen := held.of.get(node.name)) is not None
        }
        opened = {name for name, seen in held.of.items() if not is_held(seen)}
        self.held_nodes = len(held.of) - len(opened)
        found = slots(
            self.plan,
            {planned: seen.node.name for planned, seen in held.of.items()},
            snapshot.cluster,
            first=[name for name, lack in lacks.items() if not lack and name not in opened],
            last=opened,
        )
        return LandingSight(observed, snapshot, held, tuple(map(self._remembered, found)), lacks)

    def _with_bound(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot in which pods that were bound here are on their nodes already."""
        if not self._bound:
            return snapshot
        pods = tuple(self._as_bound(pod) for pod in snapshot.cluster.pods)
        return replace(snapshot, cluster=replace(snapshot.cluster, pods=pods))

    def _as_bound(self, pod: Pod) -> Pod:
        known = self._bound.get(pod.key)
        if known is None or pod.node_name:
            return pod
        identity = self._identity(pod.key)
        return pod.on(known[1]) if identity is not None and identity.uid == known[0] else pod

    def _remembered(self, slot: PodSlot) -> PodSlot:
        """Return a place; that of a Job's pod stays taken when the pod has ended."""
        workload = self.plan.workloads.get(slot.planned)
        if workload is None or workload[0] != JOB:
            return slot
        if slot.state is SlotState.ON_NODE:
            self._done[slot.planned] = slot
        return self._done.get(slot.planned, slot)

    def turn(self) -> LandingSight:
        """Look once, and do what can be done."""
        sight = self.look()
        self._hold(sight)
        ready = {name for name, lack in sight.lacks.items() if not lack and not sight.is_open(name)}
        node_of = sight.node_of
        wanted = {
            slot.pod: node_of[slot.node]
            for slot in sight.slots
            if slot.state is SlotState.WAITING and slot.node in ready
        }
        found = Tried((), frozenset())
        if wanted:
            found = tried(sight.snapshot, wanted, self._pod_kinds)
        if len(found.landed) < len(wanted):
            found = self._elsewhere(sight, ready, wanted, found)
        pods = {pod.key: pod for pod in sight.snapshot.cluster.pods if pod.key in wanted}
        self._each(
            found.landed, lambda action: self._bind(sight.snapshot, pods[action.pod], action.node)
        )
        if self._has_landed(sight, ready, found):
            self._open_own(sight)
        done = sum(slot.state is SlotState.ON_NODE for slot in sight.slots)
        self._reporter.progress("landing", done + len(found.landed), len(sight.slots))
        return sight

    def _elsewhere(
        self, sight: LandingSight, ready: Collection[str], wanted: Mapping[str, str], found: Tried
    ) -> Tried:
        """Try pods that are refused on places of their workloads that have no pod yet.

        Pods of a StatefulSet come one after the other: the first may have to be where the second
        was planned, so that a spread constraint holds all the time.
        """
        workload_of, node_of = self.plan.workloads, sight.node_of
        vacant: dict[object, list[str]] = {}
        for slot in sight.slots:
            if slot.state is SlotState.ABSENT and slot.node in ready:
                vacant.setdefault(workload_of.get(slot.planned), []).append(node_of[slot.node])
        landed = {action.pod: action.node for action in found.landed}
        choices = {
            slot.pod: vacant[workload]
            for slot in sight.slots
            if slot.pod in wanted
            and slot.pod not in landed
            and (workload := workload_of.get(slot.planned)) in vacant
        }
        for number in range(min(_CHOICES_MOST, max(map(len, choices.values()), default=0))):
            some = {pod: nodes[number] for pod, nodes in choices.items() if number < len(nodes)}
            other = tried(sight.snapshot, landed | some, self._pod_kinds)
            if len(other.landed) > len(landed):
                return other
        return found

    def _hold(self, sight: LandingSight) -> None:
        """Cordon the Nodes of planned nodes in place of the held taint."""
        wanted = [
            (sight.held.of[node.name].node.name, self.plan.mark(node))
            for node in self.plan.nodes
            if node.name in sight.held.of and not sight.is_open(node.name)
            and not _is_marked(sight.held.of[node.name], self.plan.mark(node))
        ]  # fmt: skip
        self._each(wanted, lambda item: self._change(item[0], lambda b: holding.held(b, item[1])))

    def _bind(self, snapshot: Snapshot, pod: Pod, node: str) -> None:
        identity = self._identity(pod.key)
        if identity is None or not self._bind_claims(snapshot, pod, node):
            return
        answer = self._hand.bind(pod.key, identity.uid, node)
        _check_right(answer, "pods/binding")
        if answer is Answer.DONE:
            self._bound[pod.key] = (identity.uid, node)

    def _bind_claims(self, snapshot: Snapshot, pod: Pod, node: str) -> bool:
        """Return whether a pod's claims are bound; those that wait are made for its node."""
        found = bind_claims(self._hand, snapshot.cluster, pod, node)
        for answer in found.answers:
            _check_right(answer, "persistentvolumeclaims")
        return found.is_done

    def _has_landed(self, sight: LandingSight, ready: Collection[str], found: Tried) -> bool:
        """Return whether nobody comes any more: all have, or all that are left are refused.

        What is refused may be lacking something that is on its way: it waits for a while. Pods that
        a StatefulSet makes after one that is refused do not come.
        """
        left = [slot for slot in sight.slots if slot.is_open and not sight.is_open(slot.node)]
        landed = {action.pod for action in found.landed}
        workload_of = self.plan.workloads
        stuck = {workload_of.get(s.planned) for s in left if s.pod and s.pod not in landed}
        stuck.discard(None)
        are_refused = not landed and all(
            slot.node in ready and (slot.pod or workload_of.get(slot.planned) in stuck)
            for slot in left
        )
        if not left or not are_refused:
            self._refused_since = None
            return not left
        if self._refused_since is None:
            self._refused_since = self._monotonic()
        return self._monotonic() >= self._refused_since + REFUSED_SECONDS

    def _open_all(self, sight: LandingSight) -> None:
        """Open what is held still, also Nodes that came in place of planned ones."""
        self._open_own(sight)
        others = _stand_ins(sight.held)
        self._open_these(sight, [(seen, "") for seen in others])
        self.stood_in = tuple(seen.node.name for seen in others)

    def _open_own(self, sight: LandingSight) -> None:
        """Open the plan's nodes: together, or waiting pods would go to the room of the first."""
        own = [
            (sight.held.of[node.name], self.plan.mark(node))
            for node in self.plan.nodes
            if node.name in sight.held.of and not sight.is_open(node.name)
        ]
        self._open_these(sight, own)

    def _open_these(self, sight: LandingSight, nodes: Iterable[tuple[SeenNode, str]]) -> None:
        at = sight.snapshot.at
        self._each(
            list(nodes),
            lambda item: self._change(
                item[0].node.name, lambda body: holding.opened(body, item[1], at)
            ),
        )

    def _change(self, node: str, change: Callable[[Body], Body | None]) -> None:
        _check_right(self._hand.change_node(node, change), "nodes")

    def _each(self, items: Sequence[Item], carry_out: Callable[[Item], None]) -> None:
        """Do something with all items, some at once; what is begun is done, also after Ctrl-C."""
        if items:
            with ThreadPoolExecutor(min(_AT_ONCE, len(items)), "landing") as pool:
                list(pool.map(carry_out, items))


def _stand_ins(held: HeldNodes) -> list[SeenNode]:
    """Return held Nodes that came in place of missing ones: of another offering of their pools."""
    pools = {node.nodepool for node in held.missing}
    return [seen for seen in held.surplus if pool_of(seen) in pools]


def _is_marked(seen: SeenNode, mark: str) -> bool:
    return seen.notes.get(marks.HELD_FOR) == mark and not seen.has_taint(marks.HELD)


def _check_right(answer: Answer, resource: str) -> None:
    """Raise InputError where something is not allowed: it will not be the next time either."""
    if answer is Answer.FORBIDDEN:
        raise InputError(
            f"the API server does not let kubestow change {resource}",
            hint="bind examples/land.yaml, beside examples/read-only.yaml, to who runs it",
        )
