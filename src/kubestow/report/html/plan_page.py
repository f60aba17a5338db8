"""A plan as a page: what it costs, how far that is proven, its nodes, and what cannot run.

Law: from the plan's document and its fleet, so that it agrees with the table and the JSON. It
carries no seconds taken: the same plan gives the same bytes.
"""

from collections.abc import Iterator

import msgspec

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
from kubestow.report.html.fleet import DIMENSIONS, Fleet
from kubestow.report.html.markup import Child, Html, element, joined
from kubestow.report.html.nodes import NAMES, amount_text, fleet_segments, nodes_view, percent
from kubestow.report.html.page import Section, page
from kubestow.report.html.unread_input import unread_input
from kubestow.report.plan_json import Document
from kubestow.report.plan_text import alike, detail_text, money_lines, nearest_text, title_of
from kubestow.report.resilience_text import launch_lists, spot_diversity
from kubestow.report.table import ESTIMATE_MARK
from kubestow.views.input_problem_view import InputProblemView

_PODS_NAMED = 12
_LABEL = 13  # what money_lines leave for a line's name
_IN_TILES = ("cost", "minimum", "rehearsed")


def render_plan_page(document: Document, fleet: Fleet) -> str:
    """Render the whole page."""
    new = [node for node in document["nodes"] if not node["existing"]]
    sections = [
        Section("cost", "How close to the cheapest", _gap(document)),
        *unread_input(msgspec.convert(document.get("errors", []), tuple[InputProblemView, ...])),
        *_unschedulable(document),
    ]
    if fleet.groups:
        hours = document["cost"]["hoursPerMonth"]
        sections += [
            Section("nodes", "Nodes and their pods", nodes_view(fleet, hours)),
            Section("room", "Used and unused room", _room(fleet)),
            Section("table", "All nodes as a table", _table(document, fleet)),
        ]
    sections += _resilience(document, new)
    sections.append(Section("basis", "What this rests on", _basis(document)))
    return page(title_of(document, new), "Plan", _head(document), sections)


def _head(document: Document) -> Html:
    cost, bound, found = document["cost"], document["bound"], document["rehearsal"]
    local = cost["local"]
    month = f"{cost['usdPerMonth']:,.2f} USD"
    gap = bound["gap"]
    said = "no bound above zero is proven"
    if gap is not None:
        said = f"the plan is at most {100 * gap:.2f} % above the cheapest possible"
    pods = sum(len(node["pods"]) for node in document["nodes"])
    left = sum(not is_headroom(item["pod"]) for item in document["unschedulable"])
    rehearsed: tuple[str, str, tuple[Child, ...]]
    if found is None:
        rehearsed = "Rehearsal", "none", ("kube-scheduler may leave pods Pending here",)
    else:
        orders = f"in the worst of {found['orders']} orders of arrival"
        extra = f"{found['extraUsdPerHour']:.4f} USD/h of the cost is for that"
        were = f"{extra} ({found['stranded']} were Pending)" if found["stranded"] else None
        rehearsed = "Rehearsal", f"{found['pending']:,} Pending", (orders, were)
    rate = f"at {local['rate']:g} {local['code']} a USD" if local else None
    return tiles(
        [
            (
                "Cost an hour",
                f"{cost['usdPerHour']:.4f} USD",
                (_estimated(document), "of new nodes"),
            ),
            (
                "Cost a month",
                format_money(local["perMonth"], local["code"]) if local else month,
                (month if local else None, rate, f"of {cost['hoursPerMonth']:g} hours"),
            ),
            (
                "Proven minimum",
                f"{bound['usdPerHour']:.4f} USD/h",
                (said, f"rung {bound['rung']}"),
            ),
            rehearsed,
            (
                "Pods placed",
                f"{pods:,}",
                (f"{left:,} cannot run" if left else "every pod has a node",),
            ),
        ]
    )


def _estimated(document: Document) -> str | None:
    new = [node for node in document["nodes"] if not node["existing"]]
    count = sum(node["priceIsEstimate"] for node in new)
    return f"{ESTIMATE_MARK} the prices of {count:,} nodes are estimates" if count else None


def _gap(document: Document) -> Html:
    """Return the cost against what no fleet can beat; and what else there is to say of money."""
    cost, least = document["cost"]["usdPerHour"], document["bound"]["usdPerHour"]
    rehearsal = document["rehearsal"]
    extra = min(rehearsal["extraUsdPerHour"] if rehearsal else 0.0, max(cost - least, 0.0))
    rest = max(cost - least - extra, 0.0)
    parts = (
        Segment(min(least, cost), "least", "proven minimum", "M"),
        Segment(rest, "gap", "gap: dearer than proven necessary", "G"),
        Segment(extra, "extra", "for the rehearsal", "R"),
    )
    said = ("proven minimum", "gap: dearer than is proven to be necessary", "for the rehearsal")
    share = "" if document["bound"]["gap"] is None else f"{100 * document['bound']['gap']:.2f} %"
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
    lines = [(line[2:_LABEL].strip(), line[_LABEL:]) for line in money_lines(document)]
    more = [(name, text) for name, text in lines if name not in _IN_TILES]
    return joined(chart, key(shown), facts(more) if more else None)


