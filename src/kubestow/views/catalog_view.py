"""Instance types as views: the facts, what is allocatable, and prices with their sources."""

import re
from dataclasses import dataclass
from decimal import Decimal

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict

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
from kubestow.views.instance_type_view import (
    CatalogSettingsView,
    DeviceView,
    EbsView,
    InstanceTypeFacts,
    InstanceTypeListView,
    InstanceTypeView,
    ListedInstanceTypeView,
    NetworkView,
    PricesView,
    PriceView,
    SpotPriceView,
    ZoneView,
)
from kubestow.views.settings import Settings
from kubestow.views.view import API_VERSION

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", re.ASCII)
_ALWAYS_ALLOCATABLE = (CPU, MEMORY, EPHEMERAL_STORAGE, PODS)


@dataclass(frozen=True, slots=True)
class TypeOffers:
    """The zones and prices of one instance type."""

    zones: tuple[str, ...]
    on_demand: Price | None
    spot: tuple[tuple[str, Price | None], ...]

    def lowest(self, capacity_type: str, zone: str | None = None) -> Price | None:
        """Return the lowest known price for a capacity type, in that zone or in any."""
        if capacity_type == ON_DEMAND:
            return self.on_demand
        prices = [p for name, p in self.spot if p is not None and zone in (None, name)]
        return min(prices, key=lambda price: price.nano_usd_per_hour, default=None)


@dataclass(frozen=True, slots=True)
class Listing:
    """The instance types of a list, in order, and the capacity type and zone of their prices."""

    names: tuple[str, ...]
    capacity_type: str = ON_DEMAND
    zone: str | None = None


def offers_by_type(catalog: Catalog) -> dict[str, TypeOffers]:
    """Return the offers of every instance type, with zones in the catalog's order."""
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


def instance_type_view(catalog: Catalog, name: str, settings: Settings) -> InstanceTypeView:
    """Return the view of one type of the catalog."""
    return InstanceTypeView(
        api_version=API_VERSION,
        kind="InstanceType",
        region=catalog.region,
        sources=catalog.sources,
        settings=_settings(settings),
        **asdict(_facts(catalog, name, offers_by_type(catalog)[name], settings)),
    )


def instance_type_list_view(
    catalog: Catalog, listing: Listing, settings: Settings
) -> InstanceTypeListView:
    """Return the view of a list; each item has the price of the list's capacity type and zone."""
    offers = offers_by_type(catalog)
    return InstanceTypeListView(
        region=catalog.region,
        sources=catalog.sources,
        settings=_settings(settings),
        capacity_type=listing.capacity_type,
        zone=listing.zone,
        items=tuple(
            ListedInstanceTypeView(
                price=_price(offers[name].lowest(listing.capacity_type, listing.zone), settings),
                **asdict(_facts(catalog, name, offers[name], settings)),
            )
            for name in listing.names
        ),
    )


def _settings(settings: Settings) -> CatalogSettingsView:
    return CatalogSettingsView(
        ami_family=settings.node_class.ami_family,
        max_pods=settings.node_class.max_pods,
        prefix_delegation=settings.networking.prefix_delegation,
        custom_networking=settings.networking.custom_networking,
        currency=settings.currency.code,
        currency_per_usd=settings.currency.rate,
        hours_per_month=settings.hours_per_month,
    )


