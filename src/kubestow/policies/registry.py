"""Registry: the policies by name.

Each is made from the NodePools it may launch from, with its default settings; kubestow's own also
from what evictions cost.
"""

from collections.abc import Callable, Mapping

from kubestow.disruption.consolidation import Prices
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
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


def made(
    name: str, pools: tuple[NodePool, ...], eviction: EvictionPrices = DEFAULT_PRICES
) -> Policy:
    """Return a policy by its name; the originals know no price of an eviction."""
    if name == "optimal":
        return Optimal(pools, prices=Prices(eviction=eviction))
    return POLICIES[name](pools)
