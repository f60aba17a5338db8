"""Nodes that are open at the same time: each unit goes to the one it suits best.

The greedy fills one node after another, so the last nodes get what suits none. Here the nodes are
decided on and all are filled together; for a unit without room another one may move (an ejection
chain of one link; Glover, Ejection chains, 1996). What is placed is legal by capacity,
compatibility and every NodeRule, as what ``node_filler`` fills is.
"""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import UNLIMITED, Booleans, Floats, Integers
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_ROOM = 0.5  # of what a node's scarcest resource has left, beside how well proportions agree
_UNITS_A_FILL = 12.0  # placed in the time of a fill
_NODES = 400  # that are looked at in the time of one more unit
_PAIRS_A_FILL = 20_000.0  # of items and nodes, looked at in the time of a fill
_MOVES_MOST = 40  # that are tried for one unit
_LEAST = 1e-12


def work_of(units: int, nodes: int) -> float:
    """Return the work of placing so many units on one of so many nodes each, in fills."""
    return units * (1 + nodes / _NODES) / _UNITS_A_FILL


class StockedNodes:
    """Nodes of some bins of a problem, one for each time that a bin is named."""

    def __init__(self, problem: PackingProblem, bins: Sequence[int]) -> None:
        self.bins = np.array(bins, dtype=np.int64)
        self.work = 0.0
        self._problem = problem
        self._axes = np.flatnonzero(problem.requests.max(axis=0, initial=0) > 0)
        self._free = problem.capacity[self.bins][:, self._axes]
        self._scale = np.maximum(self._free, 1).astype(np.float64)
        self._loads = np.zeros((len(bins), len(problem.items)), dtype=np.int64)
        count = len(problem.rules.caps)
        self._counted = np.zeros((count, len(bins)), dtype=np.int64)
        self._owned = np.zeros((count, len(bins)), dtype=np.bool_)
        for node, bin_index in enumerate(bins):
            for rule, weight, owner in problem.rules.initial.get(bin_index, ()):
                self._counted[rule, node], self._owned[rule, node] = weight, owner

    def place(self, item: int, units: int, among: Booleans) -> int:
        """Place units of an item on some of the nodes; return how many found no room."""
        request = self._problem.requests[item, self._axes]
        most = self._most(item, request, among)
        shares = request / self._scale
        worth = self._suits(shares, self._free / self._scale)
        worth[most < 1] = -np.inf
        self.work += work_of(units, len(worth))
        while units:
            node = int(worth.argmax()) if len(worth) else 0
            if not len(worth) or worth[node] == -np.inf:
                break
            self._put(item, node, 1)
            units -= 1
            one = slice(node, node + 1)
            left = self._most(item, request, among, one)
            room = self._free[one] / self._scale[one]
            worth[node] = self._suits(shares[one], room)[0] if left[0] >= 1 else -np.inf
        return units

    def squeeze(self, item: int, units: int) -> int:
        """Place units of an item where another unit makes room; return how many found none.

        The other unit moves to a node with room for it.
        """
        request = self._problem.requests[item, self._axes]
        while units and self._moved_for(item, request):
            units -= 1
        return units

    def _moved_for(self, item: int, request: Integers) -> bool:
        """Move one unit so that one of an item finds room there, and place that."""
        problem = self._problem
        requests = problem.requests[:, self._axes]
        loaded = np.flatnonzero(self._loads.any(axis=0))
        self.work += len(loaded) * len(self.bins) / _PAIRS_A_FILL
        fits = problem.compatible[np.ix_(loaded, self.bins)]
        makes_room = (self._loads[:, loaded] > 0).T & problem.compatible[item, self.bins]
        for axis, free in enumerate(self._free.T):
            asked = requests[loaded, axis][:, None]
            fits &= (free >= asked) | (asked == 0)
            if request[axis]:
                makes_room &= free + asked >= request[axis]
        moves = makes_room & (fits.sum(axis=1)[:, None] > fits)
        rows, nodes = np.nonzero(moves)
        size = (requests[loaded[rows]] / self._scale[nodes]).max(axis=1, initial=0.0)
        for move in np.argsort(size, kind="stable")[:_MOVES_MOST].tolist():
            other, node = int(loaded[rows[move]]), int(nodes[move])
            if self._swapped(other, item, node):
                return True
        return False

    def _swapped(self, other: int, item: int, node: int) -> bool:
        """Put a unit of an item in the place of another, which moves; else change nothing."""
        everywhere = np.ones(len(self.bins), dtype=np.bool_)
        elsewhere = everywhere.copy()
        elsewhere[node] = False
        self._put(other, node, -1)
        elsewhere &= self._problem.compatible[other, self.bins]
        one = slice(node, node + 1)
        request = self._problem.requests[item, self._axes]
        if self._most(item, request, everywhere, one)[0] >= 1 and not self.place(
            other, 1, elsewhere
        ):
            self._put(item, node, 1)
            return True
        self._put(other, node, 1)
        return False

    def _put(self, item: int, node: int, units: int) -> None:
        """Add units of an item to a node; a negative number takes them away."""
        rules = self._problem.rules
        self._free[node] -= units * self._problem.requests[item, self._axes]
        self._loads[node, item] += units
        for rule, weight, owns in rules.of_item[item]:
            self._counted[rule, node] += weight * units
            if owns and units > 0:
                self._owned[rule, node] = True
            elif owns:
                items, _, owners = rules.members[rule]
                initial = rules.initial.get(int(self.bins[node]), ())
                self._owned[rule, node] = any(r == rule and owner for r, _, owner in initial) or (
                    bool(self._loads[node, items[owners]].any())
                )

    def patterns(self) -> list[Pattern]:
        """Return the nodes with something on them."""
        return [
            Pattern(
                bin_index, tuple((item, int(load[item])) for item in np.flatnonzero(load).tolist())
            )
            for bin_index, load in zip(self.bins.tolist(), self._loads, strict=True)
            if load.any()
        ]

    def _suits(self, shares: Floats, room: Floats) -> Floats:
        """Return how well a request suits nodes: proportions like those of what is free, room."""
        along = (shares * room).sum(axis=1)
        norms = np.sqrt((room**2).sum(axis=1) * (shares**2).sum(axis=1))
        suits: Floats = along / np.maximum(norms, _LEAST) + _ROOM * room.min(axis=1, initial=1.0)
        return suits

    def _most(
        self, item: int, request: Integers, among: Booleans, nodes: slice = slice(None)
    ) -> Integers:
        """Return how many units each of some nodes takes."""
        asked = request > 0
        free = self._free[nodes][:, asked]
        most: Integers = (free // request[asked]).min(axis=1, initial=UNLIMITED)
        most[~among[nodes]] = 0
        for rule, weight, owns in self._problem.rules.of_item[item]:
            spare = self._problem.rules.caps[rule] - self._counted[rule, nodes]
            allowed = spare // weight if weight else np.where(spare >= 0, UNLIMITED, 0)
            binds = np.ones_like(most, dtype=np.bool_) if owns else self._owned[rule, nodes]
            most = np.where(binds, np.minimum(most, allowed), most)
        return most
