"""Registry: the policies by name.

Each is made from the NodePools it may launch from, with its default settings.
"""

from collections.abc import Callable, Mapping

from kubestow.model.nodepool import NodePool
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.karpenter import Karpenter
from kubestow.policies.optimal import Optimal
from kubestow.policies.policy import Policy

POLICIES: Mapping[str, Callable[[tuple[NodePool, ...]], Policy]] = {
    "optimal": Optimal,
    "karpenter": Karpenter,
    "cluster-autoscaler": ClusterAutoscaler,
}
"""How to make each policy, by its name."""
