"""A plan as a page: its cost, its proven minimum, its nodes, and the pods that cannot run.

It contains no timings, so that the same plan gives the same bytes.
"""

from collections.abc import Iterator, Sequence

from kubestow.model.counted import counted
from kubestow.model.currency import format_money
from kubestow.model.headroom import is_headroom
from kubestow.report.html.components import (
    Bar,
    Segment,
    TableColumn,
    bars,
    facts,
    key,
    notes,
    table,
    tiles,
)
from kubestow.report.html.fleet import DIMENSIONS, FleetFigure
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.nodes import NAMES, amount_text, fleet_segments, nodes_view, percent
from kubestow.report.html.page import Section, page
from kubestow.report.html.unread_input import unread_input
from kubestow.report.numbers_text import percent_text
from kubestow.report.placements_text import IF_ALONE, IF_LANDED, difference_text
from kubestow.report.plan_money_text import gap_text, mended_text, money_lines
from kubestow.report.plan_text import fill_order_notes, kinds_choice, title_of
from kubestow.report.resilience_text import launch_lists, spot_diversity
from kubestow.report.table import ESTIMATE_MARK
from kubestow.report.unschedulable_text import alike, nearest_lines
from kubestow.views.placements_view import PlacementsView
from kubestow.views.plan_view import PlanView
from kubestow.views.reason_view import ReasonView, detail_text

_PODS_NAMED = 12
_LABEL = 13  # the width of the names in money_lines
_IN_TILES = ("cost", "minimum", "rehearsed")


def render_plan_page(plan: PlanView, fleet: FleetFigure) -> str:
    """Render the whole page."""
    sections = [
        Section("cost", "Cost and proven minimum", _gap(plan)),
        *unread_input(plan.errors),
        *_unschedulable(plan),
    ]
    if fleet.groups:
        hours = plan.cost.hours_per_month
        sections += [
            Section("nodes", "Nodes and pods", nodes_view(fleet, hours)),
            *_kinds(plan),
            Section("room", "Used and free capacity", _room(fleet)),
            Section("table", "All nodes as a table", _table(plan, fleet)),
        ]
    sections += _resilience(plan)
    sections.append(Section("basis", "Assumptions and sources", _basis(plan)))
    return page(title_of(plan), "Plan", _head(plan), sections)


def _head(plan: PlanView) -> Html:
    cost, bound = plan.cost, plan.bound
    local = cost.local
    month = f"{cost.usd_per_month:,.2f} USD"
    pods = sum(len(node.pods) for node in plan.nodes)
    left = sum(not is_headroom(item.pod) for item in plan.unschedulable)
    placed = IF_LANDED if plan.placements.is_landed else "pods placed by kube-scheduler alone"
    rate = f"at {local.rate:g} {local.code} per USD" if local else None
    return tiles(
        [
            (
                "Cost per hour",
                f"{cost.usd_per_hour:.4f} USD",
                (_estimated(plan), "for new nodes", placed),
            ),
            (
                "Cost per month",
                format_money(local.per_month, local.code) if local else month,
                (month if local else None, rate, f"of {cost.hours_per_month:g} hours"),
            ),
            (
                "Proven minimum",
                f"{bound.usd_per_hour:.4f} USD/h",
                (gap_text(bound), f"rung {bound.rung}"),
            ),
            _rehearsed(plan),
            (
                "Pods placed",
                f"{pods:,}",
                (f"{left:,} cannot run" if left else "every pod has a node",),
            ),
        ]
    )


def _rehearsed(plan: PlanView) -> tuple[str, str, tuple[Child, ...]]:
    """Return what kube-scheduler alone makes of these nodes, as a tile."""
    rehearsal, landed = plan.rehearsal, plan.placements.kubestow
    if rehearsal is not None:
        orders = f"in the worst of {counted(rehearsal.orders, 'arrival order')}"
        mended = mended_text(rehearsal) if rehearsal.stranded else None
        return "Rehearsal", f"{rehearsal.pending:,} Pending", (orders, mended)
    if landed.pending is None:
        return "Rehearsal", "none", ("kube-scheduler may leave pods Pending",)
    return "Rehearsal", f"{landed.pending:,} Pending", (IF_ALONE, "none if kubestow lands them")


