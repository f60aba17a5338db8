"""What nodes hold, told apart: nodes of one size that hold the same amounts answer alike.

What was computed for one of them holds for every other, on any fleet, for the same kinds of pods.
"""

from collections.abc import Hashable
from typing import Any

from numpy.typing import NDArray

_REMEMBERED = 2**13
_PARTS = 2**13
Computed = dict[Hashable, NDArray[Any]]


class Contents:
    """Numbers what nodes hold, and remembers what was computed for each."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._computed: dict[Hashable, Computed] = {}
        self._parts: dict[Hashable, dict[Hashable, Any]] = {}
        self._of_kinds: dict[str, dict[int, Any]] = {}
        self._places: dict[Hashable, int] = {}
        self._given = 0

    def number(self, content: bytes) -> int:
        """Return the number of a content; no two contents ever have the same."""
        number = self._numbers.get(content)
        if number is None:
            if len(self._numbers) >= _REMEMBERED:
                self._forget()
            number = self._numbers[content] = self._given
            self._given += 1
        return number

    def computed(self, name: Hashable) -> Computed:
        """Return what was computed under a name, by the number of the content."""
        return self._computed.setdefault(name, {})

    def parts(self, name: Hashable) -> dict[Hashable, Any]:
        """Return what was computed under a name for a part of a content, which many share."""
        return self._parts.setdefault(name, {})

    def of_kinds(self, name: str) -> dict[int, Any]:
        """Return what was computed under a name for each kind of pod, whatever nodes hold."""
        return self._of_kinds.setdefault(name, {})

    def place(self, value: Hashable) -> int:
        """Return a number that equal values share, as they take long to compare."""
        return self._places.setdefault(value, len(self._places))

    def _forget(self) -> None:
        self._numbers.clear()
        for computed in self._computed.values():
            computed.clear()
        if any(len(parts) >= _PARTS for parts in self._parts.values()):
            for parts in self._parts.values():
                parts.clear()
