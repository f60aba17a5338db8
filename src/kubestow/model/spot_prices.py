"""SpotPrices: how the prices of spot offerings change over time.

Instants are whole seconds, money is integer nano-USD per hour. Equal prices give equal
catalogs, wherever they are made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.model.instance_type import SPOT, Catalog, Offering, Price

STILL, SYNTHETIC, HISTORY = "still", "synthetic", "history"
Place = tuple[str, str]
"""A spot offering: instance type and zone."""
Moves = tuple[tuple[Place, tuple[tuple[int, int], ...]], ...]
"""For each offering, in order of time: from when on it has which hourly price."""

VOLATILITY = 0.15
"""The default volatility of synthetic prices: an assumption, not a measurement.

It is the long-run standard deviation of the price's logarithm around the catalog's price: two
thirds of the time the price is within about 15 % of it. AWS only says that spot prices move
slowly, with the long-term trends of supply and demand (aws.amazon.com/ec2/spot/pricing).
"""
_SOURCE = "as simulated"


@dataclass(frozen=True, slots=True)
class SpotPrices:
    """How spot prices change: not at all, by a synthetic process, or as in a history of the user.

    ``volatility`` is that of the synthetic process, ``file`` that of the history. The ``moves`` of
    a history that was just read have its own times; ``others`` counts entries that are not for
    Linux/UNIX.
    """

    kind: str = STILL
    volatility: float = 0.0
    file: str = ""
    moves: Moves = ()
    others: int = 0


STANDING = SpotPrices()
"""Prices that do not change."""


def repriced(catalog: Catalog, prices: Mapping[Place, int]) -> Catalog:
    """Return a catalog with other prices for some spot offerings."""

    def moved(item: Offering) -> Offering:
        if item.capacity_type != SPOT:
            return item
        nano = prices.get((item.instance_type, item.zone))
        if nano is None or (item.price is not None and item.price.nano_usd_per_hour == nano):
            return item
        if item.price is None:
            return replace(item, price=Price(nano, _SOURCE, is_estimate=True))
        price = replace(item.price, nano_usd_per_hour=nano, source=_SOURCE, is_estimate=True)
        return replace(item, price=price)

    return replace(
        catalog,
        offerings=tuple(map(moved, catalog.offerings)),
        listed=tuple(map(moved, catalog.listed)),
    )


def changed_prices(before: Catalog, after: Catalog) -> list[tuple[int, int]]:
    """Return the price changes between two catalogs, as small numbers that are cheap to store.

    Each is the distance to the previous changed offering, and the difference in price.
    """
    changes, last = [], 0
    pairs = zip(before.offerings, after.offerings, strict=True)
    for position, (old, new) in enumerate(pairs):
        if new is old or new == old or new.price is None:
            continue
        changes.append((position - last, new.price.nano_usd_per_hour - _nano(old)))
        last = position
    return changes


def with_changes(catalog: Catalog, changes: Iterable[tuple[int, int]]) -> Catalog:
    """Return the catalog that ``changed_prices`` compared with this one."""
    prices, position = {}, 0
    for gap, dearer in changes:
        position += gap
        item = catalog.offerings[position]
        prices[item.instance_type, item.zone] = _nano(item) + dearer
    return repriced(catalog, prices)


def _nano(item: Offering) -> int:
    return 0 if item.price is None else item.price.nano_usd_per_hour
