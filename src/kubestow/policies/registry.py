"""Registry: the policies by name.

Law: a policy is made from the pools it may launch; whatever else it has is its own default.
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
"""Each policy's maker by its name."""
