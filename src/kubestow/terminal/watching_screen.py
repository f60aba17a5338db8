"""What the screens share: a title, lines below it, and the keys in the last line."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from kubestow.live.lookout import Sight
from kubestow.terminal.row_list import Line, RowList
from kubestow.terminal.top_state import TopState

Keys = Sequence[tuple[str, str]]
_GAP = "  "


def as_text(lines: Sequence[Line]) -> Text:
    """Return lines as Rich's text, in which nothing is markup."""
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    for number, line in enumerate(lines):
        text.append("\n" if number else "")
        for part, style in line.parts:
            text.append(part, style)
    return text


class KeyLine(Static):
    """The keys of a screen, as many as it is wide."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; }"

    def __init__(self, keys: Keys) -> None:
        super().__init__(markup=False)
        self.keys = keys

    def on_resize(self) -> None:
        """Show what fits; the last two, help and quit, always."""
        self.update(key_text(self.keys, self.size.width))


def key_text(keys: Keys, width: int) -> Text:
    """Return keys and what they do; those before the last two are left out where it is narrow."""
    shown = list(keys)
    while len(shown) > len(keys[-2:]) and _width(shown) > width:
        del shown[-3]
    text = Text(no_wrap=True, end="")
    for number, (key, does) in enumerate(shown):
        text.append(_GAP if number else "")
        text.append(key, "bold")
        text.append(f" {does}")
    return text


def _width(keys: Keys) -> int:
    return sum(cell_len(f"{key} {does}") for key, does in keys) + len(_GAP) * (len(keys) - 1)


class WatchingScreen(Screen[None]):
    """A screen that shows the last sight of the lookout, and the next as soon as it is there."""

    DEFAULT_CSS = """
    WatchingScreen { layout: vertical; }
    WatchingScreen .head { height: auto; width: 1fr; }
    """
    AUTO_FOCUS = "RowList"
    KEYS: ClassVar[Keys] = (("esc", "back"), ("?", "help"), ("q", "quit"))

    def __init__(self, state: TopState) -> None:
        super().__init__()
        self.state = state

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Static(classes="head", markup=False)
        yield RowList()
        yield KeyLine(self.KEYS)

    @property
    def rows(self) -> RowList:
        """The lines."""
        return self.query_one(RowList)

    @property
    def width(self) -> int:
        """The width for lines, beside the scroll bar."""
        return max(self.app.size.width - 1, 1)

    def set_head(self, lines: Sequence[Line]) -> None:
        """Show the lines above."""
        head = self.query_one(".head", Static)
        head.display = bool(lines)
        head.update(as_text(lines))

    def on_mount(self) -> None:
        """Show what is known."""
        self.show_again()

    def on_screen_resume(self) -> None:
        """Show what has been seen while another screen was on top."""
        self.show_again()

    def on_resize(self) -> None:
        """Lay the lines out anew."""
        self.show_again()

    def show_again(self) -> None:
        """Show the last sight, if there is one."""
        if self.is_mounted and self.query(RowList):
            sight = self.state.sight
            if sight is not None:
                self.show_sight(sight)
            else:
                self.show_waiting()

    def show_waiting(self) -> None:
        """Say that nothing has been seen yet."""

    def show_sight(self, sight: Sight) -> None:
        """Show a sight."""
        raise NotImplementedError
