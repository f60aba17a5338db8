"""The error a user sees: what is wrong, where, and a hint.

Law: every mistake in the input becomes one of these; nothing else of the shell's own making may
reach the user.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kubestow.model.suggestion import closest


class InputError(Exception):
    """A mistake in the input, with a hint how to mend it."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for the closest known word, or an empty string."""
    close = closest(word, known)
    return f"did you mean {close!r}?" if close else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one object or file of the input.

    ``is_fatal`` marks what would make a plan of the rest wrong: a NodePool or a Node that cannot
    be read. Anything else is left out, reported, and the rest is planned.
    """

    file: str
    subject: str  # "Deployment shop/web", or "" for the whole file
    field: str
    message: str
    hint: str
    is_fatal: bool = False

    def describe(self) -> str:
        """Write the problem on one line: file: object: field: message."""
        return ": ".join(
            part for part in (self.file, self.subject, self.field, self.message) if part
        )


class FieldError(Exception):
    """A field's value is wrong; raised while one object is read, caught per object."""

    def __init__(self, field: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.hint = hint
