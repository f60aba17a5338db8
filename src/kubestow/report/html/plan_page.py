"""A plan as a page: what it costs, how far that is proven, its nodes, and what cannot run.

It carries no seconds taken, so that the same plan gives the same bytes.
"""

from collections.abc import Iterator, Sequence

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
from kubestow.report.plan_money_text import money_lines
from kubestow.report.plan_text import title_of
from kubestow.report.resilience_text import launch_lists, spot_diversity
from kubestow.report.table import ESTIMATE_MARK
from kubestow.report.unschedulable_text import alike, nearest_lines
from kubestow.views.plan_view import PlanView
from kubestow.views.reason_view import ReasonView, detail_text

_PODS_NAMED = 12
_LABEL = 13  # what money_lines leave for a line's name
_IN_TILES = ("cost", "minimum", "rehearsed")


def render_plan_page(plan: PlanView, fleet: FleetFigure) -> str:
    """Render the whole page."""
    sections = [
        Section("cost", "How close to the cheapest", _gap(plan)),
        *unread_input(plan.errors),
        *_unschedulable(plan),
    ]
    if fleet.groups:
        hours = plan.cost.hours_per_month
        sections += [
            Section("nodes", "Nodes and their pods", nodes_view(fleet, hours)),
            Section("room", "Used and unused room", _room(fleet)),
            Section("table", "All nodes as a table", _table(plan, fleet)),
        ]
    sections += _resilience(plan)
    sections.append(Section("basis", "What this rests on", _basis(plan)))
    return page(title_of(plan), "Plan", _head(plan), sections)


def _head(plan: PlanView) -> Html:
    cost, bound, rehearsal = plan.cost, plan.bound, plan.rehearsal
    local = cost.local
    month = f"{cost.usd_per_month:,.2f} USD"
    gap = bound.gap
    said = "no bound above zero is proven"
    if gap is not None:
        said = f"the plan is at most {100 * gap:.2f} % above the cheapest possible"
    pods = sum(len(node.pods) for node in plan.nodes)
    left = sum(not is_headroom(item.pod) for item in plan.unschedulable)
    rehearsed: tuple[str, str, tuple[Child, ...]]
    if rehearsal is None:
        rehearsed = "Rehearsal", "none", ("kube-scheduler may leave pods Pending here",)
    else:
        orders = f"in the worst of {rehearsal.orders} orders of arrival"
        extra = f"{rehearsal.extra_usd_per_hour:.4f} USD/h of the cost is for that"
        were = f"{extra} ({rehearsal.stranded} were Pending)" if rehearsal.stranded else None
        rehearsed = "Rehearsal", f"{rehearsal.pending:,} Pending", (orders, were)
    rate = f"at {local.rate:g} {local.code} a USD" if local else None
    return tiles(
        [
            (
                "Cost an hour",
                f"{cost.usd_per_hour:.4f} USD",
                (_estimated(plan), "of new nodes"),
            ),
            (
                "Cost a month",
                format_money(local.per_month, local.code) if local else month,
                (month if local else None, rate, f"of {cost.hours_per_month:g} hours"),
            ),
            (
                "Proven minimum",
                f"{bound.usd_per_hour:.4f} USD/h",
                (said, f"rung {bound.rung}"),
            ),
            rehearsed,
            (
                "Pods placed",
                f"{pods:,}",
                (f"{left:,} cannot run" if left else "every pod has a node",),
            ),
        ]
    )


def _estimated(plan: PlanView) -> str | None:
    count = sum(node.price_is_estimate for node in plan.new_nodes)
    return f"{ESTIMATE_MARK} the prices of {count:,} nodes are estimates" if count else None


def _gap(plan: PlanView) -> Html:
    """Return the cost against what no fleet can beat; and what else there is to say of money."""
    cost, least = plan.cost.usd_per_hour, plan.bound.usd_per_hour
    rehearsal = plan.rehearsal
    extra = min(rehearsal.extra_usd_per_hour if rehearsal else 0.0, max(cost - least, 0.0))
    rest = max(cost - least - extra, 0.0)
    parts = (
        Segment(min(least, cost), "least", "proven minimum", "M"),
        Segment(rest, "gap", "gap: dearer than proven necessary", "G"),
        Segment(extra, "extra", "for the rehearsal", "R"),
    )
    said = ("proven minimum", "gap: dearer than is proven to be necessary", "for the rehearsal")
    share = "" if plan.bound.gap is None else f"{100 * plan.bound.gap:.2f} %"
    chart = bars(
        [
            Bar("This plan", parts, f"{cost:.4f} USD/h"),
            Bar("Cheapest possible", parts[:1], f"at least {least:.4f} USD/h"),
        ],
        f"Cost an hour: the plan is at most {share} above the cheapest possible fleet"
        if share
        else "Cost an hour",
    )
    shown = [
        (part, f"{text}, {part.amount:.4f} USD/h")
        for part, text in zip(parts, said, strict=True)
        if part.amount
    ]
    lines = [(line[2:_LABEL].strip(), line[_LABEL:]) for line in money_lines(plan)]
    more = [(name, text) for name, text in lines if name not in _IN_TILES]
    return joined(chart, key(shown), facts(more) if more else None)


