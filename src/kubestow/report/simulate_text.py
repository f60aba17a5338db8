"""A simulation as text: one line per policy."""

from collections.abc import Sequence
from typing import Any

from kubestow.report.money_text import local_text
from kubestow.report.numbers_text import percent_text
from kubestow.report.table import Column, Screen, fitting, omitted_note, render, table
from kubestow.views.simulation_view import FinalStateView, RunView, SimulationView
from kubestow.views.spot_prices_view import SpotPricesView

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def render_simulation(simulation: SimulationView, screen: Screen) -> str:
    """Return the simulation as text."""
    results = simulation.results
    faults = "no faults" if simulation.faults == "none" else f"faults: {simulation.faults}"
    parts: list[Any] = [
        f"{simulation.workload} in {simulation.region}, {duration_text(simulation.seconds)} "
        f"simulated, seed {simulation.seed}, {faults}, {spot_prices_text(simulation.spot_prices)}",
        "",
    ]
    columns, omitted = fitting(_columns(results), screen.width)
    parts += [table(columns), *omitted_note(omitted), ""]
    parts.append(
        "WAIT: time from a pod's creation to its binding, median and 99th percentile; POD "
        "SECONDS: sum of all waits; OVER MIN.: cost of the final fleet above the proven minimum."
    )
    if any(r.is_interrupted for r in results):
        parts.append("interrupted: the last policy's figures cover only the time before")
    parts += [f"note: {note}" for note in simulation.notes]
    parts.append(f"prices: {'; '.join(simulation.price_sources)}")
    return render(parts, screen)


def spot_prices_text(prices: SpotPricesView) -> str:
    """Return how spot prices moved."""
    if prices.is_synthetic:
        return f"synthetic spot prices (volatility {prices.volatility:g})"
    return f"spot prices from {prices.file}" if prices.file else "constant spot prices"


def duration_text(seconds: int) -> str:
    """Return a duration in its largest unit."""
    for unit, length in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= length:
            count = f"{seconds / length:g}"
            return f"{count} {unit.removesuffix('s') if count == '1' else unit}"
    return f"{seconds} seconds"


def _columns(results: Sequence[RunView]) -> list[Column]:
    local = next((r.cost.local for r in results if r.cost.local), None)
    columns = [
        Column("POLICY", tuple(r.policy for r in results), right=False),
        Column("USD", tuple(f"{r.cost.usd:,.2f}" for r in results)),
        Column("USD/MONTH", tuple(f"{r.cost.usd_per_month:,.2f}" for r in results), drop=5),
    ]
    if local is not None:
        cells = tuple(local_text(r.cost.local) for r in results)
        columns.append(Column(f"{local.code}/MONTH", cells, drop=4))
    return [
        *columns,
        Column("OVER MIN.", tuple(over_minimum(r.at_end) for r in results), drop=6),
        Column("WAIT P50", tuple(f"{r.pods.wait_seconds_p50} s" for r in results)),
        Column("P99", tuple(f"{r.pods.wait_seconds_p99} s" for r in results)),
        Column("POD SECONDS", tuple(f"{r.pods.pending_pod_seconds:,}" for r in results), drop=3),
        Column("EVICTED", tuple(f"{r.pods.evictions:,}" for r in results)),
        Column("KILLED", tuple(f"{r.pods.killed_with_node:,}" for r in results), drop=7),
        Column("PENDING", tuple(str(r.at_end.pending) for r in results), drop=1),
        Column("PEAK NODES", tuple(str(r.nodes.peak) for r in results), drop=8),
        Column("LAUNCHED", tuple(str(r.nodes.launched) for r in results), drop=9),
        Column("IDLE CPU", tuple(f"{100 * r.idle_cpu_share:.0f} %" for r in results), drop=2),
    ]


def over_minimum(end: FinalStateView) -> str:
    """Return how far the cost of the final fleet is above the proven minimum."""
    bound = end.bound_usd_per_hour
    return percent_text(end.usd_per_hour / bound - 1) if bound else "-"
