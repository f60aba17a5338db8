"""Errors in the input: what is wrong, where, and a hint."""

from dataclasses import dataclass


class InputError(Exception):
    """An error in the input, with a hint how to correct it.

    Every mistake of a user becomes one of these; no other exception may reach the user.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class InputProblem:
    """A problem with one object or file of the input.

    ``is_fatal`` marks objects without which the plan would be wrong: a NodePool or a Node that
    cannot be read. Any other object is reported and left out, and the rest is planned.
    """

    file: str
    subject: str  # "Deployment shop/web", or "" for the whole file
    field: str
    message: str
    hint: str
    is_fatal: bool = False

    def describe(self) -> str:
        """Return the problem on one line: file: object: field: message."""
        return ": ".join(
            part for part in (self.file, self.subject, self.field, self.message) if part
        )
