"""Other controllers that launch nodes in the cluster: there must not be two hands on one pool."""

from datetime import UTC, datetime

from kubestow.adapters.kubernetes_api.api_hand import ApiHand

_NAMESPACES = ("kube-system", "karpenter")
_LEASE = "karpenter-leader-election"
_FRESH_SECONDS = 60


def rival_of(hand: ApiHand, now: datetime | None = None) -> str:
    """Return the Lease of a Karpenter that is running; empty if none is.

    Source: kubernetes-sigs/karpenter v1.14 pkg/operator/operator.go (LeaderElectionID).
    """
    now = now or datetime.now(UTC)
    for namespace in _NAMESPACES:
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{_LEASE}"
        _, lease = hand.read(path)
        spec = (lease or {}).get("spec") or {}
        if not spec.get("holderIdentity") or not spec.get("renewTime"):
            continue
        renewed = datetime.fromisoformat(spec["renewTime"])
        if (now - renewed).total_seconds() < _FRESH_SECONDS:
            return f"{namespace}/{_LEASE}"
    return ""
