"""Expiration: nodes that have reached their NodePool's expireAfter.

Forceful: neither budgets nor costs hold it back. Source: kubernetes-sigs/karpenter
v1.14 pkg/controllers/nodeclaim/expiration/controller.go.
"""

from collections.abc import Iterable, Iterator, Mapping

from kubestow.disruption.expected import is_going
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool


def expires_at(claim: NodeClaim, pools: Mapping[str, NodePool]) -> int | None:
    """Return when a node expires; None if it never does."""
    pool = pools.get(claim.nodepool)
    after = None if pool is None else pool.disruption.expire_after
    return None if after is None else claim.created_at + after


def expired(
    claims: Iterable[NodeClaim], pools: Mapping[str, NodePool], at: int
) -> Iterator[NodeClaim]:
    """Yield the expired nodes that are not going yet."""
    for claim in claims:
        end = expires_at(claim, pools)
        if end is not None and at >= end and not is_going(claim):
            yield claim
