"""Playback: a run that broke off goes on: its decisions are made again without asking the policy.

Law: what a policy remembered after a decision is the memory that the next one was made from, so the
last decision of a record is made by the policy once more. The journal sees that each comes from the
same state as before (adapters.journal_file).
"""

from collections.abc import Iterator

from kubestow.model.decision import Decision
from kubestow.model.memory import Made, Memory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy


class Playback(Delegating):
    """A policy that first decides as it is known to have decided."""

    def __init__(self, policy: Policy, made: Iterator[Made]) -> None:
        self.policy, self._made = policy, made
        self._now = next(made, None)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return the decision that was made, as long as there is one after it."""
        now = self._now
        if now is not None:
            self._now = next(self._made, None)
            if self._now is not None:
                return now[1], self._now[0]
        return self.policy.decide(snapshot, memory, reporter)
