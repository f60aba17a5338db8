"""Fill one bin: choose how many units of which items go on one node.

Law: the result is legal on its own: within capacity, compatible, and within every NodeRule. One
pass in a fixed order: an item that does not fit now will not fit later, so each is met once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kubestow.provisioning.problem import UNLIMITED, Integers, Pattern, Problem

Floats = NDArray[np.float64]
Load = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """An order items are tried in, with their requests along the axes in that order."""

    items: Integers
    place: Integers  # the inverse: where each item stands
    columns: tuple[Integers, ...]


class Filler:
    """Fills bins of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.own_limits = self._limits()
        used = problem.requests.max(axis=0, initial=0) > 0
        self._axes = [int(axis) for axis in np.nonzero(used)[0]]
        self._requests = [tuple(int(v) for v in row) for row in problem.requests]
        self._compatible = np.ascontiguousarray(problem.compatible.T)
        self._heaviest = [int(m[1].max(initial=0)) for m in problem.rules.members]

    def _limits(self) -> Integers:
        """Return what each item's own rules allow on an empty node."""
        rules = self.problem.rules
        limits = np.full(len(self.problem.items), UNLIMITED, dtype=np.int64)
        for item, involved in enumerate(rules.of_item):
            for rule, weight, owns in involved:
                if owns and weight:
                    limits[item] = min(limits[item], rules.caps[rule] // weight)
        return limits

    def order(self, keys: Floats) -> Order:
        """Return the order of descending keys (ties by position)."""
        items = np.argsort(-keys, kind="stable")
        place = np.empty_like(items)
        place[items] = np.arange(len(items))
        requests = self.problem.requests[items]
        return Order(
            items, place, tuple(np.ascontiguousarray(requests[:, axis]) for axis in self._axes)
        )

    def fill(self, bin_index: int, left: Integers, order: Order) -> Pattern:
        """Fill one node of the bin from the units left."""
        items = order.items
        alive = (self._compatible[bin_index] & (left > 0))[items]
        free = [int(v) for v in self.problem.capacity[bin_index]]
        state = self._initial_state(bin_index, alive, order)
        load: list[tuple[int, int]] = []
        position = 0
        while position < len(items):
            possible = alive[position:]
            for axis, column in zip(self._axes, order.columns, strict=True):
                # A request of zero fits whatever is free, even less than nothing.
                possible = possible & (column[position:] <= max(free[axis], 0))
            step = int(possible.argmax())
            if not possible[step]:
                break
            position += step
            item = int(items[position])
            position += 1
            units = self._units(item, int(left[item]), free, state)
            if units:
                load.append((item, units))
                request = self._requests[item]
                for axis in self._axes:
                    free[axis] -= units * request[axis]
                if state is not None:
                    self._occupy(item, units, state, alive, order)
        return Pattern(bin_index, tuple(sorted(load)))

    def _initial_state(
        self, bin_index: int, alive: NDArray[np.bool_], order: Order
    ) -> dict[int, list[int]] | None:
        if not self.problem.rules.caps:
            return None
        state: dict[int, list[int]] = {}
        for rule, weight, owner in self.problem.rules.initial.get(bin_index, ()):
            state[rule] = [weight, int(owner)]
            self._block(rule, state[rule], alive, order)
        return state

    def _units(
        self, item: int, left: int, free: Sequence[int], state: dict[int, list[int]] | None
    ) -> int:
        units = left
        for axis in self._axes:
            asked = self._requests[item][axis]
            if asked:
                units = min(units, free[axis] // asked)
        if state is not None:
            for rule, weight, owns in self.problem.rules.of_item[item]:
                count, owner = state.get(rule, (0, 0))
                if owns or owner:
                    spare = self.problem.rules.caps[rule] - count
                    allowed = spare // weight if weight else (UNLIMITED if spare >= 0 else 0)
                    units = min(units, allowed)
        return max(units, 0)

    def _occupy(
        self,
        item: int,
        units: int,
        state: dict[int, list[int]],
        alive: NDArray[np.bool_],
        order: Order,
    ) -> None:
        for rule, weight, owns in self.problem.rules.of_item[item]:
            held = state.setdefault(rule, [0, 0])
            held[0] += weight * units
            held[1] |= owns
            self._block(rule, held, alive, order)

    def _block(self, rule: int, held: list[int], alive: NDArray[np.bool_], order: Order) -> None:
        """Take out of the running the items of which a rule allows not one unit more."""
        spare = self.problem.rules.caps[rule] - held[0]
        if spare >= self._heaviest[rule]:
            return
        items, weights, owners = self.problem.rules.members[rule]
        blocked = weights > spare
        if not held[1]:
            blocked &= owners
        alive[order.place[items[blocked]]] = False

    def is_legal(self, bin_index: int, load: Load) -> bool:
        """Tell whether a node of the bin may carry exactly this load."""
        problem = self.problem
        used = np.zeros(problem.capacity.shape[1], dtype=np.int64)
        state: dict[int, list[int]] = {
            rule: [weight, int(owner)]
            for rule, weight, owner in problem.rules.initial.get(bin_index, ())
        }
        for item, units in load:
            if not problem.compatible[item, bin_index]:
                return False
            used += units * problem.requests[item]
            for rule, weight, owns in problem.rules.of_item[item] if problem.rules.caps else ():
                held = state.setdefault(rule, [0, 0])
                held[0] += weight * units
                held[1] |= owns
        if ((used > problem.capacity[bin_index]) & (used > 0)).any():
            return False
        caps = problem.rules.caps
        return all(not owner or weight <= caps[rule] for rule, (weight, owner) in state.items())
