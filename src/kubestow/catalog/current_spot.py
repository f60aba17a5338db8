"""Spot prices as they are now, in a catalog whose spot prices are of another day."""

from collections.abc import Mapping
from dataclasses import replace

from kubestow.model.instance_type import SPOT, Catalog, Offering, Price
from kubestow.model.spot_prices import Place


def with_current_spot(catalog: Catalog, prices: Mapping[Place, int], source: str) -> Catalog:
    """Return the catalog with the current prices, in nano-USD an hour, of its spot offerings.

    What a node costs beside its instance stays part of the price; own prices of the user's stay as
    they are. Offerings without a current price keep theirs.
    """

    def now(item: Offering) -> Offering:
        nano = prices.get((item.instance_type, item.zone))
        if item.capacity_type != SPOT or nano is None:
            return item
        before = item.price
        if before is None:
            return replace(item, price=Price(nano, source))
        if before.override:
            return replace(item, price=replace(before, listed=nano))
        beside = before.nano_usd_per_hour - before.instance_nano_usd_per_hour
        price = replace(
            before, nano_usd_per_hour=nano + beside, source=source, is_estimate=False
        )  # fmt: skip
        return replace(item, price=price)

    return replace(
        catalog,
        offerings=tuple(map(now, catalog.offerings)),
        listed=tuple(map(now, catalog.listed)),
        sources=(*catalog.sources, source),
    )
