"""The price-directed greedy: open the node of best value for money on what remains, again.

Values are the dual prices of the lower bound's linear program (what a unit is worth), so that value
over price is how well a node is used. Nothing here is random: a seed varies the values.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Floats, Integers
from kubestow.provisioning.packing.node_filler import FillOrder, NodeFiller
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_STALE = 0.998
"""A pattern made anew is taken at once if it is worth at least this share of the best seen."""


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
        proportions = np.log2(self._capacity / self._capacity[:, :1])
        self._shapes = np.round(proportions * 2).astype(np.int32)
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
        self._compatible = problem.compatible.T.astype(np.float64)
        self._most = _most_valuable(problem, values)

    def value(self, pattern: Pattern) -> float:
        """Return what a pattern's load is worth."""
        return float(sum(self.values[item] * units for item, units in pattern.load))

    def price(self, pattern: Pattern) -> float:
        """Return what one node with a load costs, at least one nano-USD an hour."""
        return max(float(self.problem.cost_of(pattern)), 1.0)

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
        # Bins start with what they could be worth at most; most are never looked at closer.
        hope = np.minimum(self._most, self._compatible @ (left * self.values))
        heap: list[Entry] = [
            (-hope[b] / self.prices[b], b, None) for b in self.launchable if hope[b] > 0
        ]
        heapq.heapify(heap)
        while heap and left.any():
            worth, bin_index, pattern = heapq.heappop(heap)
            if pattern is None:
                remade = self._best(bin_index, left, orderings)
                if remade is not None:
                    heapq.heappush(heap, remade)
                continue
            count = min((int(left[i]) // units for i, units in pattern.load), default=0)
            if not count:
                # The demand it was made for is gone: look again, and take it if it is still about
                # as good as the best of the others was.
                remade = self._best(bin_index, left, orderings)
                if remade is None:
                    continue
                if remade[0] > worth * _STALE and heap and remade[0] > heap[0][0] * _STALE:
                    heapq.heappush(heap, remade)
                    continue
                worth, count = remade[0], 1
                pattern = remade[2]
            count = min(count, self.openable(bin_index, used))
            if count:
                take(left, pattern, count)
                charge(self.problem, pattern, used, count)
                nodes.append((pattern, count))
                heapq.heappush(heap, (worth, bin_index, pattern))
        return nodes

    def _best(
        self, bin_index: int, left: Integers, orderings: Sequence[Ordering]
    ) -> "Ranked | None":
        """Return the bin's best pattern for the units left, with its negated worth for money."""
        best: tuple[float, Pattern] | None = None
        for ordering in orderings:
            pattern = self.filler.fill(bin_index, left, ordering.of(bin_index))
            if pattern.load:
                worth = self.value(pattern) / self.price(pattern)
                if best is None or worth > best[0]:
                    best = (worth, pattern)
        self.fills += len(orderings)
        return best and (-best[0], bin_index, best[1])

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


def _most_valuable(problem: PackingProblem, values: Floats) -> Floats:
    """Return an upper limit of the value any one node of each bin carries.

    By resource prices w >= 0 it is w.A + sum fits max(0, y - w.c); w is fitted to the values.
    """
    requests, capacity = problem.requests.astype(np.float64), problem.capacity.astype(np.float64)
    scale = np.maximum(requests.max(axis=0, initial=0), 1.0)
    weight = np.maximum(np.linalg.lstsq(requests / scale, values)[0], 0.0) / scale
    surplus = np.maximum(values - requests @ weight, 0.0)
    most: Floats = np.maximum(capacity, 0) @ weight
    for item in np.nonzero(surplus > 0)[0]:
        asked = requests[item] > 0
        fits = np.floor(np.maximum(capacity[:, asked], 0) / requests[item][asked]).min(axis=1)
        most += surplus[item] * np.where(problem.compatible[item], fits, 0)
    return most
