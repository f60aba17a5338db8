"""A running cluster as the loop's world: observed, and changed as it is decided.

Law: everything is told from the API server and EC2 anew in every turn, so that a controller that
was killed goes on where it was. What is asked of them may fail: it is decided about again.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from kubestow.adapters.aws.fleets import OwnInstance
from kubestow.adapters.kubernetes_api.api_hand import Answer, Body
from kubestow.live import marking, stewardship
from kubestow.live.claim_binding import bind_claims
from kubestow.live.claims import NOBODYS, Launched, SeenNode, claims
from kubestow.live.class_drift import Apart, compared, drifted
from kubestow.live.deletion_costs import DeletionCosts
from kubestow.live.launching import Launches, LaunchResult
from kubestow.live.leaving import drained_by
from kubestow.live.marking import AvoidMark, LeavingMark, avoid_marks
from kubestow.live.nodeless import Nodeless
from kubestow.live.own_fleet import OwnFleet
from kubestow.live.renaming import Renaming
from kubestow.live.sight import Nodes
from kubestow.live.successors import counted_on, parted
from kubestow.live.told_once import ToldOnce
from kubestow.live.witness import (
    CORDON,
    END,
    HOLD,
    INSTANCE,
    LAND,
    LAUNCH,
    NODE,
    OPEN,
    ORDER,
    POD,
    UNCORDON,
    Deed,
    Hearing,
    unheard,
)
from kubestow.model import labels as names
from kubestow.model.counted import counted
from kubestow.model.decision import (
    Avoid,
    Cordon,
    Decision,
    DeletionOrder,
    Drain,
    Land,
    Launch,
    Open,
    Outcome,
    Uncordon,
)
from kubestow.model.input_error import InputError
from kubestow.model.node import Node
from kubestow.model.nodeclaim import Event, NodeClaim, Phase
from kubestow.model.observed import ObjectIdentity, Observed
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.wishes.new_node import new_node

Item = TypeVar("Item")
_AT_ONCE = 16
NOT_OURS, NOT_HELD, NOT_WAITING, CLAIM_UNBOUND = (
    "it was not launched by kubestow",
    "the node is not held",
    "the pod does not wait",
    "a claim of the pod is not bound",
)


class Looking(Protocol):
    """Who observes the cluster."""

    def observe(self) -> Observed:
        """Return the cluster as it is now."""


class Hand(Protocol):
    """Who changes the cluster."""

    def bind(self, pod: str, uid: str, node: str) -> Answer:
        """Bind a pod to a node."""

    def change_node(self, name: str, change: Callable[[Body], Body | None]) -> Answer:
        """Change a node as it is now."""

    def annotate_pod(self, pod: str, notes: Mapping[str, str | None]) -> Answer:
        """Set annotations of a pod."""

    def annotate_claim(self, namespace: str, name: str, notes: Mapping[str, str]) -> Answer:
        """Set annotations of a PersistentVolumeClaim."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was seen in a turn: Nodes and instances by claim, and pods by namespace/name."""

    snapshot: Snapshot
    observed: Observed
    nodes: Mapping[str, SeenNode]
    instances: Mapping[str, OwnInstance]
    pods: Mapping[str, Pod]

    def avoid_marks(self, avoid: Avoid) -> list[AvoidMark]:
        """Return how the Nodes of one's own instances are to be marked."""
        own = {name: self.nodes[name].node for name in self.instances if name in self.nodes}
        return avoid_marks(own, avoid.nodes)


@dataclass(frozen=True, slots=True)
class Seconds:
    """When a turn began and when all was observed, in monotonic seconds."""

    began: float = 0.0
    observed: float = 0.0

    def line(self, decided: float, begins: float) -> str:
        """Return what each step took; doing it began when it was decided, or later."""
        return (
            f"observed in {self.observed - self.began:.1f} s, "
            f"decided in {decided - self.observed:.1f}, done in {time.monotonic() - begins:.1f}"
        )


