"""A simulation as text: one line a policy."""

from collections.abc import Sequence
from typing import Any

from kubestow.report.money_text import local_text
from kubestow.report.table import Column, Screen, fitting, left_out_note, render, table
from kubestow.views.simulation_view import FinalStateView, RunView, SimulationView
from kubestow.views.spot_prices_view import SpotPricesView

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def render_simulation(simulation: SimulationView, screen: Screen) -> str:
    """Return the simulation as text."""
    results = simulation.results
    faults = "no faults" if simulation.faults == "none" else f"faults: {simulation.faults}"
    parts: list[Any] = [
        f"{simulation.workload} in {simulation.region}, {lasted(simulation.seconds)} simulated, "
        f"seed {simulation.seed}, {faults}, {spot_prices_text(simulation.spot_prices)}",
        "",
    ]
    columns, left_out = fitting(_columns(results), screen.width)
    parts += [table(columns), *left_out_note(left_out), ""]
    parts.append(
        "WAIT: seconds from a pod's creation to its node, of half and of 99 % of the pods; POD "
        "SECONDS: all waits added up; OVER MIN.: the fleet of the end over the proven minimum."
    )
    if any(r.is_interrupted for r in results):
        parts.append("interrupted: the last policy's figures end where it was stopped")
    parts += [f"note: {note}" for note in simulation.notes]
    parts.append(f"prices: {'; '.join(simulation.price_sources)}")
    return render(parts, screen)


def spot_prices_text(prices: SpotPricesView) -> str:
    """Say how spot prices moved."""
    if prices.is_synthetic:
        return f"synthetic spot prices (volatility {prices.volatility:g})"
    return f"spot prices of {prices.file}" if prices.file else "still spot prices"


def lasted(seconds: int) -> str:
    """Return a time in its largest unit."""
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
        Column("USD A MONTH", tuple(f"{r.cost.usd_per_month:,.2f}" for r in results), drop=5),
    ]
    if local is not None:
        cells = tuple(local_text(r.cost.local) for r in results)
        columns.append(Column(f"{local.code} A MONTH", cells, drop=4))
    return [
        *columns,
        Column("OVER MIN.", tuple(_over(r.at_end) for r in results), drop=6),
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


def _over(end: FinalStateView) -> str:
    bound = end.bound_usd_per_hour
    return "-" if not bound else f"{100 * (end.usd_per_hour / bound - 1):.1f} %"
