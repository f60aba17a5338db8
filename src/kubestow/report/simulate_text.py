"""A Simulation document as text: one line a policy.

Law: shows what the JSON says and nothing else.
"""

from collections.abc import Sequence
from typing import Any

from kubestow.model.currency import format_money
from kubestow.report.table import Column, Screen, fitting, left_out_note, render, table

Document = dict[str, Any]
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def render_simulation(document: Document, screen: Screen) -> str:
    """Return the simulation as text."""
    results = document["results"]
    faults = "no faults" if document["faults"] == "none" else f"faults: {document['faults']}"
    parts: list[Any] = [
        f"{document['workload']} in {document['region']}, {lasted(document['seconds'])} simulated, "
        f"seed {document['seed']}, {faults}, {spot_prices_text(document['spotPrices'])}",
        "",
    ]
    columns, left_out = fitting(_columns(results), screen.width)
    parts += [table(columns), *left_out_note(left_out), ""]
    parts.append(
        "WAIT: seconds from a pod's creation to its node, of half and of 99 % of the pods; POD "
        "SECONDS: all waits added up; OVER MIN.: the fleet of the end over the proven minimum."
    )
    if any(r["isInterrupted"] for r in results):
        parts.append("interrupted: the last policy's figures end where it was stopped")
    parts += [f"note: {note}" for note in document["notes"]]
    parts.append(f"prices: {'; '.join(document['priceSources'])}")
    return render(parts, screen)


def spot_prices_text(prices: Document) -> str:
    """Say how spot prices moved."""
    if prices["isSynthetic"]:
        return f"synthetic spot prices (volatility {prices['volatility']:g})"
    return f"spot prices of {prices['file']}" if prices["file"] else "still spot prices"


def lasted(seconds: int) -> str:
    """Return a time in its largest unit."""
    for unit, length in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= length:
            count = f"{seconds / length:g}"
            return f"{count} {unit.removesuffix('s') if count == '1' else unit}"
    return f"{seconds} seconds"


def _columns(results: Sequence[Document]) -> list[Column]:
    local = next((r["cost"]["local"] for r in results if r["cost"]["local"]), None)
    columns = [
        Column("POLICY", tuple(r["policy"] for r in results), right=False),
        Column("USD", tuple(f"{r['cost']['usd']:,.2f}" for r in results)),
        Column("USD A MONTH", tuple(f"{r['cost']['usdPerMonth']:,.2f}" for r in results), drop=5),
    ]
    if local is not None:
        cells = tuple(format_money(r["cost"]["local"]["perMonth"], local["code"]) for r in results)
        columns.append(Column(f"{local['code']} A MONTH", cells, drop=4))
    return [
        *columns,
        Column("OVER MIN.", tuple(_over(r["atEnd"]) for r in results), drop=6),
        Column("WAIT P50", tuple(f"{r['pods']['waitSecondsP50']} s" for r in results)),
        Column("P99", tuple(f"{r['pods']['waitSecondsP99']} s" for r in results)),
        Column(
            "POD SECONDS", tuple(f"{r['pods']['pendingPodSeconds']:,}" for r in results), drop=3
        ),
        Column("EVICTED", tuple(f"{r['pods']['evictions']:,}" for r in results)),
        Column("KILLED", tuple(f"{r['pods']['killedWithNode']:,}" for r in results), drop=7),
        Column("PENDING", tuple(str(r["atEnd"]["pending"]) for r in results), drop=1),
        Column("PEAK NODES", tuple(str(r["nodes"]["peak"]) for r in results), drop=8),
        Column("LAUNCHED", tuple(str(r["nodes"]["launched"]) for r in results), drop=9),
        Column("IDLE CPU", tuple(f"{100 * r['idleCpuShare']:.0f} %" for r in results), drop=2),
    ]


def _over(end: Document) -> str:
    bound = end["boundUsdPerHour"]
    return "-" if not bound else f"{100 * (end['usdPerHour'] / bound - 1):.1f} %"
