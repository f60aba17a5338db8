"""A node's page as lines: allocation, pods, conditions, taints, events, labels and the rest."""

from collections.abc import Iterator

from kubestow.model.counted import counted
from kubestow.report.cluster_text import age_text, capacity_text, is_spot, status_text
from kubestow.terminal.bars import requested_parts, used_part
from kubestow.terminal.events_table import event_lines
from kubestow.terminal.grid import (
    BAD,
    GAP,
    GOOD,
    INDENT,
    QUIET,
    SPOT_STYLE,
    TITLE,
    WARN,
    Grid,
    GridColumn,
    pair_lines,
    section,
    shortened,
    wrapped,
)
from kubestow.terminal.pods_table import pod_lines
from kubestow.terminal.quantity_text import quantity_text
from kubestow.terminal.row_list import Line, Part, plain
from kubestow.terminal.top_state import TopState
from kubestow.views.cluster_view import RequestedView
from kubestow.views.node_page_view import NodeConditionView, NodePageView
from kubestow.views.shared import TaintView

_BARS = ("cpu", "memory", "pods")
_WIDE, _WIDE_BAR, _NARROW_BAR = 100, 20, 10
_GAP = "   "
_CALM_STATUS = "Ready"


def head_of(page: NodePageView, hours_per_month: float, width: int) -> list[Line]:
    """Return what the node is and costs."""
    node = page.node
    status = status_text(node)
    style = GOOD if status == _CALM_STATUS else WARN if status.startswith(_CALM_STATUS) else BAD
    name = shortened(node.name, max(width - len(status) - len(_GAP), 1))
    group = f"{node.group_kind} {node.group}" if node.group else "no known node group"
    facts = [node.instance_type, node.zone, capacity_text(node.capacity_type), group]
    facts += [page.instance_id, f"age {age_text(node.created_at, page.at)}"]
    lines = [Line(((name, TITLE), (_GAP, ""), (status, style)))]
    facts_style = SPOT_STYLE if is_spot(node) else ""
    lines += [plain(text, facts_style) for text in _flowing([f for f in facts if f], width)]
    if node.usd_per_hour is None:
        return [*lines, plain("no known price", WARN)]
    month = f"{_GAP}{node.usd_per_hour * hours_per_month:,.2f} USD/month"
    reserved = f"{_GAP}reserved: {node.reservation}" if node.reservation else ""
    return [*lines, Line(((f"{node.usd_per_hour:.4f} USD/hour", TITLE), (month + reserved, "")))]


def _flowing(facts: list[str], width: int) -> Iterator[str]:
    """Yield facts beside each other, in as many lines as they need."""
    line = ""
    for fact in facts:
        longer = f"{line}{_GAP}{fact}" if line else fact
        if line and len(longer) > width:
            yield line
            longer = fact
        line = longer
    yield line


def page_lines(page: NodePageView, state: TopState, width: int) -> list[Line]:
    """Return the lines of a node's page; those of pods can be opened."""
    pods = [row for row in page.pods if state.has_pod(row.pod)]
    lines = [*_allocation(page, width, ascii_only=state.ascii_only)]
    lines += section(f"Pods: {counted(len(pods), 'pod')}")
    lines += pod_lines(pods, page.at, width) if pods else [plain(f"{INDENT}none", QUIET)]
    lines += _conditions(page, width)
    lines += section("Taints")
    lines += [plain(f"{INDENT}{_taint(item)}") for item in page.taints] or [
        plain(f"{INDENT}none", QUIET)
    ]
    lines += event_lines(page.events, page.at, width)
    for title, items in (
        ("Labels", sorted(page.labels.items())),
        ("Annotations", sorted(page.annotations.items())),
        ("Addresses", list(page.addresses)),
        ("System", sorted(page.system.items())),
    ):
        lines += section(title)
        lines += pair_lines(items, width)
    return lines


def _allocation(page: NodePageView, width: int, *, ascii_only: bool) -> Iterator[Line]:
    """Yield what is requested of each resource, as a share of what is allocatable."""
    names = [*_BARS, *(name for name in sorted(page.allocatable) if name not in _BARS)]
    bar = _WIDE_BAR if width >= _WIDE else _NARROW_BAR
    yield from section("Allocated to pods")
    rows = [(name, _requested(page, name)) for name in names]
    columns = [
        GridColumn("", [(name, "") for name in names]),
        GridColumn("REQUESTED", [_text(page, page.requested, name) for name in names], right=True),
        GridColumn("ALLOCATABLE", [_text(page, page.allocatable, name) for name in names],
                   right=True),
        GridColumn("CAPACITY", [_text(page, page.capacity, name) for name in names], right=True),
    ]  # fmt: skip
    if page.node.cpu.used is not None:
        columns.append(GridColumn("USED", [_used(page, name) for name in names], right=True))
    header, lines = Grid(tuple(columns), [""] * len(names)).lines(width - bar - 8, INDENT)
    yield header
    for line, (_, item) in zip(lines, rows, strict=True):
        bars = () if item is None else requested_parts(item, bar, ascii_only=ascii_only)
        yield Line((*line.parts, *bars))


def _requested(page: NodePageView, name: str) -> RequestedView | None:
    node = page.node
    if name == "cpu":
        return node.cpu
    if name == "memory":
        return node.memory
    return RequestedView(len(node.pods), node.pods_max, None) if name == "pods" else None


def _text(page: NodePageView, amounts: dict[str, str], name: str) -> Part:
    if name == "pods" and amounts is page.requested:
        return str(len(page.node.pods)), ""
    text = amounts.get(name)
    if text is None:
        return ("0" if amounts is page.requested else "-"), QUIET
    return quantity_text(name, text), ""


def _used(page: NodePageView, name: str) -> Part:
    item = _requested(page, name)
    return ("-", QUIET) if item is None or item.used is None else used_part(item)


def _conditions(page: NodePageView, width: int) -> Iterator[Line]:
    yield from section("Conditions")
    if not page.conditions:
        yield plain(f"{INDENT}none reported", QUIET)
    widest = max((len(item.type) for item in page.conditions), default=0)
    for item in page.conditions:
        yield from _condition(item, widest, page.at, width)


def _condition(item: NodeConditionView, widest: int, at: str, width: int) -> Iterator[Line]:
    word, style = ("good", GOOD) if item.good else ("bad", BAD)
    since = f"for {age_text(item.since, at)}" if item.since else ""
    head = f"{INDENT}{item.type:<{widest}}{' ' * GAP}"
    told = f"{item.status:<9}{since:<9}"
    room = width - len(head) - len(told) - 4 - GAP
    message = f"{item.reason}: {item.message}" if item.message else item.reason
    first, *rest = wrapped(message, room)
    yield Line(((head, ""), (f"{word:<4}{' ' * GAP}", style), (told, ""), (first, "")))
    for text in rest:
        yield plain(f"{' ' * (len(head) + len(told) + 4 + GAP)}{text}")


def _taint(item: TaintView) -> str:
    key = f"{item.key}={item.value}" if item.value else item.key
    return f"{key}:{item.effect}"
