"""Interruption: spot instances that EC2 takes back, with two minutes' notice, or soon may.

Law: a notice is forceful and at once; what is left of the two minutes is for the pods to end in. A
rebalance recommendation is no notice: it says that the risk is elevated, it may come together with
the notice or for nothing, and who acts on it has time to replace the node first, within budgets.
Source: kubernetes-sigs/karpenter-provider-aws v1.15 pkg/controllers/interruption, EC2 user guide
"Spot Instance interruption notices" and "EC2 instance rebalance recommendations".
"""

from collections.abc import Iterable, Iterator

from kubestow.model.nodeclaim import NodeClaim, Phase

NOTICE_SECONDS = 120


def is_at_risk(claim: NodeClaim) -> bool:
    """Tell whether EC2 recommends to leave a node that is there and has no notice yet."""
    there = claim.phase is Phase.READY and claim.notice_at is None
    return there and claim.rebalance_at is not None


def interrupted(claims: Iterable[NodeClaim]) -> Iterator[NodeClaim]:
    """Yield the nodes that have a notice and do not drain yet."""
    for claim in claims:
        if claim.notice_at is not None and claim.phase in (Phase.REGISTERED, Phase.READY):
            yield claim
