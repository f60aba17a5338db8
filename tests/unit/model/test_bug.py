import pytest

from kubestow.model.bug import BrokenRunError, BugError, RefusedPlanError
from kubestow.model.plan import LowerBound, Plan
from kubestow.model.violation import Violation
from kubestow.testing import snapshot

PLAN = Plan("test-1", (), (), LowerBound(0, "L1"))
CPU = Violation("NodeResourcesFit", "node-1", "cpu")
PORT = Violation("NodePorts", "node-2", "port")


@pytest.mark.parametrize(
    ("violations", "title", "parts"),
    [
        ((CPU,), "", ("1 rule ", "NodeResourcesFit", "node-1")),
        ((CPU, PORT), "", ("2 rules ", "NodeResourcesFit", "node-1")),
        ((PORT, CPU), "Karpenter", ("Karpenter: ", "2 rules ", "NodePorts", "node-2")),
    ],
)
def test_a_refused_plan_counts_its_violations_and_shows_the_first(
    violations: tuple[Violation, ...], title: str, parts: tuple[str, ...]
) -> None:
    message = str(RefusedPlanError(snapshot(), PLAN, violations, title))
    assert all(part in message for part in parts)
    assert violations[-1] is violations[0] or violations[-1].rule not in message


def test_a_refused_plan_carries_what_a_report_of_it_needs() -> None:
    seen = snapshot()
    error = RefusedPlanError(seen, PLAN, [CPU])
    assert (error.snapshot, error.plan, error.violations) == (seen, PLAN, (CPU,))


def test_a_broken_run_names_the_policy_that_was_simulated() -> None:
    error = BrokenRunError("optimal", "a pod on two nodes")
    assert isinstance(error, BugError)
    assert error.policy == "optimal"
    assert str(error) == "optimal: a pod on two nodes"
