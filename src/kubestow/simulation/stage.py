"""Stage: what all parts of a simulated world share: the queue of events, the pods, the ledger.

Events at one instant happen in a fixed order: those that free something first, then as they were
planned.
"""

import heapq
from collections.abc import Callable

from kubestow.catalog.burstable import credits_of, used_milli
from kubestow.model.labels import INSTANCE_TYPE
from kubestow.model.pod import PodTemplate
from kubestow.simulation.ledger import Ledger
from kubestow.simulation.pods import Pods
from kubestow.simulation.scenario import Scenario

FREEING, COMING = 0, 1
"""Priorities of events at one instant; the lower comes first."""


class Stage:
    """``at`` is now. ``dirty`` means that kube-scheduler has something to do, ``happened`` that an
    autoscaler could see a difference. ``disturbances`` counts what happens whatever the policy
    does: changes of the workload, faults, and what EC2 announces for a node."""

    def __init__(self, scenario: Scenario, pods: Pods) -> None:
        self.scenario, self.pods, self.at = scenario, pods, scenario.start
        self.ledger = Ledger()
        self.dirty = self.happened = False
        self.events = self.disturbances = 0
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._sequence = 0
        types, self._use = scenario.base.catalog.instance_types, scenario.base.cpu_use
        self._credits = {n: own for n, t in types.items() if (own := credits_of(t, self._use))}
        self._used: dict[str, int] = {}  # millicpu by burstable node
        if self._credits:
            pods.on_load = self._loaded

    def _loaded(self, node: str, template: PodTemplate, pods: int) -> None:
        """Charge a burstable node for what its pods use above its baseline."""
        own = self._credits.get(dict(self.pods.nodes[node].labels).get(INSTANCE_TYPE, ""))
        if own is not None:
            used = self._used.get(node, 0) + pods * used_milli(template, self._use)
            self._used[node] = used
            if node in self.ledger.open:
                self.ledger.charge(node, own.surplus(used), self.at)

    def later(self, at: int, priority: int, event: Callable[[], None]) -> None:
        """Plan an event."""
        self._sequence += 1
        heapq.heappush(self._heap, (at, priority, self._sequence, event))

    def after(self, seconds: int, priority: int, event: Callable[[], None]) -> None:
        """Plan an event so many seconds from now."""
        self.later(self.at + seconds, priority, event)

    @property
    def following(self) -> int | None:
        """The instant of the next event; None if there is none."""
        return self._heap[0][0] if self._heap else None

    def play(self, at: int) -> None:
        """Move to an instant and run the events that are due."""
        self.at = at
        while self._heap and self._heap[0][0] <= at:
            self.events += 1
            heapq.heappop(self._heap)[3]()

    def changed(self) -> None:
        """Tell the scheduler and the autoscaler that there is something new."""
        self.dirty = self.happened = True
