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
    """An autoscaler. What it works out again and again it may keep, so it belongs to one thread."""

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


class Delegating:
    """A policy in the name of another, ``policy``: only how it decides is its own."""

    __slots__ = ()
    policy: Policy

    @property
    def name(self) -> str:
        """The other policy's name."""
        return self.policy.name

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """What the other policy may launch."""
        return self.policy.pools

    @property
    def period_seconds(self) -> int:
        """How often the other policy looks."""
        return self.policy.period_seconds
