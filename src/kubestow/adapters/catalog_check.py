"""Is a refreshed catalog whole and possible?

The file is in a directory of the user's, and may be cut short, edited or of another program. Only
what a refresh can have written is planned with.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import fields

from kubestow.adapters.catalog_offers import CatalogOffer, RegionFile
from kubestow.model.instance_type import NANO_USD, Device, InstanceType

_USD_MAX = 10_000  # an hour; the dearest instance costs 407
_NUMBER_MAX = 2**40
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9-]+", re.ASCII)
_ARCHITECTURES = ("amd64", "arm64")


def catalog_faults(content: RegionFile, region: str, embedded: Container[str]) -> Iterator[str]:
    """Yield what is wrong with a region's file; ``embedded`` are the types the package knows."""
    if content.region != region:
        yield f"it is of region {content.region!r}, not {region}"
    names = [name for name, _ in content.zones]
    if not names or len(set(names)) < len(names):
        yield "it has no zones, or one twice"
    for name in names:
        if not name.startswith(region):
            yield f"zone {name!r} is not in {region}"
    own = {item.name for item in content.instance_types}
    for item in content.instance_types:
        yield from _type_faults(item)
    offered = [offer.type for offer in content.offers]
    if not offered or len(set(offered)) < len(offered):
        yield "it offers no instance types, or one twice"
    for offer in content.offers:
        if offer.type not in (own or embedded):
            yield f"instance type {offer.type!r} is offered and not described"
        yield from _offer_faults(offer, len(names))
    for service in content.service_prices:
        if not 0 <= service.usd <= _USD_MAX:
            yield f"the price of {service.item!r} is out of range"


def _type_faults(item: InstanceType) -> Iterator[str]:
    if not _NAME.fullmatch(item.name):
        yield f"{item.name!r} is not the name of an instance type"
    if item.architecture not in _ARCHITECTURES or item.vcpu < 1 or item.memory_mib < 1:
        yield f"instance type {item.name!r} has no architecture, vCPUs or memory"
    parts: list[InstanceType | Device] = [item]
    parts += [device for device in (item.gpu, item.accelerator) if device is not None]
    for part in parts:
        for field in fields(part):
            number = getattr(part, field.name)
            if isinstance(number, int) and not 0 <= number < _NUMBER_MAX:
                yield f"instance type {item.name!r}: {field.name} is out of range"


def _offer_faults(offer: CatalogOffer, zones: int) -> Iterator[str]:
    if not all(0 <= zone < zones for zone in offer.zones):
        yield f"instance type {offer.type!r} is offered in a zone that does not exist"
    if len(offer.spot) not in (0, 1, len(offer.zones)):
        yield f"instance type {offer.type!r} has spot prices for some of its zones only"
    for price in (offer.on_demand, *offer.spot):
        if price is not None and not 0 < price <= _USD_MAX * NANO_USD:
            yield f"the price of instance type {offer.type!r} is out of range"
