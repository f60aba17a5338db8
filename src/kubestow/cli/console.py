"""What the commands write on: the screen, progress and messages.

Data goes to stdout, everything else to stderr. Colour and live progress appear only on a terminal.
"""

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.report.table import Screen


def say(line: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(f"{line}\n")


def say_notes(notes: Iterable[str]) -> None:
    """Write each note on a line of stderr."""
    for note in notes:
        say(f"note: {note}")


def output_screen() -> Screen:
    """Return the width and colour of stdout: those of a terminal, or else COLUMNS, or no limit."""
    is_terminal = sys.stdout.isatty()
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        width: int | None = int(columns)
    else:
        width = shutil.get_terminal_size().columns if is_terminal else None
    colour = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(width, colour)


class StatusLine:
    """A Reporter that keeps one line of a terminal up to date."""

    def __init__(self) -> None:
        self._shown = ""

    def progress(self, step: str, done: int, total: int) -> None:
        """Show the progress of a step."""
        line = f"{step} {100 * done // total} %" if total else step
        if line != self._shown:
            self._shown = line
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


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
def planning_progress() -> Iterator[Interruptible]:
    """Yield a reporter that shows progress where stderr is a terminal, and handles Ctrl-C."""
    is_shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    line = StatusLine()
    reporter = Interruptible(line if is_shown else SilentReporter())
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
        signal.signal(signal.SIGINT, reporter.interrupt)
    try:
        yield reporter
    finally:
        signal.signal(signal.SIGINT, before)
        line.clear()
