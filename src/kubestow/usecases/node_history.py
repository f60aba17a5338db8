"""What became of each node, folded from the turns of a journal, one after the other.

Law: of a turn nothing is kept but what is told. Nodes that are gone and were not asked for are
forgotten, so that the memory is that of the nodes there are. Decisions are told at their instant;
what is seen of a claim at the instant that it says, or else when it was first seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kubestow.disruption.drift import drift
from kubestow.model.decision import (
    DRIFTED,
    EXPIRED,
    INTERRUPTED,
    PROVISIONING,
    UNDERUTILIZED,
    Cordon,
    Decision,
    Drain,
    Launch,
    Open,
    Uncordon,
)
from kubestow.model.labels import HOSTNAME
from kubestow.model.memory import Memory
from kubestow.model.node import Node
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import (
    NO_CAPACITY,
    NOT_BEGUN,
    NOT_DECIDED,
    NOTHING_CAME,
    TAKEN_BACK,
    Happened,
    Occurrence,
    Offer,
)
from kubestow.policies.provisioner import PLANNED
from kubestow.usecases.pods_of_node import PodsOfNode

_ORDER = {phase: number for number, phase in enumerate(Phase)}


@dataclass(frozen=True, slots=True)
class ToldTurn:
    """An entry of a journal: a decision, and what it was made from."""

    snapshot: Snapshot
    memory: Memory
    decision: Decision

    @property
    def at(self) -> int:
        """Its instant."""
        return self.snapshot.at


def node_name_of(node: Node) -> str:
    """Return the name that a Node has in its cluster: kubelet labels it with it.

    The world gives Nodes the names of their claims and leaves their labels as they are. Source:
    Kubernetes, pkg/kubelet/kubelet_node_status.go (initialNode: hostname label).
    """
    return node.once(_hostname) or node.name


def _hostname(node: Node) -> str:
    return dict(node.labels).get(HOSTNAME, "")


def added(occurrences: list[Occurrence], new: Occurrence) -> None:
    """Add what happened; what is as the last one but for its instant only counts."""
    if occurrences and new.what not in (Happened.LANDED, Happened.EVICTED):
        last = occurrences[-1]
        if replace(last, times=1, last_at=None) == replace(new, at=last.at):
            occurrences[-1] = replace(last, times=last.times + 1, last_at=new.at)
            return
    occurrences.append(new)


@dataclass(slots=True)
class NodeHistory:
    """What became of one node, by its claim's name."""

    name: str
    offer: Offer | None = None
    node_name: str = ""
    occurrences: list[Occurrence] = field(default_factory=list)
    claim: NodeClaim | None = None
    is_seen: bool = False
    is_gone: bool = False
    pods: PodsOfNode | None = None
    """Of a node that was asked for."""
    opening: str = ""
    going: str = ""
    """Why it goes, by the last decision or its claim."""

    def told(self, *new: Occurrence) -> None:
        """Tell what happened."""
        for item in new:
            added(self.occurrences, item)

    def story(self) -> tuple[Occurrence, ...]:
        """Return what happened, in order of time."""
        extra = self.pods.occurrences() if self.pods is not None else ()
        return tuple(sorted((*self.occurrences, *extra), key=lambda item: item.at))


