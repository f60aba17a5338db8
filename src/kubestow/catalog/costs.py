"""A catalog with the prices of a costs file: overrides first, then extras.

Applied once, before planning; later stages do not know about costs files. A price lists what
went into it, and is an estimate if any part of it is.
"""

from collections.abc import Mapping
from dataclasses import replace

from kubestow.catalog.node_labels import instance_type_labels, placed_labels
from kubestow.model.costs import Costs, Extra, Match, Override, Reservation
from kubestow.model.instance_type import ON_DEMAND, Catalog, Price

_WHOLE = 10**9


def with_costs(catalog: Catalog, costs: Costs) -> Catalog:
    """Return the catalog with the costs applied to the price of every matching offering."""
    zone_ids = {zone.name: zone.zone_id for zone in catalog.zones}
    type_labels = {n: instance_type_labels(t) for n, t in catalog.instance_types.items()}
    offerings = []
    for offering in catalog.offerings:
        labels = placed_labels(
            type_labels[offering.instance_type],
            catalog.region,
            offering.zone,
            zone_ids[offering.zone],
            offering.capacity_type,
        )
        price = _overridden(offering.price, costs, labels)
        if price is not None:
            extras = [extra for extra in costs.extras if _matches(extra.match, labels)]
            price = _with_extras(price, extras, catalog.instance_types[offering.instance_type].vcpu)
        offerings.append(replace(offering, price=price))
    names = ", ".join(entry.name for entry in costs.entries)
    sources = (*catalog.sources, f"{costs.file} ({names})") if names else catalog.sources
    costs = replace(costs, reservations=tuple(_priced(r, catalog) for r in costs.reservations))
    return replace(catalog, offerings=tuple(offerings), sources=sources, costs=costs)


def without_effect(catalog: Catalog) -> tuple[str, ...]:
    """Return the names of costs that apply to no price of the catalog."""
    if catalog.costs is None:
        return ()
    used: set[str] = set()
    for offering in catalog.offerings:
        if offering.price is not None:
            used.add(offering.price.override)
            used.update(name for name, _ in offering.price.extras)
    return tuple(entry.name for entry in catalog.costs.entries if entry.name not in used)


def _priced(reservation: Reservation, catalog: Catalog) -> Reservation:
    """Return a reservation with its type's list price, unless it states a price."""
    if reservation.nano_usd_per_hour is not None:
        return reservation
    own = (reservation.instance_type, ON_DEMAND)
    for item in catalog.offerings:
        here = item.zone == (reservation.zone or item.zone)
        if (item.instance_type, item.capacity_type) == own and here and item.price is not None:
            source = f"list price: {item.price.source}"
            nano = item.price.nano_usd_per_hour
            return replace(reservation, nano_usd_per_hour=nano, source=source)
    return reservation


def _matches(match: Match, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) in values for key, values in match)


def _overridden(price: Price | None, costs: Costs, labels: Mapping[str, str]) -> Price | None:
    """Return the instance price of the last override that matches."""
    override = next((o for o in reversed(costs.overrides) if _matches(o.match, labels)), None)
    if override is None:
        return price
    if override.nano_usd_per_hour is not None:
        return Price(
            override.nano_usd_per_hour,
            f"{override.name} ({override.source})",
            override.is_estimate,
            override=override.name,
            listed=None if price is None else price.nano_usd_per_hour,
        )
    return None if price is None else _discounted(price, override)


def _discounted(price: Price, override: Override) -> Price:
    """Return the list price less the discount, rounded up so that it is never zero."""
    left = price.nano_usd_per_hour * (_WHOLE - override.discount_billionths)
    percent = f"{override.discount_billionths / 10**7:g} %"
    return Price(
        -(-left // _WHOLE),
        f"{price.source}, less {percent}: {override.name} ({override.source})",
        price.is_estimate or override.is_estimate,
        override=override.name,
        listed=price.nano_usd_per_hour,
    )


def _with_extras(price: Price, extras: list[Extra], vcpu: int) -> Price:
    if not extras:
        return price
    amounts = tuple(
        (extra.name, extra.nano_usd_per_hour * (vcpu if extra.per_vcpu else 1)) for extra in extras
    )
    return replace(
        price,
        nano_usd_per_hour=price.nano_usd_per_hour + sum(nano for _, nano in amounts),
        source=f"{price.source}; plus {', '.join(name for name, _ in amounts)}",
        is_estimate=price.is_estimate or any(extra.is_estimate for extra in extras),
        extras=amounts,
    )
