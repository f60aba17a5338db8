"""Text tables that fit their screen.

Tables are plain ASCII, so that any pipe can carry them. A table that is too wide omits whole
columns, the least important first, and a note names them.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from kubestow.model.visible import visible, visible_line

ESTIMATE_MARK = "~"
_GAP = 2


@dataclass(frozen=True, slots=True)
class Screen:
    """The output device; width None means unlimited."""

    width: int | None = None
    colour: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text; the higher ``drop``, the earlier it is omitted; 0 is never omitted."""

    header: str
    cells: tuple[str, ...]
    drop: int = 0
    right: bool = True
    style: str = ""

    def __post_init__(self) -> None:
        """Make control characters visible before the width is counted."""
        object.__setattr__(self, "cells", tuple(map(visible_line, self.cells)))

    @property
    def width(self) -> int:
        """The width of the widest cell."""
        return max(map(len, (*self.header.splitlines(), *self.cells)))

    @property
    def name(self) -> str:
        """The header on one line."""
        return self.header.replace("\n", " ")


def fitting(columns: Sequence[Column], width: int | None) -> tuple[list[Column], list[Column]]:
    """Return the columns that fit the width, and the omitted ones."""
    remaining, omitted = list(columns), []
    while width is not None and _natural_width(remaining) > width:
        optional = [column for column in remaining if column.drop]
        if not optional:
            break
        first = max(optional, key=lambda column: column.drop)
        remaining.remove(first)
        omitted.append(first)
    return remaining, omitted


def _natural_width(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + _GAP * (len(columns) - 1)


def omitted_note(omitted: Sequence[Column]) -> list[str]:
    """Return a line that names the omitted columns, if any."""
    if not omitted:
        return []
    names = ", ".join(column.name for column in omitted)
    return [f"Columns omitted at this width: {names}."]


def heading(text: str) -> Any:
    """Return a heading in bold."""
    from rich.text import Text

    return Text(visible_line(text), style="bold")


def pairs(items: Iterable[tuple[str, str]]) -> list[str]:
    """Return names and texts as aligned lines."""
    rows = [(visible_line(name), visible(text)) for name, text in items]
    width = max((len(name) for name, _ in rows), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in rows]


def table(columns: Sequence[Column]) -> Any:
    """Return the table as one text; rich's own Table is ten times slower for 1,000 rows."""
    from rich.text import Text

    headers = [column.header.splitlines() for column in columns]
    height = max(map(len, headers))
    table = Text(no_wrap=True, overflow="ignore")
    widths = [column.width for column in columns]
    rows = list(zip(*([""] * (height - len(h)) + h for h in headers), strict=True))
    rows += zip(*(column.cells for column in columns), strict=True)
    for number, row in enumerate(rows):
        table.append("\n" if number else "")
        for column, width, text in zip(columns, widths, row, strict=True):
            style = "yellow" if text.startswith(ESTIMATE_MARK) else column.style
            padding = " " * (width - len(text))
            table.append(padding if column.right else "")
            table.append(text, "bold" if number < height else style)
            table.append(" " * _GAP if column.right else padding + " " * _GAP)
    return table


def render(parts: Sequence[Any], screen: Screen) -> str:
    """Return the parts as text; sentences wrap at the screen's width, tables do not."""
    from rich.console import Console

    parts = [visible(part) if isinstance(part, str) else part for part in parts]
    file = io.StringIO()
    widest = max((len(line) for part in parts for line in str(part).splitlines()), default=1)
    console = Console(
        file=file,
        width=screen.width or widest,
        force_terminal=screen.colour,
        color_system="standard" if screen.colour else None,
        no_color=not screen.colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for part in parts:
        console.print(part, soft_wrap=False, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())
