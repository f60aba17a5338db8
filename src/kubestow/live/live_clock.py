"""The clock of a running cluster: a turn waits for a change, and until no more pods come."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from kubestow.ports import BATCH_SECONDS, IDLE_SECONDS

_LOOK_SECONDS, _GATHERING_SECONDS = 0.2, 0.1
_EARLY_SECONDS, _EARLY_PODS = 0.2, 1_000  # of IDLE_SECONDS, and up to so many pods
_LATE_SECONDS = 4  # after the last pod: a decision that took so long is not thrown away
_LONGEST_SECONDS = 60.0
"""The longest without a turn: what changes without an event, such as prices, is seen then."""


class Changing(Protocol):
    """What changes."""

    def changes(self) -> int:
        """Return a number that grows with every change."""

    def wait_for_change(self, since: int, seconds: float) -> int:
        """Wait until there is a change after ``since``, or for so long; return the number."""


class LiveClock:
    """A Clock (kubestow.ports). It ends when it is stopped, or when ``may_go_on`` says so.

    ``pods`` counts the pods that there are. While it ``is_halted``, no wait ends. ``due`` returns
    when there is something to try again, after an instant.
    """

    def __init__(
        self,
        changing: Changing,
        pods: Callable[[], int],
        may_go_on: Callable[[], bool] = lambda: True,
        is_halted: Callable[[], bool] = lambda: False,
        due: Callable[[int], int | None] = lambda at: None,
    ) -> None:
        self._changing, self._pods, self._may_go_on = changing, pods, may_go_on
        self._is_halted, self._count, self._due = is_halted, pods(), due
        self._stopped = threading.Event()
        self._seen = changing.changes()
        self._last: float | None = None
        self._is_patient, self._decided_at = False, 0.0
        self.hurried = threading.Event()

    def stop(self) -> None:
        """End."""
        self._stopped.set()

    def now(self) -> int:
        """Return the time in seconds since 1970."""
        return int(time.time())

    def wait(self, seconds: int, until: int | None) -> bool:
        """Wait as kubestow.ports has it; return False when the clock ends."""
        if self._stopped.wait(seconds):
            return False
        deadline = time.monotonic() + _LONGEST_SECONDS
        for instant in (until, self._due(self.now())):
            if instant is not None:
                deadline = min(deadline, time.monotonic() + max(0.0, instant - time.time()))
        while self._goes_on() and not self.hurried.is_set():
            changes = self._changing.wait_for_change(self._seen, _LOOK_SECONDS)
            if changes != self._seen or time.monotonic() >= deadline:
                break
        self.hurried.clear()
        quiet, self._is_patient = IDLE_SECONDS if self._is_patient else _EARLY_SECONDS, False
        self._last = self._gather(quiet)
        self.until_allowed()
        self._seen, self._count = self._changing.changes(), self._pods()
        return self._goes_on()

    def _goes_on(self) -> bool:
        return not self._stopped.is_set() and self._may_go_on()

    def until_allowed(self) -> None:
        """Wait until nothing is halted any more."""
        while self._goes_on() and self._is_halted():
            self._stopped.wait(_LOOK_SECONDS)

    def gathers_more(self) -> bool:
        """Return whether more pods came of those waited for, as kubestow.ports has it.

        A wait that few pods ended is not as long as it should be: the rest of it is waited here, so
        that it passes while something is decided. What took long is decided, whatever came.
        """
        self._decided_at = time.monotonic()
        last, self._last = self._last, None
        if last is None or self._decided_at >= last + _LATE_SECONDS:
            return False
        while self._goes_on() and not self.hurried.is_set():
            count = self._pods()
            if count > self._count:
                self._is_patient = True
                return True
            self._count = count
            if time.monotonic() >= last + IDLE_SECONDS:
                break
            self._stopped.wait(_GATHERING_SECONDS)
        return False

    def decided_at(self) -> float:
        """Return when something was decided last, in monotonic seconds; what follows is a wait."""
        return self._decided_at

    def until_quiet(self, idle: float = 0.0) -> None:
        """Wait until no more pods come, or for half a minute; at least ``idle`` seconds."""
        self._gather(IDLE_SECONDS, idle)

    def _gather(self, quiet: float, idle: float = 0.0) -> float | None:
        """Wait until no pods have come for so long; return when the last did if that is early.

        Where many come nothing is early: what is decided for them takes long.
        """
        came, began = 0, time.monotonic()
        last: float | None = None
        while self._goes_on():
            count, now = self._pods(), time.monotonic()
            if count > self._count:
                last = now
                came += count - self._count
            self._count = count
            if came > _EARLY_PODS:
                quiet = IDLE_SECONDS
            if now - (last or began) >= (quiet if last else idle):
                return last if quiet < IDLE_SECONDS else None
            if now - began >= BATCH_SECONDS:
                return None
            self._stopped.wait(_GATHERING_SECONDS)
        return None
