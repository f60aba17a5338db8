"""A cluster as text: what it costs, its nodes in a table, and the pods that wait.

The words for ages, shares, names and costs are also those of the terminal view.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from kubestow.model.counted import counted
from kubestow.report.advice_text import cost_text, unused_text
from kubestow.report.numbers_text import percent_text
from kubestow.report.table import Column, Screen, fitting, heading, omitted_note, render, table
from kubestow.views.cluster_view import ClusterView, MinimumView, NodeRowView, RequestedView
from kubestow.views.node_arrangement import SPOT, ArrangedGroup, Arrangement, arranged, share

_BAR = 10
_NAMED = 2
_GIB = 2**30
_WHOLE_GIB = 100
_WIDTH_FOR_BARS = 120
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def render_cluster(
    view: ClusterView, how: Arrangement, screen: Screen, namespaces: Sequence[str] = ()
) -> str:
    """Return the cluster as text."""
    groups = arranged(view.nodes, how)
    parts: list[Any] = [*_head(view, namespaces), ""]
    if groups:
        parts += _table(view, groups, how, screen)
    else:
        parts.append(no_nodes_text(view, how))
    if view.pending:
        parts += ["", heading("Pending pods")]
        for keys, message in pending_by_message(view):
            parts.append(f"  {named_pods(keys)}")
            parts.append(f"    {message}")
    parts += ["", f"Prices: {'; '.join(view.price_sources)}."]
    return render(parts, screen)


def _head(view: ClusterView, namespaces: Sequence[str]) -> Iterator[str]:
    yield f"{view.cluster} in {view.region}: {counts_text(view, namespaces)}."
    yield f"The nodes cost {cost_text(view.cost)}{unpriced_text(view.unpriced_nodes)}."
    yield from unused_text(view.reservations)
    if view.minimum is not None:
        yield f"That is {minimum_text(view.minimum)}."


def no_nodes_text(view: ClusterView, how: Arrangement) -> str:
    """Return why no node is shown."""
    return f"No node matches '{how.text}'." if view.nodes else "There are no nodes."


def counts_text(view: ClusterView, namespaces: Sequence[str] = ()) -> str:
    """Return how many nodes and pods there are, and how many of the pods wait."""
    pods = counted(view.pods, "pod")
    if namespaces:
        pods = f"{pods} in {', '.join(namespaces)}"
    return f"{counted(len(view.nodes), 'node')}, {pods}, {view.pending_pods:,} Pending"


def unpriced_text(count: int) -> str:
    """Return what the cost leaves out, to be added to it."""
    return f", without {counted(count, 'node')} of unknown price" if count else ""


def minimum_text(minimum: MinimumView) -> str:
    """Return how far above the proven minimum a cluster is."""
    least = f"the proven minimum of {minimum.usd_per_hour:.4g} USD/hour"
    if minimum.gap is None:
        return "without a proven minimum"
    if minimum.gap < 0:
        return f"below {least}: some pods wait, or run on nodes that the pools do not launch"
    return f"at {least}" if not minimum.gap else f"{percent_text(minimum.gap)} above {least}"


def _table(
    view: ClusterView, groups: Sequence[ArrangedGroup], how: Arrangement, screen: Screen
) -> Iterator[Any]:
    nodes = [node for group in groups for node in group.nodes]
    names = short_names(node.name for node in nodes)
    with_bars = screen.width is None or screen.width >= _WIDTH_FOR_BARS
    rows: list[tuple[str, ...]] = []
    for group in groups:
        if how.group_by != "none":
            rows.append(_group_row(group, with_bars=with_bars))
        rows += [_node_row(node, names[node.name], view.at, with_bars=with_bars)
                 for node in group.nodes]  # fmt: skip
    columns = [
        Column(
            header if with_bars else header.removesuffix("\nREQUESTED"),
            tuple(row[number] for row in rows),
            drop,
            right,
        )
        for number, (header, drop, right) in enumerate(_COLUMNS)
    ]
    if all(node.cpu.used is None for node in nodes):
        columns = [column for column in columns if column.header not in _USED]
    shown, omitted = fitting(columns, screen.width)
    yield table(shown)
    yield from omitted_note(omitted)


_USED = ("CPU\nUSED", "MEMORY\nUSED")
_COLUMNS = (
    ("NODE", 0, False), ("TYPE", 0, False), ("ZONE", 9, False), ("CAPACITY", 8, False),
    ("USD\n/HOUR", 0, True), ("CPU\nREQUESTED", 0, True), ("CPU\nUSED", 3, True),
    ("MEMORY\nREQUESTED", 0, True), ("MEMORY\nUSED", 4, True),
    ("PODS", 2, True), ("AGE", 5, True), ("STATUS", 1, False),
)  # fmt: skip


def _group_row(group: ArrangedGroup, *, with_bars: bool) -> tuple[str, ...]:
    name = group_title(group) if with_bars or not group.name else group.name
    title = f"{name}: {counted(len(group.nodes), 'node')}"
    shares = _shares(group, with_bars=with_bars)
    pods = f"{group.pods}/{group.pods_max}"
    return title, "", "", "", f"{group.usd_per_hour:.4f}", *shares, pods, "", ""


def _node_row(node: NodeRowView, name: str, at: str, *, with_bars: bool) -> tuple[str, ...]:
    """Return a node's cells; where there is little room, its type says that it is spot."""
    kind = f"{node.instance_type} spot" if is_spot(node) and not with_bars else node.instance_type
    return (
        f"  {name}", kind, node.zone, capacity_text(node.capacity_type),
        price_text(node), *_shares(node, with_bars=with_bars),
        f"{len(node.pods)}/{node.pods_max}", age_text(node.created_at, at), status_text(node),
    )  # fmt: skip


