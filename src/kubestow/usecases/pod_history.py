"""What became of one pod, folded from the turns of a journal, one after the other.

A pod of a StatefulSet that comes again under its name goes on in the same story. Who deleted a pod
is not in a journal: one whose node was to go has been evicted, one whose node is gone without a
drain was lost with it, any other was deleted or has ended.
"""

from dataclasses import dataclass, field

from kubestow.disruption.expected import is_node_bound
from kubestow.model.decision import (
    INTERRUPTED,
    PROVISIONING,
    Cordon,
    Drain,
    Land,
    Launch,
    Uncordon,
)
from kubestow.model.instance_type import SPOT
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import (
    NODE_GOES,
    NOT_BEGUN,
    NOT_DECIDED,
    NOT_KNOWN,
    TAKEN_BACK,
    Happened,
    Occurrence,
)
from kubestow.policies.provisioner import PLANNED
from kubestow.usecases.node_history import ToldTurn, added, node_name_of


@dataclass(frozen=True, slots=True)
class _Look:
    """The claims of a turn by their names, and the names of its Nodes."""

    at: int
    claims: dict[str, NodeClaim]
    nodes: frozenset[str]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "_Look":
        claims = {claim.name: claim for claim in snapshot.nodeclaims}
        nodes = frozenset(node.name for node in snapshot.cluster.nodes)
        return cls(snapshot.at, claims, nodes)

    def has_lost(self, node: str) -> bool:
        """Return whether a node is gone: one of others may be there without a claim."""
        return bool(node) and node not in self.claims and node not in self.nodes


