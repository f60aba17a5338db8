"""Why a pod waits, and the cheapest changes that let it run: worked out beside the screen."""

import threading
import time
from typing import ClassVar

from textual.message import Message

from kubestow.live.lookout import Sight
from kubestow.model.input_error import InputError
from kubestow.report.explanation_text import render_explanation
from kubestow.terminal.grid import BAD, QUIET, TITLE, paragraph
from kubestow.terminal.report_lines import report_lines, report_screen
from kubestow.terminal.row_list import plain
from kubestow.terminal.top_state import TopState
from kubestow.terminal.watching_screen import Keys, WatchingScreen
from kubestow.views.explanation_view import ExplanationView


class ExplainScreen(WatchingScreen):
    """The explanation of one pod, of the sight when it was asked for."""

    KEYS: ClassVar[Keys] = (
        ("space", "page down"), ("n", "nodes"), ("esc", "back"), ("?", "help"), ("q", "quit"),
    )  # fmt: skip

    class Done(Message):
        """It is worked out, or cannot be."""

        def __init__(self, answer: ExplanationView | None, trouble: str) -> None:
            super().__init__()
            self.answer, self.trouble = answer, trouble

    def __init__(self, state: TopState, key: str) -> None:
        super().__init__(state)
        self.key = key
        self._began = time.monotonic()
        self._answer: ExplanationView | None = None
        self._trouble = ""

    def on_mount(self) -> None:
        """Begin to work it out."""
        sight = self.state.sight
        if sight is not None:
            threading.Thread(target=self._work, args=(sight,), daemon=True).start()
        self.set_interval(1.0, self._tick)
        self.show_again()

    def _work(self, sight: Sight) -> None:
        answer, trouble = None, ""
        try:
            answer = self.state.explain(sight, self.key)
        except InputError as problem:
            trouble = f"{problem.message}: {problem.hint}"
        except Exception as problem:  # the view goes on without an explanation, and says so
            trouble = f"{type(problem).__name__}: {problem}"
        try:
            self.post_message(self.Done(answer, trouble))
        except RuntimeError:  # the app has ended
            return

    def on_explain_screen_done(self, event: Done) -> None:
        """Show the answer."""
        self._answer, self._trouble = event.answer, event.trouble
        self.show_again()

    def _tick(self) -> None:
        if self._answer is None and not self._trouble:
            self.show_again()

    def show_sight(self, sight: Sight) -> None:
        """Show the explanation, or that it is being worked out."""
        if self._answer is not None:
            self.set_head([])
            self.rows.show(
                report_lines(render_explanation(self._answer, report_screen(self.width)))
            )
            return
        self.set_head([plain(self.key, TITLE)])
        if self._trouble:
            self.rows.show([*paragraph(self._trouble, self.width, BAD)])
            return
        seconds = int(time.monotonic() - self._began)
        text = f"looking for the cheapest changes that let it run: {seconds} s"
        self.rows.show([plain(""), plain(text, QUIET)])
