"""What the cluster could cost, where the difference is, and what to do first."""

from typing import ClassVar

from kubestow.live.lookout import Sight
from kubestow.report.advice_text import render_advice
from kubestow.terminal.grid import BAD, QUIET, paragraph
from kubestow.terminal.report_lines import report_lines, report_screen
from kubestow.terminal.row_list import plain
from kubestow.terminal.top_state import TopState
from kubestow.terminal.watching_screen import Keys, WatchingScreen


class AdviceScreen(WatchingScreen):
    """The last advice."""

    KEYS: ClassVar[Keys] = (
        ("space", "page down"), ("n", "nodes"), ("p", "Pending"), ("esc", "back"), ("?", "help"),
        ("q", "quit"),
    )  # fmt: skip

    def __init__(self, state: TopState) -> None:
        super().__init__(state)
        self._shown: tuple[int, int] | None = None

    def show_waiting(self) -> None:
        """Say that there is no advice yet."""
        self.rows.show([plain("the advice is being worked out", QUIET)])

    def show_sight(self, sight: Sight) -> None:
        """Show the advice of a sight, or why there is none."""
        self.set_head([])
        if sight.advice is not None:
            shown = sight.advice_number, self.width
            if shown != self._shown:
                self._shown = shown
                text = render_advice(sight.advice, report_screen(self.width))
                self.rows.show(report_lines(text))
        elif sight.advice_trouble:
            text = f"there is no advice: {sight.advice_trouble}"
            self.rows.show([*paragraph(text, self.width, BAD, indent="")])
        elif self.state.with_advice:
            self.show_waiting()
        else:
            self.rows.show([plain("no advice was asked for: --no-advice", QUIET)])
