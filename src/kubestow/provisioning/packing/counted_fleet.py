"""Fleets whose nodes are counted before any is filled.

The compact relaxation tells how many nodes of which bins would do, and what all nodes of a bin hold
together. Where pods are small beside nodes, or keep off each other so that there must be many
nodes, that is near the truth. A greedy fills large nodes first and then needs many more for the
pods that are left. So: whole numbers of nodes by diving, the dearest first; then the pods, those
that need most of the nodes first, then by size, each to the node it suits.
"""

from collections.abc import Sequence, Set
from typing import NamedTuple

import numpy as np

from kubestow.model.arrays import UNLIMITED, Booleans, Floats, Integers
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import PackingProblem, Pattern
from kubestow.provisioning.packing.stocked_nodes import StockedNodes, work_of
from kubestow.provisioning.programs.solver import CompactProgram, CompactSolution

SLACKS = (0.003, 0.0, 0.006)
"""Shares of each node that are kept free when nodes are counted: pods are not fractions."""
ORDERS = 4
"""Orders of the pods, for each count of nodes."""
_COLUMNS_MOST = 12_000
_SQUEEZED_MOST = 200  # units for which others may move
_PIVOTS_A_FILL = 4.0
_WHOLE = 1e-5
_AS_CHEAP = 1e-5  # a share: of what the next whole number of nodes may cost more
_MANY = 0.5  # of the nodes that take it: a pod that needs so many goes first
_NANO = 1e9


class NodeCounts(NamedTuple):
    """Whole numbers of nodes by bin, and how many units of each item its nodes hold together."""

    nodes: Integers
    units: Integers  # items x bins


class CountedFleets:
    """Makes fleets for what is ``left`` of a problem, of nodes of some candidates."""

    def __init__(
        self, problem: PackingProblem, filler: NodeFiller, left: Integers, candidates: Set[int]
    ) -> None:
        self.work = 0.0
        self._problem, self._left = problem, left
        able = _able(problem)
        self._bins = _bins(problem, able, left, candidates)
        self._limits = limits = _limits(problem, filler)
        alone = limits < left
        rows: dict[tuple[bytes, bytes, int], int] = {}
        self._row_of = np.array(
            [
                rows.setdefault(
                    (problem.requests[i].tobytes(), able[i].tobytes(), i if alone[i] else -1),
                    len(rows),
                )
                for i in range(len(left))
            ]
        )
        _, first = np.unique(self._row_of, return_index=True)
        self._demand = np.bincount(self._row_of, weights=left).astype(np.float64)
        own = np.where(alone[first], np.minimum(limits[first], self._demand), self._demand)
        held = _held(problem, first, self._bins).astype(np.float64)
        self._fits = np.minimum(held, own[:, None]) * able[first][:, self._bins]
        self._requests = problem.requests[first].astype(np.float64)
        asked = np.maximum(left @ problem.requests, 1)
        self._capacity = np.clip(problem.capacity[self._bins], 0, asked).astype(np.float64)
        self._prices = np.maximum(problem.prices[self._bins], 1) / _NANO
        self.columns = int((self._fits > 0).sum())

    @property
    def serves(self) -> bool:
        """Whether the program is small, and every item has a bin."""
        placed = (self._fits > 0).any(axis=1) | (self._demand == 0)
        return 0 < self.columns <= _COLUMNS_MOST and bool(placed.all())

    def counted(self, slack: float) -> NodeCounts | None:
        """Return whole numbers of nodes, of each of which a share is kept free."""
        program = CompactProgram(
            self._requests, self._demand, self._capacity * (1 - slack), self._prices, self._fits
        )
        solved = program.solve()
        open_bins = set(range(len(self._bins)))
        while solved is not None and open_bins:
            nodes = solved.nodes
            part = nodes - np.floor(nodes)
            dearest = max(open_bins, key=lambda b: (self._prices[b], part[b], b))
            open_bins.remove(dearest)
            solved = _fixed(program, dearest, solved)
        self.work += program.pivots / _PIVOTS_A_FILL
        if solved is None:
            return None
        return NodeCounts(np.round(solved.nodes).astype(np.int64), self._shared(solved.placed))

    def _shared(self, placed: Floats) -> Integers:
        """Return units by item and bin: what a row places, to its items one after another."""
        units = np.zeros((len(self._left), len(self._bins)), dtype=np.int64)
        ends = np.round(placed.cumsum(axis=1)).astype(np.int64)
        for row, end in enumerate(ends):
            rest = np.diff(end, prepend=0)
            for item in np.flatnonzero(self._row_of == row).tolist():
                before = rest.cumsum() - rest
                units[item] = np.clip(self._left[item] - before, 0, rest)
                rest = rest - units[item]
        return units

    def work_to_stock(self, counted: NodeCounts) -> float:
        """Return about how much work it is to stock so many nodes, in fills."""
        return work_of(int(self._left.sum()), int(counted.nodes.sum()))

    def stocked(self, counted: NodeCounts, noise: Floats) -> tuple[list[Pattern], Integers]:
        """Return the nodes with what they hold, and the units that found no room.

        ``noise`` multiplies each item's size.
        """
        problem = self._problem
        bins = np.repeat(np.arange(len(self._bins)), counted.nodes)
        nodes = StockedNodes(problem, [self._bins[b] for b in bins.tolist()])
        compatible = problem.compatible[:, nodes.bins]
        total = np.maximum(problem.capacity[nodes.bins].astype(np.float64).sum(axis=0), 1.0)
        size = (problem.requests / total).max(axis=1) * noise
        takers = np.maximum(compatible.sum(axis=1), 1).astype(np.float64)
        needed = self._left / (takers * np.maximum(self._limits, 1))
        order = np.lexsort((-size, needed <= _MANY)).tolist()
        left = self._left.copy()
        for item in order:
            for b in np.flatnonzero(counted.units[item]).tolist():
                units = int(counted.units[item, b])
                left[item] -= units - nodes.place(item, units, compatible[item] & (bins == b))
        for item in order:
            if left[item]:
                left[item] = nodes.place(item, int(left[item]), compatible[item])
        spare = _SQUEEZED_MOST
        for item in order:
            tried = min(int(left[item]), spare)
            if tried:
                left[item] -= tried - nodes.squeeze(item, tried)
                spare -= tried
        self.work += nodes.work
        return nodes.patterns(), left


