"""Simulations as a page: what each policy costs, what its pods go through, and both over time.

Law: from the simulation's document, so that it agrees with the table and the JSON; in their order.
The same results give the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import dropwhile

from kubestow.model.currency import format_money
from kubestow.model.simulated import Result
from kubestow.report.html.components import TableColumn, notes, table, tiles
from kubestow.report.html.curves import Chart, Curve, Span, chart, sample
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.page import Section, page
from kubestow.report.simulate_json import Document, Simulated, simulation_document
from kubestow.views.settings import Settings

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
Measure = Callable[[Document], str]


def render_simulate_page(
    what: Simulated, results: Sequence[Result], sources: tuple[str, ...], settings: Settings
) -> str:
    """Render the whole page, from what ``simulation_document`` takes and in its order.

    ``what`` is said at the head (its notes at the foot); there is one result a policy; ``sources``
    say where prices are from; ``settings`` hold the currency and the hours of a month.
    """
    document = simulation_document(what, results, sources, settings)
    found = document["results"]
    count = "1 policy" if len(found) == 1 else f"{len(found)} policies"
    sections = [
        Section("cost", "What each costs", joined(_interrupted(document), _costs(found))),
        Section("pods", "What pods go through", _pods(found)),
        *_curves(document),
        Section("basis", "What this rests on", _basis(document)),
    ]
    title = f"{document['workload']}: {count} simulated"
    return page(title, "Simulation", _head(document), sections)


def _head(document: Document) -> Html:
    results = [r for r in document["results"] if not r["isInterrupted"]]
    faults = document["faults"]
    start = datetime.fromtimestamp(document["startUnixSeconds"], UTC)
    cheapest: tuple[str, tuple[Child, ...]] = "none", ("no run came to its end",)
    quickest = cheapest
    if results:
        best = min(results, key=lambda r: r["cost"]["usd"])
        cost, local = best["cost"], best["cost"]["local"]
        rate = f"at {local['rate']:g} {local['code']} a USD" if local else None
        cheapest = (
            f"{cost['usd']:,.2f} USD",
            (
                best["policy"],
                f"{cost['usdPerMonth']:,.2f} USD a month at that pace",
                _local(cost) if local else None,
                rate,
            ),
        )
        least = min(results, key=lambda r: r["pods"]["waitSecondsP99"])
        half = f"half of them within {least['pods']['waitSecondsP50']:,} s"
        quickest = f"{least['pods']['waitSecondsP99']:,} s", (least["policy"], half)
    return tiles(
        [
            ("Cheapest", *cheapest),
            ("Shortest wait p99", *quickest),
            (
                "Simulated",
                _duration(document["seconds"]),
                (f"from {start:%a %Y-%m-%d %H:%M} UTC", f"in {document['region']}"),
            ),
            (
                "Faults",
                faults,
                (f"seed {document['seed']}", "the same set for every policy"),
            ),
            (
                "Spot prices",
                document["spotPrices"]["kind"],
                _moving(document["spotPrices"]),
            ),
        ]
    )


def _moving(prices: Document) -> tuple[str, ...]:
    """Say how spot prices moved; nobody shall take made-up prices for AWS's."""
    if prices["isSynthetic"]:
        return "made up, not AWS's", f"by seed, volatility {prices['volatility']:g}"
    return (f"of {prices['file']}",) if prices["file"] else ("as in the catalog throughout",)


def _local(cost: Document) -> str:
    return format_money(cost["local"]["perMonth"], cost["local"]["code"])


def _interrupted(document: Document) -> Html | None:
    found = [
        f"{r['policy']} was interrupted after {_duration(r['seconds'])} of "
        f"{_duration(document['seconds'])}: its figures and curves end there."
        for r in document["results"]
        if r["isInterrupted"]
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
    caption: str, results: Sequence[Document], measures: Iterable[tuple[str, Measure]]
) -> Html:
    """Return a column for each policy, headed by its line, and a row for each measure."""
    columns = [TableColumn("Figure", wraps=True)]
    for number, result in enumerate(results):
        columns.append(TableColumn(joined(sample(number), result["policy"]), right=True))
    rows = [[name, *(measure(result) for result in results)] for name, measure in measures]
    return element("div", table(caption, columns, rows), class_="side")


