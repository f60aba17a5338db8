"""What the pods of a node cost to evict."""

from dataclasses import replace

from kubestow.disruption.eviction_price import moving_costs
from kubestow.model.eviction_prices import EvictionPrices
from kubestow.model.snapshot import Cluster
from kubestow.testing import owned, pod


def test_each_pod_that_moves_costs_its_own_price() -> None:
    pods = (
        owned(pod("a", node="n0")),
        owned(pod("b", node="n0", priority=1000)),
        owned(pod("c", node="n1"), nano_usd=7),
        owned(pod("d", node="n1"), local_volumes=("tmp",)),
        replace(owned(pod("e", node="n1")), daemonset="default/agent"),
        replace(owned(pod("f", node="n1")), terminating=True),
        owned(pod("g", node="elsewhere")),
        owned(pod("h")),
    )
    prices = EvictionPrices(2, ((1000, 100),))
    costs = moving_costs(Cluster(pods=pods), ["n0", "n1", "n2"], prices)
    assert costs == {"n0": 102, "n1": 7 + 10, "n2": 0}
