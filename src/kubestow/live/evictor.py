"""Evicts pods, several at a time, and later again what a budget refuses.

Law: an answer that is late keeps no other pod waiting but those that are asked for later. What was
evicted is not asked for again until it is seen to end; what was refused, less and less often.
"""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live.hourly_count import HourlyCount
from kubestow.live.witness import DELETE, EVICT, POD, Deed, Hearing
from kubestow.model.observed import ObjectIdentity
from kubestow.model.pod import Pod

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds after a refusal; between them it doubles
_AT_ONCE = 8


class EvictingHand(Protocol):
    """Who lets pods go."""

    def evict(self, pod: str, uid: str, grace_seconds: int | None = None) -> Answer:
        """Evict a pod."""

    def delete_pod(self, pod: str, uid: str, grace_seconds: int | None = None) -> Answer:
        """Delete a pod whatever its budgets say."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """A pod that is to go: ``reason`` is why its node leaves.

    With ``force`` it is deleted, whatever its budgets say; ``grace_seconds`` is for a deadline.
    One that ``is_limited`` waits where enough were evicted in an hour.
    """

    pod: Pod
    reason: str
    force: bool = False
    grace_seconds: int | None = None
    is_limited: bool = False

    @property
    def key(self) -> tuple[str, bool]:
        """What is refused: a pod, and whether it is deleted for a deadline."""
        return self.pod.key, self.grace_seconds is not None


@dataclass(slots=True)
class _Refusals:
    """How often a pod was refused, and when it is tried again (monotonic seconds)."""

    times: int = 0
    due: float = 0.0

    def refused(self, now: float) -> None:
        """Note a refusal."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self.times)
        self.times, self.due = self.times + 1, now + pause


@dataclass(slots=True)
class Evictor:
    """Lets pods go; ``identity`` tells pods of a name apart, by namespace/name.

    ``evicted`` counts them but for those of DaemonSets.
    """

    hand: EvictingHand
    identity: Callable[[str], ObjectIdentity | None]
    hear: Hearing
    evicted: HourlyCount
    _refusals: dict[tuple[str, bool], _Refusals] = field(default_factory=dict)

    def is_due(self, farewell: Farewell, now: float) -> bool:
        """Return whether a pod is there, on its node, and is to be asked for now.

        ``now`` is in monotonic seconds.
        """
        identity = self.identity(farewell.pod.key)
        if identity is None or identity.node_name != farewell.pod.node_name:
            return False  # gone, or another pod of its name by now
        before = self._refusals.get(farewell.key)
        return before is None or now >= before.due

    def send(
        self, farewells: Collection[Farewell], at: int, now: float, most: int | None = None
    ) -> set[str]:
        """Let some pods go that are due; return the nodes of those that wait for the limit.

        ``at`` is in seconds since 1970, ``now`` monotonic; ``most`` is how many go in an hour.
        Where that is near, one that is limited goes after the other: a refusal does not count.
        """
        limited = [farewell for farewell in farewells if farewell.is_limited]
        together: Collection[Farewell] = farewells
        if most is None or self.evicted.within(at) + len(limited) <= most:
            limited, most = [], 0
        else:
            together = [farewell for farewell in farewells if not farewell.is_limited]
        if together:
            with ThreadPoolExecutor(min(_AT_ONCE, len(together)), "evict") as pool:
                list(pool.map(lambda farewell: self._let_go(farewell, at, now), together))
        held = set()
        for farewell in limited:
            if self.evicted.within(at) >= most:
                held.add(farewell.pod.node_name)
            else:
                self._let_go(farewell, at, now)
        return held

    def forget(self, there: Collection[str]) -> None:
        """Forget the refusals of all pods but those that are ``there``."""
        self._refusals = {key: item for key, item in self._refusals.items() if key[0] in there}

    def _let_go(self, farewell: Farewell, at: int, now: float) -> None:
        """Ask for one; what comes of it is noted at once, whatever becomes of the others."""
        pod = farewell.pod
        identity = self.identity(pod.key)
        if identity is None or identity.node_name != pod.node_name:
            return  # another pod of its name, by now
        send = self.hand.delete_pod if farewell.force else self.hand.evict
        answer = send(pod.key, identity.uid, farewell.grace_seconds)
        if answer is Answer.GONE:
            return
        what = DELETE if farewell.force else EVICT
        deed = Deed(
            what, POD, pod.key, farewell.reason, node=pod.node_name, result=answer.value
        )  # fmt: skip
        self.hear(deed)
        if answer is Answer.DONE and not pod.daemonset:
            self.evicted.add(at)
        self._refusals.setdefault(farewell.key, _Refusals()).refused(now)
