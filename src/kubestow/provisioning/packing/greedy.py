"""The price-directed greedy: open the node of best value for money on what remains, again.

Values are the dual prices of the lower bound's linear program (what a unit is worth), so that value
over price is how well a node is used. Nothing here is random: a seed varies the values.
"""

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Floats, Integers
from kubestow.provisioning.packing.most_valuable import RoomyLoads, alike_bins, most_valuable
from kubestow.provisioning.packing.node_filler import FillOrder, NodeFiller
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_STALE = 0.998
"""A pattern made anew is taken at once if it is worth at least this share of the best seen."""
_LARGER = 1e-6  # of its hope: too little to outweigh any difference but rounding


Ranked = tuple[float, int, Pattern]
"""Negated worth for money, bin, pattern."""
Entry = tuple[float, int, Pattern | None]
"""The same; without a pattern, the worth is only an upper limit."""


class Ordering:
    """Orders items for bins: big ones first, by the largest share of the bin a unit takes.

    Bins of the same proportions share an order. ``noise`` multiplies each item's share. Balanced,
    items queue by the resource they need most of, so that a node's resources run out together.
    """

    def __init__(
        self, problem: PackingProblem, filler: NodeFiller, noise: Floats, *, balanced: bool
    ) -> None:
        self._requests = problem.requests.astype(np.float64)
        self._capacity = np.maximum(problem.capacity, 1).astype(np.float64)
        self._shapes = shapes_of(problem)
        self._filler, self._noise, self._balanced = filler, noise, balanced
        self._orders: dict[bytes, FillOrder] = {}

    def of(self, bin_index: int) -> FillOrder:
        """Return the order for a bin."""
        shape = self._shapes[bin_index]
        key = shape.tobytes()
        order = self._orders.get(key)
        if order is None:
            shares = self._requests / (self._capacity[bin_index, 0] * np.exp2(shape / 2))
            dominant = shares.argmax(axis=1) if self._balanced else None
            order = self._filler.order(shares.max(axis=1) * self._noise, dominant)
            self._orders[key] = order
        return order


def shapes_of(problem: PackingProblem) -> NDArray[np.int32]:
    """Return the proportions of each bin's capacity, bins x axes, in halves of a power of two."""
    capacity = np.maximum(problem.capacity, 1).astype(np.float64)
    return np.round(np.log2(capacity / capacity[:, :1]) * 2).astype(np.int32)


