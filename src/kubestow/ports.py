"""Ports: the interfaces the control loop depends on: a world, a clock and a journal.

Protocols only. A world is observed as a whole, so that a missed event corrupts nothing.
"""

from typing import Protocol

from kubestow.model.decision import Decision, Outcome
from kubestow.model.memory import Memory
from kubestow.model.snapshot import Snapshot

IDLE_SECONDS, BATCH_SECONDS = 1, 30
"""Pods that come together are decided about together, where the policy does not gather them itself:
a wait ends when none has come for so long, or after so long.

Karpenter's batcher waits for ten seconds at most (kubernetes-sigs/karpenter v1.14
pkg/controllers/provisioning/batcher.go); what comes later is packed beside nodes that are chosen
already, which costs more than the wait.
"""


class World(Protocol):
    """A cluster and its cloud."""

    def observe(self) -> Snapshot:
        """Return the current snapshot."""

    def execute(self, decision: Decision) -> tuple[Outcome, ...]:
        """Execute a decision; return the outcomes of this and of earlier actions."""


class Clock(Protocol):
    """Time in whole seconds, UTC."""

    def now(self) -> int:
        """Return the current instant."""

    def wait(self, seconds: int, until: int | None) -> bool:
        """Wait ``seconds``, then until something happens or ``until`` is reached.

        Return False when the clock ends.
        """

    def gathers_more(self) -> bool:
        """Return whether more pods have come that should be decided about together with the last.

        Whoever ends a wait early, to have something decided meanwhile, answers here: then that is
        decided anew after another wait, which is not ended early.
        """


class Journal(Protocol):
    """A record of decisions."""

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Record a decision and its input."""


class NoJournal:
    """A journal that records nothing."""

    def record(self, snapshot: Snapshot, memory: Memory, decision: Decision) -> None:
        """Do nothing."""