def _unschedulable(document: Document) -> Iterator[Section]:
    found = document["unschedulable"]
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
        named = ", ".join(item["pod"] for item in items[:_PODS_NAMED])
        more = f" and {len(items) - _PODS_NAMED} more" if len(items) > _PODS_NAMED else ""
        nearest = " ".join(
            line.strip().removeprefix("nearest: ") for line in nearest_text(items[0])
        )
        rows.append([named + more, f"{len(items):,}", _reasons(items[0]), nearest or "-"])
    title = "1 pod cannot run" if len(found) == 1 else f"{len(found):,} pods cannot run"
    yield Section("unschedulable", title, table("What cannot run, and why", columns, rows))


def _reasons(item: Document) -> Html:
    lines = []
    for reason in item["reasons"]:
        told = detail_text(reason["detail"])
        hint = reason["detail"].get("hint")
        lines.append(
            joined(
                element("b", reason["constraint"]),
                f" ({reason['offerings']:,})",
                f": {told}" if told else None,
                element("small", f" Hint: {hint}") if hint else None,
            )
        )
    return notes(lines)


def _room(fleet: Fleet) -> Html:
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


def _table(document: Document, fleet: Fleet) -> Html:
    hours = document["cost"]["hoursPerMonth"]
    left = ("Type", "Zone", "Capacity", "NodePool", "Status", "Filled")
    right = ("Nodes", *(f"Free {n}" for n in NAMES), *(f"{n} used" for n in NAMES))
    columns = [TableColumn(name) for name in left]
    columns += [TableColumn(name[0].upper() + name[1:], right=True) for name in right]
    columns += [TableColumn(name, right=True) for name in ("USD/h", "USD/month")]
    columns.append(TableColumn("Price source"))
    rows = []
    for group in fleet.groups:
        node, usd = group.node, group.usd_per_hour
        mark = ESTIMATE_MARK if node["priceIsEstimate"] else ""
        there = [amount * group.count for amount in group.allocatable]
        free = [a - b for a, b in zip(there, group.requested, strict=True)]
        rows.append(
            [
                node["instanceType"] or node["name"],
                node["zone"],
                node["capacityType"],
                node["nodePool"],
                group.status,
                group.fill_order or "first",
                f"{group.count:,}",
                *(amount_text(d, f) for d, f in zip(DIMENSIONS, free, strict=True)),
                *(percent(a, b) for a, b in zip(group.requested, there, strict=True)),
                f"{mark}{usd:.4f}",
                f"{mark}{usd * hours:,.2f}",
                node["priceSource"] + (" (estimate)" if mark else ""),
            ]
        )
    return table("Nodes by type, zone and NodePool, with what they have free", columns, rows)


def _resilience(document: Document, new: list[Document]) -> Iterator[Section]:
    """Yield launch lists and spot diversity, in the words of the text report."""
    for anchor, title, lines in (
        ("spot", "Spot diversity", [str(p) for p in spot_diversity(document.get("spotDiversity"))]),
        ("launch", "Launch lists", [str(p) for p in launch_lists(new)]),
    ):
        if lines:
            text = element("pre", "\n".join(lines).strip("\n"), tabindex=0, aria_label=title)
            yield Section(anchor, title, text)


def _basis(document: Document) -> Html:
    """Return what was assumed and left out, and where prices are from."""
    left_out = document["ignored"]
    lines = list(document["assumptions"])
    lines += [f"Left out: {i['count']} {i['kind']}: {i['reason']}" for i in left_out]
    rehearsal = document["rehearsal"]
    if rehearsal and rehearsal["fillOrderNodes"]:
        lines.append(
            f"{rehearsal['fillOrderNodes']} nodes are filled after the others: give their NodePool "
            "or node group the PreferNoSchedule taints that -o json names, or large pods may find "
            "no room"
        )
    estimated = _estimated(document)
    if estimated:
        lines.append(f"{estimated}, not quoted: the table of nodes names each source")
    return joined(
        element("h3", "Assumed"),
        notes(lines) if lines else element("p", "Nothing beyond the input."),
        element("h3", "Prices and facts"),
        notes(document["priceSources"]),
    )
