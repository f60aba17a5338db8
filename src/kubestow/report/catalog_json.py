"""The catalog as JSON documents of a stable shape: InstanceType and InstanceTypeList.

Law: the documents of docs/schema, built from catalog values alone; the text report is a rendering
of them, so that the two cannot disagree. Prices carry their source, and whether they are an
estimate, wherever they appear.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kubestow.catalog.density import ebs_volume_slots, max_pods
from kubestow.catalog.node_labels import instance_type_labels
from kubestow.catalog.overhead import allocatable
from kubestow.model.currency import USD, rounded_to_minor_unit
from kubestow.model.instance_type import (
    NANO_USD,
    ON_DEMAND,
    SPOT,
    Catalog,
    Device,
    InstanceType,
    Price,
)
from kubestow.model.resources import (
    CPU,
    EBS_VOLUMES,
    EPHEMERAL_STORAGE,
    MEMORY,
    PODS,
    format_amount,
)
from kubestow.views.settings import Settings

API_VERSION = "kubestow.dev/v1alpha1"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", re.ASCII)
_ALWAYS_ALLOCATABLE = (CPU, MEMORY, EPHEMERAL_STORAGE, PODS)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TypeOffers:
    """Where one instance type is sold, and for how much."""

    zones: tuple[str, ...]
    on_demand: Price | None
    spot: tuple[tuple[str, Price | None], ...]

    def lowest(self, capacity_type: str, zone: str | None = None) -> Price | None:
        """Return the lowest known price under a capacity type, in that zone or in any."""
        if capacity_type == ON_DEMAND:
            return self.on_demand
        known = [p for name, p in self.spot if p is not None and zone in (None, name)]
        return min(known, key=lambda price: price.nano_usd_per_hour, default=None)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which instance types a list shows, in which order, and whose prices."""

    names: tuple[str, ...]
    capacity_type: str = ON_DEMAND
    zone: str | None = None


def offers_by_type(catalog: Catalog) -> dict[str, TypeOffers]:
    """Return every instance type's offers, zones in the catalog's order."""
    zones: dict[str, dict[str, None]] = {name: {} for name in catalog.instance_types}
    on_demand: dict[str, Price | None] = {}
    spot: dict[str, dict[str, Price | None]] = {name: {} for name in catalog.instance_types}
    for offering in catalog.offerings:
        name = offering.instance_type
        zones[name][offering.zone] = None
        if offering.capacity_type == SPOT:
            spot[name][offering.zone] = offering.price
        else:
            on_demand[name] = offering.price
    return {
        name: TypeOffers(tuple(zones[name]), on_demand.get(name), tuple(spot[name].items()))
        for name in catalog.instance_types
    }


def instance_type_document(catalog: Catalog, name: str, settings: Settings) -> Document:
    """Return the InstanceType document of one type of the catalog."""
    head = {"apiVersion": API_VERSION, "kind": "InstanceType"} | _context(catalog, settings)
    return head | _facts(catalog, name, offers_by_type(catalog)[name], settings)


def instance_type_list_document(catalog: Catalog, listing: Listing, settings: Settings) -> Document:
    """Return the InstanceTypeList document: its items carry the price the list is about."""
    offers = offers_by_type(catalog)
    items = [
        _facts(catalog, name, offers[name], settings)
        | {"price": _price(offers[name].lowest(listing.capacity_type, listing.zone), settings)}
        for name in listing.names
    ]
    head = {"apiVersion": API_VERSION, "kind": "InstanceTypeList"} | _context(catalog, settings)
    chosen = {"capacityType": listing.capacity_type, "zone": listing.zone}
    return head | chosen | {"items": items}


def _context(catalog: Catalog, settings: Settings) -> Document:
    return {
        "region": catalog.region,
        "sources": list(catalog.sources),
        "settings": {
            "amiFamily": settings.node_class.ami_family,
            "maxPods": settings.node_class.max_pods,
            "prefixDelegation": settings.networking.prefix_delegation,
            "customNetworking": settings.networking.custom_networking,
            "currency": settings.currency.code,
            "currencyPerUsd": settings.currency.rate,
            "hoursPerMonth": settings.hours_per_month,
        },
    }


