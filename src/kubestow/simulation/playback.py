"""Playback: an interrupted run continues by replaying its decisions without asking the policy.

A decision's resulting memory is the one that the next decision was made from, so the policy repeats
the last recorded decision. The journal checks that each decision has the same input as before
(adapters.journal_file).
"""

from collections.abc import Iterator

from kubestow.model.decision import Decision
from kubestow.model.memory import Made, Memory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.policy import Delegating, Policy


class Playback(Delegating):
    """A policy that first repeats its recorded decisions."""

    def __init__(self, policy: Policy, made: Iterator[Made]) -> None:
        self.policy, self._made = policy, made
        self._now = next(made, None)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return the recorded decision, as long as another one follows it."""
        now = self._now
        if now is not None:
            self._now = next(self._made, None)
            if self._now is not None:
                return now[1], self._now[0]
        return self.policy.decide(snapshot, memory, reporter)