class NodeHistories:
    """The nodes of a cluster; ``asked`` is the name of a claim or of a Node."""

    def __init__(self, asked: str) -> None:
        self.asked = asked
        self.names: dict[str, str] = {}  # Nodes by their claims, of all that there were
        self.found: list[NodeHistory] = []
        self._alive: dict[str, NodeHistory] = {}
        self._launched: dict[str, NodeHistory] = {}  # decided, and not seen yet
        self._before: ToldTurn | None = None

    def turn(self, turn: ToldTurn) -> None:
        """Take the next turn."""
        self._observe(turn)
        self._decide(turn)
        self._before = turn

    def _observe(self, turn: ToldTurn) -> None:
        claims = {claim.name: claim for claim in turn.snapshot.nodeclaims}
        there = {node.name: node for node in turn.snapshot.cluster.nodes}
        for name in dict.fromkeys((*claims, *there)):
            if name not in self._alive:
                launched = self._launched.pop(name, None)
                self._alive[name] = launched or self._of(name)
            history = self._alive[name]
            self._name(history, there.get(name))
            self._look(history, claims.get(name), turn)
        for name in [name for name in self._alive if name not in claims and name not in there]:
            history = self._alive.pop(name)
            self._end(history, turn)
        self._put_off(turn)
        for history in self._launched.values():
            _not_launched(history, turn, self._before)
        self._launched = {
            name: history
            for name, history in self._launched.items()
            if turn.at - _decided_at(history) < _FORGOTTEN_SECONDS
        }
        for history in self.found:
            if history.pods is not None:
                history.pods.turn(turn.snapshot, None if self._before is None else
                                  self._before.snapshot, is_going=bool(history.going))  # fmt: skip

    def _of(self, name: str) -> NodeHistory:
        """Return the history of a claim: one that was asked for goes on where it comes again."""
        found = (history for history in self.found if history.name == name)
        return next(found, None) or NodeHistory(name)

    def _put_off(self, turn: ToldTurn) -> None:
        """Tell that what was decided for nodes was not begun, once until it is."""
        known = () if self._before is None else self._before.memory.put_off
        told = {(item.reason, item.subject) for item in known}
        for item in turn.memory.put_off:
            history = self._alive.get(item.subject)
            if history is not None and (item.reason, item.subject) not in told:
                reason = item.event or NOT_BEGUN
                history.told(Occurrence(at=item.at, what=Happened.PUT_OFF, reason=reason))

    def _name(self, history: NodeHistory, node: Node | None) -> None:
        """Note the name of a node, and whether it was asked for."""
        if node is None:
            if history.name == self.asked:
                self._find(history)
            return
        name = node_name_of(node)
        if name == history.node_name:
            return
        history.node_name = self.names[history.name] = name
        if self.asked in (history.name, name):
            self._find(history)

    def _find(self, history: NodeHistory) -> None:
        if history.pods is None:
            history.pods = PodsOfNode(history.name)
            self.found.append(history)

    def _look(self, history: NodeHistory, claim: NodeClaim | None, turn: ToldTurn) -> None:
        """Tell what is new of a node."""
        at, before, is_first = turn.at, history.claim, not history.is_seen
        history.is_seen = True
        if is_first or history.is_gone:
            history.is_gone = False
            kept = [o for o in history.occurrences if o.what is not Happened.NOT_LAUNCHED]
            if kept and kept[-1].what is Happened.ENDED and _is_same(before, claim):
                kept.pop()  # another journal's controller had not seen it yet, or no longer
            history.occurrences[:] = kept
            if not kept:
                phase = claim.phase.value if claim is not None else ""
                history.told(Occurrence(at=at, what=Happened.SEEN, subject=phase, is_seen=True))
        if claim is None or claim is before:
            return
        history.claim = claim
        history.offer = Offer(claim.nodepool, *claim.offering, claim.nano_usd_per_hour)
        history.told(*_stages(history, before, claim, at))
        if claim.notice_at is not None and (before is None or before.notice_at is None):
            history.going = history.going or INTERRUPTED
            history.told(_seen(at, Happened.NOTICED, subject=str(claim.notice_at)))
        if claim.rebalance_at is not None and (before is None or before.rebalance_at is None):
            history.told(_seen(at, Happened.AT_RISK, subject=str(claim.rebalance_at)))

    def _end(self, history: NodeHistory, turn: ToldTurn) -> None:
        """Tell that a node is gone, and forget it unless it was asked for."""
        claim, reason = history.claim, history.going or NOT_DECIDED
        drained = any(o.what in _DRAINS for o in history.occurrences)
        history.is_gone = True
        if claim is not None and claim.phase is Phase.LAUNCHING and not drained:
            self._launched[history.name] = history
            return
        if claim is not None and claim.notice_at is not None and not drained:
            reason = TAKEN_BACK
        history.told(_seen(turn.at, Happened.ENDED, reason=reason))

    def _decide(self, turn: ToldTurn) -> None:
        actions, at = turn.decision.actions, turn.at
        if not actions:
            self._fill(turn)
            return
        groups = _Groups.of(turn)
        planned = _planned(turn.decision) if groups.has_launches else {}
        for action in actions:
            match action:
                case Launch():
                    self._launch(action, turn, groups, planned.get(action.claim.name, ()))
                case Open() if action.node in self._alive:
                    self._alive[action.node].opening = action.reason
                case Cordon() if action.node in self._alive:
                    history = self._alive[action.node]
                    history.going = action.reason
                    history.told(groups.going(Happened.CORDONED, action.node, action.reason))
                case Uncordon() if action.node in self._alive:
                    history = self._alive[action.node]
                    history.told(Occurrence(at=at, what=Happened.UNCORDONED, reason=history.going))
                    history.going = ""
                case Drain() if action.node in self._alive:
                    history = self._alive[action.node]
                    history.going = action.reason
                    history.told(groups.going(Happened.DRAIN_DECIDED, action.node, action.reason))
                case _:
                    pass
        for history in self.found:
            if history.pods is not None:
                history.pods.decided(turn.decision)
        self._fill(turn)

    def _launch(
        self, action: Launch, turn: ToldTurn, groups: "_Groups", pods: tuple[str, ...]
    ) -> None:
        claim = action.claim
        if claim.name in self._alive or claim.name in self._launched:
            return  # asked for twice: it is one
        history = self._launched[claim.name] = self._of(claim.name)
        history.offer = Offer(claim.nodepool, *claim.offering, claim.nano_usd_per_hour)
        nodes = groups.replaced(action.reason) or _homes(pods, turn.snapshot)
        saved = groups.saved(action.reason)
        history.told(
            Occurrence(
                at=turn.at, what=Happened.LAUNCH_DECIDED, reason=action.reason, nodes=nodes,
                beside=groups.launched_beside(claim.name, action.reason), pods=pods,
                saved_nano_usd_per_hour=saved,
            )
        )  # fmt: skip
        if claim.name == self.asked:
            self._find(history)

    def _fill(self, turn: ToldTurn) -> None:
        """Add the pods that a replacement was planned for, which the next turn remembers."""
        planned: dict[str, list[str]] | None = None
        for name, history in (*self._launched.items(), *self._alive.items()):
            first = history.occurrences[0]
            if first.what is not Happened.LAUNCH_DECIDED or first.pods or first.at >= turn.at:
                continue
            if self._before is None or self._before.at != first.at:
                continue
            if planned is None:
                planned = {}
                for pod, node in turn.memory.planned:
                    planned.setdefault(node, []).append(pod)
            history.occurrences[0] = replace(first, pods=tuple(planned.get(name, ())))


