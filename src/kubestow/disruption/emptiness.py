"""Emptiness: nodes that run nothing but DaemonSet pods.

Draining them evicts nobody, so only their pool's budgets and consolidateAfter hold them.
Source: kubernetes-sigs/karpenter v1.14 pkg/controllers/disruption/emptiness.go.
"""

from collections.abc import Iterable, Iterator

from kubestow.disruption.candidate import DisruptionCandidate


def empty(candidates: Iterable[DisruptionCandidate]) -> Iterator[DisruptionCandidate]:
    """Yield the candidates without a pod that needs a place elsewhere."""
    return (candidate for candidate in candidates if not candidate.pods)
