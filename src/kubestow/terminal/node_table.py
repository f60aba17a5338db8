"""The table of nodes for a screen: groups with subtotals, bars, and what fits its width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from kubestow.model.counted import counted
from kubestow.model.observed import CORDONED, NOT_READY, READY
from kubestow.report.cluster_text import (
    age_text,
    capacity_text,
    group_title,
    is_spot,
    price_text,
    short_names,
    status_text,
)
from kubestow.terminal.bars import PERCENT_WIDTH, requested_parts, used_part
from kubestow.terminal.grid import BAD, GAP, QUIET, SPOT_STYLE, TITLE, WARN, aligned, shortened
from kubestow.terminal.row_list import Line, Part
from kubestow.views.cluster_view import NodeRowView
from kubestow.views.node_arrangement import ArrangedGroup

_ROOMY_BAR, _SMALL_BAR, _WIDEST_BAR = 8, 3, 20
_CPU, _MEMORY = "CPU REQUESTED", "MEMORY REQUESTED"
_NARROW_HEADERS = {_CPU: "CPU", _MEMORY: "MEMORY"}
_ORDER = (
    "NODE", "TYPE", "ZONE", "CAPACITY", "USD/H", _CPU, "CPU USED", _MEMORY, "MEM USED", "PODS",
    "AGE", "STATUS",
)  # fmt: skip
CORDONED_SHORT = "cordoned"
"""What a status says where there is no room for SchedulingDisabled."""
_NUMBERS = {"USD/H", "CPU USED", "MEM USED", "PODS", "AGE"}
_LEFT_OUT = ("ZONE", "CAPACITY", "AGE", "MEM USED", "CPU USED", "PODS", "TYPE")
"""Columns that go, in this order, where the screen is too narrow."""
_NAME_LEAST = 12
_WHOLE_USD = 10.0  # from here on, sums have cents
_WORST_WIDTH = max(map(len, (NOT_READY, CORDONED_SHORT)))
INDENT_WIDTH = 2


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns that are shown, with their widths."""

    widths: dict[str, int]
    bar: int
    full_names: bool
    full_status: bool
    ascii_only: bool
    indent: int

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.widths)


def node_lines(
    groups: Sequence[ArrangedGroup], at: str, width: int, *, grouped: bool, ascii_only: bool = False
) -> tuple[Line, list[Line]]:
    """Return the header and the rows of nodes; a row's key is its node's name."""
    nodes = [node for group in groups for node in group.nodes]
    names = short_names(node.name for node in nodes)
    texts = {node.name: _texts(node, names[node.name], at) for node in nodes}
    natural = _natural_widths(groups, texts, grouped=grouped)
    layout = _layout(nodes, natural, width, grouped=grouped, ascii_only=ascii_only)
    lines: list[Line] = []
    for group in groups:
        if grouped:
            lines.append(_group_line(group, layout))
        lines += [_node_line(node, texts[node.name], layout) for node in group.nodes]
    return _header(layout), lines


def _texts(node: NodeRowView, short: str, at: str) -> dict[str, Part]:
    """Return the cells of a node, but for its bars."""
    price, status = price_text(node), status_text(node)
    spot = SPOT_STYLE if is_spot(node) else ""
    return {
        "NODE": (short, ""),
        "TYPE": (node.instance_type or "-", ""),
        "ZONE": (node.zone or "-", ""),
        "CAPACITY": (capacity_text(node.capacity_type), spot),
        "USD/H": (price, WARN if price == "?" else ""),
        "CPU USED": used_part(node.cpu),
        "MEM USED": used_part(node.memory),
        "PODS": (f"{len(node.pods)}/{node.pods_max}", ""),
        "AGE": (age_text(node.created_at, at), ""),
        "STATUS": (status, _status_style(status)),
    }


def _status_style(status: str) -> str:
    if status == READY:
        return ""
    return WARN if status.startswith(READY) or status == CORDONED_SHORT else BAD


def _worst(status: str) -> str:
    """Return the word of a status that matters most."""
    if not status.startswith(READY):
        return status.partition(",")[0]
    return CORDONED_SHORT if CORDONED in status else status


def _natural_widths(
    groups: Sequence[ArrangedGroup], texts: dict[str, dict[str, Part]], *, grouped: bool
) -> dict[str, int]:
    """Return how wide the columns without bars would be."""
    natural = {
        name: max((cell_len(row[name][0]) for row in texts.values()), default=0)
        for name in _ORDER
        if name not in (_CPU, _MEMORY)
    }
    if grouped:
        natural["NODE"] += INDENT_WIDTH
        for name in ("USD/H", "PODS"):
            sums = (cell_len(_sum(group, name)[0]) for group in groups)
            natural[name] = max(natural[name], *sums, 0)
    return natural


