"""Reporter: how the core reports progress. The default does nothing.

The core never logs. A reporter never changes a decision, but may end a search early.
"""

from typing import Protocol


class EnoughError(Exception):
    """Raised by a reporter: the caller stops with its best result so far."""


class Reporter(Protocol):
    """Receives progress; a shell may show it."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Report the progress of a step; ``total`` is 0 if unknown. May raise EnoughError."""


class SilentReporter:
    """Does nothing."""

    def progress(self, step: str, done: int, total: int) -> None:
        """Ignore the progress."""
