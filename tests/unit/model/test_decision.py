import pytest

from kubestow.model import decision
from kubestow.model.decision import VOLUNTARY, Decision


@pytest.mark.parametrize(
    ("reason", "is_voluntary"),
    [
        (decision.EMPTY, True),
        (decision.UNDERUTILIZED, True),
        (decision.DRIFTED, True),
        (decision.REBALANCED, True),
        (decision.EXPIRED, False),
        (decision.INTERRUPTED, False),
        (decision.NOT_REGISTERED, False),
        (decision.PROVISIONING, False),
    ],
)
def test_budgets_hold_back_voluntary_disruption_alone(reason: str, is_voluntary: bool) -> None:
    assert (reason in VOLUNTARY) is is_voluntary


def test_a_decision_to_do_nothing_asks_for_no_second_look() -> None:
    assert Decision().actions == ()
    assert Decision().look_again_at is None
