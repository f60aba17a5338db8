"""PodDisruptionBudgets as the disruption controller reads them."""

import pytest

from kubestow.model.setup import Budget
from kubestow.preflight.budgets import allowed, amount, selects
from kubestow.testing import selector

from .builders import subject, workload


@pytest.mark.parametrize(
    ("text", "pods", "meaning"),
    [("2", 10, 2), ("50%", 7, 4), ("25%", 2, 1), ("0%", 9, 0), ("100%", 3, 3)],
)
def test_a_percentage_is_rounded_up(text: str, pods: int, meaning: int) -> None:
    assert amount(text, pods) == meaning


def test_what_may_be_evicted() -> None:
    own = subject("PodDisruptionBudget", "web")
    assert allowed(Budget(own, selector(), "2"), 3) == 1
    assert allowed(Budget(own, selector(), "5"), 3) == 0
    assert allowed(Budget(own, selector(), None, "1"), 3) == 1
    assert allowed(Budget(own, selector()), 3) == 3


def test_a_budget_covers_its_own_namespace_only_and_an_empty_selector_all_of_it() -> None:
    web = workload()
    assert selects(Budget(subject("PodDisruptionBudget", "a"), selector(app="web")), web)
    assert selects(Budget(subject("PodDisruptionBudget", "a"), selector()), web)
    assert not selects(Budget(subject("PodDisruptionBudget", "a"), None), web)
    assert not selects(Budget(subject("PodDisruptionBudget", "a", "other"), selector()), web)
