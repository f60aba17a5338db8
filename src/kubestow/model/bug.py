"""A mistake of ours: a result that kubestow's own checks refuse, and that no user may see."""

from collections.abc import Sequence

from kubestow.model.plan import Plan
from kubestow.model.snapshot import Snapshot
from kubestow.model.violation import Violation


class BugError(Exception):
    """kubestow's own checks refused a result; the message says what is wrong with it."""


class BrokenRunError(BugError):
    """A simulation broke an invariant; ``policy`` is the one that was being simulated."""

    def __init__(self, policy: str, message: str) -> None:
        super().__init__(f"{policy}: {message}")
        self.policy = policy


class RefusedPlanError(BugError):
    """The judge refused a plan, which is kept here with all that is needed to report it."""

    def __init__(
        self, snapshot: Snapshot, plan: Plan, violations: Sequence[Violation], title: str = ""
    ) -> None:
        where = f"{title}: " if title else ""
        rules = "1 rule" if len(violations) == 1 else f"{len(violations)} rules"
        first = violations[0]
        super().__init__(
            f"{where}the plan breaks {rules} of kubestow's own judge: "
            f"{first.rule}: {first.subject}: {first.detail}"
        )
        self.snapshot, self.plan, self.violations = snapshot, plan, tuple(violations)
