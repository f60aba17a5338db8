"""What a controller leaves to the next one: the policy's memory, by the Lease.

Without it the next does not know which pods the nodes that are coming were launched for, packs them
anew and launches more; nor which nodes were to go once others were there. One that is stopped
leaves all it knew; one that is killed what it knew while something was under way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubestow.adapters.memory_note import memory_note, memory_of
from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy

_FRESH_SECONDS = 60


class Handover:
    """``now`` returns the time in seconds since 1970.

    One thread leaves a memory, and one asks for its text.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._left: Memory | None = None
        self._written: tuple[Memory, str] | None = None
        self._taken = ""

    def leave(self, memory: Memory | None) -> None:
        """Leave a memory to whoever is next, or none."""
        self._left = memory

    def text(self) -> str:
        """Return what is left now, as ``take`` reads it; empty while that is nothing."""
        left = self._left
        if left is None:
            self._written = None
            return ""
        if self._written is None or self._written[0] is not left:
            self._written = left, memory_note(left)
        note = self._written[1]
        return f"{self._now()} {note}" if note else ""

    def take(self, text: str) -> None:
        """Take what the last one has left."""
        self._taken = text

    def taken(self) -> Memory | None:
        """Return the memory that was taken, once; None where it was not left a moment ago."""
        (at, _, note), self._taken = self._taken.partition(" "), ""
        is_fresh = at.isascii() and at.isdecimal() and abs(self._now() - int(at)) <= _FRESH_SECONDS
        return memory_of(note) if is_fresh else None


@dataclass(slots=True)
class Leaving(Delegating):
    """A policy whose memory is left to the next controller while something is under way."""

    policy: Policy
    handover: Handover

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Decide as the policy does; what is remembered is left before anything is done."""
        decision, after = self.policy.decide(snapshot, memory, reporter)
        self.handover.leave(after if after.planned or after.disruptions else None)
        return decision, after