def _layout(
    nodes: Sequence[NodeRowView],
    natural: dict[str, int],
    width: int,
    *,
    grouped: bool,
    ascii_only: bool,
) -> _Layout:
    """Return the columns that fit: zones and the like go first, then bars get shorter."""
    indent = INDENT_WIDTH if grouped else 0
    shown = [name for name in _ORDER if not _is_unknown(name, nodes)]
    spot_type = max(
        (cell_len(node.instance_type) + len(" spot") * is_spot(node) for node in nodes), default=0
    )
    left_out = [name for name in _LEFT_OUT if name in shown]
    bar, full_status = _ROOMY_BAR, True
    while (room := width - _taken(shown, natural)) < 2 * (bar + 1 + PERCENT_WIDTH):
        if "CAPACITY" not in shown and full_status:
            full_status = False
            natural["STATUS"] = min(natural["STATUS"], _WORST_WIDTH)
        elif "CAPACITY" not in shown and bar > _SMALL_BAR:
            bar = _SMALL_BAR
        elif "AGE" not in shown and bar:
            bar = 0
        elif left_out:
            name = left_out.pop(0)
            shown.remove(name)
            if name == "CAPACITY":
                natural["TYPE"] = max(natural["TYPE"], spot_type)
        elif natural["NODE"] > _NAME_LEAST:
            natural["NODE"] -= 1
        else:
            break
    full = max((len(node.name) for node in nodes), default=0) + indent
    spare = room - 2 * (_WIDEST_BAR // 2 + 1 + PERCENT_WIDTH)
    if full_names := full - natural["NODE"] <= spare:
        room -= full - natural["NODE"]
        natural["NODE"] = full
    bar = min(_WIDEST_BAR, room // 2 - 1 - PERCENT_WIDTH)
    bar = bar if bar >= _SMALL_BAR else 0
    bar_width = bar + 1 + PERCENT_WIDTH if bar else max(PERCENT_WIDTH, len("MEMORY"))
    widths = {name: _width(name, natural, bar_width) for name in shown}
    return _Layout(widths, bar, full_names, full_status, ascii_only, indent)


def _is_unknown(name: str, nodes: Sequence[NodeRowView]) -> bool:
    return name.endswith(" USED") and all(node.cpu.used is None for node in nodes)


def _taken(shown: Iterable[str], natural: dict[str, int]) -> int:
    widths = [_width(name, natural, 0) for name in shown]
    return sum(widths) + GAP * (len(widths) - 1)


def _width(name: str, natural: dict[str, int], bar_width: int) -> int:
    if name in (_CPU, _MEMORY):
        return bar_width
    return max(natural[name], *(len(word) for word in _header_text(name, 0).splitlines()))


def _header_text(name: str, width: int) -> str:
    if name.endswith(" USED"):
        return "USED"
    short = _NARROW_HEADERS.get(name, name)
    return name if width >= len(_MEMORY) else short


def _header(layout: _Layout) -> Line:
    parts: list[Part] = []
    for name, width in layout.widths.items():
        text = _header_text(name, width)
        parts += aligned(text, TITLE, width, right=name in _NUMBERS)
        parts.append((" " * GAP, ""))
    return Line(tuple(parts))


def _node_line(node: NodeRowView, texts: dict[str, Part], layout: _Layout) -> Line:
    parts: list[Part] = [(" " * layout.indent, "")]
    for name, width in layout.widths.items():
        if name == "NODE":
            shown = node.name if layout.full_names else texts[name][0]
            parts += aligned(shown, "", width - layout.indent)
        elif name == "TYPE" and "CAPACITY" not in layout.widths and is_spot(node):
            text = texts[name][0]
            parts += [(f"{text} ", ""), *aligned("spot", SPOT_STYLE, width - cell_len(text) - 1)]
        elif name in (_CPU, _MEMORY):
            parts += _bar_cell(node, name, layout)
        elif name == "STATUS" and not layout.full_status:
            status = _worst(texts[name][0])
            parts += aligned(status, _status_style(status), width)
        else:
            parts += aligned(*texts[name], width, right=name in _NUMBERS)
        parts.append((" " * GAP, ""))
    return Line(tuple(parts), node.name)


def _bar_cell(item: NodeRowView | ArrangedGroup, name: str, layout: _Layout) -> list[Part]:
    amount = item.cpu if name == _CPU else item.memory
    made = list(requested_parts(amount, layout.bar, ascii_only=layout.ascii_only))
    missing = layout.widths[name] - sum(cell_len(text) for text, _ in made)
    return [*made, (" " * missing, "")]


def _group_line(group: ArrangedGroup, layout: _Layout) -> Line:
    """Return the line of a group: its title over the first columns, then its sums."""
    span = 0
    after: list[str] = []
    for name, width in layout.widths.items():
        if not after and name in ("NODE", "TYPE", "ZONE", "CAPACITY"):
            span += width + GAP
        else:
            after.append(name)
    count = counted(len(group.nodes), "node")
    title = f"{group_title(group)}: {count}"
    room = max(span - GAP, 1)
    if cell_len(title) > room and group.name:
        title = f"{shortened(group.name, max(room - cell_len(count) - 2, 1))}: {count}"
    parts = aligned(title, TITLE, room)
    parts.append((" " * GAP, ""))
    for name in after:
        width = layout.widths[name]
        if name in (_CPU, _MEMORY):
            parts += _bar_cell(group, name, layout)
        else:
            parts += aligned(*_sum(group, name), width, right=name in _NUMBERS)
        parts.append((" " * GAP, ""))
    return Line(tuple((text, _bold(style)) for text, style in parts))


def _sum(group: ArrangedGroup, name: str) -> Part:
    if name == "USD/H":
        digits = 2 if group.usd_per_hour >= _WHOLE_USD else 4
        return f"{group.usd_per_hour:,.{digits}f}", ""
    if name == "CPU USED":
        return used_part(group.cpu)
    if name == "MEM USED":
        return used_part(group.memory)
    return ("", QUIET) if name != "PODS" else (f"{group.pods:,}", "")


def _bold(style: str) -> str:
    return f"bold {style}".strip() if style != QUIET else style