def _facts(catalog: Catalog, name: str, offers: TypeOffers, settings: Settings) -> Document:
    found = catalog.instance_types[name]
    zone_ids = {zone.name: zone.zone_id for zone in catalog.zones}
    amounts = dict.fromkeys(_ALWAYS_ALLOCATABLE, 0)
    amounts |= dict(allocatable(found, settings.node_class, settings.networking))
    del amounts[EBS_VOLUMES]  # never zero, and a node reports it apart from its allocatable
    return {
        "name": found.name,
        "family": found.family,
        "architecture": found.architecture,
        "currentGeneration": found.current_generation,
        "bareMetal": found.bare_metal,
        "burstable": found.burstable,
        "hypervisor": found.hypervisor or None,
        "vcpu": found.vcpu,
        "memoryMib": found.memory_mib,
        "cpuManufacturer": found.cpu_manufacturer or None,
        "cpuSustainedMhz": found.cpu_sustained_mhz or None,
        "allocatable": {key: format_amount(key, amount) for key, amount in amounts.items()},
        "maxPods": max_pods(found, settings.node_class, settings.networking),
        "maxPodsFormula": max_pods_formula(found, settings),
        "network": {
            "interfaces": found.network_interfaces,
            "ipv4PerInterface": found.ipv4_per_interface,
            "mbps": found.network_mbps or None,
            "efaInterfaces": found.efa_interfaces,
        },
        "ebs": {
            "volumeSlots": ebs_volume_slots(found, settings.node_class),
            "mbps": found.ebs_mbps or None,
        },
        "nvmeGb": found.nvme_gb,
        "devices": _devices(found),
        "labels": dict(sorted(instance_type_labels(found).items())),
        "zones": [{"name": zone, "id": zone_ids[zone]} for zone in offers.zones],
        "prices": {
            "onDemand": _price(offers.on_demand, settings),
            "spot": [
                {"zone": zone, "price": _price(price, settings)} for zone, price in offers.spot
            ],
        },
        "interruption": catalog.interruption.get(name),
    }


def max_pods_formula(instance_type: InstanceType, settings: Settings) -> str:
    """Write out how many pods the interfaces have addresses for: 4 x (15 - 1) + 2 = 58."""
    pods = max_pods(instance_type, settings.node_class, settings.networking)
    if settings.node_class.max_pods is not None:
        return f"maxPods is set to {settings.node_class.max_pods}"
    interfaces, reserved = instance_type.network_interfaces, 0
    written = str(interfaces)
    if settings.networking.custom_networking:
        reserved, written = 1, f"({interfaces} - 1)"
    if interfaces - reserved <= 0:
        return "no network interface is left for pods = 0"
    written += f" x ({instance_type.ipv4_per_interface} - 1)"
    total = (interfaces - reserved) * (instance_type.ipv4_per_interface - 1)
    if settings.networking.prefix_delegation and instance_type.nitro:
        written += " x 16"
        total *= 16
    written += " + 2"
    return f"min({pods}, {written}) = {pods}" if pods < total + 2 else f"{written} = {pods}"


def _devices(instance_type: InstanceType) -> list[Document]:
    found = (("gpu", instance_type.gpu), ("accelerator", instance_type.accelerator))
    return [_device(kind, device) for kind, device in found if device is not None]


def _device(kind: str, device: Device) -> Document:
    return {
        "kind": kind,
        "name": device.name,
        "manufacturer": device.manufacturer,
        "count": device.count,
        "memoryMib": device.memory_mib or None,
        "cores": device.cores or None,
    }


def _price(price: Price | None, settings: Settings) -> Document | None:
    if price is None:
        return None
    hours = Decimal(repr(float(settings.hours_per_month)))
    usd_per_month = float(Decimal(price.nano_usd_per_hour) * hours / NANO_USD)
    document: Document = {
        "nanoUsdPerHour": price.nano_usd_per_hour,
        "usdPerHour": price.usd_per_hour,
        "usdPerMonth": usd_per_month,
        "source": price.source,
        "date": _date(price.source),
        "isEstimate": price.is_estimate,
    }
    if settings.currency.code != USD:
        local = settings.currency.from_usd(usd_per_month)
        rounded = rounded_to_minor_unit(local, settings.currency.code)
        whole = rounded == rounded.to_integral_value()
        document["currencyPerMonth"] = int(rounded) if whole else float(rounded)
    return document


def _date(source: str) -> str | None:
    found = _DATE.search(source)
    return found[0] if found else None
