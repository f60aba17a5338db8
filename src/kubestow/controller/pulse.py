"""Whether a controller is alive, and whether it is ready: what probes are answered.

It is alive as long as it goes on: it waits for the Lease, or for a change, or takes a turn that is
not longer than any that is known. A plan takes minutes where pods spread much, so that only a turn
of a quarter of an hour counts as stuck. It is ready while it stands by, or when its last turn could
be finished, and not before the cluster has been listed. The deeds of a turn show that it goes on.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kubestow.live.witness import Deed, SeenTurn

STUCK_SECONDS = 900.0


@dataclass(slots=True)
class Pulse:
    """A Witness (kubestow.live.witness). Any thread may ask and tell."""

    monotonic: Callable[[], float] = time.monotonic
    _beat: float = field(init=False)
    _trouble: str = "the cluster has not been listed yet"
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._beat = self.monotonic()

    def beat(self) -> None:
        """Tell that it goes on."""
        self._beat = self.monotonic()

    def leads(self) -> None:
        """Tell that it has become the one that decides: it is ready after a turn."""
        with self._lock:
            self._trouble = "no turn has been finished yet"
        self.beat()

    def stands_by(self) -> None:
        """Tell that another one decides, or nobody."""
        with self._lock:
            self._trouble = ""
        self.beat()

    def turned(self, turn: SeenTurn) -> None:
        """Hear that a turn is over."""
        self.failed("")

    def did(self, deed: Deed) -> None:
        """Hear of a deed: it goes on."""
        self.beat()

    def failed(self, trouble: str) -> None:
        """Tell why a turn could not be finished."""
        with self._lock:
            self._trouble = trouble
        self.beat()

    @property
    def age_seconds(self) -> float:
        """How long it has not told that it goes on."""
        return self.monotonic() - self._beat

    def not_alive(self) -> str:
        """Return why it is not alive; empty if it is."""
        age = self.age_seconds
        return "" if age < STUCK_SECONDS else f"nothing has gone on for {age:.0f} s"

    def not_ready(self) -> str:
        """Return why it is not ready; empty if it is."""
        with self._lock:
            return self._trouble or self.not_alive()
