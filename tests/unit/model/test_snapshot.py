from dataclasses import FrozenInstanceError

import pytest

from kubestow.model.snapshot import DisruptionBudget
from kubestow.testing import pod, snapshot


def test_a_snapshot_cannot_change_under_a_plan_made_from_it() -> None:
    seen = snapshot([pod("web")])
    with pytest.raises(FrozenInstanceError):
        seen.at = 5  # type: ignore[misc] # what must fail
    with pytest.raises(FrozenInstanceError):
        seen.cluster.pods = ()  # type: ignore[misc] # what must fail


def test_a_disruption_budget_allows_nothing_until_its_status_says_so() -> None:
    assert DisruptionBudget("shop", "web").allowed == 0
