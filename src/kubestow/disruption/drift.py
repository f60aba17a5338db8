"""Drift: nodes that their NodePool would no longer launch.

A node drifts when one of its labels breaks a requirement of its pool, or when it lacks one of the
pool's labels or taints. A requirement on a label that it does not have is not judged. What its node
class would launch otherwise is told by who observes the cloud (``NodeClaim.outdated``).
Source: kubernetes-sigs/karpenter v1.14 pkg/controllers/nodeclaim/disruption/drift.go (static drift
and areRequirementsDrifted).
"""

from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.nodepool import NodePool


def drift(claim: NodeClaim, pool: NodePool) -> str:
    """Return what no longer matches the pool; an empty string if everything does."""
    if claim.outdated:
        return claim.outdated
    if pool.launched_by.is_node_group:
        return ""  # EKS updates the nodes of its groups
    labels = dict(claim.node.labels)
    for key, item in sorted(pool.requirements.by_key.items()):
        value = labels.get(key)
        if value is not None and not item.has(value):
            return item.describe()
    for key, text in pool.labels:
        if labels.get(key) != text:
            return f"label {key}={text}"
    missing = [taint for taint in pool.taints if taint not in claim.node.taints]
    return f"taint {missing[0].key}" if missing else ""
