"""Who else acts on nodes in the cluster: there must not be two hands on one pool."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from kubestow.adapters.kubernetes_api.api_hand import Answer, ApiHand
from kubestow.model.input_error import InputError

_KARPENTER = ("kube-system/karpenter-leader-election", "karpenter/karpenter-leader-election")
_CLUSTER_AUTOSCALER = ("kube-system/cluster-autoscaler",)
_OWN = ("kube-system/kubestow",)
_FRESH_SECONDS = 60
_TRIES, _PAUSE_SECONDS = 3, 2.0
"""How often it is looked before one that acts stops since it cannot be told."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Who else acts: its name, the Lease that it renews, and its Deployment as it is installed."""

    name: str
    lease: str
    deployment: str


def looked(
    rival: Callable[[], Rival | None],
    tries: int = _TRIES,
    pause: Callable[[float], None] = time.sleep,
) -> Rival | None:
    """Return who else acts; raise InputError where that cannot be told after some looks."""
    while True:
        try:
            return rival()
        except InputError:
            tries -= 1
            if not tries:
                raise
            pause(_PAUSE_SECONDS)


def nobody() -> Rival | None:
    """Return that no other acts."""
    return None


@dataclass(slots=True)
class RivalWatch:
    """Says in ``why`` why nothing may be done, as it was at the last ``look``; empty if it may.

    ``rival`` returns who else acts, as ``rival_of`` does; ``pause`` waits for so many seconds.
    ``found`` is the one that was seen last: where that could not be told, there may be none.
    """

    rival: Callable[[], Rival | None] = nobody
    tell: Callable[[str], None] = lambda text: None
    pause: Callable[[float], None] = time.sleep
    why: str = ""
    found: Rival | None = None

    def look(self) -> None:
        """Look whether another is running, and tell what has changed.

        One look without an answer costs the policy its memory: it is looked again before that.
        """
        why = self._reason()
        if why != self.why:
            self.tell(f"nothing is done: {why}" if why else "no other autoscaler: it goes on")
        self.why = why

    def _reason(self) -> str:
        """Return why nothing may be done."""
        try:
            rival = looked(self.rival, 1 if self.why else _TRIES, self.pause)
        except InputError as problem:
            return problem.message
        self.found = rival
        return "" if rival is None else f"{rival.name} renews the Lease {rival.lease}"


def rival_of(
    hand: ApiHand, now: datetime | None = None, *, scales_groups: bool = False
) -> Rival | None:
    """Return a Karpenter that is running or, of who scales node groups, a Cluster Autoscaler.

    Raise InputError where that cannot be told. Sources: kubernetes-sigs/karpenter v1.14
    pkg/operator/operator.go (LeaderElectionID); kubernetes/autoscaler 1.36 cluster-autoscaler/
    main.go (the Lease is named cluster-autoscaler unless --leader-elect-resource-name says other).
    """
    lease = _held(hand, _KARPENTER, now, of="Karpenter")
    if lease:
        return Rival("Karpenter", lease, "karpenter")
    lease = _held(hand, _CLUSTER_AUTOSCALER, now, of="Cluster Autoscaler") if scales_groups else ""
    return Rival("Cluster Autoscaler", lease, "cluster-autoscaler") if lease else None


def controller_of(hand: ApiHand, now: datetime | None = None) -> str:
    """Return the Lease of a 'kubestow run' that acts in the cluster; empty if none is there.

    One whose Lease is in another namespace than kube-system is not seen.
    """
    return _held(hand, _OWN, now)


def _held(hand: ApiHand, leases: Iterable[str], now: datetime | None, *, of: str = "") -> str:
    """Return the first Lease, as namespace/name, that is held and was renewed a moment ago.

    Raise InputError where that ``of`` another cannot be read.
    """
    now = now or datetime.now(UTC)
    for lease in leases:
        namespace, name = lease.split("/")
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
        answer, found = hand.read(path)
        if of and found is None and answer is not Answer.GONE:
            raise InputError(
                f"whether {of} is running is not known: its Lease {lease} cannot be read "
                f"({answer})",
                hint="allow it, as examples/controller.yaml does",
            )
        spec = (found or {}).get("spec") or {}
        if not spec.get("holderIdentity") or not spec.get("renewTime"):
            continue
        renewed = datetime.fromisoformat(spec["renewTime"])
        if (now - renewed).total_seconds() < _FRESH_SECONDS:
            return lease
    return ""
