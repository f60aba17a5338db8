"""The building blocks of pages: bars on one scale, tables, tiles, facts and notes.

Nothing here depends on what a plan is. The figures of a bar are also text beside it, so that
nothing is conveyed by colour alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubestow.report.html.markup import Child, Html, element, joined

_LETTER_MIN_SHARE = 0.055  # the smallest share of a track in which a letter is readable
_SHOWN_MIN_SHARE = 0.0005


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: ``style`` is a class of page.css, ``mark`` a letter shown if it fits."""

    amount: float
    style: str
    name: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a chart: its label, its segments, and its value as text."""

    label: str
    segments: tuple[Segment, ...]
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table; the first column holds the row headings."""

    header: str
    right: bool = False
    wraps: bool = False

    @property
    def style(self) -> str | None:
        """The class of its cells."""
        return "right" if self.right else "wraps" if self.wraps else None


def track(segments: Iterable[Segment], whole: float, label: str, *, titled: bool = True) -> Html:
    """Return one bar: its segments as shares of ``whole``, with tooltips if ``titled``.

    The label describes the bar to screen readers.
    """
    parts = []
    for segment in segments:
        share = segment.amount / whole if whole else 0.0
        if share < _SHOWN_MIN_SHARE:
            continue
        mark = segment.mark if share >= _LETTER_MIN_SHARE * len(segment.mark) else ""
        width = f"{min(100 * share, 100):.2f}".rstrip("0").rstrip(".")
        name = (titled and segment.name) or None
        parts.append(element("i", mark, class_=segment.style, style=f"width:{width}%", title=name))
    return element("span", *parts, class_="track", role="img", aria_label=label)


def bars(items: Sequence[Bar], caption: str, whole: float | None = None) -> Html:
    """Return bars below each other on one scale; by default the longest is the full width."""
    totals = [sum(segment.amount for segment in item.segments) for item in items]
    scale = max(totals, default=0.0) if whole is None else whole
    rows = [
        element(
            "li",
            element("span", item.label, class_="bar-label"),
            track(item.segments, scale, f"{item.label}: {item.value}"),
            element("span", item.value, class_="bar-value"),
            element("span", item.note, class_="bar-note") if item.note else None,
        )
        for item in items
    ]
    return element(
        "figure",
        element("figcaption", caption),
        element("ul", *rows, class_="bars", role="list"),
    )


def key(items: Iterable[tuple[Segment, str]]) -> Html:
    """Return the legend of a chart: each style with its letter and its meaning."""
    rows = [
        element(
            "li",
            element("i", segment.mark, class_=f"swatch {segment.style}", aria_hidden="true"),
            text,
        )
        for segment, text in items
    ]
    return element("ul", *rows, class_="key", role="list")


def table(caption: str, columns: Sequence[TableColumn], rows: Iterable[Sequence[Child]]) -> Html:
    """Return a table that scrolls horizontally if it is too wide, with the keyboard too."""
    head = [element("th", column.header, scope="col", class_=column.style) for column in columns]
    body = [
        element("tr", *(_cell(number, cell, columns[number]) for number, cell in enumerate(row)))
        for row in rows
    ]
    content = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *body),
    )
    return element("div", content, class_="scroll", role="region", tabindex=0, aria_label=caption)


def _cell(number: int, cell: Child, column: TableColumn) -> Html:
    if number == 0:
        return element("th", cell, scope="row", class_=column.style)
    return element("td", cell, class_=column.style)


def tiles(items: Iterable[tuple[str, str, Iterable[Child]]]) -> Html:
    """Return figures at a glance: each with its name and notes."""
    rows = [
        element(
            "div",
            element("dt", name),
            element("dd", element("strong", figure), *(element("span", n) for n in notes if n)),
        )
        for name, figure, notes in items
    ]
    return element("dl", *rows, class_="tiles")


def facts(items: Iterable[tuple[str, str]]) -> Html:
    """Return names with their values."""
    return element(
        "dl",
        *(joined(element("dt", name), element("dd", text)) for name, text in items),
        class_="facts",
    )


def notes(lines: Iterable[Child]) -> Html:
    """Return lines as a list."""
    return element("ul", *(element("li", line) for line in lines), class_="notes")