class Greedy:
    """Packs a problem by values; keeps what each bin would carry between openings."""

    def __init__(self, problem: PackingProblem, filler: NodeFiller, values: Floats) -> None:
        self.problem, self.filler = problem, filler
        # A unit that the lower bound prices at nothing must still be worth a node to somebody.
        self.values = values = np.maximum(values, 1.0)
        self.prices = [max(float(p), 1.0) for p in problem.prices]
        self.launchable = [i for i, b in enumerate(problem.bins) if not b.exists]
        self.existing = len(problem.bins) - len(self.launchable)
        self.roomy = _roomy(problem)
        self.fills = 0
        self._most = most_valuable(problem, values, filler.own_limits)
        self._alike = alike_bins(problem, shapes_of(problem))

    def value(self, pattern: Pattern) -> float:
        """Return what a pattern's load is worth."""
        return float(sum(self.values[item] * units for item, units in pattern.load))

    def price(self, pattern: Pattern) -> float:
        """Return what one node with a load costs, at least one nano-USD an hour."""
        return max(float(self.problem.cost_of(pattern)), 1.0)

    def worth(self, pattern: Pattern) -> float:
        """Return what a pattern's load is worth for its money."""
        return self.value(pattern) / self.price(pattern)

    def pack_existing(self, left: Integers, ordering: Ordering) -> list[tuple[Pattern, int]]:
        """Fill the nodes that exist, in order; ``left`` is reduced in place."""
        nodes = []
        for bin_index in self.roomy:
            pattern = self.filler.fill(bin_index, left, ordering.of(bin_index))
            take(left, pattern, 1)
            nodes.append((pattern, 1))
        self.fills += self.existing  # to look whether a node has room is work too
        return nodes

    def pack_new(
        self, left: Integers, orderings: Sequence[Ordering], used: list[dict[str, int]]
    ) -> list[tuple[Pattern, int]]:
        """Open nodes until nothing more fits; ``left`` and pool ``used`` change in place."""
        nodes: list[tuple[Pattern, int]] = []
        self.fills += 1
        heap, roomy = self._hopes(left), RoomyLoads(self.problem, self._alike)
        while heap and left.any():
            worth, bin_index, pattern = heapq.heappop(heap)
            count = 0 if pattern is None else _copies(pattern, left)
            if pattern is None or not count:
                # It was never filled, or the demand it was filled with is gone. What it is filled
                # with now is taken if that is about as good as the best of the others was.
                others = heap[0][0] * _STALE if heap else 0.0
                hope = -roomy.most(bin_index) / self.prices[bin_index]
                if hope > others:
                    if hope:
                        heapq.heappush(heap, (hope, bin_index, None))
                    continue
                worth, _, pattern = self._best(bin_index, left, orderings, roomy)
                if not pattern.load:
                    continue
                if worth > others:
                    heapq.heappush(heap, (worth, bin_index, pattern))
                    continue
                count = _copies(pattern, left)
            count = min(count, self.openable(bin_index, used))
            if count:
                take(left, pattern, count)
                charge(self.problem, pattern, used, count)
                nodes.append((pattern, count))
                heapq.heappush(heap, (worth, bin_index, pattern))
        return nodes

    def _hopes(self, left: Integers) -> list[Entry]:
        """Return a heap of what the bins could be worth at most; few are ever looked at closer.

        Of bins that could be worth as much the largest comes first: it wastes the smallest share.
        """
        prices = np.array(self.prices)
        asked = np.flatnonzero(left)
        worth = (left * self.values)[asked] @ self.problem.compatible[asked]
        hopes = np.minimum(self._most, worth) / prices
        hopes *= 1 + _LARGER * prices / prices.max(initial=1.0)
        hope_of: list[float] = hopes.tolist()
        heap: list[Entry] = [(-hope_of[b], b, None) for b in self.launchable if hope_of[b] > 0]
        heapq.heapify(heap)
        return heap

    def _best(
        self, bin_index: int, left: Integers, orderings: Sequence[Ordering], roomy: RoomyLoads
    ) -> Ranked:
        """Return the bin's best pattern for the units left, with its negated worth for money."""
        fills = (self.filler.fill(bin_index, left, o.of(bin_index)) for o in orderings)
        worth, pattern = max(((self.worth(p), p) for p in fills), key=lambda fill: fill[0])
        self.fills += len(orderings)
        roomy.learn(pattern, worth * self.price(pattern))
        return -worth, bin_index, pattern

    def openable(self, bin_index: int, used: list[dict[str, int]]) -> int:
        """Return how many more nodes of a bin its pool's limits allow."""
        pool = self.problem.bins[bin_index].pool
        usage = self.problem.usage[bin_index]
        allowed = 2**31
        for name, limit in self.problem.pool_limits[pool].items():
            each = usage.get(name, 0)
            if each:
                allowed = min(allowed, (limit - used[pool].get(name, 0)) // each)
        return max(0, allowed)


def take(left: Integers, pattern: Pattern, count: int) -> None:
    """Subtract the load of ``count`` nodes of a pattern; a negative count gives it back."""
    for item, units in pattern.load:
        left[item] -= units * count


def _copies(pattern: Pattern, left: Integers) -> int:
    """Return how many nodes of a pattern the units left fill."""
    return min((int(left[item]) // units for item, units in pattern.load), default=0)


def charge(
    problem: PackingProblem, pattern: Pattern, used: list[dict[str, int]], count: int
) -> None:
    """Add ``count`` nodes of a pattern to what their pool uses of its limits."""
    pool = problem.bins[pattern.bin].pool
    for name, each in problem.usage[pattern.bin].items():
        used[pool][name] = used[pool].get(name, 0) + each * count


def _roomy(problem: PackingProblem) -> list[int]:
    """Return the bins that exist and have room for a unit of something."""
    existing = np.array([i for i, b in enumerate(problem.bins) if b.exists], dtype=np.int64)
    free, roomy = problem.capacity[existing], np.zeros(len(existing), dtype=bool)
    for item, request in enumerate(problem.requests if len(existing) else ()):
        fits = ((free >= request) | (request == 0)).all(axis=1)
        roomy |= fits & problem.compatible[item, existing]
    positions: list[int] = existing[roomy].tolist()
    return positions
