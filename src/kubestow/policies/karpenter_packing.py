"""Karpenter's scale-up: how its scheduler packs pending pods, before any consolidation.

Pods are taken by cpu, then memory, largest first. Each goes to the first existing node that can
take it, else to the claim with the fewest pods that can, else to a new claim of the NodePool with
the highest weight that can. A claim keeps every instance type that still carries its pods; the
cheapest of them is launched. What a pod prefers is required at first (karpenter_preferences).
Source: kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/scheduling (queue.go,
scheduler.go add, nodeclaim.go). Where Karpenter and kube-scheduler differ, kube-scheduler's rules
apply here, so that the pods can run on the fleet.
"""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.nodepool import NodePool
from kubestow.policies.karpenter_preferences import PreferenceTracker
from kubestow.policies.open_nodes import OpenNodes
from kubestow.provisioning.packing.preferences import Attempt
from kubestow.provisioning.packing.problem import Packing, PackingProblem

_CPU, _MEMORY = 0, 1


class KarpenterPacking:
    """Packs a problem as Karpenter's scheduler would."""

    heeds_preferences = True

    def __init__(self, pools: tuple[NodePool, ...]) -> None:
        # By weight, then by name, both descending (Karpenter's OrderByWeight).
        self._pools = sorted(
            range(len(pools)), key=lambda i: (pools[i].weight, pools[i].name), reverse=True
        )

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet, and the units that no claim could take."""
        existing = [i for i, b in enumerate(problem.bins) if b.exists]
        packing = _KarpenterRun(problem, self._pools, len(existing))
        for bin_index in existing:
            packing.open(np.arange(len(problem.bins)) == bin_index)
        left = problem.demand
        asked = problem.requests
        order = sorted(
            range(len(problem.items)),
            key=lambda i: (-int(asked[i, _CPU]), -int(asked[i, _MEMORY]), i),
        )
        for item in order:
            able = np.arange(len(packing.nodes))
            while left[item]:
                able, is_placed = packing.place(item, able)
                if not is_placed:
                    break
                left[item] -= 1
        return _launched(packing.nodes, existing, left)


class _KarpenterRun:
    """One packing under way: the nodes, what pods prefer, and what NodePools have left."""

    def __init__(self, problem: PackingProblem, pools: Sequence[int], existing: int) -> None:
        self.nodes, self._pools, self._existing = OpenNodes(problem), pools, existing
        self._preferences = PreferenceTracker(problem)
        self._limits = _Limits(problem)
        self._pool_of = np.array([b.pool for b in problem.bins], dtype=np.int64)

    def open(self, bins: Booleans) -> int:
        """Open a node that may become any of some bins; return its number."""
        number = self.nodes.open(bins)
        self._preferences.opened(number, bins)
        return number

    def place(self, item: int, able: Integers) -> tuple[Integers, bool]:
        """Place a unit of an item; return the nodes that may take more, and whether it has a place.

        What it prefers is required first and given up step by step. A node without room for an item
        never has room for it again, so it is left out from then on.
        """
        for attempt in self._preferences.attempts(item):
            able = self.nodes.roomy(item, able)
            able, is_placed = self._on_open_node(item, able, attempt)
            if is_placed:
                return able, True
            number = self._on_new_node(item, attempt)
            if number is not None:
                return np.append(able, number), True
        return able, False

    def _on_open_node(self, item: int, able: Integers, attempt: Attempt) -> tuple[Integers, bool]:
        allowed = self._preferences.allowed(attempt, item, able)
        rank = np.where(allowed < self._existing, allowed - self._existing,
                        self.nodes.pods[allowed])  # fmt: skip
        full: set[int] = set()
        is_placed = False
        for number in allowed[np.argsort(rank, kind="stable")].tolist():
            bins = self.nodes.fitting(number, item)
            if not bins.any():
                full.add(number)
                continue
            bins = self._preferences.narrowed(attempt, item, number, bins)
            if bins.any():
                self._add(number, item, bins)
                is_placed = True
                break
        if full:
            able = np.array([n for n in able.tolist() if n not in full], dtype=np.int64)
        return able, is_placed

    def _on_new_node(self, item: int, attempt: Attempt) -> int | None:
        """Open a claim for a unit and return its number; None if no NodePool could."""
        for pool in self._pools:
            candidates = (self._pool_of == pool) & self._limits.allowed(pool)
            if not candidates.any():
                continue
            number = self.open(candidates)
            bins = self.nodes.fitting(number, item)
            if bins.any():
                bins = self._preferences.narrowed(attempt, item, number, bins)
            if bins.any():
                self._add(number, item, bins)
                self._limits.take(pool, bins)
                return number
            self.nodes.close()
        return None

    def _add(self, number: int, item: int, bins: Booleans) -> None:
        self.nodes.add(number, item, bins)
        self._preferences.record(item, number, bins)


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
