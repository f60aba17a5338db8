"""How spot prices moved: a volatility only of synthetic ones, a file only of a history."""

import pytest

from kubestow.model.spot_prices import HISTORY, STANDING, SYNTHETIC, SpotPrices
from kubestow.views.spot_prices_view import spot_prices_view


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        (STANDING, (False, None, None)),
        (SpotPrices(SYNTHETIC, 0.2), (True, 0.2, None)),
        (SpotPrices(HISTORY, file="h.json"), (False, None, "h.json")),
    ],
)
def test_only_what_belongs_to_a_kind_is_said(
    prices: SpotPrices, expected: tuple[bool, float | None, str | None]
) -> None:
    view = spot_prices_view(prices)
    assert view.kind == prices.kind
    assert (view.is_synthetic, view.volatility, view.file) == expected