_FORGOTTEN_SECONDS, _LEARNT_SECONDS = 3_600, 60
_DRAINS = (Happened.DRAIN_DECIDED, Happened.LEAVING)


def _decided_at(history: NodeHistory) -> int:
    """Return when a node's launch was decided last; when it was told of first if it was not."""
    decided = (o.at for o in history.occurrences if o.what is Happened.LAUNCH_DECIDED)
    return max(decided, default=history.occurrences[0].at)


def _is_same(before: NodeClaim | None, claim: NodeClaim | None) -> bool:
    """Return whether two claims of a name are of one instance."""
    if before is None or claim is None or before.launched_at is None:
        return False
    return (before.offering, before.launched_at) == (claim.offering, claim.launched_at)


def _seen(at: int, what: Happened, reason: str = "", subject: str = "") -> Occurrence:
    return Occurrence(at=at, what=what, reason=reason, subject=subject, is_seen=True)


def _stages(
    history: NodeHistory, before: NodeClaim | None, claim: NodeClaim, at: int
) -> list[Occurrence]:
    """Return the stages of its life that a claim has reached since it was looked at before."""
    reached = _ORDER[claim.phase]
    last = -1 if before is None else _ORDER[before.phase]
    found: list[Occurrence] = []

    def has_come(phase: Phase) -> bool:
        return last < _ORDER[phase] <= reached

    if has_come(Phase.LAUNCHED) and claim.launched_at is not None:
        found.append(Occurrence(at=claim.launched_at, what=Happened.LAUNCHED))
    if claim.phase is Phase.DRAINING and last < reached:
        decided = any(
            item.what is Happened.DRAIN_DECIDED and item.reason == claim.reason
            for item in history.occurrences[-2:]
        )
        history.going = claim.reason or history.going
        return found if decided else [*found, _seen(at, Happened.LEAVING, reason=history.going)]
    if before is None and not history.occurrences[0].what.startswith("Launch"):
        return found  # it was there already: what came before is not known
    ready = at if claim.ready_at is None else min(claim.ready_at, at)
    if has_come(Phase.REGISTERED):
        found.append(_seen(min(at, ready), Happened.REGISTERED))
    if claim.phase is Phase.HELD and has_come(Phase.HELD):
        _registered_before(history.occurrences, ready)
        found.append(Occurrence(at=ready, what=Happened.HELD))
    if has_come(Phase.READY):
        if claim.holds:
            found.append(_seen(at, Happened.OPENED, reason=history.opening))
        else:
            found.append(Occurrence(at=ready, what=Happened.READY))
    return found


