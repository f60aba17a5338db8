"""What became of one pod, folded from the turns of a journal, one after the other.

A pod of a StatefulSet that comes again under its name goes on in the same story. Who deleted a pod
is not in a journal: one whose node was to go has been evicted, any other was deleted or has ended.
"""

from dataclasses import dataclass, field

from kubestow.disruption.expected import is_node_bound
from kubestow.model.decision import INTERRUPTED, PROVISIONING, Cordon, Drain, Land, Launch
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.pod import Pod
from kubestow.model.story import NOT_BEGUN, NOT_DECIDED, TAKEN_BACK, Happened, Occurrence
from kubestow.policies.provisioner import PLANNED
from kubestow.usecases.node_history import ToldTurn, added, node_name_of


@dataclass(slots=True)
class PodHistory:
    """What became of a pod, by its namespace/name."""

    key: str
    occurrences: list[Occurrence] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """Nodes by their claims, of those that there were."""
    pod: Pod | None = None
    _asked: set[str] = field(default_factory=set)  # nodes that it was to land on
    _going: str = ""  # why its node goes, if it does
    _plan: tuple[str, str] = ("", "")  # what was told last of where it is planned
    _is_put_off: bool = False
    _turns: int = 0

    def turn(self, turn: ToldTurn) -> None:
        """Take the next turn."""
        claims = {claim.name: claim for claim in turn.snapshot.nodeclaims}
        namespace, _, name = self.key.partition("/")
        found = next(
            (p for p in turn.snapshot.cluster.pods if p.name == name and p.namespace == namespace),
            None,
        )
        if found is not self.pod:
            self._look(found, claims, turn.at)
        self._put_off(turn)
        if found is not None:
            self._node(turn, claims)
            self._decide(found, turn, claims)
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

    def _look(self, now: Pod | None, claims: dict[str, NodeClaim], at: int) -> None:
        """Tell what is new of the pod."""
        before, self.pod = self.pod, now
        was_on = before.node_name if before is not None else ""
        is_on = now.node_name if now is not None else ""
        is_another = bool(was_on) and is_on != was_on
        if before is not None and (now is None or is_another):
            self._leave(before, claims, at)
        elif before is not None and now is not None and now.terminating > before.terminating:
            self._stop(before, claims, at)
        if now is None:
            return
        if before is None or is_another:
            if not self._turns and is_on:
                self._told(at, Happened.SEEN, nodes=(is_on,), is_seen=True)
                return
            self._told(at, Happened.CREATED, is_seen=True)
            self._plan, self._going = ("", ""), ""
        if is_on and (before is None or is_another or not was_on):
            how = Happened.LANDED if is_on in self._asked else Happened.SCHEDULED
            reason = "DaemonSet" if is_node_bound(now) else ""
            self._told(at, how, reason, nodes=(is_on,), is_seen=True)
            self._asked.clear()

    def _reason(self, node: str, claims: dict[str, NodeClaim]) -> str:
        """Return why the pod's node is to go, as far as it is known."""
        claim = claims.get(node)
        if claim is None:
            return self._going or TAKEN_BACK if node else ""
        if claim.phase is Phase.DRAINING:
            return claim.reason or self._going
        return INTERRUPTED if claim.notice_at is not None else ""

    def _stop(self, before: Pod, claims: dict[str, NodeClaim], at: int) -> None:
        """Tell that the pod is being deleted."""
        reason = self._reason(before.node_name, claims)
        what = Happened.EVICTED if reason else Happened.DELETED
        nodes = (before.node_name,) if before.node_name else ()
        self._told(at, what, reason, nodes=nodes, is_seen=True)

    def _leave(self, before: Pod, claims: dict[str, NodeClaim], at: int) -> None:
        """Tell that the pod is gone; that it is being deleted may not have been seen."""
        nodes = (before.node_name,) if before.node_name else ()
        reason = self._reason(before.node_name, claims)
        is_lost = not self._going or self._going == INTERRUPTED  # else its drain came to its end
        if nodes and before.node_name not in claims and not before.terminating and is_lost:
            self._told(at, Happened.LOST, reason, nodes=nodes, is_seen=True)
            return
        if reason and not before.terminating and not is_node_bound(before):
            self._told(at, Happened.EVICTED, reason, nodes=nodes, is_seen=True)
        last = self.occurrences[-1].what if self.occurrences else None
        if last is not Happened.EVICTED:
            reason = "" if last is Happened.DELETED else NOT_DECIDED
        self._told(at, Happened.GONE, reason, nodes=nodes, is_seen=True)

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
        """Note the names of the node that the pod is on, and why that goes."""
        pod = self.pod
        if pod is None or not pod.node_name or pod.node_name in self.names:
            return
        node = next((n for n in turn.snapshot.cluster.nodes if n.name == pod.node_name), None)
        if node is not None:
            self.names[node.name] = node_name_of(node)

    def _decide(self, pod: Pod, turn: ToldTurn, claims: dict[str, NodeClaim]) -> None:
        at, launched = turn.at, {}
        for action in turn.decision.actions:
            match action:
                case Land(pod=self.key):
                    self._asked.add(action.node)
                case Launch():
                    launched[action.claim.name] = action.claim
                case Cordon() | Drain() if action.node == pod.node_name:
                    self._going = action.reason
                    what = (
                        Happened.CORDONED if isinstance(action, Cordon) else Happened.DRAIN_DECIDED
                    )
                    if not is_node_bound(pod):
                        self._told(at, what, action.reason, nodes=(action.node,))
                case _:
                    pass
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
        is_new = waiting.subject in launched
        state = Phase.LAUNCHING.value if is_new else "" if claim is None else claim.phase.value
        self._told(at, Happened.PLANNED, nodes=(waiting.subject,), subject=state)
