"""A comparison as a page: the cost, fleet, operation and unrunnable pods of each compute option.

Options have the same order as in text. The same comparison gives the same bytes.
"""

from collections.abc import Iterator, Sequence

from kubestow.model.counted import counted
from kubestow.model.option import (
    CONTROL_PLANE,
    FEES,
    INSTANCES,
    PARTS,
    PENDING_PODS,
    STORAGE,
)
from kubestow.report.comparison_text import (
    cost_notes,
    first_fleet_text,
    other_text,
    other_title,
    over_minimum,
    pending_text,
    placement_notes,
    ranked,
    recommendation,
    settlement_text,
    usd_text,
)
from kubestow.report.html.components import (
    Bar,
    Segment,
    TableColumn,
    bars,
    key,
    notes,
    table,
    tiles,
)
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.page import Section, page
from kubestow.report.html.unread_input import unread_input
from kubestow.report.money_text import local_text
from kubestow.report.placements_text import IF_ALONE, IF_LANDED
from kubestow.report.table import ESTIMATE_MARK
from kubestow.views.comparison_view import ComparisonView
from kubestow.views.option_view import OptionView

_PODS_NAMED = 12
_LOOKS = {  # of each part of a cost: the class in page.css, and the letter
    INSTANCES: ("instances", "I"),
    FEES: ("fees", "F"),
    STORAGE: ("storage", "S"),
    PENDING_PODS: ("waiting", "P"),
    CONTROL_PLANE: ("control", "C"),
}


def render_compare_page(comparison: ComparisonView) -> str:
    """Render the whole page."""
    options = ranked(comparison)
    count = counted(len(options), "option")
    sections = [
        Section("cost", "Cost per month", _costs(comparison, options)),
        *unread_input(comparison.errors),
        Section("table", "Side by side", joined(_table(comparison, options), _asked(options))),
        Section("options", "Options in detail", _each(comparison, options)),
        Section("basis", "Assumptions and sources", _basis(comparison, options)),
    ]
    title = f"{comparison.region}: {counted(comparison.pods, 'pod')}, {count} compared"
    return page(title, "Comparison", _head(comparison, options), sections)


def _head(comparison: ComparisonView, options: Sequence[OptionView]) -> Html:
    whole = [option for option in options if option.runs_all]
    least = _least(comparison)
    cheapest: tuple[str, tuple[Child, ...]]
    if whole:
        best = whole[0]
        local = best.cost.local
        figure = f"{usd_text(best)} USD"
        price = _local(best) if local else figure
        rate = f"at {local.rate:g} {local.code} per USD" if local else None
        rehearsal = _pending(best) if best.stranded is not None else "not rehearsed"
        cheapest = price, (figure if local else None, best.title, rehearsal, _other(best), rate)
    else:
        cheapest = "none", ("no option runs all pods",)
    minimum_notes = (
        ("for the instances of any fleet from these NodePools", f"rung {comparison.bound.rung}")
        if least
        else ("no minimum above zero was proven",)
    )
    return tiles(
        [
            ("Cheapest that runs all pods", *cheapest),
            ("Proven minimum per month", f"{least:,.2f} USD", minimum_notes),
            (
                "Pods",
                f"{comparison.pods:,}",
                (f"{len(whole)} of {len(options)} options run them all",),
            ),
            ("One month", f"{comparison.hours_per_month:g} hours", (f"in {comparison.region}",)),
        ]
    )


def _least(comparison: ComparisonView) -> float:
    """Return the proven minimum in USD per month."""
    return comparison.bound.usd_per_hour * comparison.hours_per_month


def _local(option: OptionView) -> str:
    """Return the monthly cost in the local currency, marked like the one in USD."""
    mark = ESTIMATE_MARK if option.cost.is_estimate else ""
    return mark + local_text(option.cost.local)


def _pending(option: OptionView) -> str | None:
    when = "at rest" if option.settlement else "in rehearsal"
    return f"{option.stranded:,} pods Pending {when}" if option.strands else None


def _other(option: OptionView) -> str | None:
    """Return what kubestow's fleet costs if its pods are placed the other way."""
    placements = option.placements
    if not placements or placements.other is None:
        return None
    condition = IF_ALONE if placements.is_landed else IF_LANDED
    return f"{other_text(option)} USD {condition}"


