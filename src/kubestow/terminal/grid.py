"""Rows and columns, sections and paragraphs as lines of a screen of some width."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from kubestow.model.visible import visible_line
from kubestow.terminal.row_list import Line, Part, plain

GAP = 2
INDENT = "  "
GOOD, WARN, BAD, QUIET, TITLE, SPOT_STYLE = (
    "green", "yellow", "red", "bright_black", "bold", "cyan",
)  # fmt: skip
_CUT = "…"
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column: the higher ``drop``, the earlier it is left out; 0 never is."""

    header: str
    cells: Sequence[Part]
    right: bool = False
    drop: int = 0

    @property
    def width(self) -> int:
        """The width of the widest cell."""
        return max((cell_len(text) for text, _ in self.cells), default=0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns beside each other, and the keys of their rows."""

    columns: tuple[GridColumn, ...]
    keys: Sequence[str]

    def fitting(self, width: int) -> "Grid":
        """Return the grid with as many columns as the width has room for."""
        columns = list(self.columns)
        while self._width(columns) > width and any(column.drop for column in columns):
            columns.remove(max(columns, key=lambda column: column.drop))
        return Grid(tuple(columns), self.keys)

    @staticmethod
    def _width(columns: Sequence[GridColumn]) -> int:
        each = (max(cell_len(column.header), column.width) for column in columns)
        return sum(each) + GAP * (len(columns) - 1)

    def lines(self, width: int, indent: str = "") -> tuple[Line, list[Line]]:
        """Return the header and the rows; the first column gives way where all are too wide."""
        shown = self.fitting(width - len(indent)).columns
        widths = [max(cell_len(column.header), column.width) for column in shown]
        over = sum(widths) + GAP * (len(shown) - 1) + len(indent) - width
        if over > 0 and widths:
            widths[0] = max(min(widths[0], _NARROWEST), widths[0] - over)
        header = [(column.header, TITLE) for column in shown]
        rows = [
            self._line(shown, widths, [column.cells[number] for column in shown], key, indent)
            for number, key in enumerate(self.keys)
        ]
        return self._line(shown, widths, header, "", indent), rows

    @staticmethod
    def _line(
        columns: Sequence[GridColumn],
        widths: Sequence[int],
        cells: Sequence[Part],
        key: str,
        indent: str,
    ) -> Line:
        parts: list[Part] = [(indent, "")] if indent else []
        for column, width, (text, style) in zip(columns, widths, cells, strict=True):
            parts += aligned(text, style, width, right=column.right)
            parts.append((" " * GAP, ""))
        return Line(tuple(parts), key)


def aligned(text: str, style: str, width: int, *, right: bool = False) -> list[Part]:
    """Return a text in a cell; one that is too wide loses its middle."""
    text = shortened(visible_line(text), width)
    padding = (" " * (width - cell_len(text)), "")
    return [padding, (text, style)] if right else [(text, style), padding]


def shortened(text: str, width: int) -> str:
    """Return a text that is no wider: its middle is left out."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return _CUT[:width]
    front, back = (width - 1) // 2, width - 1 - (width - 1) // 2
    return f"{text[:front]}{_CUT}{text[len(text) - back :] if back else ''}"


def section(title: str) -> Iterator[Line]:
    """Yield the title of a section, after an empty line."""
    yield Line()
    yield plain(title, TITLE)


def paragraph(text: str, width: int, style: str = "", indent: str = INDENT) -> Iterator[Line]:
    """Yield a text in lines, broken between words."""
    for line in wrapped(text, width - len(indent)):
        yield plain(f"{indent}{line}", style)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines; only a word that is longer than a line is broken."""
    safe = visible_line(text)
    return textwrap.wrap(safe, max(width, _NARROWEST), break_on_hyphens=False) or [""]


def pair_lines(items: Mapping[str, str] | Iterable[tuple[str, str]], width: int) -> Iterator[Line]:
    """Yield names and texts, aligned while names are short."""
    pairs = list(items.items() if isinstance(items, Mapping) else items)
    if not pairs:
        yield plain(f"{INDENT}none", QUIET)
    widest = min(max((len(visible_line(name)) for name, _ in pairs), default=0), width // 2)
    for name, text in pairs:
        safe = visible_line(name)
        room = width - len(INDENT) - max(widest, len(safe)) - GAP
        first, *rest = wrapped(text, room) if room >= _NARROWEST else ["", *wrapped(text, width)]
        yield Line(((f"{INDENT}{safe:<{widest}}{' ' * GAP}", QUIET), (first, "")))
        for line in rest:
            yield plain(f"{INDENT}{' ' * (widest + GAP if room >= _NARROWEST else GAP)}{line}")