def _registered_before(occurrences: list[Occurrence], ready: int) -> None:
    """Put the registration, which was seen late, no later than when the node was ready."""
    last = occurrences[-1] if occurrences else None
    if last is not None and last.what is Happened.REGISTERED and last.at > ready:
        occurrences[-1] = replace(last, at=ready)


def _not_launched(history: NodeHistory, turn: ToldTurn, before: ToldTurn | None) -> None:
    """Tell of a launch of which nothing is seen in the turn after it.

    The controller may remember why a turn later, however late that is.
    """
    last = history.occurrences[-1]
    if last.what is not Happened.NOT_LAUNCHED:
        history.told(_seen(turn.at, Happened.NOT_LAUNCHED, reason=_why_none(history, turn)))
        return
    is_next = before is not None and before.at <= last.at
    if last.reason == NOTHING_CAME and (is_next or turn.at - last.at <= _LEARNT_SECONDS):
        history.occurrences[-1] = replace(last, reason=_why_none(history, turn))


def _why_none(history: NodeHistory, turn: ToldTurn) -> str:
    """Return why a launch was none, by what the controller remembers of it."""
    first, offer = history.occurrences[0], history.offer
    if offer is not None:
        offering = (offer.instance_type, offer.zone, offer.capacity_type)
        if any(offering == cooling for cooling, _ in turn.memory.cooling):
            return NO_CAPACITY
    put_off = {(item.reason, item.subject): item.event for item in turn.memory.put_off}
    subjects = first.pods if first.reason == PROVISIONING else first.nodes
    events = [put_off[first.reason, item] for item in subjects if (first.reason, item) in put_off]
    return (events[0] or NOT_BEGUN) if events else NOTHING_CAME


def _planned(decision: Decision) -> dict[str, tuple[str, ...]]:
    """Return the pods that each node is planned for."""
    found: dict[str, list[str]] = {}
    for item in decision.waiting:
        if item.reason == PLANNED:
            found.setdefault(item.subject, []).append(item.pod)
    return {node: tuple(pods) for node, pods in found.items()}