def _runs(comparison: ComparisonView, option: OptionView) -> str | None:
    if option.runs_all:
        return None
    return f"runs {option.pods:,} of {counted(comparison.pods, 'pod')}"


def _costs(comparison: ComparisonView, options: Sequence[OptionView]) -> Html:
    """Return a bar for the proven minimum and one for each option, on one scale."""
    least = _least(comparison)
    minimum = Segment(least, "least", "proven minimum", "M")
    items = []
    if least:
        items.append(Bar("Proven minimum", (minimum,), f"{least:,.2f} USD", "for instances only"))
    items += [_bar(comparison, option) for option in options]
    legend = [(minimum, "proven minimum for instances from these NodePools")] if least else []
    for part in PARTS:
        if any(option.cost.per_month_by_part.by_part()[part] for option in options):
            style, mark = _LOOKS[part]
            legend.append((Segment(0, style, part, mark), part))
    estimates = any(option.cost.is_estimate for option in options)
    return joined(
        element("p", recommendation(options)),
        bars(items, "Cost per month; options that run all pods come first"),
        key(legend),
        element("p", f"{ESTIMATE_MARK} includes an estimated or unverified price.")
        if estimates
        else None,
    )


def _bar(comparison: ComparisonView, option: OptionView) -> Bar:
    estimated = {p.part for p in option.cost.parts if p.is_estimate}
    over = over_minimum(option, comparison.bound.usd_per_hour)
    segments, figures = [], []
    for part, usd in option.cost.per_month_by_part.by_part().items():
        style, mark = _LOOKS[part]
        sign = ESTIMATE_MARK if part in estimated else ""
        segments.append(Segment(usd, style, f"{part}: {sign}{usd:,.2f} USD", sign + mark))
        if usd:
            figures.append(f"{part} {sign}{usd:,.2f}")
    value = f"{usd_text(option)} USD"
    if option.cost.local:
        value += f", {_local(option)}"
    above = f"{over} over the minimum" if over != "-" else ""
    costs = ", ".join(figures)
    remarks = (_runs(comparison, option), _pending(option), _other(option), above, costs)
    return Bar(option.title, tuple(segments), value, "; ".join(filter(None, remarks)))


def _table(comparison: ComparisonView, options: Sequence[OptionView]) -> Html:
    local = next((o.cost.local for o in options if o.cost.local), None)
    money = ["USD/month", *([f"{local.code}/month"] if local else [])]
    other = other_title(options)
    settles = any(option.settlement for option in options)
    counts = ["First fleet, USD/month"] if settles else []
    counts += ["Above minimum", *([f"{other}, USD/month"] if other else []), "Nodes", "Pods run"]
    counts.append("Pending")
    columns = [TableColumn("Option", wraps=True)]
    columns += [TableColumn(name, right=True) for name in (*money, *counts)]
    rows = [
        [
            option.title,
            usd_text(option),
            *([_local(option)] if local else []),
            *([first_fleet_text(option)] if settles else []),
            over_minimum(option, comparison.bound.usd_per_hour),
            *([other_text(option)] if other else []),
            f"{option.nodes:,}",
            f"{option.pods:,}/{comparison.pods:,}",
            "not rehearsed" if option.stranded is None else pending_text(option),
        ]
        for option in options
    ]
    return table("What each option costs and runs", columns, rows)


def _asked(options: Sequence[OptionView]) -> Html:
    """Return how each option is operated."""
    columns = [
        TableColumn(name, wraps=True)
        for name in ("Option", "First pod", "Node lifetime", "Patched by")
    ]
    rows = [
        [o.title, o.operation.first_pod, o.operation.node_life, o.operation.patches]
        for o in options
    ]
    return table("Operation of each option", columns, rows)


