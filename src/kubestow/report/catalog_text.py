"""Instance types, their prices and the regions of the catalog as text.

An estimated price is always marked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from kubestow.model.currency import USD, rounded_to_minor_unit
from kubestow.model.quantity import milli_value, parse_quantity, value
from kubestow.report.table import (
    ESTIMATE_MARK,
    Column,
    Screen,
    fitting,
    heading,
    omitted_note,
    pairs,
    render,
    table,
)
from kubestow.views.instance_type_view import (
    CatalogSettingsView,
    DeviceView,
    InstanceTypeListView,
    InstanceTypeView,
    ListedInstanceTypeView,
    PriceView,
)

_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class RegionRow:
    """The catalog of one region."""

    region: str
    origin: str
    refreshed_on: str
    sources: str


def render_list(listing: InstanceTypeListView, screen: Screen) -> str:
    """Render an InstanceTypeList as a table with notes under it."""
    columns, omitted = fitting(_list_columns(listing), screen.width)
    return render([table(columns), "", *_list_notes(listing, omitted)], screen)


def render_type(view: InstanceTypeView, screen: Screen) -> str:
    """Render an InstanceType in full."""
    prices, notes = _price_table(view)
    columns, omitted = fitting(prices, screen.width)
    parts: list[Any] = [
        heading(f"{view.name} in {view.region}"),
        *pairs(_shape(view)),
        "",
        heading(f"Allocatable ({view.settings.ami_family})"),
        *pairs(_allocatable(view)),
        "",
        heading("Zones"),
        *pairs((zone.name, zone.id) for zone in view.zones),
        "",
        heading("Prices"),
        table(columns),
        *notes,
        *omitted_note(omitted),
        *_conversion_note(view.settings),
        "",
        heading("Labels"),
        *(f"  {key}={text}" for key, text in view.labels.items()),
    ]
    return render(parts, screen)


def render_regions(rows: Sequence[RegionRow], screen: Screen) -> str:
    """Render the regions of the catalog."""
    columns = [
        Column("REGION", tuple(row.region for row in rows), right=False, style="bold"),
        Column("CATALOG", tuple(row.origin for row in rows), right=False),
        Column("REFRESHED", tuple(row.refreshed_on for row in rows), right=False),
        Column("SOURCES", tuple(row.sources for row in rows), drop=1, right=False),
    ]
    columns, omitted = fitting(columns, screen.width)
    return render([table(columns), *omitted_note(omitted)], screen)


def _list_columns(listing: InstanceTypeListView) -> list[Column]:
    items = listing.items
    code = listing.settings.currency
    region = listing.region

    def column(header: str, cells: Iterable[str], **how: Any) -> Column:
        return Column(header, tuple(cells), **how)

    columns = [
        column("TYPE", (item.name for item in items), right=False, style="bold"),
        column("VCPU", (str(item.vcpu) for item in items)),
        column("GIB", (_gib(item.memory_mib) for item in items)),
        column("ALLOC\nCPU", (_cores(item) for item in items), drop=3),
        column("ALLOC\nGIB", (_allocatable_gib(item) for item in items), drop=2),
        column("PODS", (str(item.max_pods) for item in items)),
        column("ZONES", (_zone_letters(item, region) for item in items), drop=4, right=False),
    ]
    if items and all(item.devices for item in items):
        columns.append(column("DEVICES", (_devices(item) for item in items), drop=1, right=False))
    columns.append(column("USD/H", (_usd_per_hour(item.price, 4) for item in items)))
    monthly = (_usd_per_month(item.price) for item in items)
    columns.append(column("USD/MONTH", monthly, drop=0 if code == USD else 5))
    if code != USD:
        local = (_local_per_month(item.price, code) for item in items)
        columns.append(column(f"{code}/MONTH", local))
    return columns


def _list_notes(listing: InstanceTypeListView, omitted: Sequence[Column]) -> list[str]:
    items, settings = listing.items, listing.settings
    place = listing.zone or listing.region
    count = f"{len(items)} instance type{'' if len(items) == 1 else 's'}"
    notes = [
        f"{count}; {listing.capacity_type} prices in {place}, "
        f"{settings.hours_per_month:g} hours per month; allocatable for {settings.ami_family}."
    ]
    prices = [item.price for item in items]
    if any(price is not None and price.is_estimate for price in prices):
        notes.append(
            f"{ESTIMATE_MARK} estimated, not a quoted price; "
            "'kubestow catalog show TYPE' shows its source."
        )
    if any(price is None for price in prices):
        notes.append(f"{_UNKNOWN} no known price.")
    if listing.sources:
        notes.append(f"Sources: {'; '.join(listing.sources)}.")
    return [*notes, *_conversion_note(settings), *omitted_note(omitted)]


def _conversion_note(settings: CatalogSettingsView) -> list[str]:
    if settings.currency == USD:
        return []
    return [f"Converted at 1 USD = {settings.currency_per_usd:,.10g} {settings.currency}."]


def _shape(view: InstanceTypeView) -> Iterable[tuple[str, str]]:
    traits = [
        view.architecture,
        "current generation" if view.current_generation else "previous generation",
        "bare metal" if view.bare_metal else view.hypervisor or "",
        "burstable" if view.burstable else "",
    ]
    yield "kind", ", ".join(trait for trait in traits if trait)
    yield "vCPU", str(view.vcpu)
    yield "memory", f"{_gib(view.memory_mib)} GiB"
    cpu = [
        view.cpu_manufacturer or "",
        f"{view.cpu_sustained_mhz} MHz" if view.cpu_sustained_mhz else "",
    ]
    yield "processor", ", ".join(part for part in cpu if part) or _UNKNOWN
    network = view.network
    bandwidth = f"{network.mbps} Mbps" if network.mbps else "no published bandwidth"
    yield (
        "network",
        (
            f"{bandwidth}, {network.interfaces} interfaces with {network.ipv4_per_interface} "
            "IPv4 addresses each"
        ),
    )
    if network.efa_interfaces:
        yield "EFA interfaces", str(network.efa_interfaces)
    mbps = view.ebs.mbps
    yield "EBS bandwidth", f"{mbps} Mbps" if mbps else _UNKNOWN
    if view.nvme_gb:
        yield "instance store", f"{view.nvme_gb} GB"
    for device in view.devices:
        memory = f", {_gib(device.memory_mib)} GiB each" if device.memory_mib else ""
        yield (
            device.kind,
            (f"{_count(device)} {device.name} ({device.manufacturer}){memory}"),
        )
    if view.interruption:
        yield "interruption", f"{view.interruption} of spot instances per month"


def _allocatable(view: InstanceTypeView) -> Iterable[tuple[str, str]]:
    for name, quantity in view.allocatable.items():
        if name == "pods":
            yield "max pods", f"{quantity}: {view.max_pods_formula}"
        elif name in ("memory", "ephemeral-storage"):
            yield name, f"{quantity} ({value(parse_quantity(quantity)) / 2**30:.2f} GiB)"
        else:
            yield name, quantity
    yield "EBS volumes", f"{view.ebs.volume_slots} slots for persistent volumes"


def _price_table(view: InstanceTypeView) -> tuple[list[Column], list[str]]:
    code = view.settings.currency
    rows = [("on-demand", "any", view.prices.on_demand)]
    rows += [("spot", spot.zone, spot.price) for spot in view.prices.spot]
    prices = [price for _, _, price in rows]
    notes: dict[str, int] = {}
    references = []
    for price in prices:
        if price is None:
            references.append(_UNKNOWN)
            continue
        quality = "estimated" if price.is_estimate else "quoted"
        date = f", {price.date}" if price.date else ""
        note = f"{quality}{date}: {price.source}"
        references.append(f"[{notes.setdefault(note, len(notes) + 1)}]")
    columns = [
        Column("CAPACITY", tuple(capacity for capacity, _, _ in rows), right=False),
        Column("ZONE", tuple(zone for _, zone, _ in rows), right=False),
        Column("USD/H", tuple(_usd_per_hour(price, 5) for price in prices)),
        Column("USD/MONTH", tuple(_usd_per_month(price) for price in prices)),
    ]
    if code != USD:
        cells = tuple(_local_per_month(price, code) for price in prices)
        columns.append(Column(f"{code}/MONTH", cells))
    columns.append(Column("SOURCE", tuple(references), right=False))
    text = [f"[{number}] {note}" for note, number in notes.items()]
    if any(price is not None and price.is_estimate for price in prices):
        text.append(f"{ESTIMATE_MARK} estimated, not a quoted price.")
    if any(price is None for price in prices):
        text.append(f"{_UNKNOWN} no known price.")
    return columns, ["", *text, f"{view.settings.hours_per_month:g} hours per month."]


def _gib(mib: int) -> str:
    return f"{round(mib / 1024, 2):g}"


def _cores(item: ListedInstanceTypeView) -> str:
    return f"{milli_value(parse_quantity(item.allocatable['cpu'])) / 1000:.10g}"


def _allocatable_gib(item: ListedInstanceTypeView) -> str:
    return f"{value(parse_quantity(item.allocatable['memory'])) / 2**30:.1f}"


def _zone_letters(item: ListedInstanceTypeView, region: str) -> str:
    return ",".join(zone.name.removeprefix(region) for zone in item.zones)


def _devices(item: ListedInstanceTypeView) -> str:
    return ", ".join(f"{_count(device)} {device.name}" for device in item.devices)


def _count(device: DeviceView) -> str:
    return str(device.count or "part of a")


def _marked(price: PriceView, text: str) -> str:
    return f"{ESTIMATE_MARK}{text}" if price.is_estimate else text


def _usd_per_hour(price: PriceView | None, digits: int) -> str:
    return _UNKNOWN if price is None else _marked(price, f"{price.usd_per_hour:.{digits}f}")


def _usd_per_month(price: PriceView | None) -> str:
    if price is None:
        return _UNKNOWN
    return _marked(price, f"{rounded_to_minor_unit(price.usd_per_month, USD):,f}")


def _local_per_month(price: PriceView | None, code: str) -> str:
    if price is None or price.currency_per_month is UNSET:
        return _UNKNOWN
    return _marked(price, f"{rounded_to_minor_unit(price.currency_per_month, code):,f}")