def _costs(results: Sequence[Document]) -> Html:
    local = next((r["cost"]["local"] for r in results if r["cost"]["local"]), None)
    measures: list[tuple[str, Measure]] = [
        ("USD, the run", lambda r: f"{r['cost']['usd']:,.2f}"),
        ("USD a month at that pace", lambda r: f"{r['cost']['usdPerMonth']:,.2f}"),
    ]
    if local:
        measures.append((f"{local['code']} a month at that pace", lambda r: _local(r["cost"])))
    measures += [
        ("Over minimum at the end", lambda r: _over(r["atEnd"])),
        ("Nodes at peak", lambda r: f"{r['nodes']['peak']:,}"),
        ("Nodes at the end", lambda r: f"{r['atEnd']['nodes']:,}"),
        ("Launches", lambda r: f"{r['nodes']['launched']:,}"),
        ("Failed launches", lambda r: f"{r['nodes']['failedLaunches']:,}"),
        ("Idle cpu", lambda r: f"{100 * r['idleCpuShare']:.1f} %"),
        ("Run", lambda r: "interrupted" if r["isInterrupted"] else "whole"),
    ]
    return _side_by_side("Money and nodes of each policy", results, measures)


def _over(end: Document) -> str:
    bound = end["boundUsdPerHour"]
    return "-" if not bound else f"{100 * (end['usdPerHour'] / bound - 1):.1f} %"


def _pods(results: Sequence[Document]) -> Html:
    measures: list[tuple[str, Measure]] = [
        ("Pods placed", lambda r: f"{r['pods']['placed']:,}"),
        ("Wait p50", lambda r: f"{r['pods']['waitSecondsP50']:,} s"),
        ("Wait p99", lambda r: f"{r['pods']['waitSecondsP99']:,} s"),
        ("Pending pod-seconds", lambda r: f"{r['pods']['pendingPodSeconds']:,}"),
        ("Pending at the end", lambda r: f"{r['atEnd']['pending']:,}"),
        ("Evictions", lambda r: f"{r['pods']['evictions']:,}"),
        ("Preemptions", lambda r: f"{r['pods']['preemptions']:,}"),
        ("Interruptions", lambda r: f"{r['interruptions']:,}"),
        ("Pods killed", lambda r: f"{r['pods']['killedWithNode']:,}"),
    ]
    return _side_by_side("Waits for a node, and what disturbs pods", results, measures)


def _curves(document: Document) -> Iterator[Section]:
    """Yield cost, pods that wait, nodes and idle cpu over time."""
    start = document["startUnixSeconds"]
    ends = [start + result["seconds"] for result in document["results"]]
    span = Span(start, max([start + document["seconds"], *ends]))
    for anchor, title, what, value in (
        ("rate", "Cost over time", _RATE, lambda p: p["usdPerHour"]),
        ("pending", "Pending pods over time", _PENDING, lambda p: p["pending"]),
        ("nodes", "Nodes over time", _NODES, lambda p: p["nodes"]),
        ("idle", "Idle cpu over time", _IDLE, _idle_percent),
    ):
        curves = [
            Curve(
                result["policy"],
                [(point["unixSeconds"], value(point)) for point in _known(result, anchor)],
                start + result["seconds"],
            )
            for result in document["results"]
        ]
        yield Section(anchor, title, chart(what, curves, span))


def _known(result: Document, anchor: str) -> list[Document]:
    """Return a run's points; there is no idle cpu to speak of before its first node."""
    points: list[Document] = result["curve"]
    if anchor != "idle":
        return points
    return list(dropwhile(lambda point: not point["cpuThereMilli"], points))


def _idle_percent(point: Document) -> float:
    there = point["cpuThereMilli"]
    return 100 * (there - point["cpuAskedMilli"]) / there if there else 0.0


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


def _basis(document: Document) -> Html:
    """Return what the figures mean, what was left out, and where prices are from."""
    lines = [
        "Every policy sees the same workload, set of faults and seed, and kube-scheduler's own "
        "choice of nodes; the same command gives the same figures.",
        "Wait p50 and p99: seconds from a pod's creation to its node, of half and of 99 % of the "
        "pods; pending pod-seconds: all waits added up.",
        "A month is the cost of the run at its mean pace, "
        f"{document['hoursPerMonth']:g} hours long.",
        "Over minimum: what the fleet of the end costs above the least that is proven for its "
        "pods; - where nothing is proven.",
        "Pods killed were still on a node that EC2 took back.",
    ]
    return joined(
        element("h3", "Notes"),
        notes(document["notes"]) if document["notes"] else element("p", "Nothing was left out."),
        element("h3", "How to read it"),
        notes(lines),
        element("h3", "Prices and facts"),
        notes(document["priceSources"]),
    )
