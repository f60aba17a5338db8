"""Karpenter's scale-up: how its scheduler packs pending pods, before any consolidation.

Pods are taken by cpu, then memory, largest first. Each goes to the first existing node that can
take it, else to the claim with the fewest pods that can, else to a new claim of the NodePool with
the highest weight that can. A claim keeps every instance type that still carries its pods; the
cheapest of them is launched.
Source: kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/scheduling (queue.go,
scheduler.go add, nodeclaim.go). Where Karpenter and kube-scheduler differ, kube-scheduler's rules
apply here, so that the pods can run on the fleet.
"""

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.nodepool import NodePool
from kubestow.policies.open_nodes import OpenNodes
from kubestow.provisioning.packing.problem import Packing, PackingProblem

_CPU, _MEMORY = 0, 1


class KarpenterPacking:
    """Packs a problem as Karpenter's scheduler would."""

    def __init__(self, pools: tuple[NodePool, ...]) -> None:
        # By weight, then by name, both descending (Karpenter's OrderByWeight).
        self._pools = sorted(
            range(len(pools)), key=lambda i: (pools[i].weight, pools[i].name), reverse=True
        )

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet, and the units that no claim could take."""
        open_nodes = OpenNodes(problem)
        existing = [i for i, b in enumerate(problem.bins) if b.exists]
        for bin_index in existing:
            open_nodes.open(np.arange(len(problem.bins)) == bin_index)
        pool_of = np.array([b.pool for b in problem.bins], dtype=np.int64)
        limits = _Limits(problem)
        left = problem.demand
        asked = problem.requests
        order = sorted(
            range(len(problem.items)),
            key=lambda i: (-int(asked[i, _CPU]), -int(asked[i, _MEMORY]), i),
        )
        for item in order:
            able = np.arange(len(open_nodes))
            while left[item]:
                able = self._placed(open_nodes, item, able, len(existing))
                if not len(able):
                    if not self._opened(open_nodes, item, pool_of, limits):
                        break
                    able = np.array([len(open_nodes) - 1])
                left[item] -= 1
        return _launched(open_nodes, existing, left)

    def _placed(self, open_nodes: OpenNodes, item: int, able: Integers, existing: int) -> Integers:
        """Put a unit on a node or claim; return those that may take more, none if none took it.

        A node without room for an item never has room for it again, so it is left out from then on.
        """
        able = open_nodes.roomy(item, able)
        rank = np.where(able < existing, able - existing, open_nodes.pods[able])
        full: set[int] = set()
        for number in able[np.argsort(rank, kind="stable")].tolist():
            bins = open_nodes.fitting(number, item)
            if bins.any():
                open_nodes.add(number, item, bins)
                return np.array([n for n in able.tolist() if n not in full]) if full else able
            full.add(number)
        return able[:0]

    def _opened(
        self, open_nodes: OpenNodes, item: int, pool_of: Integers, limits: "_Limits"
    ) -> bool:
        """Open a claim for a unit; tell whether any NodePool could."""
        for pool in self._pools:
            candidates = (pool_of == pool) & limits.allowed(pool)
            if not candidates.any():
                continue
            number = open_nodes.open(candidates)
            bins = open_nodes.fitting(number, item)
            if bins.any():
                open_nodes.add(number, item, bins)
                limits.take(pool, bins)
                return True
            open_nodes.close()
        return False


class _Limits:
    """What is left of the NodePools' limits, with every claim counted as its largest type."""

    def __init__(self, problem: PackingProblem) -> None:
        self._problem = problem
        self._left = [
            {name: limit - used.get(name, 0) for name, limit in limits.items()}
            for limits, used in zip(problem.pool_limits, problem.pool_used, strict=True)
        ]

    def allowed(self, pool: int) -> Booleans:
        """Return the bins whose capacity the pool has left."""
        usage, limits = self._problem.usage, self._left[pool]
        if not limits:
            return np.ones(len(usage), dtype=bool)
        return np.array(
            [all(u.get(name, 0) <= left for name, left in limits.items()) for u in usage],
            dtype=bool,
        )

    def take(self, pool: int, bins: Booleans) -> None:
        """Count a claim that may become any of some bins."""
        for name in self._left[pool]:
            usage = (self._problem.usage[b].get(name, 0) for b in np.flatnonzero(bins).tolist())
            self._left[pool][name] -= max(usage, default=0)


def _launched(open_nodes: OpenNodes, existing: list[int], left: Integers) -> Packing:
    """Return every claim as a node of its cheapest bin."""
    prices = open_nodes.problem.prices
    packed = []
    for number in range(len(open_nodes)):
        if number < len(existing):
            chosen = existing[number]
        else:
            able = np.flatnonzero(open_nodes.bins[number])
            chosen = int(able[prices[able].argmin()])
        packed.append((open_nodes.pattern(number, chosen), 1))
    return Packing(packed, left)
