"""Who else acts on nodes in the cluster: there must not be two hands on one pool."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from kubestow.adapters.kubernetes_api.api_hand import Answer, ApiHand
from kubestow.model.input_error import InputError

_KARPENTER = ("kube-system/karpenter-leader-election", "karpenter/karpenter-leader-election")
_OWN = ("kube-system/kubestow",)
_FRESH_SECONDS = 60


@dataclass(slots=True)
class RivalWatch:
    """Says in ``why`` why nothing may be done, as it was at the last ``look``; empty if it may.

    ``rival`` returns the Lease of a Karpenter that is running, as ``rival_of`` does.
    """

    rival: Callable[[], str] = str
    tell: Callable[[str], None] = lambda text: None
    why: str = ""

    def look(self) -> None:
        """Look whether Karpenter is running, and tell what has changed."""
        try:
            rival = self.rival()
            why = f"Karpenter renews the Lease {rival}" if rival else ""
        except InputError as problem:
            why = problem.message
        if why != self.why:
            self.tell(f"nothing is done: {why}" if why else "Karpenter is not running: it goes on")
        self.why = why


def rival_of(hand: ApiHand, now: datetime | None = None) -> str:
    """Return the Lease of a Karpenter that is running; empty if none is.

    Raise InputError where that cannot be told. Source: kubernetes-sigs/karpenter v1.14
    pkg/operator/operator.go (LeaderElectionID).
    """
    return _held(hand, _KARPENTER, now, must_tell=True)


def controller_of(hand: ApiHand, now: datetime | None = None) -> str:
    """Return the Lease of a 'kubestow run' that acts in the cluster; empty if none is there.

    One whose Lease is in another namespace than kube-system is not seen.
    """
    return _held(hand, _OWN, now)


def _held(
    hand: ApiHand, leases: Iterable[str], now: datetime | None, *, must_tell: bool = False
) -> str:
    """Return the first Lease, as namespace/name, that is held and was renewed a moment ago."""
    now = now or datetime.now(UTC)
    for lease in leases:
        namespace, name = lease.split("/")
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
        answer, found = hand.read(path)
        if must_tell and found is None and answer is not Answer.GONE:
            raise InputError(
                f"whether Karpenter is running is not known: its Lease {lease} cannot be read "
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
