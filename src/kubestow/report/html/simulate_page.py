"""Simulations as a page: the cost and the pod waits of each policy, in total and over time.

Policies keep their order. The same results give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import dropwhile

from kubestow.model.counted import counted
from kubestow.report.html.components import TableColumn, notes, table, tiles
from kubestow.report.html.curves import Chart, Curve, Span, chart, sample
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.page import Section, page
from kubestow.report.money_text import local_text
from kubestow.report.numbers_text import percent_text
from kubestow.report.simulate_text import over_minimum
from kubestow.views.simulation_view import (
    CurvePointView,
    RunView,
    SimulationView,
)
from kubestow.views.spot_prices_view import SpotPricesView

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
Measure = Callable[[RunView], str]


def render_simulate_page(simulation: SimulationView) -> str:
    """Render the whole page."""
    results = simulation.results
    count = counted(len(results), "policy")
    sections = [
        Section("cost", "Cost by policy", joined(_interrupted(simulation), _costs(results))),
        Section("pods", "Waits and disruptions of pods", _pods(results)),
        *_curves(simulation),
        Section("basis", "Assumptions and sources", _basis(simulation)),
    ]
    title = f"{simulation.workload}: {count} simulated"
    return page(title, "Simulation", _head(simulation), sections)


def _head(simulation: SimulationView) -> Html:
    results = [r for r in simulation.results if not r.is_interrupted]
    faults = simulation.faults
    start = datetime.fromtimestamp(simulation.start_unix_seconds, UTC)
    cheapest: tuple[str, tuple[Child, ...]] = "none", ("no run was completed",)
    quickest = cheapest
    if results:
        best = min(results, key=lambda r: r.cost.usd)
        cost, local = best.cost, best.cost.local
        rate = f"at {local.rate:g} {local.code} per USD" if local else None
        cheapest = (
            f"{cost.usd:,.2f} USD",
            (
                best.policy,
                f"{cost.usd_per_month:,.2f} USD/month at this rate",
                local_text(local) or None,
                rate,
            ),
        )
        least = min(results, key=lambda r: r.pods.wait_seconds_p99)
        half = f"half of the pods within {least.pods.wait_seconds_p50:,} s"
        quickest = f"{least.pods.wait_seconds_p99:,} s", (least.policy, half)
    return tiles(
        [
            ("Cheapest", *cheapest),
            ("Shortest p99 wait", *quickest),
            (
                "Simulated",
                _duration(simulation.seconds),
                (f"from {start:%a %Y-%m-%d %H:%M} UTC", f"in {simulation.region}"),
            ),
            (
                "Faults",
                faults,
                (f"seed {simulation.seed}", "the same for every policy"),
            ),
            (
                "Spot prices",
                simulation.spot_prices.kind,
                _moving(simulation.spot_prices),
            ),
        ]
    )


def _moving(prices: SpotPricesView) -> tuple[str, ...]:
    """Return how spot prices moved; generated prices must not pass for AWS's."""
    if prices.is_synthetic:
        return "generated, not AWS's", f"from the seed, volatility {prices.volatility:g}"
    return (f"from {prices.file}",) if prices.file else ("constant, from the catalog",)


def _interrupted(simulation: SimulationView) -> Html | None:
    lines = [
        f"{r.policy} was interrupted after {_duration(r.seconds)} of "
        f"{_duration(simulation.seconds)}: its figures and curves end there."
        for r in simulation.results
        if r.is_interrupted
    ]
    return notes(lines) if lines else None


def _duration(seconds: int) -> str:
    """Return a duration in its two largest units."""
    parts = []
    for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE), ("second", 1)):
        amount, seconds = divmod(seconds, length)
        if amount:
            parts.append(f"{amount} {unit}" + "s" * (amount != 1))
    return " ".join(parts[:2]) or "0 seconds"


def _side_by_side(
    caption: str, results: Sequence[RunView], measures: Iterable[tuple[str, Measure]]
) -> Html:
    """Return a column for each policy, with its line in the heading, and a row per measure."""
    columns = [TableColumn("Metric", wraps=True)]
    for number, result in enumerate(results):
        columns.append(TableColumn(joined(sample(number), result.policy), right=True))
    rows = [[name, *(measure(result) for result in results)] for name, measure in measures]
    return element("div", table(caption, columns, rows), class_="side")