@dataclass(slots=True)
class PodHistory:
    """What became of a pod, by its namespace/name."""

    key: str
    occurrences: list[Occurrence] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Nodes by their claims, of those that there were."""
    pod: Pod | None = None
    _asked: set[str] = field(default_factory=set)  # nodes that it was to land on
    _going: dict[str, str] = field(default_factory=dict)  # why nodes go, by decisions and claims
    _noticed: str = ""  # the spot node with a notice that it was on
    _leaves: Happened | None = None  # how it leaves its node, if that was told
    _plan: tuple[str, str] = ("", "")  # what was told last of where it is planned
    _is_put_off: bool = False
    _turns: int = 0

    def turn(self, turn: ToldTurn) -> None:
        """Take the next turn."""
        look = _Look.of(turn.snapshot)
        namespace, _, name = self.key.partition("/")
        found = next(
            (p for p in turn.snapshot.cluster.pods if p.name == name and p.namespace == namespace),
            None,
        )
        if found is not self.pod:
            self._look(found, look)
        self._put_off(turn)
        if found is not None:
            self._node(turn, look.claims)
        self._decide(turn)
        if found is not None:
            self._plan_of(turn, look.claims)
        self._turns += 1

    def _told(
        self,
        at: int,
        what: Happened,
        reason: str = "",
        nodes: tuple[str, ...] = (),
        subject: str = "",
        *,
        is_seen: bool = False,
    ) -> None:
        item = Occurrence(
            at=at, what=what, reason=reason, nodes=nodes, subject=subject, is_seen=is_seen
        )
        added(self.occurrences, item)

    def _look(self, now: Pod | None, look: _Look) -> None:
        """Tell what is new of the pod."""
        at, before, self.pod = look.at, self.pod, now
        was_on = before.node_name if before is not None else ""
        is_on = now.node_name if now is not None else ""
        is_another = bool(was_on) and is_on != was_on
        if before is not None and (now is None or is_another):
            self._leave(before, look)
        elif before is not None and now is not None and now.terminating > before.terminating:
            self._stop(before, look)
        if now is None:
            return
        if before is None or is_another:
            if not self._turns and is_on:
                self._told(at, Happened.SEEN, nodes=(is_on,), is_seen=True)
                return
            self._told(at, Happened.CREATED, is_seen=True)
            self._plan = ("", "")
        if is_on and (before is None or is_another or not was_on):
            how = Happened.LANDED if is_on in self._asked else Happened.SCHEDULED
            reason = "DaemonSet" if is_node_bound(now) else ""
            self._told(at, how, reason, nodes=(is_on,), is_seen=True)
            self._asked.clear()

    def _reason(self, node: str, look: _Look) -> str:
        """Return why the pod's node is to go or is gone, as far as it is known; empty if it stays.

        Only of a spot node that had a notice it is known that EC2 took it back.
        """
        claim, going = look.claims.get(node), self._going.get(node, "")
        if claim is None and look.has_lost(node):
            return going or (TAKEN_BACK if node == self._noticed else NOT_KNOWN)
        if claim is None:
            return ""
        if claim.phase is Phase.DRAINING:
            return claim.reason or going or NOT_KNOWN
        return INTERRUPTED if claim.notice_at is not None else ""

    def _stop(self, before: Pod, look: _Look) -> None:
        """Tell that the pod is being deleted."""
        node = before.node_name
        reason = self._reason(node, look)
        what = Happened.EVICTED if reason else Happened.DELETED
        if look.has_lost(node) and node not in self._going:
            what = Happened.LOST
        self._leaves = what
        self._told(look.at, what, reason, nodes=(node,) if node else (), is_seen=True)

    def _leave(self, before: Pod, look: _Look) -> None:
        """Tell that the pod is gone; that it is being deleted may not have been seen."""
        at, node = look.at, before.node_name
        nodes, going = (node,) if node else (), self._going.get(node, "")
        reason, subject = self._reason(node, look), ""
        is_lost = going in ("", INTERRUPTED)  # else its drain came to its end
        if look.has_lost(node) and not before.terminating and is_lost:
            self._told(at, Happened.LOST, reason, nodes=nodes, is_seen=True)
            return
        if reason and not before.terminating and not is_node_bound(before):
            self._told(at, Happened.EVICTED, reason, nodes=nodes, is_seen=True)
            self._leaves = Happened.EVICTED
        last, self._leaves = self._leaves, None
        if last in (Happened.DELETED, Happened.LOST):
            reason = ""
        elif last is None:
            reason = reason or going
            reason, subject = (reason, NODE_GOES) if reason else (NOT_DECIDED, "")
        self._told(at, Happened.GONE, reason, nodes=nodes, subject=subject, is_seen=True)

    def _put_off(self, turn: ToldTurn) -> None:
        """Tell that what was to be launched for the pod was not begun, once."""
        subject = (PROVISIONING, self.key)
        last = next((o for o in turn.memory.put_off if (o.reason, o.subject) == subject), None)
        if last is None:
            self._is_put_off = False
        elif not self._is_put_off and self.pod is not None:
            self._is_put_off = True
            self._told(last.at, Happened.PUT_OFF, last.event or NOT_BEGUN)

    def _node(self, turn: ToldTurn, claims: dict[str, NodeClaim]) -> None:
        """Note the name of the node that the pod is on, and what its claim says of its end."""
        name = self.pod.node_name if self.pod is not None else ""
        if not name:
            return
        claim = claims.get(name)
        if claim is not None and claim.phase is Phase.DRAINING and claim.reason:
            self._going[name] = claim.reason
        if claim is not None and claim.capacity_type == SPOT and claim.notice_at is not None:
            self._noticed = name
        if name in self.names:
            return
        node = next((n for n in turn.snapshot.cluster.nodes if n.name == name), None)
        if node is not None:
            self.names[name] = node_name_of(node)

    def _decide(self, turn: ToldTurn) -> None:
        """Note what is decided of nodes, and tell what is about the pod's own."""
        own = "" if self.pod is None or is_node_bound(self.pod) else self.pod.node_name
        for action in turn.decision.actions:
            match action:
                case Land(pod=self.key) if self.pod is not None:
                    self._asked.add(action.node)
                case Cordon() | Drain():
                    self._going[action.node] = action.reason
                    what = (
                        Happened.CORDONED if isinstance(action, Cordon) else Happened.DRAIN_DECIDED
                    )
                    if action.node == own:
                        self._told(turn.at, what, action.reason, nodes=(action.node,))
                case Uncordon() if action.node in self._going:
                    reason = self._going.pop(action.node)
                    if action.node == own:
                        self._told(turn.at, Happened.UNCORDONED, reason, nodes=(action.node,))
                case _:
                    pass

    def _plan_of(self, turn: ToldTurn, claims: dict[str, NodeClaim]) -> None:
        """Tell where the pod is planned, or why it is not, if that is new."""
        at = turn.at
        waiting = next((item for item in turn.decision.waiting if item.pod == self.key), None)
        if waiting is None:
            return
        is_planned = waiting.reason == PLANNED
        plan = (PLANNED if is_planned else waiting.reason, waiting.subject)
        if plan == self._plan or (self._is_put_off and self._plan[0] == plan[0]):
            return
        self._plan = plan
        if not is_planned:
            self._told(at, Happened.NOT_PLANNED, waiting.reason, subject=waiting.subject)
            return
        claim = claims.get(waiting.subject)
        is_new = any(
            isinstance(action, Launch) and action.claim.name == waiting.subject
            for action in turn.decision.actions
        )
        state = Phase.LAUNCHING.value if is_new else "" if claim is None else claim.phase.value
        self._told(at, Happened.PLANNED, nodes=(waiting.subject,), subject=state)