def _unschedulable(plan: PlanView) -> Iterator[Section]:
    found = plan.unschedulable
    if not found:
        return
    columns = [
        TableColumn("Pods", wraps=True),
        TableColumn("Count", right=True),
        TableColumn("Why not, and on how many offerings", wraps=True),
        TableColumn("Nearest miss", wraps=True),
    ]
    rows = []
    for items in alike(found):
        named = ", ".join(item.pod for item in items[:_PODS_NAMED])
        more = f" and {len(items) - _PODS_NAMED} more" if len(items) > _PODS_NAMED else ""
        nearest = " ".join(
            line.strip().removeprefix("nearest: ") for line in nearest_lines(items[0].nearest)
        )
        rows.append([named + more, f"{len(items):,}", _reasons(items[0].reasons), nearest or "-"])
    title = "1 pod cannot run" if len(found) == 1 else f"{len(found):,} pods cannot run"
    yield Section("unschedulable", title, table("What cannot run, and why", columns, rows))


def _reasons(reasons: Sequence[ReasonView]) -> Html:
    lines = []
    for reason in reasons:
        told = detail_text(reason.detail)
        hint = reason.detail.hint
        lines.append(
            joined(
                element("b", reason.constraint),
                f" ({reason.offerings:,})",
                f": {told}" if told else None,
                element("small", f" Hint: {hint}") if hint else None,
            )
        )
    return notes(lines)


def _room(fleet: FleetFigure) -> Html:
    """Return what takes the room of the whole fleet, and what is left of it by type."""
    items = []
    for number, name in enumerate(NAMES):
        segments, free = fleet_segments(fleet.groups, number)
        there = sum(group.allocatable[number] * group.count for group in fleet.groups)
        unused = f"{amount_text(DIMENSIONS[number], free)} unused of "
        unused += f"{amount_text(DIMENSIONS[number], there)} for pods"
        whole = sum(part.amount for part in segments) or 1.0
        shares = tuple(Segment(p.amount / whole, p.style, p.name, p.mark) for p in segments)
        items.append(Bar(name, shares, f"{percent(there - free, there)} used", unused))
    parts, _ = fleet_segments(fleet.groups, 0)
    named = [(part, part.name) for part in parts if part.amount]
    return joined(
        bars(items, "All nodes together, each bar as wide as the instances are"), key(named)
    )


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
        there = [amount * group.count for amount in group.allocatable]
        free = [a - b for a, b in zip(there, group.requested, strict=True)]
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
                *(percent(a, b) for a, b in zip(group.requested, there, strict=True)),
                f"{mark}{usd:.4f}",
                f"{mark}{usd * hours:,.2f}",
                node.price_source + (" (estimate)" if mark else ""),
            ]
        )
    return table("Nodes by type, zone and NodePool, with what they have free", columns, rows)


def _resilience(plan: PlanView) -> Iterator[Section]:
    """Yield launch lists and spot diversity, in the words of the text report."""
    for anchor, title, lines in (
        ("spot", "Spot diversity", [str(p) for p in spot_diversity(plan.spot_diversity)]),
        ("launch", "Launch lists", [str(p) for p in launch_lists(plan.new_nodes)]),
    ):
        if lines:
            text = element("pre", "\n".join(lines).strip("\n"), tabindex=0, aria_label=title)
            yield Section(anchor, title, text)


def _basis(plan: PlanView) -> Html:
    """Return what was assumed and left out, and where prices are from."""
    left_out = plan.ignored
    lines = list(plan.assumptions)
    lines += [f"Left out: {i.count} {i.kind}: {i.reason}" for i in left_out]
    rehearsal = plan.rehearsal
    if rehearsal and rehearsal.fill_order_nodes:
        lines.append(
            f"{rehearsal.fill_order_nodes} nodes are filled after the others: give their NodePool "
            "or node group the PreferNoSchedule taints that -o json names, or large pods may find "
            "no room"
        )
    estimated = _estimated(plan)
    if estimated:
        lines.append(f"{estimated}, not quoted: the table of nodes names each source")
    return joined(
        element("h3", "Assumed"),
        notes(lines) if lines else element("p", "Nothing beyond the input."),
        element("h3", "Prices and facts"),
        notes(plan.price_sources),
    )
