"""Who of several controllers acts: the holder of a Lease, as long as it renews it.

Law: a holder that has not renewed its Lease in time does not act, whatever it was doing: ``holds``
is asked before each request. It goes on, and knows what it knew, if nobody else has taken the Lease
meanwhile. Others take a Lease that has not changed for its whole duration, by
their own clock, so that clocks need not agree. Source: client-go tools/leaderelection
(leaderelection.go, Kubernetes 1.34); Kubernetes API, Lease (coordination.k8s.io/v1).
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from kubestow.adapters.kubernetes_api.api_hand import Answer, ApiHand

LEASE_SECONDS = 15
_HOLDING_SHARE, _RETRY_SHARE = 2 / 3, 2 / 15
"""Of the Lease's duration: how long one that cannot renew it acts, and how often it is renewed."""
_LONG_NOTE = 10_000  # characters of an annotation
STOP = "kubestow.dev/stop"
"""An annotation of the Lease that stops all actions at once, whatever its value."""


@dataclass(frozen=True, slots=True)
class LeaseName:
    """Where the Lease is."""

    namespace: str
    name: str = "kubestow"

    @property
    def folder(self) -> str:
        """The path of the namespace's Leases."""
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    @property
    def path(self) -> str:
        """The path of the Lease."""
        return f"{self.folder}/{self.name}"


