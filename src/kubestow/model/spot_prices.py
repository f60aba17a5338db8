"""Spot prices that move: when the price of each spot offering changes, and a catalog of a moment.

Law: values only; instants are whole seconds, money integer nano-USD an hour. Equal prices give
equal catalogs, wherever they are made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.model.instance_type import SPOT, Catalog, Offering, Price

STILL, SYNTHETIC, HISTORY = "still", "synthetic", "history"
Place = tuple[str, str]
"""A spot offering: instance type and zone."""
Moves = tuple[tuple[Place, tuple[tuple[int, int], ...]], ...]
"""For each offering, in order, from which instant on it costs how much an hour."""

VOLATILITY = 0.15
"""How far a synthetic price strays, where nothing is said: an assumption, not a measurement.

It is the standard deviation of the price's logarithm about the catalog's price, in the long run:
two thirds of the time within about 15 % of it. AWS only says that spot prices move slowly, with
the long-term trends of supply and demand (aws.amazon.com/ec2/spot/pricing).
"""
_SOURCE = "as simulated"


@dataclass(frozen=True, slots=True)
class SpotPrices:
    """How spot prices move: not at all, by a synthetic process or as a history of the user's says.

    ``volatility`` is the synthetic process's, ``file`` the history's. ``moves`` of a history as it
    was read are in its own time; ``others`` counts entries that are not for Linux/UNIX.
    """

    kind: str = STILL
    volatility: float = 0.0
    file: str = ""
    moves: Moves = ()
    others: int = 0


STANDING = SpotPrices()
"""Prices that do not move."""


def repriced(catalog: Catalog, prices: Mapping[Place, int]) -> Catalog:
    """Return a catalog in which some spot offerings cost something else."""

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
    """Return in which prices a catalog differs from the one before: small numbers, cheap to keep.

    Each is how many offerings after the last one, and how much dearer than before it is.
    """
    found, last = [], 0
    pairs = zip(before.offerings, after.offerings, strict=True)
    for position, (old, new) in enumerate(pairs):
        if new is old or new == old or new.price is None:
            continue
        found.append((position - last, new.price.nano_usd_per_hour - _nano(old)))
        last = position
    return found


def with_changes(catalog: Catalog, changes: Iterable[tuple[int, int]]) -> Catalog:
    """Return the catalog that ``changed_prices`` compared with this one."""
    found, position = {}, 0
    for gap, dearer in changes:
        position += gap
        item = catalog.offerings[position]
        found[item.instance_type, item.zone] = _nano(item) + dearer
    return repriced(catalog, found)


def _nano(item: Offering) -> int:
    return 0 if item.price is None else item.price.nano_usd_per_hour
