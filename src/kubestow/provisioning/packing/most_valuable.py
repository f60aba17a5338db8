"""The most that a load of a bin can be worth, known without filling the bin.

Two limits. By prices of the resources, from the start. And by loads that left room for a unit of
anything: no more pods go together, so a larger bin that the items cannot tell apart is filled with
about the same. Loads only shrink while units are taken, so what was learnt stays true.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Floats, Integers
from kubestow.provisioning.packing.exclusive_groups import exclusive_groups, membership
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_NOTHING = 1e-9  # of a value: what is left of it by rounding only


def most_valuable(problem: PackingProblem, values: Floats, limits: Integers) -> Floats:
    """Return an upper limit of the value any one node of each bin carries.

    By resource prices w >= 0 it is w.A + sum fits max(0, y - w.c); w is fitted to the values. Of
    an item at most ``limits`` go on a node, of a group that excludes each other one unit does: a
    group is one more resource, of which each bin has one.
    """
    groups = exclusive_groups(problem)
    requests = np.hstack([problem.requests, membership(problem, groups)]).astype(np.float64)
    one = np.ones((len(problem.bins), len(groups)))
    capacity = np.hstack([np.maximum(problem.capacity, 0), one]).astype(np.float64)
    scale = np.maximum(requests.max(axis=0, initial=0), 1.0)
    weight = np.maximum(np.linalg.lstsq(requests / scale, values)[0], 0.0) / scale
    surplus = np.maximum(values - requests @ weight, 0.0)
    most: Floats = capacity @ weight
    units = np.minimum(problem.demand, limits)
    for item in np.flatnonzero(surplus > _NOTHING * values).tolist():
        asked = requests[item] > 0
        fits = np.floor(capacity[:, asked] / requests[item][asked]).min(axis=1)
        most += surplus[item] * np.minimum(fits, units[item]) * problem.compatible[item]
    return most


def alike_bins(problem: PackingProblem, shapes: NDArray[np.int32]) -> list[int]:
    """Return a number for each bin: the same for bins that differ in their size alone.

    ``shapes`` (bins x any) tell which bins have their items tried in the same order.
    """
    columns = np.packbits(problem.compatible, axis=0).T
    numbers: dict[tuple[bytes, bytes, object], int] = {}
    return [
        numbers.setdefault(
            (column.tobytes(), shape.tobytes(), problem.rules.initial.get(position)), len(numbers)
        )
        for position, (column, shape) in enumerate(zip(columns, shapes, strict=True))
    ]


class RoomyLoads:
    """The loads that left room for a unit of anything, while one fleet is packed."""

    def __init__(self, problem: PackingProblem, alike: Sequence[int]) -> None:
        self._problem, self._alike = problem, alike
        self._largest = problem.requests.max(axis=0, initial=0)
        self._known: dict[int, tuple[Integers, float]] = {}

    def learn(self, pattern: Pattern, value: float) -> None:
        """Learn from what a bin was filled with just now, and what that is worth."""
        items, units = [item for item, _ in pattern.load], [count for _, count in pattern.load]
        capacity = self._problem.capacity[pattern.bin]
        used = np.array(units, dtype=np.int64) @ self._problem.requests[items]
        if (capacity - used < self._largest).any():
            return
        known = self._known.get(self._alike[pattern.bin])
        smallest = known[0] if known is not None and (known[0] <= capacity).all() else capacity
        self._known[self._alike[pattern.bin]] = smallest, value

    def most(self, bin_index: int) -> float:
        """Return what a load of a bin is worth at most; infinity if that is not known."""
        known = self._known.get(self._alike[bin_index])
        if known is None or (self._problem.capacity[bin_index] < known[0]).any():
            return math.inf
        return known[1]
