"""A plan for people: rendered from the document of plan_json, so that both always agree.

Law: text only, from the document only. Nodes of one type, zone and pool are one row; pods that
cannot run for the same reasons are one paragraph.
"""

from collections.abc import Iterator
from typing import Any

from kubestow.model.currency import format_money
from kubestow.model.headroom import is_headroom
from kubestow.model.quantity import milli_value, parse_quantity
from kubestow.report.plan_json import Document
from kubestow.report.resilience_text import headroom_line, launch_lists, spot_diversity
from kubestow.report.table import (
    ESTIMATE_MARK,
    Column,
    Screen,
    fitting,
    heading,
    left_out_note,
    render,
    table,
)

_PODS_NAMED = 4


def render_plan(document: Document, screen: Screen) -> str:
    """Render the whole plan."""
    nodes = [node for node in document["nodes"] if not node["existing"]]
    reserved = [node for node in document["nodes"] if _is_used_reservation(node)]
    existing = [node for node in document["nodes"] if is_there(node)]
    parts: list[Any] = [heading(title_of(document, nodes)), *money_lines(document), ""]
    for title, some in (
        ("", nodes),
        ("Reserved nodes, filled first: not there yet, launch them too", reserved),
        ("Existing nodes, filled first", existing),
    ):
        if not some:
            continue
        rows = _columns(_groups(some), document)
        kept, left_out = fitting(rows, screen.width)
        parts += [heading(title)] if title else []
        parts += [table(kept), *left_out_note(left_out), ""]
    parts += _unschedulable(document)
    parts += spot_diversity(document.get("spotDiversity"))
    parts += launch_lists(nodes)
    parts += _notes(document, nodes)
    return render(parts, screen)


def render_pod(document: Document, pod: str, screen: Screen) -> str:
    """Render what the plan says of one pod."""
    for item in document["unschedulable"]:
        if item["pod"] == pod:
            lines = [heading(f"{pod} cannot run"), *_reasons(item), *nearest_text(item)]
            return render(lines, screen)
    node = next(node for node in document["nodes"] if pod in node["pods"])
    kind = "existing node" if is_there(node) else f"new {node['instanceType']}"
    if "reservation" in node:
        kind = f"reserved {node['instanceType']}, paid in any case and not there yet,"
    lines = [
        heading(f"{pod} runs on {node['name']}"),
        f"  {kind} in {node['zone']}, NodePool {node['nodePool'] or '-'}, "
        f"{node['capacityType'] or '-'}, {node['usdPerHour']:.4f} USD/h",
        f"  with {len(node['pods']) - 1} other pods and {len(node['daemonSetPods'])} of DaemonSets",
        *(
            f"  {name}: {text} of {node['allocatable'].get(name, '0')} requested"
            for name, text in node["requested"].items()
        ),
    ]
    return render(lines, screen)


def is_there(node: Document) -> bool:
    """Tell whether a node exists already."""
    return node["existing"] and "reservation" not in node


def _is_used_reservation(node: Document) -> bool:
    return "reservation" in node and bool(node["pods"] or "headroomPods" in node)


def title_of(document: Document, nodes: list[Document]) -> str:
    """Return the plan in one line; ``nodes`` are the new ones."""
    pods = sum(len(node["pods"]) for node in document["nodes"])
    new = "1 new node" if len(nodes) == 1 else f"{len(nodes)} new nodes"
    reserved = sum(map(_is_used_reservation, document["nodes"]))
    old = sum(map(is_there, document["nodes"]))
    more = f", {reserved} reserved" if reserved else ""
    more += f" and {old} existing" if old else ""
    left = sum(not is_headroom(item["pod"]) for item in document["unschedulable"])
    cannot = f"; {left} cannot run" if left else ""
    return f"{document['region']}: {pods} pods on {new}{more}{cannot}"


def money_lines(document: Document) -> Iterator[str]:
    """Yield what the plan costs, each line with its name in the first 13 characters."""
    cost, bound = document["cost"], document["bound"]
    line = f"  cost       {cost['usdPerHour']:.4f} USD/h   {cost['usdPerMonth']:,.2f} USD/month"
    if cost["local"] is not None:
        line += f"   {format_money(cost['local']['perMonth'], cost['local']['code'])}/month"
    yield line
    yield from _costs(document.get("costs"))
    yield from _reservations(document)
    existing = document["existing"]
    if existing["nodes"]:
        unpriced = f", {existing['unpriced']} of unknown price" if existing["unpriced"] else ""
        yield (
            f"  beside     {existing['usdPerHour']:.4f} USD/h for the {existing['nodes']} existing "
            f"nodes at catalog prices{unpriced}; --from-scratch plans without them"
        )
    gap = bound["gap"]
    if gap is None:
        said = "no bound above zero is proven"
    else:
        said = f"the plan is at most {100 * gap:.2f} % above the cheapest possible"
    yield f"  minimum    {bound['usdPerHour']:.4f} USD/h proven ({bound['rung']}): {said}"
    yield from headroom_line(document.get("headroom"))
    yield from _rehearsal(document["rehearsal"])


