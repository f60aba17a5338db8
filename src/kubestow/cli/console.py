"""The one place that writes: the screen, documents, progress and messages.

Data goes to stdout, everything else to stderr. Colour and live progress appear only on a terminal.
Whatever comes from outside is written with its control characters made visible; a stdout that
cannot take it raises OSError, which ``main`` turns into one line.
"""

import io
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kubestow.cli.streams import discard
from kubestow.model.input_error import InputProblem
from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.model.visible import visible, visible_line
from kubestow.report.table import Screen

_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UTF_8 = "utf-8"
_ALIKE_MAX = 3
COLUMNS_MAX = 2_000
"""No screen is wider; what fills a line would take memory by the width."""
_DIGITS_MAX = 9
_PLAIN_TERMINALS = ("", "dumb", "unknown", "vt100")


def say(line: str) -> None:
    """Write a line to stderr; one that stderr cannot take is lost, and nothing else."""
    _to_stderr(f"{visible_line(line)}\n")


def show(text: str) -> None:
    """Write text for people to stdout; only a screen in colour is sent colours."""
    parts = _COLOUR.split(text) if output_screen().colour else [text]
    safe = [part if number % 2 else visible(part) for number, part in enumerate(parts)]
    sys.stdout.write("".join(safe))


def show_document(text: str) -> None:
    """Write a page, a script or YAML to stdout: as UTF-8, which it declares, on any console."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=_UTF_8)
    sys.stdout.write(visible(text))


def show_json(text: str) -> None:
    """Write JSON to stdout: where a console is not UTF-8, with escapes for all but ASCII."""
    encoding = getattr(sys.stdout, "encoding", None) or _UTF_8
    if encoding.lower().replace("_", "-") not in (_UTF_8, "utf8"):
        text = _NOT_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], text)
    sys.stdout.write(text)


def _to_stderr(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        if isinstance(sys.stderr, io.TextIOWrapper) and not sys.stderr.closed:
            discard(sys.stderr.fileno())


def say_notes(notes: Iterable[str]) -> None:
    """Write each note on a line of stderr."""
    for note in notes:
        say(f"note: {note}")


def say_problems(problems: Iterable[InputProblem]) -> None:
    """Write what could not be read to stderr; equal problems of many objects are one error."""
    alike: dict[tuple[str, ...], list[InputProblem]] = {}
    for problem in problems:
        alike.setdefault((problem.field, problem.message, problem.hint), []).append(problem)
    for items in alike.values():
        if len(items) <= _ALIKE_MAX:
            for item in items:
                say(f"error: {item.describe()}")
                say(f"hint: {item.hint}")
            continue
        first, others = items[0], items[1:]
        named = ", ".join(_name(item) for item in others[:_ALIKE_MAX])
        more = f" and {len(others) - _ALIKE_MAX} more" if len(others) > _ALIKE_MAX else ""
        say(f"error: {first.describe()} (and the same in {len(others)} more: {named}{more})")
        say(f"hint: {first.hint}")


def _name(problem: InputProblem) -> str:
    return ": ".join(filter(None, (problem.file, problem.subject)))


def output_screen() -> Screen:
    """Return the width and colour of stdout: those of a terminal, or else COLUMNS, or no limit."""
    is_terminal = sys.stdout.isatty()  # False where it is closed
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and columns.strip("0"):
        width: int | None = int(columns.lstrip("0")[:_DIGITS_MAX])
    else:
        width = shutil.get_terminal_size().columns if is_terminal else None
    width = None if width is None else min(width, COLUMNS_MAX)
    colour = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(width, colour)


def why_no_keys() -> str:
    """Return why no view can be drawn that takes keys; empty where it can."""
    term = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        return "standard output is not a terminal"
    if not sys.stdin.isatty():
        return "standard input is not a terminal"
    if not sys.stderr.isatty():  # what Textual draws on
        return "standard error is not a terminal"
    return f"TERM={term} cannot be drawn on" if term in _PLAIN_TERMINALS else ""


def can_write_blocks() -> bool:
    """Return whether the terminal's encoding has the characters of bars."""
    encoding = getattr(sys.stderr, "encoding", None) or _UTF_8
    return encoding.lower().replace("_", "-") in (_UTF_8, "utf8")


class StatusLine:
    """A Reporter that keeps one line of a terminal up to date."""

    def __init__(self) -> None:
        self._shown = ""

    def progress(self, step: str, done: int, total: int) -> None:
        """Show the progress of a step."""
        line = f"{step} {100 * done // total} %" if total else step
        if line != self._shown:
            self._shown = line
            _to_stderr(f"\r\x1b[K{visible_line(line)}")

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            _to_stderr("\r\x1b[K")


class Interruptible:
    """A Reporter that ends a search at the first Ctrl-C; the second ends the program."""

    def __init__(self, shown: Reporter) -> None:
        self._shown = shown
        self.is_interrupted = False

    def progress(self, step: str, done: int, total: int) -> None:
        """Pass the progress on; raise EnoughError once there was a Ctrl-C."""
        if self.is_interrupted:
            raise EnoughError
        self._shown.progress(step, done, total)

    def interrupt(self, *_: object) -> None:
        """Note a Ctrl-C."""
        if self.is_interrupted:
            raise KeyboardInterrupt
        self.is_interrupted = True


@contextmanager
def progress_line() -> Iterator[Reporter]:
    """Yield a reporter that shows progress where stderr is a terminal; Ctrl-C ends at once."""
    line = StatusLine()
    is_shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    try:
        yield line if is_shown else SilentReporter()
    finally:
        line.clear()


@contextmanager
def planning_progress() -> Iterator[Interruptible]:
    """Yield a reporter that shows progress where stderr is a terminal, and handles Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    with progress_line() as shown:
        reporter = Interruptible(shown)
        if before is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
            signal.signal(signal.SIGINT, reporter.interrupt)
        try:
            yield reporter
        finally:
            signal.signal(signal.SIGINT, before)