def _facts(
    catalog: Catalog, name: str, offers: TypeOffers, settings: Settings
) -> InstanceTypeFacts:
    instance_type = catalog.instance_types[name]
    zone_ids = {zone.name: zone.zone_id for zone in catalog.zones}
    amounts = dict.fromkeys(_ALWAYS_ALLOCATABLE, 0)
    amounts |= dict(allocatable(instance_type, settings.node_class, settings.networking))
    del amounts[EBS_VOLUMES]  # never zero, and a node reports it apart from its allocatable
    return InstanceTypeFacts(
        name=instance_type.name,
        family=instance_type.family,
        architecture=instance_type.architecture,
        current_generation=instance_type.current_generation,
        bare_metal=instance_type.bare_metal,
        burstable=instance_type.burstable,
        hypervisor=instance_type.hypervisor or None,
        vcpu=instance_type.vcpu,
        memory_mib=instance_type.memory_mib,
        cpu_manufacturer=instance_type.cpu_manufacturer or None,
        cpu_sustained_mhz=instance_type.cpu_sustained_mhz or None,
        allocatable={key: format_amount(key, amount) for key, amount in amounts.items()},
        max_pods=max_pods(instance_type, settings.node_class, settings.networking),
        max_pods_formula=max_pods_formula(instance_type, settings),
        network=NetworkView(
            interfaces=instance_type.network_interfaces,
            ipv4_per_interface=instance_type.ipv4_per_interface,
            mbps=instance_type.network_mbps or None,
            efa_interfaces=instance_type.efa_interfaces,
        ),
        ebs=EbsView(
            volume_slots=ebs_volume_slots(instance_type, settings.node_class),
            mbps=instance_type.ebs_mbps or None,
        ),
        nvme_gb=instance_type.nvme_gb,
        devices=_devices(instance_type),
        labels=dict(sorted(instance_type_labels(instance_type).items())),
        zones=tuple(ZoneView(name=zone, id=zone_ids[zone]) for zone in offers.zones),
        prices=PricesView(
            on_demand=_price(offers.on_demand, settings),
            spot=tuple(
                SpotPriceView(zone=zone, price=_price(price, settings))
                for zone, price in offers.spot
            ),
        ),
        interruption=catalog.interruption.get(name),
    )


def max_pods_formula(instance_type: InstanceType, settings: Settings) -> str:
    """Return the formula for the pods the interfaces have addresses for: 4 x (15 - 1) + 2 = 58."""
    pods = max_pods(instance_type, settings.node_class, settings.networking)
    if settings.node_class.max_pods is not None:
        return f"maxPods is set to {settings.node_class.max_pods}"
    interfaces, reserved = instance_type.network_interfaces, 0
    formula = str(interfaces)
    if settings.networking.custom_networking:
        reserved, formula = 1, f"({interfaces} - 1)"
    if interfaces - reserved <= 0:
        return "no network interface is left for pods = 0"
    formula += f" x ({instance_type.ipv4_per_interface} - 1)"
    total = (interfaces - reserved) * (instance_type.ipv4_per_interface - 1)
    if settings.networking.prefix_delegation and instance_type.nitro:
        formula += " x 16"
        total *= 16
    formula += " + 2"
    return f"min({pods}, {formula}) = {pods}" if pods < total + 2 else f"{formula} = {pods}"


def _devices(instance_type: InstanceType) -> tuple[DeviceView, ...]:
    devices = (("gpu", instance_type.gpu), ("accelerator", instance_type.accelerator))
    return tuple(_device(kind, device) for kind, device in devices if device is not None)


def _device(kind: str, device: Device) -> DeviceView:
    return DeviceView(
        kind=kind,
        name=device.name,
        manufacturer=device.manufacturer,
        count=device.count,
        memory_mib=device.memory_mib or None,
        cores=device.cores or None,
    )


def _price(price: Price | None, settings: Settings) -> PriceView | None:
    if price is None:
        return None
    hours = Decimal(repr(float(settings.hours_per_month)))
    usd_per_month = float(Decimal(price.nano_usd_per_hour) * hours / NANO_USD)
    return PriceView(
        nano_usd_per_hour=price.nano_usd_per_hour,
        usd_per_hour=price.usd_per_hour,
        usd_per_month=usd_per_month,
        source=price.source,
        date=_date(price.source),
        is_estimate=price.is_estimate,
        currency_per_month=_local(usd_per_month, settings),
    )


def _local(usd_per_month: float, settings: Settings) -> float | UnsetType:
    if settings.currency.code == USD:
        return UNSET
    local = settings.currency.from_usd(usd_per_month)
    rounded = rounded_to_minor_unit(local, settings.currency.code)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def _date(source: str) -> str | None:
    date = _DATE.search(source)
    return date[0] if date else None