class LiveWorld:
    """A World (kubestow.ports). One thread at a time may use it."""

    def __init__(
        self,
        looking: Looking,
        hand: Hand,
        fleet: OwnFleet,
        launches: Launches,
        *,
        identity: Callable[[str], ObjectIdentity | None],
        daemonsets: Callable[[], Collection[str]],
        tell: Callable[[str], None] = lambda text: None,
        hurry: Callable[[], None] = lambda: None,
        apart: Apart = lambda work: work(),
        hear: Hearing = unheard,
        decided_at: Callable[[], float] = time.monotonic,
    ) -> None:
        """``identity`` returns that of a pod by its namespace/name; ``daemonsets`` are those there.

        Plans also count DaemonSets that every cluster of EKS has, whether they are there or not.
        ``hurry`` is called where something else is to be decided at once, ``hear`` for each deed;
        ``decided_at`` is when a decision was there, which may wait.
        """
        self._looking, self._hand, self._fleet, self._launches = looking, hand, fleet, launches
        self._identity, self._daemonsets, self._tell = identity, daemonsets, tell
        self._hurry, self._hear, self._apart, self._told = hurry, hear, apart, ToldOnce(tell)
        self._reasons: dict[str, str] = {}  # why each node was launched
        self._launched: dict[str, Launched] = {}  # by claim, as it was when the turn began
        self._renaming = Renaming()
        self._made: dict[tuple[str, str], tuple[Node, tuple[Pod, ...]] | None] = {}
        self._seconds, self._decided_at = Seconds(), decided_at
        self._settled: tuple[Outcome, ...] = ()
        self._nodeless, self._orders = Nodeless(), DeletionCosts()
        self.turn: Turn | None = None

    def observe(self) -> Snapshot:
        """Return what there is now."""
        began = time.monotonic()
        self._settle()
        observed = self._looking.observe()
        snapshot = observed.snapshot
        nodes = Nodes.of(observed).by_instance
        instances = self._nodeless.of(self._fleet.instances(), nodes, snapshot.at)
        self._told.say("EC2", self._fleet.trouble and f"EC2: {self._fleet.trouble}")
        for item in self._fleet.arrived():
            self._hear(_launched_deed(item, self._reasons))
        own = self._launched = self._fleet.launched()
        found, renamed = claims(
            instances, nodes, own, lambda n, i: self._expected(snapshot, n, i),
            snapshot.catalog.prices(), daemonsets=self._daemonsets(), at=snapshot.at,
        )  # fmt: skip
        by_id = {item.instance_id: item for item in instances}
        id_of = {item.claim: item for item in instances}
        id_of |= {n: by_id[s.instance_id] for n, s in own.items() if s.instance_id in by_id}
        templates = self._launches.templates
        found = compared(
            found, snapshot.cluster.nodepools, {n: i.made_with for n, i in id_of.items()},
            lambda nodes: templates.outdated(nodes, self._apart),
        )  # fmt: skip
        self._told.say("drift", templates.trouble and f"drift is not judged: {templates.trouble}")
        differs = drifted(found, snapshot.cluster.nodepools)
        self._told.say("drifted", differs and f"nodes would be launched otherwise now: {differs}")
        told = {claim.name for claim in found}
        found += tuple(
            claim
            for fleet in self._launches.uncertain
            for claim in fleet.claims
            if claim.name not in told
        )
        coming = {claim.name for claim in found if claim.is_coming}
        without = {name for name, claim in renamed.items() if claim in coming}
        cluster = self._renaming.of(snapshot.cluster, renamed, without)
        seen = replace(snapshot, cluster=cluster, nodeclaims=found)
        self.turn = Turn(
            seen,
            observed,
            {renamed.get(item.node.name, item.node.name): item for item in nodes.values()},
            id_of,
            {pod.key: pod for pod in cluster.pods},
        )
        self._seconds = Seconds(began, time.monotonic())
        return seen

    def _settle(self) -> None:
        """Ask again for what EC2 has not answered, before anything else is decided."""
        result = self._launches.settle()
        self._take(result)
        self._settled += result.outcomes

    def _expected(
        self, snapshot: Snapshot, name: str, instance: OwnInstance
    ) -> tuple[Node, tuple[Pod, ...]] | None:
        """Return what an instance becomes: as it was planned, or as its pool would have it."""
        own = self._launched.get(name)
        if own is not None:
            return own.claim.node, own.claim.daemonset_pods
        key = (name, instance.instance_id)
        if self._made.get(key) is None:
            pools = {pool.name: pool for pool in snapshot.cluster.nodepools}
            pool = pools.get(instance.nodepool)
            offering = (instance.instance_type, instance.zone, instance.capacity_type)
            self._made[key] = None if pool is None else new_node(snapshot, pool, offering, name)
        return self._made[key]

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Do what is decided, and welcome the Nodes that have come."""
        turn = self.turn
        assert turn is not None, "a world is observed first"
        decided, begins = self._decided_at(), time.monotonic()
        by_kind: dict[type, list[object]] = {}
        for action in decision.actions:
            by_kind.setdefault(type(action), []).append(action)
        outcomes, self._settled = list(self._settled), ()
        self._welcome(turn)
        for avoid in _of(by_kind, Avoid):
            self._each(turn.avoid_marks(avoid), lambda m: m.put_on(self._hand, self._hear))
        counting, drains = counted_on(turn.snapshot, decision), _of(by_kind, Drain)
        outcomes += self._drain(turn, [d for d in drains if d.node not in counting])
        missing = self._launch(turn, _of(by_kind, Launch))
        going, staying = parted((d for d in drains if d.node in counting), counting, missing)
        outcomes += [*missing, *staying, *self._drain(turn, going)]
        outcomes += self._each(_of(by_kind, Cordon), lambda a: self._cordon(turn, a))
        outcomes += self._each(_of(by_kind, Uncordon), lambda a: self._uncordon(turn, a))
        outcomes += self._each(_of(by_kind, Land), lambda a: self._land(turn, a))
        outcomes += self._each(_of(by_kind, Open), lambda a: self._open(turn, a))
        for order in _of(by_kind, DeletionOrder):
            self._orders.begin(order.nodes)
        self._order(turn)
        said = _summary(by_kind, outcomes) if by_kind or outcomes else ""
        self._told.say("turn", said, f" ({self._seconds.line(decided, begins)})")
        return tuple(outcomes)

    def _each(
        self, actions: Sequence[Item], carry_out: Callable[[Item], Outcome | None]
    ) -> list[Outcome]:
        if not actions:
            return []
        with ThreadPoolExecutor(min(_AT_ONCE, len(actions)), "hand") as pool:
            return [item for item in pool.map(carry_out, actions) if item is not None]

    def _launch(self, turn: Turn, launches: Sequence[Launch]) -> list[Outcome]:
        if not launches:
            return []
        startup = {pool.name: pool.startup_taints for pool in turn.snapshot.cluster.nodepools}
        unanswered = (claim.name for f in self._launches.uncertain for claim in f.claims)
        known = {*self._launched, *unanswered, *(c.name for c in turn.snapshot.nodeclaims)}
        self._reasons = {name: why for name, why in self._reasons.items() if name in known}
        self._reasons |= {launch.claim.name: launch.reason for launch in launches}
        result = self._launches.launch((launch.claim for launch in launches), startup)
        self._take(result)
        return list(result.outcomes)

    def _take(self, result: LaunchResult) -> None:
        """Remember what was launched, and tell of all that came of it.

        Where capacity is missing, what else there is is decided about at once.
        """
        self._fleet.add(result.launched)
        self._fleet.forget(item.subject for item in result.outcomes)
        if any(item.event == Event.INSUFFICIENT_CAPACITY for item in result.outcomes):
            self._hurry()
        for note in result.notes:
            self._tell(note)
        for item in result.launched:
            if not item.is_to_come:
                self._hear(_launched_deed(item, self._reasons))
        asked = Counter(item.claim.nodepool for item in result.launched if item.is_to_come)
        for name, count in sorted(asked.items()):
            self._tell(f"node group {name}: {counted(count, 'more node')} asked for")
        for deed in result.refusals:
            self._hear(deed)

    def _drain(self, turn: Turn, drains: Sequence[Drain]) -> list[Outcome]:
        """End nodes that are not there yet, and mark the others: who drains goes on from there."""
        outcomes: list[Outcome] = []
        ended: dict[str, Drain] = {}
        marked = []
        for drain in drains:
            instance, seen = turn.instances.get(drain.node), turn.nodes.get(drain.node)
            if instance is None:
                outcomes.append(Outcome(drain.node, NOT_OURS))
            elif seen is None:
                ended[instance.instance_id] = drain
            else:
                marked.append((seen.node.name, drain))
        if ended:
            outcomes += self._end(ended)
        self._each(marked, lambda item: self._mark(*item))
        return outcomes

    def _end(self, drains: Mapping[str, Drain]) -> list[Outcome]:
        try:
            self._fleet.end(drains)
        except InputError as problem:
            self._tell(problem.message)
            return [Outcome(name, problem.message) for name in drains]
        for key, drain in drains.items():
            self._hear(Deed(END, INSTANCE, key, drain.reason, node=drain.node))
        return []

    def _change(
        self,
        what: str,
        node: str,
        change: Callable[[Body], Body | None],
        reason: str = "",
        detail: str = "",
    ) -> Answer:
        """Change a Node, and tell of it unless it was so already."""
        answer, is_told = marking.change(self._hand, node, change)
        if is_told:
            self._hear(Deed(what, NODE, node, reason, detail, result=answer.value))
        return answer

    def _mark(self, node: str, drain: Drain) -> None:
        assert self.turn is not None, "it is decided by what was seen"
        snapshot, instance = self.turn.snapshot, self.turn.instances[drain.node]
        end = drained_by(snapshot.cluster.nodepools, instance.nodepool, snapshot.at)
        mark = LeavingMark(drain.reason, force=drain.force, ends_at=end)
        mark.put_on(self._hand, node, self._hear)

    def _own(self, turn: Turn, claim: str) -> str | None:
        """Return the name of the Node of a claim of kubestow's; None where there is none."""
        seen = turn.nodes.get(claim)
        return seen.node.name if seen is not None and claim in turn.instances else None

    def _cordon(self, turn: Turn, action: Cordon) -> Outcome | None:
        node = self._own(turn, action.node)
        if node is None:
            return Outcome(action.node, NOT_OURS)
        answer = self._change(
            CORDON, node, lambda body: stewardship.cordoned(body, action.reason), action.reason
        )
        return _failure(action.node, answer)

    def _uncordon(self, turn: Turn, action: Uncordon) -> Outcome | None:
        node = self._own(turn, action.node)
        if node is None:
            return Outcome(action.node, NOT_OURS)
        return _failure(action.node, self._change(UNCORDON, node, stewardship.uncordoned))

    def _open(self, turn: Turn, action: Open) -> Outcome | None:
        node = self._own(turn, action.node)
        if node is None:
            return Outcome(action.node, NOT_OURS)
        at = turn.snapshot.at
        answer = self._change(OPEN, node, lambda body: stewardship.opened(body, at), action.reason)
        return _failure(action.node, answer)

    def _land(self, turn: Turn, action: Land) -> Outcome | None:
        node, pod = self._own(turn, action.node), turn.pods.get(action.pod)
        if node is None:
            return Outcome(action.pod, NOT_HELD)
        identity = self._identity(action.pod)
        if pod is None or pod.node_name or identity is None or identity.node_name:
            return Outcome(action.pod, NOT_WAITING)
        if not bind_claims(self._hand, turn.snapshot.cluster, pod, node).is_done:
            return Outcome(action.pod, CLAIM_UNBOUND)
        answer = self._hand.bind(action.pod, identity.uid, node)
        if answer is not Answer.GONE:
            self._hear(Deed(LAND, POD, action.pod, node=node, result=answer.value))
        return _failure(action.pod, answer)

    def _order(self, turn: Turn) -> None:
        """Write deletion costs of some pods, if there are any to write."""
        written = self._orders.due(turn.snapshot.cluster.pods, self._identity)
        if written:
            failed = self._each(
                written, lambda item: _failure(item[0], self._hand.annotate_pod(*item))
            )
            result = failed[0].event if failed else Answer.DONE.value
            said = f"{len(written) - len(failed)} of {len(written)} pods"
            nodes = ", ".join(self._orders.nodes)
            self._hear(Deed(ORDER, POD, said, detail=nodes, result=result))

    def _welcome(self, turn: Turn) -> None:
        """Cordon the Nodes that have registered, in place of the taint that holds them."""
        coming = [
            claim
            for claim in turn.snapshot.nodeclaims
            if claim.phase is Phase.REGISTERED and _is_asked_for(turn, claim)
        ]
        self._each(coming, lambda claim: self._welcome_one(turn, claim))

    def _welcome_one(self, turn: Turn, claim: NodeClaim) -> Outcome | None:
        seen, is_grouped = turn.nodes[claim.name], turn.instances[claim.name].is_grouped
        labels = {
            key: text
            for key, text in claim.node.labels
            if _is_given(key) and dict(seen.node.labels).get(key) != text
        }

        def held(body: Body) -> Body | None:
            return stewardship.awaited(body) if is_grouped else stewardship.welcomed(body, labels)

        reason = self._reasons.get(claim.name, "")
        whose = f"node group {claim.nodepool}" if is_grouped else ""
        answer = self._change(HOLD, seen.node.name, held, reason, whose)
        return _failure(claim.name, answer)


