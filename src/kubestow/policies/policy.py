"""Policy: a whole autoscaler as one function of what is observed and remembered.

Pure. The same snapshot and memory give the same decision; everything else a policy needs
to know is in the memory that it returns.
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
        """The name of the policy, as in ``--policy``."""

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """The NodePools it may launch from."""

    @property
    def period_seconds(self) -> int:
        """The least time between two decisions."""

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""


class Delegating:
    """A policy that stands in for another, ``policy``, and decides in its own way."""

    __slots__ = ()
    policy: Policy

    @property
    def name(self) -> str:
        """The other policy's name."""
        return self.policy.name

    @property
    def pools(self) -> tuple[NodePool, ...]:
        """The other policy's NodePools."""
        return self.policy.pools

    @property
    def period_seconds(self) -> int:
        """The other policy's period."""
        return self.policy.period_seconds
