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