def _each(comparison: ComparisonView, options: Sequence[OptionView]) -> Html:
    """Return the details of each option; the first is open."""
    cards = []
    for number, option in enumerate(options):
        marks = (
            counted(option.nodes, "node"),
            f"{option.pods:,}/{counted(comparison.pods, 'pod')}",
            _pending(option),
        )
        summary = element(
            "summary",
            element("b", option.title, class_="what"),
            element("span", *(element("span", m, class_="mark") for m in marks if m),
                    class_="marks"),
            element("span", element("b", usd_text(option)), " USD/month", class_="price"),
        )  # fmt: skip
        body = element("div", *_details(comparison, option), class_="details")
        cards.append(
            element("details", summary, body, class_="card option", open=number == 0 or None)
        )
    return joined(*cards)


def _details(comparison: ComparisonView, option: OptionView) -> Iterator[Html]:
    if option.cannot_run:
        yield element("h3", "Cannot run")
        yield _cannot_run(option)
    if settlement := settlement_text(option):
        yield element("h3", "Left alone")
        yield element("p", settlement[0].upper() + settlement[1:] + ".")
    yield element("h3", "Fleet")
    yield _fleet(comparison, option) if option.fleet else element("p", "No nodes.")
    yield element("h3", "Cost")
    columns = [
        TableColumn("Item", wraps=True),
        TableColumn("Part"),
        TableColumn("USD/month", right=True),
        TableColumn("Source", wraps=True),
    ]
    rows = []
    for part in option.cost.parts:
        mark = ESTIMATE_MARK if part.is_estimate else ""
        usd = part.usd_per_hour * comparison.hours_per_month
        rows.append([part.name, part.part, f"{mark}{usd:,.2f}", part.source])
    yield table(f"Cost of {option.title}", columns, rows)
    if option.notes:
        yield element("h3", "Notes")
        yield notes(option.notes)


def _cannot_run(option: OptionView) -> Html:
    columns = [
        TableColumn("Pods", wraps=True),
        TableColumn("Count", right=True),
        TableColumn("Field", wraps=True),
        TableColumn("Reason", wraps=True),
    ]
    rows = []
    for item in option.cannot_run:
        named = ", ".join(item.pods[:_PODS_NAMED])
        more = len(item.pods) - _PODS_NAMED
        pods = f"{named} and {more} more" if more > 0 else named
        rows.append([pods, f"{len(item.pods):,}", item.field or "-", item.reason])
    return table(f"Pods that {option.title} cannot run", columns, rows)


def _fleet(comparison: ComparisonView, option: OptionView) -> Html:
    columns = [TableColumn("Unit"), TableColumn("Count", right=True)]
    columns += [TableColumn(name) for name in ("Zone", "Capacity")]
    right = ("Pods", "Pod slots", "Spare CPU, memory", "USD/h", "USD/month")
    columns += [TableColumn(name, right=True) for name in right]
    rows = []
    for line in option.fleet:
        usd, count = line.usd_per_hour_each, line.count
        room = ["-", "-"]
        if line.pods_most > 1:
            spare = f"{100 * line.spare_cpu:.0f} %, {100 * line.spare_memory:.0f} %"
            room = [f"{count * line.pods_most:,}", spare]
        rows.append(
            [
                line.unit,
                f"{count:,}",
                line.zone or "-",
                line.capacity_type or "-",
                f"{line.pods:,}",
                *room,
                f"{usd:.4f}",
                f"{usd * count * comparison.hours_per_month:,.2f}",
            ]
        )
    return table(f"Fleet of {option.title}: USD/h for one, USD/month for all", columns, rows)


def _basis(comparison: ComparisonView, options: Sequence[OptionView]) -> Html:
    """Return what was assumed, what is estimated, and the sources of prices."""
    lines = list(comparison.assumptions)
    lines += placement_notes(options, other_title(options))
    lines += (f"{name}: {text}" for name, text in cost_notes(options))
    if _least(comparison):
        lines.append(
            "Proven minimum: the instances of any fleet from these NodePools cost at least this "
            "much; fees, storage and the control plane are extra."
        )
    estimates = {
        f"{ESTIMATE_MARK} {part.name}: {part.source}": None
        for option in options
        for part in option.cost.parts
        if part.is_estimate
    }
    return joined(
        element("h3", "Assumptions"),
        notes(lines) if lines else element("p", "None beyond the input."),
        joined(element("h3", "Estimates"), notes(estimates)) if estimates else None,
        element("h3", "Sources"),
        notes(comparison.price_sources),
    )
