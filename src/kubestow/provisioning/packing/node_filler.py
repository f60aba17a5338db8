"""Fill one bin: choose how many units of which items go on one node.

The result is legal on its own: within capacity, compatible, and within every NodeRule. Items are
tried in one pass and a fixed order: one that does not fit now will not fit later.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import UNLIMITED, Floats, Integers
from kubestow.provisioning.packing.problem import PackingProblem, Pattern
from kubestow.scheduling.filters import pod_topology_spread

_NEAR, _WINDOW = 4, 64
Tallies = dict[int, list[int]]
"""By rule: the counted weight on the node, and 1 if an owner is there."""


@dataclass(frozen=True, slots=True)
class FillOrder:
    """An order items are tried in, with their requests along the axes in that order.

    ``queues`` are runs of it: (axis, begin, end), the axis being the one their items need most of.
    A node is filled from the queue of the axis with the most left; with one queue, in plain order.
    """

    items: Integers
    item_at: list[int]  # the same, for one look-up
    place: Integers  # the inverse: where each item stands
    columns: tuple[Integers, ...]
    queues: tuple[tuple[int, int, int], ...]


class NodeFiller:
    """Fills bins of one problem."""

    def __init__(self, problem: PackingProblem) -> None:
        self.problem = problem
        self.own_limits = self._limits()
        used = problem.requests.max(axis=0, initial=0) > 0
        self._axes = [int(axis) for axis in np.nonzero(used)[0]]
        self._requests = [tuple(int(row[a]) for a in self._axes) for row in problem.requests]
        self._compatible = np.ascontiguousarray(problem.compatible.T)
        self._heaviest = [int(m[1].max(initial=0)) for m in problem.rules.members]

    def _limits(self) -> Integers:
        """Return what each item's own rules allow on any node, whatever the other nodes hold.

        Hostname spread is left out: a node may hold more than maxSkew if all others do too.
        """
        rules = self.problem.rules
        limits = np.full(len(self.problem.items), UNLIMITED, dtype=np.int64)
        for item, involved in enumerate(rules.of_item):
            for rule, weight, owns in involved:
                if owns and weight and rules.constraints[rule] != pod_topology_spread.NAME:
                    limits[item] = min(limits[item], rules.caps[rule] // weight)
        return limits

    def order(self, keys: Floats, dominant: Integers | None = None) -> FillOrder:
        """Return the order of descending keys (ties by position), in queues by dominant axis."""
        if dominant is None:
            dominant = np.full(len(keys), self._axes[0] if self._axes else 0)
        items = np.lexsort((-keys, dominant))
        place = np.empty_like(items)
        place[items] = np.arange(len(items))
        requests = self.problem.requests[items]
        columns = tuple(np.ascontiguousarray(requests[:, axis]) for axis in self._axes)
        axes, begins = np.unique(dominant[items], return_index=True)
        ends = [*begins[1:].tolist(), len(items)]
        queues = tuple(
            (self._axes.index(int(axis)), int(begin), int(end))
            for axis, begin, end in zip(axes, begins, ends, strict=True)
        )
        return FillOrder(items, items.tolist(), place, columns, queues)

    def fill(self, bin_index: int, left: Integers, order: FillOrder) -> Pattern:
        """Fill one node of the bin from the units left."""
        alive = (self._compatible[bin_index] & (left > 0))[order.items]
        capacity = [max(int(self.problem.capacity[bin_index, axis]), 1) for axis in self._axes]
        free = [int(self.problem.capacity[bin_index, axis]) for axis in self._axes]
        tallies = self._initial_tallies(bin_index, alive, order)
        load: dict[int, int] = {}
        waiting = list(order.queues)
        while waiting:
            if len(waiting) > 1:
                waiting.sort(key=lambda queue: free[queue[0]] / capacity[queue[0]])
            axis, begin, end = waiting.pop()
            position = self._next(begin, end, alive, free, order)
            if position < 0:
                continue
            item = order.item_at[position]
            most = self._units(item, int(left[item]) - load.get(item, 0), free, tallies)
            units = most
            if waiting and most > 1:
                units = min(most, self._until_even(item, axis, waiting[-1][0], free, capacity))
            if units:
                load[item] = load.get(item, 0) + units
                for here, asked in enumerate(self._requests[item]):
                    free[here] -= units * asked
                if tallies is not None:
                    self._occupy(item, units, tallies, alive, order)
            waiting.append((axis, position + (units == most), end))
        return Pattern(bin_index, tuple(sorted(load.items())))

    def _until_even(
        self, item: int, axis: int, other: int, free: Sequence[int], capacity: Sequence[int]
    ) -> int:
        """Return how many units bring what is left of one axis down to what is left of another."""
        asked = self._requests[item]
        ahead = free[axis] / capacity[axis] - free[other] / capacity[other]
        pace = asked[axis] / capacity[axis] - asked[other] / capacity[other]
        return int(ahead / pace) + 1 if pace > 0 else 1

    def _next(
        self, start: int, end: int, alive: NDArray[np.bool_], free: Sequence[int], order: FillOrder
    ) -> int:
        """Return the first position from ``start`` to ``end`` whose item fits, or -1.

        A request of zero fits whatever is free, even less than nothing. The next items often fit,
        so a few are looked at one by one before all at once.
        """
        near, requests = min(start + _NEAR, end), self._requests
        for position in range(start, near):
            if alive[position]:
                for asked, left in zip(requests[order.item_at[position]], free, strict=True):
                    if asked > left and asked:
                        break
                else:
                    return position
        width = _WINDOW
        start = near
        while start < end:
            stop = min(start + width, end)
            possible = alive[start:stop]
            for left, column in zip(free, order.columns, strict=True):
                possible = possible & (column[start:stop] <= max(left, 0))
            step = int(possible.argmax())
            if possible[step]:
                return start + step
            start, width = stop, end
        return -1

    def _initial_tallies(
        self, bin_index: int, alive: NDArray[np.bool_], order: FillOrder
    ) -> Tallies | None:
        if not self.problem.rules.caps:
            return None
        tallies: Tallies = {}
        for rule, weight, owner in self.problem.rules.initial.get(bin_index, ()):
            tallies[rule] = [weight, int(owner)]
            self._block(rule, tallies[rule], alive, order)
        return tallies

    def _units(self, item: int, left: int, free: Sequence[int], tallies: Tallies | None) -> int:
        units = left
        for asked, there in zip(self._requests[item], free, strict=True):
            if asked and there < units * asked:
                units = there // asked
        if tallies is not None:
            for rule, weight, owns in self.problem.rules.of_item[item]:
                count, owner = tallies.get(rule, (0, 0))
                if owns or owner:
                    spare = self.problem.rules.caps[rule] - count
                    allowed = spare // weight if weight else (UNLIMITED if spare >= 0 else 0)
                    units = min(units, allowed)
        return max(units, 0)

    def _occupy(
        self,
        item: int,
        units: int,
        tallies: Tallies,
        alive: NDArray[np.bool_],
        order: FillOrder,
    ) -> None:
        for rule, weight, owns in self.problem.rules.of_item[item]:
            tally = tallies.setdefault(rule, [0, 0])
            was_full = tally[0] > self.problem.rules.caps[rule]
            news = bool(owns) > tally[1] or (weight and not was_full)
            tally[0] += weight * units
            tally[1] |= owns
            if news:
                self._block(rule, tally, alive, order)

    def _block(
        self, rule: int, tally: list[int], alive: NDArray[np.bool_], order: FillOrder
    ) -> None:
        """Take out of the running the items of which a rule allows not one unit more."""
        spare = self.problem.rules.caps[rule] - tally[0]
        if spare >= self._heaviest[rule]:
            return
        items, weights, owners = self.problem.rules.members[rule]
        blocked = weights > spare
        if not tally[1]:
            blocked &= owners
        alive[order.place[items[blocked]]] = False