def _estimated(plan: PlanView) -> str | None:
    count = sum(node.price_is_estimate for node in plan.new_nodes)
    return f"{ESTIMATE_MARK} estimated price for {counted(count, 'node')}" if count else None


def _gap(plan: PlanView) -> Html:
    """Return the cost next to the proven minimum, and the other lines about cost."""
    cost, least = plan.cost.usd_per_hour, plan.bound.usd_per_hour
    rehearsal = plan.rehearsal
    extra = min(rehearsal.extra_usd_per_hour if rehearsal else 0.0, max(cost - least, 0.0))
    rest = max(cost - least - extra, 0.0)
    parts = (
        Segment(min(least, cost), "least", "proven minimum", "M"),
        Segment(rest, "gap", "gap to the proven minimum", "G"),
        Segment(extra, "extra", "added by the rehearsal", "R"),
    )
    gap = "" if plan.bound.gap is None else f": {gap_text(plan.bound)}"
    chart = bars(
        [
            Bar("This plan", parts, f"{cost:.4f} USD/h"),
            *_other(plan.placements, least),
            Bar("Cheapest possible", parts[:1], f"at least {least:.4f} USD/h"),
        ],
        f"Cost per hour{gap}",
    )
    legend = [(part, f"{part.name}, {part.amount:.4f} USD/h") for part in parts if part.amount]
    lines = [(line[2:_LABEL].strip(), line[_LABEL:]) for line in money_lines(plan)]
    shown = _IN_TILES if plan.rehearsal else _IN_TILES[:-1]
    more = [(name, text) for name, text in lines if name not in shown]
    return joined(chart, key(legend), facts(more) if more else None)


def _other(placements: PlacementsView, least: float) -> Iterator[Bar]:
    """Yield the bar of the fleet that is not shown, if it is another one."""
    other = placements.other
    if other is None or not placements.kubestow.pending:
        return
    label = "kube-scheduler alone" if placements.is_landed else "If pods are landed"
    cost = other.usd_per_hour
    parts = (
        Segment(min(least, cost), "least", "proven minimum", "M"),
        Segment(max(cost - least, 0.0), "gap", "gap to the proven minimum", "G"),
    )
    note = f"{counted(other.nodes, 'new node')}, {difference_text(placements)}"
    yield Bar(label, parts, f"{cost:.4f} USD/h", note)


def _kinds(plan: PlanView) -> Iterator[Section]:
    """Yield what few instance types cost."""
    kinds = plan.kinds
    if kinds is None:
        return
    columns = [
        TableColumn("Kinds at most"),
        *(TableColumn(n, right=True) for n in ("Nodes", "USD/h", "USD/month", "Over minimum")),
        TableColumn("Types", wraps=True),
    ]
    rows = [
        [
            ("any" if c.kinds is None else str(c.kinds)) + (" (planned)" if c.shown else ""),
            f"{c.nodes:,}",
            f"{c.usd_per_hour:.4f}",
            f"{c.usd_per_month:,.2f}",
            "-" if c.gap is None else percent_text(c.gap),
            ", ".join(c.instance_types),
        ]
        for c in kinds.costs
    ]
    caption = f"What fewer instance types cost, {IF_LANDED}; {kinds_choice(kinds)}"
    yield Section("kinds", "Fewer kinds of nodes", table(caption, columns, rows))


def _unschedulable(plan: PlanView) -> Iterator[Section]:
    pods = plan.unschedulable
    if not pods:
        return
    columns = [
        TableColumn("Pods", wraps=True),
        TableColumn("Count", right=True),
        TableColumn("Reasons, with the offerings they affect", wraps=True),
        TableColumn("Nearest miss", wraps=True),
    ]
    rows = []
    for items in alike(pods):
        named = ", ".join(item.pod for item in items[:_PODS_NAMED])
        more = f" and {len(items) - _PODS_NAMED} more" if len(items) > _PODS_NAMED else ""
        nearest = " ".join(
            line.strip().removeprefix("nearest: ") for line in nearest_lines(items[0].nearest)
        )
        rows.append([named + more, f"{len(items):,}", _reasons(items[0].reasons), nearest or "-"])
    title = f"{counted(len(pods), 'pod')} cannot run"
    yield Section("unschedulable", title, table("Pods that cannot run, and why", columns, rows))


