"""Launches that EC2 refused: how long each is left alone before it is asked for again.

A refusal that is not for lack of capacity (no rights, a wrong image, an invalid template) comes
again until somebody mends it. What is launched alike, of one NodePool, offering and make of node,
pauses after each refusal: five seconds first, then twice as long, five minutes at most. A launch
that succeeds ends it, and so does another launch template, since then something else is asked for.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

FIRST_SECONDS, LONGEST_SECONDS = 5, 300
_FORGOTTEN_SECONDS = 3_600
"""How long after its pause a refusal counts as the last one of a row."""

LaunchKind = tuple[str, str, Hashable]
"""What is launched alike: NodePool, zone, and what else one launch template is made of."""


@dataclass(frozen=True, slots=True)
class _Pause:
    """The last refusal of a kind of launch; ``until`` is an instant in seconds."""

    template: str
    reason: str
    seconds: int
    until: int


@dataclass(slots=True)
class LaunchPauses:
    """Several threads may ask."""

    _pauses: dict[LaunchKind, _Pause] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_paused(self, kind: LaunchKind, template: Callable[[], str], at: int) -> bool:
        """Return whether a launch is not to be asked for now.

        ``template`` returns the name of its launch template as it is now.
        """
        with self._lock:
            pause = self._pauses.get(kind)
        if pause is None or pause.until <= at:
            return False
        if template() == pause.template:
            return True
        self.launched(kind)
        return False

    def refused(self, kind: LaunchKind, template: str, reason: str, at: int) -> bool:
        """Note a refusal; return whether its reason is new for the NodePool."""
        with self._lock:
            self._pauses = {
                key: item
                for key, item in self._pauses.items()
                if item.until + _FORGOTTEN_SECONDS > at
            }
            before = self._pauses.get(kind)
            again = before is not None and before.template == template
            seconds = min(LONGEST_SECONDS, 2 * before.seconds) if before and again else (
                FIRST_SECONDS
            )  # fmt: skip
            is_known = any(
                (key[0], item.reason) == (kind[0], reason) for key, item in self._pauses.items()
            )
            self._pauses[kind] = _Pause(template, reason, seconds, at + seconds)
            return not is_known

    def launched(self, kind: LaunchKind) -> None:
        """Note that there is no reason to pause any more."""
        with self._lock:
            self._pauses.pop(kind, None)

    def next_try(self, at: int) -> int | None:
        """Return when the next pause is over that is not over yet; None if there is none."""
        with self._lock:
            return min((p.until for p in self._pauses.values() if p.until > at), default=None)