def _launched_deed(item: Launched, reasons: Mapping[str, str]) -> Deed:
    claim, reason = item.claim, reasons.get(item.claim.name, "")
    what = f"{claim.instance_type} {claim.capacity_type} in {claim.zone} of {claim.nodepool}"
    return Deed(LAUNCH, INSTANCE, item.instance_id, reason, what, claim.name)


def _is_asked_for(turn: Turn, claim: NodeClaim) -> bool:
    """Return whether a node is to be held: not what a group launches of itself."""
    instance = turn.instances.get(claim.name)
    if claim.nodepool == NOBODYS or instance is None:
        return False
    return not (instance.is_grouped and instance.claim == instance.instance_id)


def _of(by_kind: Mapping[type, list[object]], kind: type[Item]) -> list[Item]:
    return [action for action in by_kind.get(kind, ()) if isinstance(action, kind)]


def _is_given(key: str) -> bool:
    """Return whether a label is set by who launches, not by kubelet or the cloud's controller."""
    return key.startswith("karpenter.") or names.normalised(key) not in names.WELL_KNOWN


def _summary(by_kind: Mapping[type, list[object]], outcomes: Sequence[Outcome]) -> str:
    """Return what was asked for in a turn, and what did not come of it."""
    asked = ", ".join(f"{kind.__name__.lower()} {len(some)}" for kind, some in by_kind.items())
    failed = Counter(item.event for item in outcomes)
    said = "; ".join(f"{count} {event}" for event, count in sorted(failed.items()))
    return f"asked: {asked or 'nothing'}" + (f"; not done: {said}" if said else "")


def _failure(subject: str, answer: Answer) -> Outcome | None:
    return None if answer.is_over else Outcome(subject, answer.value)
