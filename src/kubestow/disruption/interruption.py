"""Interruption: spot instances that EC2 takes back, with two minutes' notice.

Law: forceful and at once; what is left of the two minutes is for the pods to end in. Source:
kubernetes-sigs/karpenter-provider-aws v1.15 pkg/controllers/interruption, EC2 user guide "Spot
Instance interruption notices".
"""

from collections.abc import Iterable, Iterator

from kubestow.model.nodeclaim import NodeClaim, Phase

NOTICE_SECONDS = 120


def interrupted(claims: Iterable[NodeClaim]) -> Iterator[NodeClaim]:
    """Yield the nodes that have a notice and do not drain yet."""
    for claim in claims:
        if claim.notice_at is not None and claim.phase in (Phase.REGISTERED, Phase.READY):
            yield claim
