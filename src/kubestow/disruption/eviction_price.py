"""Eviction price: what it costs to evict the pods of nodes."""

from collections.abc import Iterable

from kubestow.disruption.expected import moves
from kubestow.model.eviction_prices import EvictionPrices
from kubestow.model.snapshot import Cluster


def moving_costs(cluster: Cluster, nodes: Iterable[str], prices: EvictionPrices) -> dict[str, int]:
    """Return what evicting the pods of each node costs, in nano-USD."""
    costs = dict.fromkeys(nodes, 0)
    for pod in cluster.pods:
        if pod.node_name in costs and moves(pod):
            costs[pod.node_name] += prices.of(pod.lifecycle.eviction, pod.template.priority)
    return costs
