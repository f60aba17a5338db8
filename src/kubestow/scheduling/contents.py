"""What nodes hold, told apart: nodes of one size that hold the same amounts answer alike.

What was computed for one of them holds for every other, on any fleet, for the same kinds of pods.
"""

from collections.abc import Hashable
from typing import Any

from numpy.typing import NDArray

_REMEMBERED = 2**15


class Contents:
    """Numbers what nodes hold, and remembers what was computed for each."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._computed: dict[Hashable, dict[Hashable, NDArray[Any]]] = {}
        self._given = 0

    def number(self, content: bytes) -> int:
        """Return the number of a content; no two contents ever have the same."""
        number = self._numbers.get(content)
        if number is None:
            if len(self._numbers) >= _REMEMBERED:
                self._numbers.clear()
                for computed in self._computed.values():
                    computed.clear()
            number = self._numbers[content] = self._given
            self._given += 1
        return number

    def computed(self, name: Hashable) -> dict[Hashable, NDArray[Any]]:
        """Return what was computed under a name, by the number of the content or a part of it.

        It is forgotten together with the numbers, so that it does not grow for ever.
        """
        return self._computed.setdefault(name, {})
