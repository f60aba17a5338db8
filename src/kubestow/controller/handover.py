"""What a controller that ends leaves to the next one: the policy's memory, by the Lease.

Without it the next does not know which pods the nodes that are coming were launched for, packs them
anew and launches more; nor which nodes were to go once others were there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kubestow.adapters.memory_note import memory_note, memory_of
from kubestow.model.memory import Memory

_FRESH_SECONDS = 60


@dataclass(slots=True)
class Handover:
    """``now`` returns the time in seconds since 1970. It may be lost at any time."""

    now: Callable[[], int]
    text: str = ""
    """What is left to the next; empty while there is nothing to leave."""
    _taken: str = ""

    def leave(self, memory: Memory | None) -> None:
        """Leave a memory, or none."""
        note = "" if memory is None else memory_note(memory)
        self.text = f"{self.now()} {note}" if note else ""

    def take(self, text: str) -> None:
        """Take what the last one has left."""
        self._taken = text

    def taken(self) -> Memory | None:
        """Return the memory that was taken, once; None where it was not left a moment ago."""
        (at, _, note), self._taken = self._taken.partition(" "), ""
        is_fresh = at.isascii() and at.isdecimal() and abs(self.now() - int(at)) <= _FRESH_SECONDS
        return memory_of(note) if is_fresh else None
