"""A comparison as text: the option to choose, then a row for each, and their details if wanted.

Estimates are marked.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from kubestow.model.counted import counted
from kubestow.model.currency import format_money
from kubestow.model.option import CONTROL_PLANE, FEES, INSTANCES, PENDING_PODS, STORAGE
from kubestow.report.money_text import local_text
from kubestow.report.numbers_text import percent_text
from kubestow.report.placements_text import IF_ALONE, IF_LANDED
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
_PARTS = ((INSTANCES, 2), (FEES, 3), (STORAGE, 4), (PENDING_PODS, 3), (CONTROL_PLANE, 5))


def render_comparison(comparison: ComparisonView, screen: Screen, *, details: bool = False) -> str:
    """Return the comparison as text; with ``details`` each option's parts, fleet and notes too."""
    options = ranked(comparison)
    bound = comparison.bound.usd_per_hour * comparison.hours_per_month
    parts: list[Any] = [
        f"{counted(comparison.pods, 'pod')} in {comparison.region}, {comparison.hours_per_month:g} "
        f"hours per month. No fleet from these NodePools costs less than "
        f"{format_money(bound, 'USD')}/month ({comparison.bound.rung}).",
        recommendation(options),
        "",
    ]
    columns, omitted = fitting(_columns(options, comparison, details=details), screen.width)
    parts += [table(columns), *omitted_note(omitted)]
    parts += placement_notes(options, other_title(options).upper())
    parts += (f"{name.upper()}: {text}" for name, text in cost_notes(options))
    if any(o.cost.is_estimate for o in options):
        where = "below" if details else "--details"
        parts.append(f"{ESTIMATE_MARK} includes an estimated or unverified price; see {where}.")
    if details:
        for option in options:
            parts += ["", heading(option.title), *_details(option)]
    else:
        parts.append("--details shows the parts of each cost, the fleets, and what cannot run why.")
    if comparison.assumptions:
        parts += ["", heading("Assumptions"), *(f"  {text}" for text in comparison.assumptions)]
    parts += ["", f"Prices: {'; '.join(comparison.price_sources)}."]
    return render(parts, screen)


def ranked(comparison: ComparisonView) -> list[OptionView]:
    """Return the options that run all pods at the cost that is shown, then the others, by cost."""
    return sorted(
        comparison.options,
        key=lambda o: (not o.runs_all, o.leaves_uncounted, o.cost.usd_per_month),
    )


def recommendation(options: Sequence[OptionView]) -> str:
    """Return which option is the cheapest of those that run everything; they are ranked."""
    best = next((o for o in options if o.runs_all and not o.leaves_uncounted), None)
    if best is None:
        return "No option runs all pods."
    return f"Recommended: {best.title}, the cheapest option that runs all pods."


def cost_notes(options: Sequence[OptionView]) -> Iterator[tuple[str, str]]:
    """Yield what the columns about Pending pods and first fleets mean, with their names."""
    if any(o.strands for o in options):
        yield (
            "Pending",
            "pods that kube-scheduler leaves Pending on these nodes when the autoscaler rests, or "
            "else in the worst arrival order rehearsed. The cheapest nodes for them are part of "
            "the cost, except with machines of your own.",
        )
    if any(o.settlement for o in options):
        yield (
            "First fleet",
            "what the option costs with the nodes that are launched first. Its cost is of those "
            "its autoscaler rests with, left alone with the pods in a simulation.",
        )


def first_fleet_text(option: OptionView) -> str:
    """Return the monthly cost with the first fleet; a dash if the fleet shown is the first."""
    if option.settlement is None:
        return "-"
    mark = ESTIMATE_MARK if option.cost.is_estimate else ""
    return f"{mark}{option.settlement.first_usd_per_month:,.2f}"


def settlement_text(option: OptionView) -> str:
    """Return how an option's autoscaler came to rest; an empty string if it has not."""
    settlement = option.settlement
    if settlement is None:
        return ""
    start = f"{counted(settlement.first_nodes, 'node')}, {first_fleet_text(option)} USD/month"
    end = f"{counted(option.nodes, 'node')}, {usd_text(option)} USD/month"
    rest = (
        f"at rest after {settlement.minutes:g} minutes"
        if settlement.rests
        else f"stopped after {settlement.hours_most:g} hours without rest"
    )
    return f"first fleet {start}; {rest} and {counted(settlement.evictions, 'eviction')} with {end}"


