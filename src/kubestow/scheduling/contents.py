"""What nodes hold, told apart: nodes of one size that hold the same amounts answer alike.

What was computed for one of them holds for every other, on any fleet, for the same kinds of pods.
"""

from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

_REMEMBERED = 2**15


class Contents:
    """Numbers what nodes hold, and remembers what was computed for each."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._columns: dict[Hashable, dict[int, NDArray[np.generic]]] = {}
        self._given = 0

    def number(self, content: bytes) -> int:
        """Return the number of a content; no two contents ever have the same."""
        number = self._numbers.get(content)
        if number is None:
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
                for columns in self._columns.values():
                    columns.clear()
            number = self._numbers[content] = self._given
            self._given += 1
        return number

    def columns(self, name: Hashable) -> dict[int, NDArray[np.generic]]:
        """Return what was computed under a name, by the number of the content."""
        return self._columns.setdefault(name, {})
