"""Interruption: spot instances that EC2 takes back with two minutes' notice, or may soon.

A notice is forceful and takes effect at once; the rest of the two minutes is left for the pods to
terminate. A rebalance recommendation says only that the risk is elevated: it may come with the
notice, or for nothing. Acting on it leaves time to replace the node first, within budgets.
Source: kubernetes-sigs/karpenter-provider-aws v1.15 pkg/controllers/interruption, EC2 user guide
"Spot Instance interruption notices" and "EC2 instance rebalance recommendations".
"""

from collections.abc import Iterable, Iterator

from kubestow.model.nodeclaim import THERE, NodeClaim, Phase

NOTICE_SECONDS = 120


def is_at_risk(claim: NodeClaim) -> bool:
    """Return whether EC2 recommends leaving a node that is ready and has no notice yet."""
    there = claim.phase is Phase.READY and claim.notice_at is None
    return there and claim.rebalance_at is not None


def interrupted(claims: Iterable[NodeClaim]) -> Iterator[NodeClaim]:
    """Yield the nodes that have a notice and are not draining yet."""
    for claim in claims:
        if claim.notice_at is not None and claim.phase in (Phase.REGISTERED, *THERE):
            yield claim