def _costs(found: Document | None) -> Iterator[str]:
    """Yield what of the cost is the instances', by whose prices, and what the extras'."""
    if found is None:
        return
    line = f"  of which   {found['instancesUsdPerHour']:.4f} USD/h instances"
    own = [f"{_named(e)} for {e['nodes']}" for e in found["prices"] if e["nodes"]]
    extras = [f"{_named(e)} {e['usdPerHour']:.4f}" for e in found["extras"] if e["nodes"]]
    line += f" (prices: {', '.join(own)})" if own else ""
    line += f", {found['extrasUsdPerHour']:.4f} USD/h extras"
    yield line + (f": {', '.join(extras)}" if extras else "")


def _reservations(document: Document) -> Iterator[str]:
    """Yield what is paid in any case, how much of it is used, and what all of it comes to."""
    if "reservations" not in document:
        return
    for item in document["reservations"]:
        running = f"{item['inUseAlready']} running already, " if item["inUseAlready"] else ""
        where = f" in {item['zone']}" if item["zone"] else ""
        yield (
            f"  reserved   {item['count']} {item['instanceType']}{where} ({item['name']}): "
            f"{running}{item['planned']} used, {item['unused']} unused, "
            f"{item['committedUsdPerHour']:.4f} USD/h paid in any case"
        )
    cost = document["cost"]
    total = cost["usdPerHour"] + cost["committedUsdPerHour"]
    yield f"  in all     {total:.4f} USD/h for new and reserved nodes"


def _named(entry: Document) -> str:
    return f"{ESTIMATE_MARK if entry['isEstimate'] else ''}{entry['name']}"


def _rehearsal(found: Document | None) -> Iterator[str]:
    """Yield what the scheduler's own cycle made of the plan, and what that cost."""
    if found is None:
        yield "  rehearsed  no: kube-scheduler may leave pods Pending here"
        return
    pending = found["pending"] or "no"
    line = f"  rehearsed  {found['orders']} orders of arrival leave {pending} pods Pending"
    if found["stranded"]:
        line += (
            f"; {found['extraUsdPerHour']:.4f} USD/h of the cost is for that ({found['stranded']} "
            "were)"
        )
    yield line


def fill_order(node: Document) -> str:
    """Return when a node is to be filled: second, third or last; empty for first."""
    keys = {taint["key"] for taint in node["taints"]}
    return next(
        (name for name in ("last", "third", "second") if f"kubestow.dev/fill-{name}" in keys), ""
    )


def _groups(nodes: list[Document]) -> list[list[Document]]:
    groups: dict[tuple[object, ...], list[Document]] = {}
    for node in nodes:
        key = (
            node["instanceType"],
            node["zone"],
            node["nodePool"],
            node["capacityType"],
            node["usdPerHour"],
            fill_order(node),
        )
        groups.setdefault(key, []).append(node)
    return list(groups.values())


def _columns(groups: list[list[Document]], document: Document) -> list[Column]:
    hours = document["cost"]["hoursPerMonth"]
    first = [group[0] for group in groups]
    marks = [ESTIMATE_MARK if node["priceIsEstimate"] else "" for node in first]
    hourly = [sum(node["usdPerHour"] for node in group) for group in groups]

    marked = list(zip(marks, hourly, strict=True))

    def share(name: str) -> tuple[str, ...]:
        return tuple(_share(group, name) for group in groups)

    return [
        Column("NODES", tuple(str(len(group)) for group in groups)),
        Column(
            "TYPE", tuple(n["instanceType"] or n["name"] for n in first), right=False, style="bold"
        ),
        Column("FILL", tuple(map(fill_order, first)), right=False, drop=3),
        Column("ZONE", tuple(n["zone"] for n in first), right=False, drop=3),
        Column("NODEPOOL", tuple(n["nodePool"] for n in first), right=False, drop=5),
        Column("CAPACITY", tuple(n["capacityType"] for n in first), right=False, drop=4),
        Column("PODS EACH", tuple(_pods_each(group) for group in groups)),
        Column("CPU", share("cpu")),
        Column("MEMORY", share("memory")),
        Column("POD SLOTS", share("pods"), drop=2),
        Column("USD/H", tuple(f"{m}{h:.4f}" for m, h in marked)),
        Column("USD/MONTH", tuple(f"{m}{h * hours:,.2f}" for m, h in marked), drop=1),
    ]


