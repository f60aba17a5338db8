"""SpotPricesView: how the prices of spot offerings moved in a simulation."""

from typing import Annotated

from msgspec import Meta

from kubestow.model.spot_prices import HISTORY, STILL, SYNTHETIC, SpotPrices
from kubestow.views.view import View, one_of


class SpotPricesView(View, frozen=True):
    """How the prices of spot offerings moved."""

    kind: Annotated[str, one_of(STILL, SYNTHETIC, HISTORY)]
    is_synthetic: Annotated[
        bool, Meta(description="True if the prices are generated from the seed and are not AWS's.")
    ]
    volatility: Annotated[
        float | None,
        Meta(
            description="For synthetic prices: the long-run standard deviation of their logarithm."
        ),
    ]
    file: Annotated[str | None, Meta(description="The file with the price history.")]


def spot_prices_view(prices: SpotPrices) -> SpotPricesView:
    """Return the view of how spot prices moved."""
    is_synthetic = prices.kind == SYNTHETIC
    return SpotPricesView(
        kind=prices.kind,
        is_synthetic=is_synthetic,
        volatility=prices.volatility if is_synthetic else None,
        file=prices.file if prices.kind == HISTORY else None,
    )
