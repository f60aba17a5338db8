"""How often something was done in the last hour, as a text that outlives the process.

Instants are seconds since 1970. What is done is counted by the minute, and for up to a minute more
than an hour, so that a count is never too low.
"""

import threading
from dataclasses import dataclass, field

HOUR = 3_600
_MINUTE = 60
_DIGITS_MOST = 12
"""Of a minute or a number that is read: more is no count, and may be too long to read."""


@dataclass(slots=True)
class HourlyCount:
    """Several threads may count."""

    _by_minute: dict[int, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, at: int) -> None:
        """Count one more."""
        with self._lock:
            self._forget(at)
            minute = at // _MINUTE * _MINUTE
            self._by_minute[minute] = self._by_minute.get(minute, 0) + 1

    def within(self, at: int) -> int:
        """Return how many there were in the hour before an instant."""
        with self._lock:
            self._forget(at)
            return sum(self._by_minute.values())

    def text(self) -> str:
        """Return all that is counted, as ``take`` reads it."""
        with self._lock:
            return " ".join(f"{key}:{number}" for key, number in sorted(self._by_minute.items()))

    def take(self, text: str, at: int) -> None:
        """Count what somebody else has counted before an instant, too.

        What is not a count is left out, and so is what is to come by more than a minute: it would
        count for longer than an hour.
        """
        with self._lock:
            for word in text.split():
                minute, _, number = word.partition(":")
                if is_number(minute) and is_number(number) and int(minute) <= at + _MINUTE:
                    key = int(minute)
                    self._by_minute[key] = max(self._by_minute.get(key, 0), int(number))

    def _forget(self, at: int) -> None:
        oldest = at - HOUR - _MINUTE
        self._by_minute = {key: n for key, n in self._by_minute.items() if key > oldest}


def is_number(text: str) -> bool:
    """Return whether a text that somebody may have changed is a number, and not too long."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MOST