def _homes(pods: Iterable[str], snapshot: Snapshot) -> tuple[str, ...]:
    """Return the nodes that some pods are on, which have to go."""
    wanted = set(pods)
    nodes = (pod.node_name for pod in snapshot.cluster.pods if pod.key in wanted)
    return tuple(dict.fromkeys(node for node in nodes if node))


@dataclass(frozen=True, slots=True)
class _Groups:
    """What a decision does for each reason: nodes that go, and launches."""

    turn: ToldTurn
    leaving: Mapping[str, tuple[str, ...]]  # by reason: decided now for the first time
    launches: Mapping[str, tuple[NodeClaim, ...]]
    successors: Mapping[str, tuple[str, ...]]  # by node: of disruptions that were begun before

    @classmethod
    def of(cls, turn: ToldTurn) -> "_Groups":
        begun = {node: item.replacements for item in turn.memory.disruptions for node in item.nodes}
        leaving: dict[str, list[str]] = {}
        launches: dict[str, list[NodeClaim]] = {}
        for action in turn.decision.actions:
            if isinstance(action, Launch):
                launches.setdefault(action.reason, []).append(action.claim)
            elif isinstance(action, Cordon | Drain) and action.node not in begun:
                leaving.setdefault(action.reason, []).append(action.node)
        return cls(
            turn,
            {reason: tuple(dict.fromkeys(nodes)) for reason, nodes in leaving.items()},
            {reason: tuple(claims) for reason, claims in launches.items()},
            begun,
        )

    @property
    def has_launches(self) -> bool:
        return bool(self.launches)

    def replaced(self, reason: str) -> tuple[str, ...]:
        """Return the nodes that launches for a reason replace."""
        return () if reason == PROVISIONING else self.leaving.get(reason, ())

    def launched_beside(self, name: str, reason: str) -> tuple[str, ...]:
        """Return the other nodes launched with one; of those for waiting pods none are told."""
        if reason == PROVISIONING:
            return ()
        return tuple(claim.name for claim in self.launches[reason] if claim.name != name)

    def saved(self, reason: str) -> int | None:
        """Return what a consolidation saves an hour: the nodes that go without those that come."""
        if reason != UNDERUTILIZED or not self.leaving.get(reason):
            return None
        prices = {claim.name: claim.nano_usd_per_hour for claim in self.turn.snapshot.nodeclaims}
        gone = [prices.get(node) for node in self.leaving[reason]]
        cost = sum(claim.nano_usd_per_hour for claim in self.launches.get(reason, ()))
        return None if None in gone else sum(price or 0 for price in gone) - cost

    def going(self, what: Happened, node: str, reason: str) -> Occurrence:
        """Return that a node is to go, and all that is known of why."""
        begun = self.successors.get(node)
        beside = () if begun is not None else self.leaving.get(reason, ())
        launched = tuple(claim.name for claim in self.launches.get(reason, ()))
        return Occurrence(
            at=self.turn.at,
            what=what,
            reason=reason,
            subject=self._detail(node, reason),
            nodes=begun if begun is not None else () if reason == PROVISIONING else launched,
            beside=tuple(name for name in beside if name != node) if self._is_one(reason) else (),
            saved_nano_usd_per_hour=None if begun is not None else self.saved(reason),
        )

    @staticmethod
    def _is_one(reason: str) -> bool:
        """Return whether nodes that go for a reason go together."""
        return reason == UNDERUTILIZED

    def _detail(self, node: str, reason: str) -> str:
        """Return what drifted, or after how many seconds a node expires."""
        if reason not in (DRIFTED, EXPIRED):
            return ""
        snapshot = self.turn.snapshot
        claim = next((item for item in snapshot.nodeclaims if item.name == node), None)
        pools = {pool.name: pool for pool in snapshot.cluster.nodepools}
        pool = None if claim is None else pools.get(claim.nodepool)
        if claim is None or pool is None:
            return ""
        return drift(claim, pool) if reason == DRIFTED else str(pool.disruption.expire_after or "")