def _shares(item: NodeRowView | ArrangedGroup, *, with_bars: bool) -> Iterator[str]:
    for amount in (item.cpu, item.memory):
        part = share(amount.requested, amount)
        text = share_text(part)
        yield f"{bar_text(part)} {text:>5}" if with_bars else text
        yield share_text(share(amount.used, amount))


def group_title(group: ArrangedGroup) -> str:
    """Return what a group is called, with its kind."""
    if not group.name:
        return f"no {group.kind}" if group.kind in ("zone", "type") else "no known node group"
    return group.name if group.kind in ("zone", "type") else f"{group.kind} {group.name}"


def price_text(node: NodeRowView) -> str:
    """Return a node's price an hour; unknown is a question mark."""
    return "?" if node.usd_per_hour is None else f"{node.usd_per_hour:.4f}"


def capacity_text(capacity_type: str) -> str:
    """Return a capacity type in words."""
    return {"on-demand": "on demand"}.get(capacity_type, capacity_type)


def is_spot(node: NodeRowView) -> bool:
    """Return whether EC2 may interrupt a node at any time."""
    return node.capacity_type == SPOT


def share_text(part: float | None) -> str:
    """Return a share as a percentage without decimals; a dash where it is not known."""
    return "-" if part is None else f"{100 * part:.0f} %"


def bar_text(part: float | None) -> str:
    """Return a share as a bar of ten characters, in ASCII."""
    filled = min(_BAR, round(_BAR * (part or 0.0)))
    return "" if part is None else "#" * filled + "." * (_BAR - filled)


def status_text(node: NodeRowView) -> str:
    """Return a node's status, with a space after commas."""
    return node.status.replace(",", ", ")


def size_text(amount: int) -> str:
    """Return bytes of memory in Gi, with one decimal below 100."""
    size = amount / _GIB
    return f"{size:,.0f} Gi" if size >= _WHOLE_GIB else f"{size:.1f} Gi"


def cores_text(milli: int) -> str:
    """Return millicpu as cores."""
    return f"{milli / 1000:,.2f}".rstrip("0").rstrip(".")


def amount_pair(name: str, item: RequestedView) -> str:
    """Return requested of allocatable: '2.8 of 3.92', '5.2 Gi of 14.4 Gi'."""
    form = cores_text if name == "cpu" else size_text
    return f"{form(item.requested)} of {form(item.allocatable)}"


def age_text(since: str | None, at: str) -> str:
    """Return the time from one instant (RFC 3339) to another, as kubectl does: 9d, 5h, 12m, 30s."""
    if not since or not at:
        return "-"
    try:
        passed = datetime.fromisoformat(at) - datetime.fromisoformat(since)
    except (ValueError, TypeError):
        return "-"
    seconds = max(0, int(passed.total_seconds()))
    for unit, letter, least in ((_DAY, "d", 2), (_HOUR, "h", 2), (_MINUTE, "m", 2)):
        if seconds >= least * unit:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return nodes' names without the domain, where that tells them apart."""
    short = {name: name.partition(".")[0] or name for name in names}
    return short if len(set(short.values())) == len(short) else {name: name for name in short}


def pending_by_message(view: ClusterView) -> list[tuple[tuple[str, ...], str]]:
    """Return the pods that wait by the reason, the reason of most pods first."""
    by_message: dict[str, list[str]] = {}
    for item in view.pending:
        by_message.setdefault(item.message, []).extend(item.pods)
    ordered = sorted(by_message.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(tuple(sorted(keys)), message) for message, keys in ordered]


def named_pods(keys: Sequence[str], most: int = _NAMED) -> str:
    """Return how many pods there are, and the names of the first of them."""
    more = f" and {len(keys) - most:,} more" if len(keys) > most else ""
    named = f"{', '.join(keys[:most])}{more}"
    return named if len(keys) == 1 else f"{counted(len(keys), 'pod')}: {named}"
