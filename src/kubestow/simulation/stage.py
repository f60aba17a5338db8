"""Stage: what all parts of a simulated world share: the event queue, the pods, the ledger.

Of the events at one instant, those that free something come first; within each group, events keep
the order in which they were scheduled.
"""

import heapq
from collections.abc import Callable

from kubestow.simulation.ledger import Ledger
from kubestow.simulation.pods import Pods
from kubestow.simulation.scenario import Scenario

FREEING, COMING = 0, 1
"""Priorities of events at one instant: the lower comes first."""


class Stage:
    """The shared state, of which ``at`` is the current instant.

    ``dirty`` means that kube-scheduler has work, ``happened`` that an autoscaler could see a
    change. ``disturbances`` counts events that do not depend on the policy: changes of the
    workload, faults, and EC2's notices.
    """

    def __init__(self, scenario: Scenario, pods: Pods) -> None:
        self.scenario, self.pods, self.at = scenario, pods, scenario.start
        self.ledger = Ledger()
        self.dirty = self.happened = False
        self.events = self.disturbances = 0
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._sequence = 0

    def later(self, at: int, priority: int, event: Callable[[], None]) -> None:
        """Schedule an event."""
        self._sequence += 1
        heapq.heappush(self._heap, (at, priority, self._sequence, event))

    def after(self, seconds: int, priority: int, event: Callable[[], None]) -> None:
        """Schedule an event some seconds from now."""
        self.later(self.at + seconds, priority, event)

    @property
    def following(self) -> int | None:
        """The instant of the next event; None without one."""
        return self._heap[0][0] if self._heap else None

    def play(self, at: int) -> None:
        """Advance to an instant and run all events that are due."""
        self.at = at
        while self._heap and self._heap[0][0] <= at:
            self.events += 1
            heapq.heappop(self._heap)[3]()

    def changed(self) -> None:
        """Record that the scheduler and the autoscaler have something new to see."""
        self.dirty = self.happened = True
