"""Policy: a whole autoscaler as one function of what is observed and remembered.

Law: pure. The same snapshot and memory give the same decision; all that a policy must know beyond
the snapshot is in the memory that it returns.
"""

from typing import Protocol

from kubestow.model.decision import Decision
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot


class Policy(Protocol):
    """An autoscaler."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """What it may launch."""

    @property
    def period_seconds(self) -> int:
        """How often it looks, at most."""

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
