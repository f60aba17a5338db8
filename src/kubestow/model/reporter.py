"""Reporter: how the core says what it is doing. Its default says nothing.

Law: the core calls it and never logs; a reporter never changes a decision, but
may end a search early.
"""

from typing import Protocol


class EnoughError(Exception):
    """Raised by a reporter: whoever called it stops with the best it has."""


class Reporter(Protocol):
    """Receives progress; a shell may show it."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Say how far a step has come; total 0 where it is not known. May raise EnoughError."""


class SilentReporter:
    """Does nothing."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Ignore the progress."""
