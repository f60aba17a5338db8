"""A list of lines, some of which can be selected, that draws only the lines on the screen.

The selected line is known by its key, so that new lines keep it, and it stays where it is on the
screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kubestow.model.visible import visible_line

Part = tuple[str, str]
"""A text and its style, in Rich's words; never markup."""
_SELECTED = Style(reverse=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of parts; one with a key can be selected."""

    parts: tuple[Part, ...] = ()
    key: str = ""


def plain(text: str, style: str = "", key: str = "") -> Line:
    """Return a line of one part."""
    return Line(((text, style),), key)


class RowList(ScrollView, can_focus=True):
    """The lines, below a header that does not scroll where there is one."""

    DEFAULT_CSS = """
    RowList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("pagedown,ctrl+f,space", "page(1)", "page down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "page up", show=False),
        Binding("home", "end(-1)", "first", show=False),
        Binding("end,G", "end(1)", "last", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    class Opened(Message):
        """Enter was pressed on a line, or it was clicked twice."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._header: Line | None = None
        self._lines: Sequence[Line] = ()
        self._keyed: list[int] = []
        self._cursor = -1

    @property
    def key(self) -> str:
        """The key of the selected line; empty if none is."""
        return self._lines[self._cursor].key if self._cursor >= 0 else ""

    @property
    def lines(self) -> Sequence[Line]:
        """The lines."""
        return self._lines

    @property
    def texts(self) -> list[str]:
        """The lines as they read, with the header."""
        every = (*((self._header,) if self._header else ()), *self._lines)
        return ["".join(text for text, _ in line.parts).rstrip() for line in every]

    def show(self, lines: Sequence[Line], header: Line | None = None) -> None:
        """Show other lines; the selection stays at its key, else near where it was."""
        key, before = self.key, self._cursor
        self._header, self._lines = header, lines
        self._keyed = [number for number, line in enumerate(lines) if line.key]
        self._cursor = self._place_of(key, before)
        rows = len(lines) + (header is not None)
        self.virtual_size = Size(self.size.width, rows)
        if before >= 0 and self._cursor >= 0 and key and self.key == key:
            self._scroll(self.scroll_offset.y + self._cursor - before)
        self._show_cursor()
        self.refresh()

    def select(self, key: str) -> None:
        """Select the line with a key, if there is one."""
        self._cursor = self._place_of(key, self._cursor)
        self._show_cursor()
        self.refresh()

    def _place_of(self, key: str, before: int) -> int:
        if not self._keyed:
            return -1
        same = (number for number in self._keyed if self._lines[number].key == key)
        found = next(same, None) if key else None
        if found is not None:
            return found
        return min(self._keyed, key=lambda number: (abs(number - max(before, 0)), number))

    @property
    def _shown(self) -> int:
        """How many lines are on the screen."""
        return max(1, self.size.height - (self._header is not None))

    def _scroll(self, top: int) -> None:
        most = max(0, len(self._lines) - self._shown)
        self.scroll_to(y=max(0, min(top, most)), animate=False, immediate=True, force=True)

    def _show_cursor(self) -> None:
        if self._cursor < 0 or not self.size.height:
            return
        top = self.scroll_offset.y
        first = self._keyed[0] == self._cursor
        if first and self._cursor < self._shown:
            self._scroll(0)
        elif self._cursor < top:
            self._scroll(self._cursor)
        elif self._cursor >= top + self._shown:
            self._scroll(self._cursor - self._shown + 1)

    def on_resize(self) -> None:
        """Keep the selected line on the screen."""
        self._show_cursor()

    def action_move(self, step: int) -> None:
        """Select the next line that can be, or scroll by one where it is further away."""
        top = self.scroll_offset.y
        beyond = [n for n in self._keyed if (n - self._cursor) * step > 0]
        if self._cursor < 0 or not beyond:
            self._scroll(top + step)
            return
        following = min(beyond) if step > 0 else max(beyond)
        if top - 1 <= following <= top + self._shown:
            self._cursor = following
            self._show_cursor()
            self.refresh()
        else:
            self._scroll(top + step)

    def action_page(self, step: int) -> None:
        """Move by a screenful."""
        top = self.scroll_offset.y + step * self._shown
        self._scroll(top)
        if self._keyed:
            self._near(self._cursor + step * self._shown)

    def action_end(self, step: int) -> None:
        """Move to the first or last line."""
        self._scroll(0 if step < 0 else len(self._lines))
        if self._keyed:
            self._near(0 if step < 0 else len(self._lines))

    def _near(self, wanted: int) -> None:
        top = self.scroll_offset.y
        there = [n for n in self._keyed if top <= n < top + self._shown]
        if there:
            self._cursor = min(there, key=lambda number: abs(number - wanted))
        self.refresh()

    def action_open(self) -> None:
        """Tell that the selected line is to be opened."""
        if self.key:
            self.post_message(self.Opened(self.key))

    def on_click(self, event: events.Click) -> None:
        """Select a line; open it at the second click."""
        number = event.y - (self._header is not None) + self.scroll_offset.y
        if 0 <= number < len(self._lines) and self._lines[number].key:
            self._cursor = number
            self.refresh()
            if event.chain > 1:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width = self.scrollable_content_region.width
        number = y
        if self._header is not None:
            if y == 0:
                return _strip(self._header, width, self.rich_style, is_selected=False)
            number -= 1
        number += self.scroll_offset.y
        if number >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        is_selected = number == self._cursor and self.has_focus_within
        return _strip(self._lines[number], width, self.rich_style, is_selected=is_selected)


def _strip(line: Line, width: int, base: Style, *, is_selected: bool) -> Strip:
    """Return a line as wide as the screen; a selected one has no other style."""
    segments: list[Segment] = []
    left = width
    for text, style in line.parts:
        safe = visible_line(text)
        taken = cell_len(safe)
        if taken > left:
            safe, taken = set_cell_size(safe, left), left
        look = base + _SELECTED if is_selected else base + Style.parse(style)
        segments.append(Segment(safe, look))
        left -= taken
        if left <= 0:
            break
    segments.append(Segment(" " * left, base + _SELECTED if is_selected else base))
    return Strip(segments, width)
