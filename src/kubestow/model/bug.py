"""Bugs of kubestow: results that its own checks reject and that must not be shown."""

from collections.abc import Sequence

from kubestow.model.counted import counted
from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation


class BugError(Exception):
    """kubestow's own checks rejected a result; the message says why."""


class BrokenRunError(BugError):
    """A simulation broke an invariant; ``policy`` is the simulated policy."""

    def __init__(self, policy: str, message: str) -> None:
        super().__init__(f"{policy}: {message}")
        self.policy = policy


class RefusedPlanError(BugError):
    """The judge rejected a plan; everything needed for a bug report is attached."""

    def __init__(
        self, snapshot: Snapshot, plan: Plan, violations: Sequence[Violation], title: str = ""
    ) -> None:
        where = f"{title}: " if title else ""
        rules = counted(len(violations), "rule")
        first = violations[0]
        super().__init__(
            f"{where}the plan violates {rules} of kubestow's own judge: "
            f"{first.rule}: {first.subject}: {first.detail}"
        )
        self.snapshot, self.plan, self.violations = snapshot, plan, tuple(violations)
