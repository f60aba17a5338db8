"""Consolidation prefilter: refuses quickly what Karpenter's consolidation could not do anyway.

Never refuses a change that is possible. It compares cpu, memory, pod slots and prices
only, so that the scheduling of most changes need not be simulated.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from kubestow.disruption.expected import expected
from kubestow.disruption.relocation import Relocation
from kubestow.model.arrays import Integers
from kubestow.model.instance_type import SPOT
from kubestow.model.nodepool import NodePool
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache

_PRICE, _CPU, _MEMORY, _PODS, _IS_SPOT = range(5)


class ConsolidationPrefilter:
    """The room on the nodes there are, and the price and room of every offering."""

    def __init__(self, snapshot: Snapshot, pools: Sequence[NodePool], cache: PlanningCache) -> None:
        self.relocation = Relocation(expected(snapshot), cache.pod_kinds)
        self._offerings = _offerings(snapshot, pools, cache)

    def allows(self, nodes: Sequence[str], price: int, *, off_spot: bool) -> bool:
        """Return whether other nodes and one offering below a price may take some nodes' pods.

        The offering must take all pods for which no other node has room, and what the other nodes
        together have no room for.
        """
        cache, others = self.relocation.cache, self.relocation.open.copy()
        positions = [cache.position[name] for name in nodes]
        others[positions] = False
        kinds = Counter(
            cache.kind_of[pod] for node in positions for pod in self.relocation.movers[node]
        )
        requests_all = np.zeros(2, dtype=np.int64)
        requests_homeless, homeless = np.zeros(2, dtype=np.int64), 0
        for kind, count in kinds.items():
            requests = count * cache.requests[kind, :2]
            requests_all += requests
            if not self.relocation.has_room(kind, others):
                requests_homeless += requests
                homeless += count
        missing = requests_all - np.maximum(cache.free[:2, others], 0).sum(axis=1)
        if not homeless and (missing <= 0).all():
            return True
        least = np.maximum(requests_homeless, missing)
        return self._has_offering(least, homeless, price, off_spot=off_spot)

    def has_offering(self, pods: Sequence[int], price: int, *, off_spot: bool) -> bool:
        """Return whether an offering below a price may have room for some pods together."""
        kinds, requests = self.relocation.cache.kind_of, self.relocation.cache.requests
        total = np.asarray(sum(requests[kinds[pod], :2] for pod in pods))
        return self._has_offering(total, len(pods), price, off_spot=off_spot)

    def _has_offering(self, requests: Integers, pods: int, price: int, *, off_spot: bool) -> bool:
        rows = self._offerings
        able = (rows[:, _PRICE] < price) & (rows[:, _PODS] >= pods)
        able &= (rows[:, _CPU] >= requests[0]) & (rows[:, _MEMORY] >= requests[1])
        if off_spot:
            able &= rows[:, _IS_SPOT] == 0
        return bool(able.any())


def _offerings(snapshot: Snapshot, pools: Sequence[NodePool], cache: PlanningCache) -> Integers:
    """Return a row for each offering of each pool: its price, and its room beside DaemonSets."""
    everywhere = [
        dict(daemonset.template.requests)
        for daemonset in snapshot.cluster.daemonsets
        if not daemonset.template.node_selector and not daemonset.template.node_terms
    ]
    cpu, memory = (sum(requests.get(name, 0) for requests in everywhere) for name in (CPU, MEMORY))
    rows = []
    for pool in pools:
        offered = cache.offerings.of(pool, snapshot.catalog, snapshot.networking, {})
        for offer in offered.candidates:
            room = dict(offer.allocatable)
            rows.append(
                (
                    offer.price.nano_usd_per_hour,
                    room.get(CPU, 0) - cpu,
                    room.get(MEMORY, 0) - memory,
                    room.get(PODS, 0),
                    offer.capacity_type == SPOT,
                )
            )
    return np.array(rows, dtype=np.int64).reshape(len(rows), 5)
