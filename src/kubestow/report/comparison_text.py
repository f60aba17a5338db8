"""A comparison as text: a table with one row per option, then the details of each option.

Estimates are marked.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.counted import counted
from kubestow.model.currency import format_money
from kubestow.model.option import CONTROL_PLANE, FEES, INSTANCES, STORAGE
from kubestow.report.money_text import local_text
from kubestow.report.numbers_text import percent_text
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
from kubestow.views.comparison_view import ComparisonView
from kubestow.views.option_view import OptionView

_FLEET_MOST = 8
_PODS_NAMED = 3
_PARTS = ((INSTANCES, 2), (FEES, 3), (STORAGE, 4), (CONTROL_PLANE, 5))


def render_comparison(comparison: ComparisonView, screen: Screen) -> str:
    """Return the comparison as text."""
    options = ranked(comparison)
    bound = comparison.bound.usd_per_hour * comparison.hours_per_month
    parts: list[Any] = [
        f"{counted(comparison.pods, 'pod')} in {comparison.region}, {comparison.hours_per_month:g} "
        f"hours per month. No fleet from these NodePools costs less than "
        f"{format_money(bound, 'USD')}/month ({comparison.bound.rung}).",
        "",
    ]
    columns, omitted = fitting(_columns(options, comparison), screen.width)
    parts += [table(columns), *omitted_note(omitted)]
    if any(o.stranded for o in options):
        parts.append(
            "PENDING: pods that kube-scheduler leaves Pending on these nodes in the worst arrival "
            "order rehearsed; an autoscaler adds nodes for them."
        )
    if any(o.cost.is_estimate for o in options):
        parts.append(f"{ESTIMATE_MARK} includes an estimated or unverified price; see below.")
    for option in options:
        parts += ["", heading(option.title), *_details(option)]
    if comparison.assumptions:
        parts += ["", heading("Assumptions"), *(f"  {text}" for text in comparison.assumptions)]
    parts += ["", f"Prices: {'; '.join(comparison.price_sources)}."]
    return render(parts, screen)


def ranked(comparison: ComparisonView) -> list[OptionView]:
    """Return the options that run all pods and leave none Pending, then the others, by cost."""
    return sorted(
        comparison.options,
        key=lambda o: (not o.runs_all, bool(o.stranded), o.cost.usd_per_month),
    )


def _columns(options: Sequence[OptionView], comparison: ComparisonView) -> list[Column]:
    local = next((o.cost.local for o in options if o.cost.local), None)
    bound = comparison.bound.usd_per_hour
    columns = [
        Column("OPTION", tuple(o.title for o in options), right=False),
        Column("USD/MONTH", tuple(usd_text(o) for o in options)),
    ]
    if local is not None:
        cells = tuple(local_text(o.cost.local) for o in options)
        columns.append(Column(f"{local.code}/MONTH", cells, drop=1))
    for name, drop in _PARTS:
        cells = tuple(f"{o.cost.per_month_by_part.by_part()[name]:,.2f}" for o in options)
        columns.append(Column(name.upper(), cells, drop=drop))
    over = tuple(over_minimum(o, bound) for o in options)
    return [
        *columns,
        Column("OVER MINIMUM", over, drop=2),
        Column("NODES", tuple(str(o.nodes) for o in options)),
        Column("PENDING", tuple(_dash(o.stranded) for o in options), drop=2),
        Column("PODS", tuple(f"{o.pods}/{comparison.pods}" for o in options)),
    ]


def _dash(count: int | None) -> str:
    return "-" if count is None else str(count)


def usd_text(option: OptionView) -> str:
    """Return the monthly cost of an option, marked if it includes an estimate."""
    mark = ESTIMATE_MARK if option.cost.is_estimate else ""
    return f"{mark}{option.cost.usd_per_month:,.2f}"


def over_minimum(option: OptionView, bound: float) -> str:
    """Return how far the instances' cost is above the minimum, if the minimum applies."""
    if not option.runs_all or not option.bounded or not bound:
        return "-"
    own = sum(p.usd_per_hour for p in option.cost.parts if p.part == INSTANCES)
    return percent_text(own / bound - 1)


def _details(option: OptionView) -> Iterator[str]:
    fleet = option.fleet
    for line in fleet[:_FLEET_MOST]:
        where = f" in {line.zone}" if line.zone else ""
        spare = ""
        if line.pods_most > 1:
            spare = (
                f", {counted(line.pods, 'pod')} in {line.count * line.pods_most} slots, spare: "
                f"{100 * line.spare_cpu:.0f} % CPU, {100 * line.spare_memory:.0f} % memory"
            )
        yield (f"  {line.count} x {line.unit}{where} at {line.usd_per_hour_each:g} USD/h{spare}")
    if len(fleet) > _FLEET_MOST:
        yield f"  and {len(fleet) - _FLEET_MOST} more lines (-o json lists all)"
    for item in option.cannot_run:
        named = ", ".join(item.pods[:_PODS_NAMED])
        more = len(item.pods) - _PODS_NAMED
        field = f"{item.field}: " if item.field else ""
        yield (
            f"  cannot run: {named}{f' and {more} more' if more > 0 else ''}: {field}{item.reason}"
        )
    operation = option.operation
    yield from pairs(
        [
            ("patched by", operation.patches),
            ("first pod", operation.first_pod),
            ("node lifetime", operation.node_life),
        ]
    )
    for part in option.cost.parts:
        if part.is_estimate:
            yield f"  {ESTIMATE_MARK} {part.name}: {part.source}"
    for note in option.notes:
        yield f"  note: {note}"
