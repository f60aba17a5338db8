import pytest

from kubestow.model.currency import Currency
from kubestow.views.settings import Settings
from kubestow.views.shared import LocalCostView, local_cost_view


def test_usd_has_no_local_cost() -> None:
    assert local_cost_view(10.0, Settings()) is None


@pytest.mark.parametrize(("code", "per_month"), [("KRW", 13915.0), ("EUR", 13915.43)])
def test_a_local_cost_is_rounded_to_the_minor_unit(code: str, per_month: float) -> None:
    settings = Settings(currency=Currency(code, 1391.543))
    assert local_cost_view(10.0, settings) == LocalCostView(code, 1391.543, per_month)