def _columns(
    options: Sequence[OptionView], comparison: ComparisonView, *, details: bool
) -> list[Column]:
    local = next((o.cost.local for o in options if o.cost.local), None)
    bound = comparison.bound.usd_per_hour
    columns = [
        Column("OPTION", tuple(o.title for o in options), right=False),
        Column("USD/MONTH", tuple(usd_text(o) for o in options)),
    ]
    if local is not None:
        cells = tuple(local_text(o.cost.local) for o in options)
        columns.append(Column(f"{local.code}/MONTH", cells, drop=1))
    for name, drop in _PARTS if details else ():
        usd = [o.cost.per_month_by_part.by_part()[name] for o in options]
        if name != PENDING_PODS or any(usd):
            columns.append(Column(name.upper(), tuple(f"{x:,.2f}" for x in usd), drop=drop))
    over = tuple(over_minimum(o, bound) for o in options)
    if any(o.settlement for o in options):
        first = tuple(map(first_fleet_text, options))
        columns.append(Column("FIRST FLEET", first, drop=2))
    return [
        *columns,
        Column("OVER MINIMUM", over, drop=2),
        *_other_costs(options),
        Column("NODES", tuple(str(o.nodes) for o in options)),
        Column("PENDING", tuple(pending_text(o) for o in options), drop=2),
        Column("PODS", tuple(f"{o.pods}/{comparison.pods}" for o in options)),
    ]


def _other_costs(options: Sequence[OptionView]) -> Iterator[Column]:
    """Yield the costs of the fleets that are not shown: of kubestow's fleet alone."""
    if title := other_title(options):
        yield Column(title.upper(), tuple(other_text(o) for o in options))


def other_title(options: Sequence[OptionView]) -> str:
    """Return what the costs of fleets that are not shown are called; empty if there are none."""
    has_both = [o.placements for o in options if o.placements and o.placements.kube_scheduler]
    if not has_both:
        return ""
    return "Not landed" if has_both[0].is_landed else "If landed"


def other_text(option: OptionView) -> str:
    """Return the monthly cost of an option's fleet that is not shown; a dash if it has none."""
    other = option.placements and option.placements.other
    if not other:
        return "-"
    mark = ESTIMATE_MARK if option.cost.is_estimate else ""
    return f"{mark}{other.usd_per_month:,.2f}"


def pending_text(option: OptionView) -> str:
    """Return how many pods are left Pending on the nodes, if it is known."""
    if option.stranded and not option.strands:
        return "landed"
    return "-" if option.stranded is None else f"{option.stranded:,}"


def placement_notes(options: Sequence[OptionView], title: str) -> Iterator[str]:
    """Yield what the two costs of kubestow's fleet are, and why no other option has two.

    ``title`` is what the column of the costs that are not shown is called.
    """
    for option in options:
        placements = option.placements
        if placements is None:
            continue
        if placements.kube_scheduler is None:
            yield (
                f"{option.title} was not rehearsed: its cost holds {IF_LANDED}; kube-scheduler "
                "alone may leave some Pending. Other options cannot land pods."
            )
        elif placements.is_landed:
            yield (
                f"{title}: the cost of {option.title} {IF_ALONE}. Its row is for landed pods, "
                "which needs kubestow in the cluster. kubestow lands pods only on nodes that it "
                "launches, so other options have one cost."
            )
        else:
            yield (
                f"{title}: the cost of {option.title} {IF_LANDED}, which needs kubestow in the "
                "cluster. kubestow lands pods only on nodes that it launches, so other options "
                "have one cost."
            )


def usd_text(option: OptionView) -> str:
    """Return the monthly cost of an option, marked if it includes an estimate."""
    mark = ESTIMATE_MARK if option.cost.is_estimate else ""
    return f"{mark}{option.cost.usd_per_month:,.2f}"


def over_minimum(option: OptionView, bound: float) -> str:
    """Return how far the nodes' prices are above the minimum, if the minimum applies."""
    if not option.runs_all or not option.bounded or not bound:
        return "-"
    own = sum(p.usd_per_hour for p in option.cost.parts if p.in_minimum)
    return percent_text(own / bound - 1)


def _details(option: OptionView) -> Iterator[str]:
    fleet = option.fleet
    if settlement := settlement_text(option):
        yield f"  {settlement}"
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
