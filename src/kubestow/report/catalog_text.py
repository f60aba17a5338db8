"""The catalog for people: tables rendered from the documents of catalog_json.

Law: text only, from documents only; plain ASCII, so that it survives any pipe. A table that does
not fit the width leaves out whole columns, the least needed first, and says which; an estimated
price always carries its mark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.model.currency import USD, rounded_to_minor_unit
from kubestow.model.quantity import milli_value, parse_quantity, value
from kubestow.report.catalog_json import Document
from kubestow.report.table import (
    ESTIMATE_MARK,
    Column,
    Screen,
    fitting,
    heading,
    left_out_note,
    pairs,
    render,
    table,
)

_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class RegionRow:
    """What is known of one region's catalog."""

    region: str
    origin: str
    refreshed_on: str
    sources: str


def render_list(document: Document, screen: Screen) -> str:
    """Render an InstanceTypeList as a table with notes under it."""
    columns = _list_columns(document)
    kept, left_out = fitting(columns, screen.width)
    return render([table(kept), "", *_list_notes(document, left_out)], screen)


def render_type(document: Document, screen: Screen) -> str:
    """Render an InstanceType as everything known about it."""
    prices, notes = _price_table(document)
    kept, left_out = fitting(prices, screen.width)
    parts: list[Any] = [
        heading(f"{document['name']} in {document['region']}"),
        *pairs(_shape(document)),
        "",
        heading(f"Allocatable ({document['settings']['amiFamily']})"),
        *pairs(_allocatable(document)),
        "",
        heading("Zones"),
        *pairs((zone["name"], zone["id"]) for zone in document["zones"]),
        "",
        heading("Prices"),
        table(kept),
        *notes,
        *left_out_note(left_out),
        *_conversion_note(document),
        "",
        heading("Labels"),
        *(f"  {key}={text}" for key, text in document["labels"].items()),
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
    kept, left_out = fitting(columns, screen.width)
    return render([table(kept), *left_out_note(left_out)], screen)


def _list_columns(document: Document) -> list[Column]:
    items = document["items"]
    code = document["settings"]["currency"]
    region = document["region"]

    def column(header: str, cells: Iterable[str], **how: Any) -> Column:
        return Column(header, tuple(cells), **how)

    columns = [
        column("TYPE", (item["name"] for item in items), right=False, style="bold"),
        column("VCPU", (str(item["vcpu"]) for item in items)),
        column("GIB", (_gib(item["memoryMib"]) for item in items)),
        column("ALLOC\nCPU", (_cores(item) for item in items), drop=3),
        column("ALLOC\nGIB", (_allocatable_gib(item) for item in items), drop=2),
        column("PODS", (str(item["maxPods"]) for item in items)),
        column("ZONES", (_zone_letters(item, region) for item in items), drop=4, right=False),
    ]
    if items and all(item["devices"] for item in items):
        columns.append(column("DEVICES", (_devices(item) for item in items), drop=1, right=False))
    columns.append(column("USD/H", (_usd_per_hour(item["price"], 4) for item in items)))
    monthly = (_usd_per_month(item["price"]) for item in items)
    columns.append(column("USD/MONTH", monthly, drop=0 if code == USD else 5))
    if code != USD:
        local = (_local_per_month(item["price"], code) for item in items)
        columns.append(column(f"{code}/MONTH", local))
    return columns


def _list_notes(document: Document, left_out: Sequence[Column]) -> list[str]:
    items, settings = document["items"], document["settings"]
    place = document["zone"] or document["region"]
    count = f"{len(items)} instance type{'' if len(items) == 1 else 's'}"
    notes = [
        f"{count}; {document['capacityType']} prices in {place}, "
        f"{settings['hoursPerMonth']:g} hours a month; allocatable as of {settings['amiFamily']}."
    ]
    prices = [item["price"] for item in items]
    if any(price is not None and price["isEstimate"] for price in prices):
        notes.append(
            f"{ESTIMATE_MARK} an estimate, not a quoted price; "
            "'kubestow catalog show TYPE' says where it comes from."
        )
    if any(price is None for price in prices):
        notes.append(f"{_UNKNOWN} no price is known.")
    if document["sources"]:
        notes.append(f"Sources: {'; '.join(document['sources'])}.")
    return [*notes, *_conversion_note(document), *left_out_note(left_out)]


def _conversion_note(document: Document) -> list[str]:
    settings = document["settings"]
    if settings["currency"] == USD:
        return []
    return [f"Converted at 1 USD = {settings['currencyPerUsd']:,.10g} {settings['currency']}."]


def _shape(document: Document) -> Iterable[tuple[str, str]]:
    traits = [
        document["architecture"],
        "current generation" if document["currentGeneration"] else "previous generation",
        "bare metal" if document["bareMetal"] else document["hypervisor"] or "",
        "burstable" if document["burstable"] else "",
    ]
    yield "kind", ", ".join(trait for trait in traits if trait)
    yield "vCPU", str(document["vcpu"])
    yield "memory", f"{_gib(document['memoryMib'])} GiB"
    cpu = [
        document["cpuManufacturer"] or "",
        f"{document['cpuSustainedMhz']} MHz" if document["cpuSustainedMhz"] else "",
    ]
    yield "processor", ", ".join(part for part in cpu if part) or _UNKNOWN
    network = document["network"]
    bandwidth = f"{network['mbps']} Mbps" if network["mbps"] else "no published bandwidth"
    yield (
        "network",
        (
            f"{bandwidth}, {network['interfaces']} interfaces of {network['ipv4PerInterface']} "
            "IPv4 addresses"
        ),
    )
    if network["efaInterfaces"]:
        yield "EFA interfaces", str(network["efaInterfaces"])
    mbps = document["ebs"]["mbps"]
    yield "EBS bandwidth", f"{mbps} Mbps" if mbps else _UNKNOWN
    if document["nvmeGb"]:
        yield "instance store", f"{document['nvmeGb']} GB"
    for device in document["devices"]:
        memory = f" of {_gib(device['memoryMib'])} GiB" if device["memoryMib"] else ""
        yield (
            device["kind"],
            (f"{_count(device)} {device['name']} ({device['manufacturer']}){memory}"),
        )
    if document["interruption"]:
        yield "interruption", f"{document['interruption']} of spot instances a month"


def _allocatable(document: Document) -> Iterable[tuple[str, str]]:
    for name, quantity in document["allocatable"].items():
        if name == "pods":
            yield "max pods", f"{quantity}: {document['maxPodsFormula']}"
        elif name in ("memory", "ephemeral-storage"):
            yield name, f"{quantity} ({value(parse_quantity(quantity)) / 2**30:.2f} GiB)"
        else:
            yield name, quantity
    yield "EBS volumes", f"{document['ebs']['volumeSlots']} slots for persistent volumes"


def _price_table(document: Document) -> tuple[list[Column], list[str]]:
    code = document["settings"]["currency"]
    rows = [("on-demand", "any", document["prices"]["onDemand"])]
    rows += [("spot", spot["zone"], spot["price"]) for spot in document["prices"]["spot"]]
    prices = [price for _, _, price in rows]
    notes: dict[str, int] = {}
    references = []
    for price in prices:
        if price is None:
            references.append(_UNKNOWN)
            continue
        quality = "an estimate" if price["isEstimate"] else "quoted"
        date = f", {price['date']}" if price["date"] else ""
        note = f"{quality}{date}: {price['source']}"
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
    if any(price is not None and price["isEstimate"] for price in prices):
        text.append(f"{ESTIMATE_MARK} an estimate, not a quoted price.")
    if any(price is None for price in prices):
        text.append(f"{_UNKNOWN} no price is known.")
    return columns, ["", *text, f"{document['settings']['hoursPerMonth']:g} hours a month."]


def _gib(mib: int) -> str:
    return f"{round(mib / 1024, 2):g}"


def _cores(item: Document) -> str:
    return f"{milli_value(parse_quantity(item['allocatable']['cpu'])) / 1000:.10g}"


def _allocatable_gib(item: Document) -> str:
    return f"{value(parse_quantity(item['allocatable']['memory'])) / 2**30:.1f}"


def _zone_letters(item: Document, region: str) -> str:
    return ",".join(zone["name"].removeprefix(region) for zone in item["zones"])


def _devices(item: Document) -> str:
    return ", ".join(f"{_count(device)} {device['name']}" for device in item["devices"])


def _count(device: Document) -> str:
    return str(device["count"] or "part of a")


def _marked(price: Document, text: str) -> str:
    return f"{ESTIMATE_MARK}{text}" if price["isEstimate"] else text


def _usd_per_hour(price: Document | None, digits: int) -> str:
    return _UNKNOWN if price is None else _marked(price, f"{price['usdPerHour']:.{digits}f}")


def _usd_per_month(price: Document | None) -> str:
    if price is None:
        return _UNKNOWN
    return _marked(price, f"{rounded_to_minor_unit(price['usdPerMonth'], USD):,f}")


def _local_per_month(price: Document | None, code: str) -> str:
    if price is None:
        return _UNKNOWN
    return _marked(price, f"{rounded_to_minor_unit(price['currencyPerMonth'], code):,f}")
