"""Suggestions for misspelled words."""

import difflib
from collections.abc import Iterable


def closest(word: str, known: Iterable[str], cutoff: float = 0.75) -> str | None:
    """Return the closest known word: swapped letters first, then the same beginning.

    Returns None if nothing is as close as ``cutoff`` (difflib's ratio).
    """
    near = difflib.get_close_matches(word, list(known), n=8, cutoff=cutoff)

    def rank(candidate: str) -> tuple[bool, int]:
        pairs = zip(candidate, word, strict=False)
        beginning = next((i for i, (a, b) in enumerate(pairs) if a != b), len(candidate))
        return (sorted(candidate) == sorted(word), beginning)

    return max(near, key=rank, default=None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean X?" for the closest known word, or an empty string."""
    close = closest(word, known)
    return f"did you mean {close!r}?" if close else ""


def did_you_mean_one_of(word: str, known: Iterable[str], most: int = 3) -> str:
    """Return "did you mean X, Y or Z?", the closest known word first; an empty string for none.

    The others differ from it in their number only: us-east-9 may be us-east-1 or us-east-2.
    """
    words = sorted(known)
    first = closest(word, words)
    if first is None:
        return ""
    alike = [first]
    if _stem(word) == _stem(first):
        alike += [other for other in words if _stem(other) == _stem(first) and other != first]
    *others, last = map(repr, alike[:most])
    return f"did you mean {', '.join(others)} or {last}?" if others else f"did you mean {last}?"


def _stem(word: str) -> str:
    return word.rstrip("0123456789")