def _pods_each(group: list[Document]) -> str:
    counts = sorted(len(node["pods"]) for node in group)
    return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]}-{counts[-1]}"


def _share(group: list[Document], name: str) -> str:
    asked = sum(milli_value(parse_quantity(node["requested"][name])) for node in group)
    there = sum(milli_value(parse_quantity(node["allocatable"][name])) for node in group)
    return f"{100 * asked / there:.0f} %" if there else "-"


def _unschedulable(document: Document) -> Iterator[Any]:
    groups = alike(document["unschedulable"])
    if groups:
        count = len(document["unschedulable"])
        yield heading("1 pod cannot run" if count == 1 else f"{count} pods cannot run")
    for items in groups:
        named = ", ".join(item["pod"] for item in items[:_PODS_NAMED])
        more = f" and {len(items) - _PODS_NAMED} more" if len(items) > _PODS_NAMED else ""
        yield f"  {named}{more}"
        yield from (f"  {line}" for line in _reasons(items[0]))
        yield from (f"  {line}" for line in nearest_text(items[0]))
    if groups:
        yield ""


def alike(unschedulable: list[Document]) -> list[list[Document]]:
    """Return the pods that cannot run for the same reasons together."""
    groups: dict[str, list[Document]] = {}
    for item in unschedulable:
        groups.setdefault(repr((item["reasons"], item["nearest"])), []).append(item)
    return list(groups.values())


def _reasons(item: Document) -> Iterator[str]:
    for reason in item["reasons"]:
        where = "1 offering" if reason["offerings"] == 1 else f"{reason['offerings']} offerings"
        yield f"  - {reason['constraint']}: {where}: {detail_text(reason['detail'])}".rstrip(": ")
        if "hint" in reason["detail"]:
            yield f"    hint: {reason['detail']['hint']}"


def detail_text(detail: Document) -> str:
    """Return what a reason says beyond its constraint, in words."""
    if "resource" in detail:
        return (
            f"{detail['resource']} {detail['requested']} requested, "
            f"at most {detail['largestAvailable']} free"
        )
    if "requirements" in detail:
        return "; ".join(
            f"{r['requirement']} refuses {r['refuses']}" for r in detail["requirements"]
        )
    if "taints" in detail:
        return "; ".join(f"taint {t} not tolerated on {n}" for t, n in detail["taints"].items())
    return str(detail.get("message", ""))


def nearest_text(item: Document) -> Iterator[str]:
    """Yield where a pod comes closest to fitting."""
    nearest = item["nearest"]
    if not nearest:
        return
    place = nearest["node"] or f"{nearest['instanceType']} in {nearest['zone']}"
    short = ", ".join(f"{amount} of {name} short" for name, amount in nearest["short"].items())
    refused = ", ".join(nearest["refusedBy"])
    why = "; ".join(part for part in (short, f"refused by {refused}" if refused else "") if part)
    yield f"  nearest: {place}" + (f": {why}" if why else "")


def _notes(document: Document, nodes: list[Document]) -> Iterator[str]:
    if any(node["priceIsEstimate"] for node in nodes):
        yield f"{ESTIMATE_MARK} an estimate, not a quoted price; -o json names its source"
    daemons = sorted({len(node["daemonSetPods"]) for node in nodes})
    if daemons and daemons[-1]:
        yield f"each node also runs {'-'.join(str(n) for n in daemons)} DaemonSet pods, counted in"
    reserved = document["rehearsal"] and document["rehearsal"]["fillOrderNodes"]
    if reserved:
        yield (
            f"{reserved} nodes are filled after the others: give their NodePool or node group "
            "the PreferNoSchedule taints that -o json names, or large pods may find no room"
        )
    yield from (f"note: {line}" for line in document["assumptions"])
    for item in document["ignored"]:
        yield f"ignored: {item['count']} {item['kind']}: {item['reason']}"
    yield f"prices: {'; '.join(document['priceSources'])}"
    if "timing" in document:
        timing = document["timing"]
        rehearsed = timing["rehearsalSeconds"]
        more = f", rehearsed in {rehearsed:.2f} s" if document["rehearsal"] else ""
        yield (
            f"read in {timing['readSeconds']:.2f} s, solved in {timing['solveSeconds']:.2f} s{more}"
        )