def _reasons(reasons: Sequence[ReasonView]) -> Html:
    lines = []
    for reason in reasons:
        detail = detail_text(reason.detail)
        hint = reason.detail.hint
        lines.append(
            joined(
                element("b", reason.constraint),
                f" ({reason.offerings:,})",
                f": {detail}" if detail else None,
                element("small", f" Hint: {hint}") if hint else None,
            )
        )
    return notes(lines)


def _room(fleet: FleetFigure) -> Html:
    """Return the used and the free capacity of the whole fleet."""
    items = []
    for number, name in enumerate(NAMES):
        segments, free = fleet_segments(fleet.groups, number)
        allocatable = sum(group.allocatable[number] * group.count for group in fleet.groups)
        unused = f"{amount_text(DIMENSIONS[number], free)} free of "
        unused += f"{amount_text(DIMENSIONS[number], allocatable)} allocatable"
        whole = sum(part.amount for part in segments) or 1.0
        shares = tuple(Segment(p.amount / whole, p.style, p.name, p.mark) for p in segments)
        used = f"{percent(allocatable - free, allocatable)} used"
        items.append(Bar(name, shares, used, unused))
    parts, _ = fleet_segments(fleet.groups, 0)
    legend = [(part, part.name) for part in parts if part.amount]
    caption = "All nodes together; a full bar is the capacity of the instances"
    return joined(bars(items, caption), key(legend))


def _table(plan: PlanView, fleet: FleetFigure) -> Html:
    hours = plan.cost.hours_per_month
    left = ("Type", "Zone", "Capacity", "NodePool", "Status", "Filled")
    right = ("Nodes", *(f"Free {n}" for n in NAMES), *(f"{n} used" for n in NAMES))
    columns = [TableColumn(name) for name in left]
    columns += [TableColumn(name[0].upper() + name[1:], right=True) for name in right]
    columns += [TableColumn(name, right=True) for name in ("USD/h", "USD/month")]
    columns.append(TableColumn("Price source"))
    rows = []
    for group in fleet.groups:
        node, usd = group.node, group.usd_per_hour
        mark = ESTIMATE_MARK if node.price_is_estimate else ""
        allocatable = [amount * group.count for amount in group.allocatable]
        free = [a - b for a, b in zip(allocatable, group.requested, strict=True)]
        rows.append(
            [
                node.instance_type or node.name,
                node.zone,
                node.capacity_type,
                node.node_pool,
                group.status,
                group.fill_order or "first",
                f"{group.count:,}",
                *(amount_text(d, f) for d, f in zip(DIMENSIONS, free, strict=True)),
                *(percent(a, b) for a, b in zip(group.requested, allocatable, strict=True)),
                f"{mark}{usd:.4f}",
                f"{mark}{usd * hours:,.2f}",
                node.price_source + (" (estimate)" if mark else ""),
            ]
        )
    return table("Nodes by type, zone and NodePool, with their free capacity", columns, rows)


def _resilience(plan: PlanView) -> Iterator[Section]:
    """Yield launch lists and spot diversity as in the text report."""
    for anchor, title, lines in (
        ("spot", "Spot diversity", [str(p) for p in spot_diversity(plan.spot_diversity)]),
        ("launch", "Launch lists", [str(p) for p in launch_lists(plan.new_nodes)]),
    ):
        if lines:
            text = element("pre", "\n".join(lines).strip("\n"), tabindex=0, aria_label=title)
            yield Section(anchor, title, text)


def _basis(plan: PlanView) -> Html:
    """Return what was assumed and ignored, and the sources of prices."""
    lines = list(plan.assumptions)
    lines += [f"Ignored: {item.count} {item.kind}: {item.reason}" for item in plan.ignored]
    lines += fill_order_notes(plan)
    estimated = _estimated(plan)
    if estimated:
        lines.append(f"{estimated}; the table of nodes names each source")
    return joined(
        element("h3", "Assumptions"),
        notes(lines) if lines else element("p", "None beyond the input."),
        element("h3", "Sources"),
        notes(plan.price_sources),
    )