def _fixed(
    program: CompactProgram, bin_index: int, solved: CompactSolution
) -> CompactSolution | None:
    """Hold a bin at the next whole number of nodes, lower or higher, that costs less."""
    nodes = float(solved.nodes[bin_index])
    if abs(nodes - round(nodes)) < _WHOLE:
        program.fix(bin_index, float(round(nodes)))
        return solved
    nearest, other = float(round(nodes)), float(np.floor(nodes) + np.ceil(nodes) - round(nodes))
    program.fix(bin_index, nearest)
    near = program.solve()
    if near is not None and near.cost <= solved.cost * (1 + _AS_CHEAP):
        return near  # the other cannot be cheaper than both are together
    program.fix(bin_index, other)
    far = program.solve()
    if near is None or (far is not None and far.cost < near.cost):
        return far
    program.fix(bin_index, nearest)
    return program.solve()


def _limits(problem: PackingProblem, filler: NodeFiller) -> Integers:
    """Return how many units of each item its own rules allow on a node, hostname spread counted.

    A node may hold more of those if all others do too, but that is not what a plan begins with.
    """
    limits = filler.own_limits.copy()
    for item, involved in enumerate(problem.rules.of_item):
        for rule, weight, owns in involved:
            if owns and weight:
                limits[item] = min(limits[item], problem.rules.caps[rule] // weight)
    return limits


def _able(problem: PackingProblem) -> Booleans:
    """Return which bins (items x bins) take a unit of an item at no more than their own price."""
    able = problem.compatible.copy()
    for axis, capacity in enumerate(problem.capacity.T):
        request = problem.requests[:, axis][:, None]
        able &= (capacity >= request) | (request == 0)
    able[:, [i for i, b in enumerate(problem.bins) if b.exists or b.rate]] = False
    return able


def _bins(
    problem: PackingProblem, able: Booleans, left: Integers, candidates: Set[int]
) -> list[int]:
    """Return the bins of some candidates, in order.

    An item that none of them takes adds the bin that is cheapest for it.
    """
    new = np.flatnonzero(able.any(axis=0)).tolist()
    chosen = [i for i in new if not candidates.isdisjoint(problem.bins[i].candidates)]
    for item in np.flatnonzero(left).tolist():
        if not able[item, chosen].any() and able[item].any():
            takes = np.flatnonzero(able[item])
            chosen.append(int(takes[problem.prices[takes].argmin()]))
    return sorted(chosen)


def _held(problem: PackingProblem, items: Integers, bins: Sequence[int]) -> Integers:
    """Return how many units of items (rows) bins hold by their resources."""
    held = np.full((len(items), len(bins)), UNLIMITED)
    for axis, capacity in enumerate(np.maximum(problem.capacity[bins], 0).T):
        request = problem.requests[items, axis]
        asked = request > 0
        held[asked] = np.minimum(held[asked], capacity // request[asked][:, None])
    return held
