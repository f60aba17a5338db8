"""What a controller leaves to the next one: the policy's memory, by the Lease.

Without it the next does not know which pods the nodes that are coming were launched for, packs them
anew and launches more; nor which nodes were to go once others were there. One that is stopped
leaves all it knew; one that is killed what it knew while something was under way.

Law: a memory is believed where it was left a moment ago by the same policy in the same form, once,
and no more of it than the cluster shows. It is left again after a whole turn: one that makes a
controller fail is gone for the next but one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kubestow.adapters.memory_note import FORM, memory_note, memory_of
from kubestow.live.hourly_count import is_number
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.policy_memory import KarpenterMemory, OptimalMemory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy

_FRESH_SECONDS, _AHEAD_SECONDS = 60, 3


class Handover:
    """``now`` returns the time in seconds since 1970; ``policy`` is the name of who remembers.

    One thread leaves a memory, and one asks for its text.
    """

    def __init__(self, now: Callable[[], int], policy: str) -> None:
        self._now, self._policy = now, policy
        self._left: Memory | None = None
        self._written: tuple[Memory, str] | None = None
        self._taken = ""

    def leave(self, memory: Memory | None) -> None:
        """Leave a memory to whoever is next, or none."""
        self._left = memory

    def text(self) -> str:
        """Return what is left now, as ``take`` reads it; empty while that is nothing.

        What was taken and not asked for yet is left as it was.
        """
        left = self._left
        if self._taken or left is None:
            return self._taken
        if self._written is None or self._written[0] is not left:
            self._written = left, memory_note(left)
        note = self._written[1]
        return f"{self._now()} {self._policy} {FORM} {note}" if note else ""

    def take(self, text: str) -> None:
        """Take what the last one has left, if that was a moment ago."""
        self._left = None
        at, *_ = text.split(" ", 1)
        age = self._now() - int(at) if is_number(at) else _FRESH_SECONDS + 1
        self._taken = text if -_AHEAD_SECONDS <= age <= _FRESH_SECONDS else ""

    def taken(self) -> Memory | None:
        """Return the memory that was taken, once; None where it is not this policy's."""
        words, self._taken = self._taken.split(" "), ""
        if len(words) != 4 or words[1:3] != [self._policy, FORM]:
            return None
        return memory_of(words[3])


@dataclass(slots=True)
class Leaving(Delegating):
    """A policy whose memory is left to the next controller while something is under way.

    ``taken`` is the memory that the last one left, if that is what this one begins with.
    """

    policy: Policy
    handover: Handover
    taken: Memory | None = None

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Decide as the policy does; what is remembered is left before anything is done."""
        is_taken = memory is self.taken
        if is_taken:
            memory = shown(memory, snapshot)
        decision, after = self.policy.decide(snapshot, memory, reporter)
        is_under_way = bool(after.planned or after.disruptions)
        self.handover.leave(after if is_under_way and not is_taken else None)
        return decision, after


def shown(memory: Memory, snapshot: Snapshot) -> Memory:
    """Return what a cluster shows of a memory that another process left.

    Nodes are replaced that are cordoned for it, by those that are there; and all that was decided
    to leave alone is looked at again.
    """
    claims = {claim.name: claim for claim in snapshot.nodeclaims}
    kept = []
    for item in memory.disruptions:
        nodes = tuple(n for n in item.nodes if n in claims and claims[n].reason == item.reason)
        if nodes and item.replacements and claims.keys() >= set(item.replacements):
            kept.append(replace(item, nodes=nodes))
    own = memory.own
    if isinstance(own, OptimalMemory | KarpenterMemory):
        own = replace(own, idle_digest="")
    return replace(memory, disruptions=tuple(kept), own=own)
