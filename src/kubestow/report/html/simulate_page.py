"""Simulations as a page: what each policy costs, what its pods go through, and both over time.

Policies are in the order of the table. The same results give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import dropwhile

from kubestow.report.html.components import TableColumn, notes, table, tiles
from kubestow.report.html.curves import Chart, Curve, Span, chart, sample
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.page import Section, page
from kubestow.report.money_text import local_text
from kubestow.views.simulation_view import (
    CurvePointView,
    FinalStateView,
    RunView,
    SimulationView,
)
from kubestow.views.spot_prices_view import SpotPricesView

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
Measure = Callable[[RunView], str]


def render_simulate_page(simulation: SimulationView) -> str:
    """Render the whole page."""
    results = simulation.results
    count = "1 policy" if len(results) == 1 else f"{len(results)} policies"
    sections = [
        Section("cost", "What each costs", joined(_interrupted(simulation), _costs(results))),
        Section("pods", "What pods go through", _pods(results)),
        *_curves(simulation),
        Section("basis", "What this rests on", _basis(simulation)),
    ]
    title = f"{simulation.workload}: {count} simulated"
    return page(title, "Simulation", _head(simulation), sections)


def _head(simulation: SimulationView) -> Html:
    results = [r for r in simulation.results if not r.is_interrupted]
    faults = simulation.faults
    start = datetime.fromtimestamp(simulation.start_unix_seconds, UTC)
    cheapest: tuple[str, tuple[Child, ...]] = "none", ("no run came to its end",)
    quickest = cheapest
    if results:
        best = min(results, key=lambda r: r.cost.usd)
        cost, local = best.cost, best.cost.local
        rate = f"at {local.rate:g} {local.code} a USD" if local else None
        cheapest = (
            f"{cost.usd:,.2f} USD",
            (
                best.policy,
                f"{cost.usd_per_month:,.2f} USD a month at that pace",
                local_text(local) or None,
                rate,
            ),
        )
        least = min(results, key=lambda r: r.pods.wait_seconds_p99)
        half = f"half of them within {least.pods.wait_seconds_p50:,} s"
        quickest = f"{least.pods.wait_seconds_p99:,} s", (least.policy, half)
    return tiles(
        [
            ("Cheapest", *cheapest),
            ("Shortest wait p99", *quickest),
            (
                "Simulated",
                _duration(simulation.seconds),
                (f"from {start:%a %Y-%m-%d %H:%M} UTC", f"in {simulation.region}"),
            ),
            (
                "Faults",
                faults,
                (f"seed {simulation.seed}", "the same set for every policy"),
            ),
            (
                "Spot prices",
                simulation.spot_prices.kind,
                _moving(simulation.spot_prices),
            ),
        ]
    )


def _moving(prices: SpotPricesView) -> tuple[str, ...]:
    """Say how spot prices moved; nobody shall take made-up prices for AWS's."""
    if prices.is_synthetic:
        return "made up, not AWS's", f"by seed, volatility {prices.volatility:g}"
    return (f"of {prices.file}",) if prices.file else ("as in the catalog throughout",)


def _interrupted(simulation: SimulationView) -> Html | None:
    found = [
        f"{r.policy} was interrupted after {_duration(r.seconds)} of "
        f"{_duration(simulation.seconds)}: its figures and curves end there."
        for r in simulation.results
        if r.is_interrupted
    ]
    return notes(found) if found else None


