"""The pods of one node in a journal: which landed on it, and where they went when it left.

A pod that is evicted has no successor by name, unless it is of a StatefulSet: the pods of its
workload that come after it are counted, as many as were evicted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubestow.disruption.expected import is_node_bound
from kubestow.model.decision import Decision, Land
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import Happened, Occurrence

_Owner = tuple[str, str, str]
_SUCCESSOR_SECONDS = 120
"""How long after the last eviction a new pod of the same workload counts as a successor."""


@dataclass(slots=True)
class PodsOfNode:
    """What became of the pods of a node, by its claim's name."""

    node: str
    landed: dict[str, int] = field(default_factory=dict)
    """When each pod that was bound to it while it was held was first seen on it."""
    left: dict[str, int] = field(default_factory=dict)
    """When each pod that left it while it was to go was first seen to leave."""
    moved_to: Counter[str] = field(default_factory=Counter)
    _moved_at: int | None = None
    _asked: set[str] = field(default_factory=set)
    _on: dict[str, Pod] = field(default_factory=dict)
    _owed: Counter[_Owner] = field(default_factory=Counter)
    """Successors that have not come yet, by workload."""
    _known: set[str] = field(default_factory=set)
    """The pods of those workloads that are no successors, or are counted."""
    _coming: set[str] = field(default_factory=set)

    def decided(self, decision: Decision) -> None:
        """Note which pods are to land."""
        for action in decision.actions:
            if isinstance(action, Land) and action.node == self.node:
                self._asked.add(action.pod)

    def turn(self, now: Snapshot, before: Snapshot | None, *, is_going: bool) -> None:
        """Take the next look at all pods."""
        on = {
            pod.key: pod
            for pod in now.cluster.pods
            if pod.node_name == self.node and not is_node_bound(pod)
        }
        for key in on:
            if key in self._asked and key not in self._on:
                self.landed.setdefault(key, now.at)
        if is_going or self._owed or self._coming:
            self._leave(on, now, before, is_going=is_going)
        self._on = on

    def _leave(
        self, on: dict[str, Pod], now: Snapshot, before: Snapshot | None, *, is_going: bool
    ) -> None:
        gone = [
            (key, pod)
            for key, pod in self._on.items()
            if not pod.terminating and (key not in on or on[key].terminating)
        ]
        for key, pod in gone if is_going else ():
            self.left[key] = now.at
            owner = _owner(pod)
            if owner is not None:
                if not self._owed[owner]:
                    self._known.update(_keys(before, owner) if before is not None else (key,))
                    self._known.discard(key)
                self._owed[owner] += 1
        if self._owed and now.at - max(self.left.values()) > _SUCCESSOR_SECONDS:
            self._owed.clear()
        for pod in now.cluster.pods if self._owed or self._coming else ():
            owner = _owner(pod)
            key = pod.key
            is_new = owner in self._owed and key not in self._known and pod.node_name != self.node
            if is_new and owner is not None:
                self._known.add(key)
                self._coming.add(key)
                self._owed[owner] -= 1
                self._owed += Counter()  # without those that have all come
            if key in self._coming and pod.node_name:
                self._coming.discard(key)
                self.moved_to[pod.node_name] += 1
                self._moved_at = now.at

    def occurrences(self) -> Iterator[Occurrence]:
        """Yield what is to be told of them."""
        for what, pods in ((Happened.LANDED, self.landed), (Happened.PODS_LEFT, self.left)):
            if not pods:
                continue
            first, last = min(pods.values()), max(pods.values())
            counts: tuple[tuple[str, int], ...] = ()
            if what is Happened.PODS_LEFT:
                counts = tuple(sorted(self.moved_to.items(), key=lambda item: (-item[1], item[0])))
                last = max(last, self._moved_at or last)
            yield Occurrence(
                at=first, what=what, pods=tuple(sorted(pods)), counts=counts, is_seen=True,
                last_at=last if last > first else None,
            )  # fmt: skip


def _owner(pod: Pod) -> _Owner | None:
    owner = pod.lifecycle.owner
    return None if owner is None else (pod.namespace, *owner)


def _keys(snapshot: Snapshot, owner: _Owner) -> Iterator[str]:
    return (pod.key for pod in snapshot.cluster.pods if _owner(pod) == owner)
