"""Ports: what the loop needs of the outside: a world, a clock and a journal.

Law: protocols only. A world says all there is to see at once; a missed event corrupts nothing.
"""

from typing import Protocol

from kubestow.model.decision import Decision, Outcome
from kubestow.model.memory import Memory
from kubestow.model.snapshot import Snapshot


class World(Protocol):
    """A cluster and its cloud."""

    def observe(self) -> Snapshot:
        """Return everything there is to see now."""

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Carry out a decision; return what has become of this and of earlier actions."""


class Clock(Protocol):
    """Time, in whole seconds (UTC)."""

    def now(self) -> int:
        """Return the instant."""

    def wait(self, seconds: int, until: int | None) -> bool:
        """Wait ``seconds``, then until something happens or it is ``until``.

        Return False when there is no more time.
        """


class Journal(Protocol):
    """Where decisions are written down."""

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Write down a decision with what it was made from."""


class NoJournal:
    """Writes nothing."""

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Forget the decision."""
