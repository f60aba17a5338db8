"""Playback: recorded decisions repeated without asking the policy, so that a run can be resumed.

What a policy remembers after a decision is the memory that the next one was made from, so the
policy makes the last recorded decision once more. The journal checks that each decision is made
from the same snapshot as before (adapters.journal_file).
"""

from collections.abc import Iterator

from kubestow.model.decision import Decision
from kubestow.model.memory import Memory, RecordedDecision
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy


class Playback(Delegating):
    """A policy that first repeats what was recorded."""

    def __init__(self, policy: Policy, recorded: Iterator[RecordedDecision]) -> None:
        self.policy, self._recorded = policy, recorded
        self._next = next(recorded, None)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return the recorded decision if another follows it, which says what was remembered."""
        current = self._next
        if current is not None:
            self._next = next(self._recorded, None)
            if self._next is not None:
                return current.decision, self._next.memory
        return self.policy.decide(snapshot, memory, reporter)
