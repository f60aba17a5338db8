"""Stage: what all parts of a simulated world share: the clock's events, the pods, the ledger.

Law: of events at one instant, those that free something come first, then in the order they were
planned; nothing else decides their order.
"""

import heapq
from collections.abc import Callable

from kubestow.simulation.ledger import Ledger
from kubestow.simulation.pods import Pods
from kubestow.simulation.scenario import Scenario

FREEING, COMING = 0, 1
"""Of events at one instant, the first come first."""


class Stage:
    """``at`` is now. ``dirty`` means that kube-scheduler has something to do, ``happened`` that an
    autoscaler could see a difference. ``disturbances`` counts what happens whatever the policy
    does: changes of what is wanted, faults, and what EC2 says of a node."""

    def __init__(self, scenario: Scenario, pods: Pods) -> None:
        self.scenario, self.pods, self.at = scenario, pods, scenario.start
        self.ledger = Ledger()
        self.dirty = self.happened = False
        self.events = self.disturbances = 0
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._sequence = 0

    def later(self, at: int, priority: int, event: Callable[[], None]) -> None:
        """Plan an event."""
        self._sequence += 1
        heapq.heappush(self._heap, (at, priority, self._sequence, event))

    def after(self, seconds: int, priority: int, event: Callable[[], None]) -> None:
        """Plan an event so many seconds from now."""
        self.later(self.at + seconds, priority, event)

    @property
    def following(self) -> int | None:
        """When the next event is; None if there is none."""
        return self._heap[0][0] if self._heap else None

    def play(self, at: int) -> None:
        """Let everything happen that is due at an instant, which it then is."""
        self.at = at
        while self._heap and self._heap[0][0] <= at:
            self.events += 1
            heapq.heappop(self._heap)[3]()

    def changed(self) -> None:
        """Note that the scheduler and the autoscaler have something new to look at."""
        self.dirty = self.happened = True
