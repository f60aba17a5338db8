"""Events of Kubernetes about what a controller does, written beside it.

Law: nothing waits for an event. What is alike is one Event: it is written at once, and again after
five minutes at most, with the number of times that it happened since. Too many at once, and those
that cannot be written, are lost. Source: Kubernetes API, Event (core/v1); client-go
tools/events (the same idea, by the minute).
"""

import queue
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

from kubestow.adapters.kubernetes.facts import identity_of
from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.live.happenings import Happening, happening, of_waiting
from kubestow.live.witness import NODE, NODE_POOL, POD, Deed, SeenTurn
from kubestow.live.worker import Worker

_MOST_QUEUED, _MOST_KEPT, _MOST_A_SECOND = 20_000, 20_000, 50
_AGAIN_SECONDS = 300.0
_FORGOTTEN_SECONDS = 3_600.0
"""How long the API server keeps an Event (kube-apiserver --event-ttl)."""
_FORGETS_SECONDS = 60.0  # between two looks for what may be forgotten
_FORBIDDEN_SECONDS = 300.0
_NAME_MOST, _MESSAGE_MOST = 200, 1_024
_VERSIONS = {POD: "v1", NODE: "v1", NODE_POOL: "karpenter.sh/v1"}
_CLUSTERS = "default"
"""The namespace of Events about objects of the cluster."""


class EventHand(Protocol):
    """Who writes Events."""

    def create_event(self, namespace: str, body: Mapping[str, Any]) -> Answer:
        """Create an Event; CONFLICT where there is one of its name."""

    def patch_event(self, namespace: str, name: str, change: Mapping[str, Any]) -> Answer:
        """Change an Event; GONE where there is none."""


@dataclass(slots=True)
class _Series:
    """What is known of an Event: how often it happened, and when it is written again."""

    count: int = 0
    due: float = 0.0
    is_there: bool = False
    is_ours: bool = True  # its whole count is known


@dataclass(slots=True)
class EventRecorder:
    """A Witness (kubestow.live.witness). Runs in a thread of its own from ``start`` to ``stop``.

    ``uid_of`` returns the uid of an object by its kind and name; empty where there is none.
    ``tell`` hears that the API server wants fewer Events; what else fails is told by the hand.
    """

    hand: EventHand
    uid_of: Callable[[str, str], str]
    instance: str = ""
    tell: Callable[[str], None] = lambda text: None
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _queue: "queue.Queue[Happening | None]" = field(
        default_factory=lambda: queue.Queue(_MOST_QUEUED)
    )
    _series: dict[tuple[str, Happening], _Series] = field(default_factory=dict)
    """In the order in which they were written last."""
    _forgets_at: float = 0.0
    _is_refused: bool = False
    _waiting: dict[str, Happening] = field(default_factory=dict)
    _worker: Worker | None = None
    _silent: dict[str, float] = field(default_factory=dict)
    """Until when nothing is written in a namespace, since it was forbidden."""

    def start(self, failed: Callable[[Exception], None]) -> None:
        """Begin to write; ``failed`` hears of a bug."""
        self._worker = Worker("events", self._step, tell=self.tell, failed=failed)
        self._worker.start()

    def stop(self) -> None:
        """Write no more."""
        if self._worker is not None:
            self._worker.stopped.set()
            self._hear(None)
            self._worker.stop()

    def did(self, deed: Deed) -> None:
        """Write what is to be read of a deed, soon."""
        if (item := happening(deed)) is not None:
            self._hear(item)

    def turned(self, turn: SeenTurn) -> None:
        """Write why pods wait, where it is new."""
        waiting = {item.name: item for item in of_waiting(turn.decision.waiting)}
        for name, item in waiting.items():
            if self._waiting.get(name) != item:
                self._hear(item)
        self._waiting = waiting

    def _hear(self, item: Happening | None) -> None:
        """Take what is to be written; None wakes who waits for it."""
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            return

    def _step(self) -> None:
        item = self._queue.get()
        if item is not None and self.write(item):
            time.sleep(1 / _MOST_A_SECOND)

    def write(self, item: Happening) -> bool:
        """Write an event now, unless it was a moment ago; return whether anything was sent."""
        now, uid = self.monotonic(), self.uid_of(item.kind, item.name)
        if not uid or now < self._silent.get(_place(item, uid)[0], 0.0):
            return False
        self._forget(now)
        series = self._series.setdefault((uid, item), _Series())
        series.count += 1
        if now < series.due:
            return False
        series.due = now + _AGAIN_SECONDS
        self._series[uid, item] = self._series.pop((uid, item))  # the last by now
        if len(self._series) > _MOST_KEPT:
            del self._series[next(iter(self._series))]
        answer = self._send(item, uid, series)
        if answer is Answer.FORBIDDEN:
            self._silent[_place(item, uid)[0]] = now + _FORBIDDEN_SECONDS
        if answer is Answer.REFUSED and not self._is_refused:
            self.tell("the API server takes no more Events at present: some are lost")
        self._is_refused = answer is Answer.REFUSED
        return True

    def _send(self, item: Happening, uid: str, series: _Series) -> Answer:
        namespace, name = _place(item, uid)
        at = datetime.fromtimestamp(self.wall(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        change: dict[str, Any] = {"lastTimestamp": at}
        if series.is_ours:
            change["count"] = series.count
        answer = Answer.GONE
        if series.is_there:
            answer = self.hand.patch_event(namespace, name, change)
        if answer is Answer.GONE:
            series.is_there, series.is_ours = False, True
            answer = self.hand.create_event(namespace, self._body(item, uid, at, series.count))
        if answer is Answer.CONFLICT:  # written before this process began
            series.is_ours = False
            answer = self.hand.patch_event(namespace, name, {"lastTimestamp": at})
        series.is_there = answer is Answer.DONE
        return answer

    def _body(self, item: Happening, uid: str, at: str, count: int) -> dict[str, Any]:
        namespace, name = _place(item, uid)
        own, _, rest = item.name.rpartition("/")
        involved = {"apiVersion": _VERSIONS[item.kind], "kind": item.kind, "name": rest, "uid": uid}
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {**involved, **({"namespace": own} if own else {})},
            "type": item.type,
            "reason": item.reason,
            "message": item.message[:_MESSAGE_MOST],
            "count": count,
            "firstTimestamp": at,
            "lastTimestamp": at,
            "source": {"component": "kubestow"},
            "reportingComponent": "kubestow",
            "reportingInstance": self.instance,
        }

    def _forget(self, now: float) -> None:
        """Forget what the API server has forgotten by now, once a minute at most."""
        if now < self._forgets_at:
            return
        self._forgets_at = now + _FORGETS_SECONDS
        self._series = {
            key: item for key, item in self._series.items() if item.due + _FORGOTTEN_SECONDS > now
        }


def uids_of(cache: ClusterCache) -> Callable[[str, str], str]:
    """Return who knows the uids of a cluster's objects, by their kind and name."""
    resources = {POD: "pods", NODE: "nodes", NODE_POOL: "nodepools"}

    def uid_of(kind: str, name: str) -> str:
        found = identity_of(cache.content(resources[kind], name))
        return "" if found is None else found.uid

    return uid_of


def _place(item: Happening, uid: str) -> tuple[str, str]:
    """Return the namespace and the name of an Event: the same for what is alike."""
    namespace, _, name = item.name.rpartition("/")
    digest = sha256(repr((uid, item)).encode()).hexdigest()[:16]
    return namespace or _CLUSTERS, f"{name[:_NAME_MOST]}.{digest}"
