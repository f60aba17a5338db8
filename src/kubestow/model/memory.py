"""Memory: what a policy must know and cannot observe.

A visible, serialisable value in a fixed order. Invariant: a controller that lost its memory starts
with an empty one; it may be slower or cost more, but it is never wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from kubestow.model.decision import HELD_BACK, NOT_LAUNCHED, PROVISIONING, Decision, Outcome
from kubestow.model.nodeclaim import Event
from kubestow.model.policy_memory import PolicyMemory

OfferingKey = tuple[str, str, str]
"""Instance type, zone and capacity type."""
COOLING_SECONDS = 180
"""How long an offering without capacity is not asked for (Karpenter's unavailable offerings)."""
PUT_OFF_SECONDS = 900
"""How long it is remembered that something was not begun."""
Own = TypeVar("Own", bound=PolicyMemory)


@dataclass(frozen=True, slots=True)
class PendingDisruption:
    """Nodes that are drained once their replacements are ready (Karpenter calls it a Command).

    Those of one ``in_waves`` go as budgets let them, each when what its pods count on is ready.
    """

    nodes: tuple[str, ...]
    replacements: tuple[str, ...]
    reason: str
    started_at: int
    in_waves: bool = False


@dataclass(frozen=True, slots=True)
class PutOff:
    """What was not begun at an instant: a node was to go for a reason, or a pod to get a node.

    ``event`` is what became of it (HELD_BACK, NOT_LAUNCHED); empty if that was not noted.
    """

    reason: str
    subject: str
    at: int
    event: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What all policies remember, and what one of them remembers for itself.

    ``cooling`` are offerings without capacity and until when each is avoided; ``counter`` numbers
    the claims; ``disruptions`` are waiting for their replacements; ``planned`` is the node that
    each waiting pod is planned on; ``put_off`` is what was not begun lately.
    """

    cooling: tuple[tuple[OfferingKey, int], ...] = ()
    counter: int = 0
    disruptions: tuple[PendingDisruption, ...] = ()
    planned: tuple[tuple[str, str], ...] = ()
    own: PolicyMemory | None = None
    put_off: tuple[PutOff, ...] = ()

    def own_as(self, kind: type[Own]) -> Own:
        """Return a policy's own memory; an empty one if it is absent or another policy's."""
        return self.own if isinstance(self.own, kind) else kind()

    def learned(self, outcomes: Iterable[Outcome], at: int) -> "Memory":
        """Return the memory updated with the outcomes of the last actions."""
        outcomes, cooling = tuple(outcomes), dict(self.cooling)
        for outcome in outcomes:
            if outcome.event == Event.INSUFFICIENT_CAPACITY and outcome.offering is not None:
                cooling[outcome.offering] = at + COOLING_SECONDS
        still_cooling = ((offering, until) for offering, until in cooling.items() if until > at)
        put_off = self._put_off_after(outcomes, at)
        return replace(self, cooling=tuple(sorted(still_cooling)), put_off=put_off)

    def _put_off_after(self, outcomes: Iterable[Outcome], at: int) -> tuple[PutOff, ...]:
        """Return what was not begun lately.

        Nodes that were not launched put off what counts on them: the pods that wait for them, or
        the nodes that they were to replace.
        """
        failed = {o.subject: o for o in outcomes if o.event in (HELD_BACK, NOT_LAUNCHED)}
        if not failed and not self.put_off:
            return ()
        lately = [item for item in self.put_off if at - item.at < PUT_OFF_SECONDS]
        new = [PutOff(o.reason, node, at, o.event) for node, o in failed.items() if o.reason]
        replacing: set[str] = set()
        for disruption in self.disruptions:
            replacing.update(disruption.replacements)
            events = [failed[name].event for name in disruption.replacements if name in failed]
            if events:
                new += [PutOff(disruption.reason, n, at, events[0]) for n in disruption.nodes]
        unserved = failed.keys() - replacing
        new += [
            PutOff(PROVISIONING, pod, at, failed[node].event)
            for pod, node in self.planned
            if node in unserved
        ]
        found = {(item.reason, item.subject): item for item in (*lately, *new)}
        return tuple(item for _, item in sorted(found.items()))


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision, and the memory it was made from."""

    memory: Memory
    decision: Decision