def _duration(seconds: int) -> str:
    """Return a time in its two largest units."""
    parts = []
    for unit, length in (("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE), ("second", 1)):
        amount, seconds = divmod(seconds, length)
        if amount:
            parts.append(f"{amount} {unit}" + "s" * (amount != 1))
    return " ".join(parts[:2]) or "0 seconds"


def _side_by_side(
    caption: str, results: Sequence[RunView], measures: Iterable[tuple[str, Measure]]
) -> Html:
    """Return a column for each policy, headed by its line, and a row for each measure."""
    columns = [TableColumn("Figure", wraps=True)]
    for number, result in enumerate(results):
        columns.append(TableColumn(joined(sample(number), result.policy), right=True))
    rows = [[name, *(measure(result) for result in results)] for name, measure in measures]
    return element("div", table(caption, columns, rows), class_="side")


def _costs(results: Sequence[RunView]) -> Html:
    local = next((r.cost.local for r in results if r.cost.local), None)
    measures: list[tuple[str, Measure]] = [
        ("USD, the run", lambda r: f"{r.cost.usd:,.2f}"),
        ("USD a month at that pace", lambda r: f"{r.cost.usd_per_month:,.2f}"),
    ]
    if local:
        measures.append((f"{local.code} a month at that pace", lambda r: local_text(r.cost.local)))
    measures += [
        ("Over minimum at the end", lambda r: _over(r.at_end)),
        ("Nodes at peak", lambda r: f"{r.nodes.peak:,}"),
        ("Nodes at the end", lambda r: f"{r.at_end.nodes:,}"),
        ("Launches", lambda r: f"{r.nodes.launched:,}"),
        ("Failed launches", lambda r: f"{r.nodes.failed_launches:,}"),
        ("Idle cpu", lambda r: f"{100 * r.idle_cpu_share:.1f} %"),
        ("Run", lambda r: "interrupted" if r.is_interrupted else "whole"),
    ]
    return _side_by_side("Money and nodes of each policy", results, measures)


def _over(end: FinalStateView) -> str:
    bound = end.bound_usd_per_hour
    return "-" if not bound else f"{100 * (end.usd_per_hour / bound - 1):.1f} %"


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
        ("Pods killed", lambda r: f"{r.pods.killed_with_node:,}"),
    ]
    return _side_by_side("Waits for a node, and what disturbs pods", results, measures)


def _curves(simulation: SimulationView) -> Iterator[Section]:
    """Yield cost, pods that wait, nodes and idle cpu over time."""
    start = simulation.start_unix_seconds
    ends = [start + result.seconds for result in simulation.results]
    span = Span(start, max([start + simulation.seconds, *ends]))
    for anchor, title, what, value in (
        ("rate", "Cost over time", _RATE, lambda p: p.usd_per_hour),
        ("pending", "Pending pods over time", _PENDING, lambda p: p.pending),
        ("nodes", "Nodes over time", _NODES, lambda p: p.nodes),
        ("idle", "Idle cpu over time", _IDLE, _idle_percent),
    ):
        curves = [
            Curve(
                result.policy,
                [(point.unix_seconds, value(point)) for point in _known(result, anchor)],
                start + result.seconds,
            )
            for result in simulation.results
        ]
        yield Section(anchor, title, chart(what, curves, span))


def _known(result: RunView, anchor: str) -> Sequence[CurvePointView]:
    """Return a run's points; there is no idle cpu to speak of before its first node."""
    points: Sequence[CurvePointView] = result.curve
    if anchor != "idle":
        return points
    return list(dropwhile(lambda point: not point.cpu_there_milli, points))


def _idle_percent(point: CurvePointView) -> float:
    there = point.cpu_there_milli
    return 100 * (there - point.cpu_asked_milli) / there if there else 0.0


def _usd(amount: float) -> str:
    return f"{amount:.4f}" if amount < 100 else f"{amount:,.2f}"


def _number(amount: float) -> str:
    return f"{amount:,.1f}".removesuffix(".0")


def _percent(amount: float) -> str:
    return f"{amount:.1f} %"


_RATE = Chart("USD an hour of all nodes; times are UTC", "USD an hour", _usd)
_PENDING = Chart("Pods that have no node yet; times are UTC", "Pending pods", _number, peaks=True)
_NODES = Chart("Nodes that are paid for; times are UTC", "Nodes", _number)
_IDLE = Chart(
    "% of the nodes' allocatable cpu that no pod asks for; times are UTC",
    "Idle cpu",
    _percent,
)


def _basis(simulation: SimulationView) -> Html:
    """Return what the figures mean, what was left out, and where prices are from."""
    lines = [
        "Every policy sees the same workload, set of faults and seed, and kube-scheduler's own "
        "choice of nodes; the same command gives the same figures.",
        "Wait p50 and p99: seconds from a pod's creation to its node, of half and of 99 % of the "
        "pods; pending pod-seconds: all waits added up.",
        "A month is the cost of the run at its mean pace, "
        f"{simulation.hours_per_month:g} hours long.",
        "Over minimum: what the fleet of the end costs above the least that is proven for its "
        "pods; - where nothing is proven.",
        "Pods killed were still on a node that EC2 took back.",
    ]
    return joined(
        element("h3", "Notes"),
        notes(simulation.notes) if simulation.notes else element("p", "Nothing was left out."),
        element("h3", "How to read it"),
        notes(lines),
        element("h3", "Prices and facts"),
        notes(simulation.price_sources),
    )