class Elected(Protocol):
    """Who says whether this one decides, and whether anybody may act."""

    is_halted: bool

    @property
    def holds(self) -> bool:
        """Whether this one decides."""

    @property
    def term(self) -> int | None:
        """A number for as long as nobody else has decided; None where somebody else may."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""


class NoElection:
    """For one that only tells what it would do: it writes no Lease, and waits for nobody."""

    holds = True
    term: int | None = 0
    is_halted = False

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class Election:
    """Runs in a thread of its own from ``start`` to ``stop``. ``hand`` is of nobody else."""

    def __init__(
        self,
        hand: ApiHand,
        where: LeaseName,
        identity: str,
        *,
        lease_seconds: int = LEASE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        tell: Callable[[str], None] = lambda text: None,
        notes: Callable[[], Mapping[str, str]] = dict,
        took: Callable[[Mapping[str, str]], None] = lambda notes: None,
    ) -> None:
        """``notes`` are annotations that the holder keeps on the Lease; ``took`` hears the last's.

        They are written with each renewal, and read before the Lease is taken.
        """
        self._hand, self._where, self.identity = hand, where, identity
        self._lease_seconds = lease_seconds
        self.holding_seconds = lease_seconds * _HOLDING_SHARE
        self.retry_seconds = lease_seconds * _RETRY_SHARE
        self._monotonic, self._wall, self._tell = monotonic, wall, tell
        self._notes, self._took = notes, took
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._renewed: float | None = None  # when, if this one holds it
        self._seen: tuple[object, float] | None = None  # another's, and since when it is the same
        self._is_late = False
        self._terms, self._is_refused = 0, False
        self.is_halted = False

    @property
    def term(self) -> int | None:
        """How often it was taken; None where it was not this one's when it was last seen.

        It may be late in renewing it.
        """
        return None if self._renewed is None else self._terms

    @property
    def holds(self) -> bool:
        """Whether this one may act as the holder."""
        renewed = self._renewed
        return renewed is not None and self._monotonic() - renewed < self.holding_seconds

    @property
    def may_act(self) -> bool:
        """Whether this one holds the Lease, and nobody has stopped all actions."""
        return self.holds and not self.is_halted

    def start(self) -> None:
        """Begin to ask for the Lease."""
        self._thread = threading.Thread(target=self._run, name="election", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more, and give the Lease back."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(5.0)
        if self._renewed is not None:
            self._renewed = None
            self._release()

    def _run(self) -> None:
        while True:
            try:
                self.step()
                self._tell_if_late()
            except Exception as problem:  # what is held expires by itself
                self._tell(f"the Lease: {type(problem).__name__}: {problem}")
            if self._stopped.wait(self.retry_seconds):
                return

    def step(self) -> None:
        """Look at the Lease once: renew it, take it, or wait for it to expire."""
        asked_at = self._monotonic()
        answer, lease = self._hand.read(self._where.path)
        if answer is Answer.GONE:
            self._renewed = None  # whose it was meanwhile is not known
            if self._hand.create(self._where.folder, self._lease(0, None)) is Answer.DONE:
                self._became(asked_at)
            return
        if lease is None:
            return  # the server cannot be asked: what is held expires by itself
        spec = lease.get("spec") or {}
        self._halt(STOP in (lease["metadata"].get("annotations") or {}))
        holder = spec.get("holderIdentity") or ""
        if holder != self.identity:
            self._renewed = None
        if holder not in ("", self.identity):
            mark = (holder, spec.get("renewTime"), spec.get("leaseTransitions"))
            if self._seen is None or self._seen[0] != mark:
                self._seen = (mark, asked_at)
                return
            seconds = spec.get("leaseDurationSeconds") or self._lease_seconds
            if asked_at - self._seen[1] < seconds:
                return
        if self._renewed is None:
            self._took(lease["metadata"].get("annotations") or {})
        changes = (spec.get("leaseTransitions") or 0) + (holder != self.identity)
        answer = self._hand.replace(self._where.path, self._lease(changes, lease))
        self._is_refused = answer not in (Answer.DONE, Answer.CONFLICT)
        if answer is Answer.DONE:
            self._became(asked_at)
        elif holder == self.identity:
            self._seen = None

    def _became(self, at: float) -> None:
        """Note that the Lease was ours at an instant."""
        if self._renewed is None:
            self._terms += 1
            self._tell(
                f"{self.identity} holds the Lease {self._where.namespace}/{self._where.name}"
            )
        self._renewed, self._seen = at, None

    def _tell_if_late(self) -> None:
        """Tell where it cannot be renewed, and where it is again."""
        is_late = self.term is not None and not self.holds
        if is_late and not self._is_late:
            seconds = f"{self.holding_seconds:g} s"
            self._tell(f"the Lease was not renewed for {seconds}: nothing is done until it is")
        elif self._is_late and self.holds:
            self._tell("the Lease is renewed again: it goes on")
        self._is_late = is_late

    def _halt(self, is_halted: bool) -> None:
        if is_halted != self.is_halted:
            self.is_halted = is_halted
            self._tell("all actions are stopped" if is_halted else "actions go on")

    def _lease(self, changes: int, before: Any) -> dict[str, Any]:
        now = datetime.fromtimestamp(self._wall(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        old = (before or {}).get("spec") or {}
        is_same = old.get("holderIdentity") == self.identity
        acquired = old.get("acquireTime", now) if is_same else now
        metadata = {"name": self._where.name, "namespace": self._where.namespace}
        metadata |= before["metadata"] if before is not None else {}
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": self._noted(metadata),
            "spec": {
                "holderIdentity": self.identity,
                "leaseDurationSeconds": self._lease_seconds,
                "acquireTime": acquired,
                "renewTime": now,
                "leaseTransitions": changes,
            },
        }

    def _noted(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return the metadata of a Lease with what its holder keeps there.

        Where that was refused it is without what is long: nothing is worth the Lease.
        """
        own = dict(self._notes())
        if self._is_refused:
            own = {key: text if len(text) <= _LONG_NOTE else "" for key, text in own.items()}
        notes = {**(metadata.get("annotations") or {}), **own}
        return {**metadata, **({"annotations": notes} if notes else {})}

    def _release(self) -> None:
        """Give the Lease back, if it is still ours, so that another may take it at once."""
        _, lease = self._hand.read(self._where.path)
        if lease is None or (lease.get("spec") or {}).get("holderIdentity") != self.identity:
            return
        changed = {**lease, "spec": {**lease["spec"], "holderIdentity": ""}}
        changed["metadata"] = self._noted(lease["metadata"])
        self._hand.replace(self._where.path, changed)