def _costs(results: Sequence[RunView]) -> Html:
    local = next((r.cost.local for r in results if r.cost.local), None)
    measures: list[tuple[str, Measure]] = [
        ("USD, whole run", lambda r: f"{r.cost.usd:,.2f}"),
        ("USD/month at this rate", lambda r: f"{r.cost.usd_per_month:,.2f}"),
    ]
    if local:
        measures.append((f"{local.code}/month at this rate", lambda r: local_text(r.cost.local)))
    measures += [
        ("Above minimum at the end", lambda r: over_minimum(r.at_end)),
        ("Peak nodes", lambda r: f"{r.nodes.peak:,}"),
        ("Nodes at the end", lambda r: f"{r.at_end.nodes:,}"),
        ("Launches", lambda r: f"{r.nodes.launched:,}"),
        ("Failed launches", lambda r: f"{r.nodes.failed_launches:,}"),
        ("Idle CPU", lambda r: percent_text(r.idle_cpu_share)),
        ("Run", lambda r: "interrupted" if r.is_interrupted else "complete"),
    ]
    return _side_by_side("Cost and nodes by policy", results, measures)


def _pods(results: Sequence[RunView]) -> Html:
    measures: list[tuple[str, Measure]] = [
        ("Pods placed", lambda r: f"{r.pods.placed:,}"),
        ("Wait p50", lambda r: f"{r.pods.wait_seconds_p50:,} s"),
        ("Wait p99", lambda r: f"{r.pods.wait_seconds_p99:,} s"),
        ("Pending pod-seconds", lambda r: f"{r.pods.pending_pod_seconds:,}"),
        ("Pending at the end", lambda r: f"{r.at_end.pending:,}"),
        ("Evictions", lambda r: f"{r.pods.evictions:,}"),
        ("Preemptions", lambda r: f"{r.pods.preemptions:,}"),
        ("Interruptions", lambda r: f"{r.interruptions:,}"),
        ("Killed pods", lambda r: f"{r.pods.killed_with_node:,}"),
    ]
    return _side_by_side("Waits and disruptions by policy", results, measures)


def _curves(simulation: SimulationView) -> Iterator[Section]:
    """Yield cost, pending pods, nodes and idle CPU over time."""
    start = simulation.start_unix_seconds
    ends = [start + result.seconds for result in simulation.results]
    span = Span(start, max([start + simulation.seconds, *ends]))
    for anchor, title, what, value in (
        ("rate", "Cost over time", _RATE, lambda p: p.usd_per_hour),
        ("pending", "Pending pods over time", _PENDING, lambda p: p.pending),
        ("nodes", "Nodes over time", _NODES, lambda p: p.nodes),
        ("idle", "Idle CPU over time", _IDLE, _idle_percent),
    ):
        curves = [
            Curve(
                result.policy,
                [(point.unix_seconds, value(point)) for point in _points(result, anchor)],
                start + result.seconds,
            )
            for result in simulation.results
        ]
        yield Section(anchor, title, chart(what, curves, span))


def _points(result: RunView, anchor: str) -> Sequence[CurvePointView]:
    """Return a run's points; those of idle CPU begin with its first node."""
    points: Sequence[CurvePointView] = result.curve
    if anchor != "idle":
        return points
    return list(dropwhile(lambda point: not point.cpu_there_milli, points))


def _idle_percent(point: CurvePointView) -> float:
    allocatable = point.cpu_there_milli
    return 100 * (allocatable - point.cpu_asked_milli) / allocatable if allocatable else 0.0


def _usd(amount: float) -> str:
    return f"{amount:.4f}" if amount < 100 else f"{amount:,.2f}"


def _number(amount: float) -> str:
    return f"{amount:,.1f}".removesuffix(".0")


def _percent(amount: float) -> str:
    return percent_text(amount / 100)


_RATE = Chart("USD per hour for all nodes; times are UTC", "USD per hour", _usd)
_PENDING = Chart("Pods without a node; times are UTC", "Pending pods", _number, peaks=True)
_NODES = Chart("Billed nodes; times are UTC", "Nodes", _number)
_IDLE = Chart(
    "% of the nodes' allocatable CPU that no pod requests; times are UTC",
    "Idle CPU",
    _percent,
)


def _basis(simulation: SimulationView) -> Html:
    """Return what the figures mean, what was left out, and the sources of prices."""
    lines = [
        "Every policy runs the same workload with the same faults and seed, and kube-scheduler "
        "chooses the nodes; the same command gives the same figures.",
        "Wait p50 and p99: time from a pod's creation to its binding, median and 99th percentile; "
        "pending pod-seconds: sum of all waits.",
        f"USD/month: {simulation.hours_per_month:g} hours at the average cost of the run.",
        "Above minimum: how much more the final fleet costs than the minimum proven for its pods; "
        "- if none was proven.",
        "Killed pods were still on a node when EC2 reclaimed it.",
    ]
    return joined(
        element("h3", "Notes"),
        notes(simulation.notes) if simulation.notes else element("p", "Nothing was left out."),
        element("h3", "How to read this page"),
        notes(lines),
        element("h3", "Sources"),
        notes(simulation.price_sources),
    )
