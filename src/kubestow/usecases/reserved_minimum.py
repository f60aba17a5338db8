"""The minimum of an advice with reservations: what any fleet costs, whichever nodes they pay for.

A reservation of r nodes of a type that cost p on demand leaves max(0, n - r) of n nodes to be paid,
so such nodes cost at least m * (n - r) for every m from 0 to p. The bound of fleets in which the
type costs m, less m for every reserved node, is therefore a bound of what is paid, and the nearer m
is to what such a node is worth to these pods, the better it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubestow.model.costs import Reservation
from kubestow.model.instance_type import SPOT, Catalog, Offering
from kubestow.model.survey import SurveyedNode


def list_prices(
    reservations: Iterable[Reservation], catalog: Catalog, *, highest: bool
) -> dict[str, int]:
    """Return the price on demand of each reserved type, its highest or lowest of all zones."""
    types = {item.instance_type for item in reservations}
    found: dict[str, int] = {}
    for (name, _, capacity), price in catalog.prices().items():
        if name in types and capacity != SPOT:
            known = found.get(name, price)
            found[name] = max(known, price) if highest else min(known, price)
    return found


def worth(
    prices: Mapping[str, int], reservations: Iterable[Reservation], saved: int
) -> dict[str, int]:
    """Return what a node of each reserved type is worth where all of them save so much.

    That is the same share of each price, and at most the price.
    """
    most = paid_at_most(reservations, prices)
    return {
        name: min(price, max(1, price * saved // most)) if most else price
        for name, price in prices.items()
    }


def priced_at(catalog: Catalog, prices: Mapping[str, int]) -> Catalog:
    """Return the catalog in which types cost this on demand."""

    def own(offering: Offering) -> Offering:
        nano, price = prices.get(offering.instance_type), offering.price
        if nano is None or price is None or offering.capacity_type == SPOT:
            return offering
        return replace(offering, price=replace(price, nano_usd_per_hour=nano, extras=()))

    return replace(
        catalog,
        offerings=tuple(map(own, catalog.offerings)),
        listed=tuple(map(own, catalog.listed)),
    )


def at_least(
    bound: int,
    staying: Iterable[SurveyedNode],
    reservations: Iterable[Reservation],
    prices: Mapping[str, int],
) -> int:
    """Return what is paid at least beside what is committed.

    ``bound`` is of new nodes, and reserved types cost ``prices`` in it; all others are ``staying``.
    """
    rest = 0
    for node in staying:
        price = node.unreserved or 0
        if node.capacity_type != SPOT and node.instance_type in prices:
            price = min(price, prices[node.instance_type] + node.beside)
        rest += price
    return bound + rest - paid_at_most(reservations, prices)


def paid_at_most(reservations: Iterable[Reservation], prices: Mapping[str, int]) -> int:
    """Return what reservations pay at most where their types cost ``prices``."""
    return sum(item.count * prices.get(item.instance_type, 0) for item in reservations)
