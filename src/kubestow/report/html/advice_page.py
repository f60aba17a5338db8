"""An advice as a page: from what a cluster costs to what it could, and what is done next."""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.report.advice_text import (
    fleet_text,
    headline,
    kept_by_reason,
    launched_text,
    remarks,
    rests,
    way_on,
)
from kubestow.report.html.components import Bar, Segment, TableColumn, bars, notes, table, tiles
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.page import Section, page
from kubestow.report.money_text import local_text
from kubestow.report.numbers_text import percent_text
from kubestow.views.advice_view import AdviceStep, AdviceView, advice_steps
from kubestow.views.cluster_view import HourlyCostView

_TOTAL, _PART, _LEAST = "w1", "w2", "w3"  # colours of page.css


def render_advice_page(advice: AdviceView) -> str:
    """Render the whole page."""
    sections = [
        Section("cost", "What it could cost", joined(_way(advice), notes(remarks(advice)))),
        Section("next", "What would be done next, if it were carried out", _next(advice)),
        Section("stays", "Why other nodes stay", _stays(advice)),
        *_rests(advice),
        Section("basis", "How to go on, and sources", _basis(advice)),
    ]
    title = f"{advice.cluster}: what it costs and could cost"
    return page(title, "Advice", _lead(advice), sections)


def _lead(advice: AdviceView) -> Html:
    minimum, gap = advice.minimum, advice.minimum.gap
    above = "no minimum is proven" if gap is None else f"now {percent_text(gap)} above it"
    return joined(
        tiles(
            [
                ("Cost now", f"{advice.cost.usd_per_hour:.4f} USD/hour", _monthly(advice.cost)),
                ("Proven minimum", f"{minimum.usd_per_hour:.4f} USD/hour", (above,)),
                (
                    "Could be saved now",
                    f"{advice.saving.usd_per_hour:.4f} USD/hour",
                    _monthly(advice.saving),
                ),
                (
                    "Runs",
                    counted(advice.nodes, "node"),
                    (counted(advice.pods, "pod"), f"{advice.pending_pods} Pending"),
                ),
            ]
        ),
        notes(headline(advice)),
    )


def _monthly(cost: HourlyCostView) -> tuple[Child, ...]:
    return (f"{cost.usd_per_month:,.2f} USD/month", local_text(cost.local) or None)


def _way(advice: AdviceView) -> Html:
    """Return the steps as bars on one scale, each part where it is saved."""
    steps = advice_steps(advice)
    rows, left = [], 0.0
    for step in steps:
        rows.append(_bar(step, left))
        left = step.usd_per_hour if step.is_total else left + step.usd_per_hour
    least = advice.minimum.usd_per_hour
    rows.append(
        Bar("proven minimum", (Segment(least, _LEAST, "proven minimum"),), f"{least:.4f} USD/hour")
    )
    return bars(rows, "From the cost now to the cheapest plan, in USD an hour")


def _bar(step: AdviceStep, before: float) -> Bar:
    if step.is_total:
        whole = (Segment(step.usd_per_hour, _TOTAL, step.title),)
        cost = f"{step.usd_per_hour:.4f} USD/hour"
        return Bar(step.title, whole, cost, fleet_text(step.fleet))
    rest = min(before, before + step.usd_per_hour)
    segments = (
        Segment(rest, "room", "what is left"),
        Segment(abs(step.usd_per_hour), _PART, step.title),
    )
    return Bar(step.title, segments, f"{step.usd_per_hour:+.4f} USD/hour")


def _next(advice: AdviceView) -> Html:
    columns = [
        TableColumn("Policy"),
        TableColumn("Why"),
        TableColumn("Removes", wraps=True),
        TableColumn("Launches", wraps=True),
        TableColumn("Evicts", right=True),
        TableColumn("USD/month", right=True),
        TableColumn("After", right=True),
    ]
    rows = [
        (
            item.policy,
            ", ".join(item.reasons) or "nothing to do",
            ", ".join(item.removes) or "-",
            launched_text(item),
            counted(len(item.evicted), "pod"),
            f"{-item.saving_usd_per_month + 0.0:+,.2f}",
            f"{item.after_seconds} s",
        )
        for item in advice.decisions
    ]
    return table("The next decision of each policy; nothing is carried out", columns, rows)


def _stays(advice: AdviceView) -> Html:
    parts: list[Html] = []
    for decision in advice.decisions:
        rows = [
            (reason, str(len(nodes)), ", ".join(nodes))
            for reason, nodes in kept_by_reason(decision)
        ]
        if rows:
            columns = [
                TableColumn("Reason", wraps=True),
                TableColumn("Nodes", right=True),
                TableColumn("Which, and what causes it", wraps=True),
            ]
            parts.append(table(f"Nodes that {decision.policy} keeps", columns, rows))
    return joined(*parts) if parts else element("p", "No node is told to stay.")


def _rests(advice: AdviceView) -> Iterator[Section]:
    if advice.rests:
        title = "Where each policy would rest, if it were left alone"
        yield Section("rest", title, notes(rests(advice)))


def _basis(advice: AdviceView) -> Html:
    return notes(_lines(advice))


def _lines(advice: AdviceView) -> Iterator[str]:
    yield from way_on(advice)
    yield f"Observed at {advice.at}, in {advice.region}."
    yield f"Prices: {'; '.join(advice.price_sources)}."
    yield from advice.notes
