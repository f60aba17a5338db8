"""What is already on each node of a fleet in the making, and what it could still become.

Law: only adding. A node's load grows and the bins it may still be shrink, so what fails to fit once
never fits again; that is remembered for every item.
"""

from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_FIRST_ROOM = 64


class OpenNodes:
    """Nodes in the making: each with a load and the bins, of those in view, it may still be."""

    def __init__(self, problem: PackingProblem, view: Sequence[int] | None = None) -> None:
        self.problem = problem
        self.view = np.arange(len(problem.bins)) if view is None else np.array(view, dtype=np.int64)
        self._capacity = problem.capacity[self.view]
        self._compatible = problem.compatible[:, self.view]
        self.loads: list[dict[int, int]] = []
        self.bins: list[Booleans] = []  # which in view each node may still be
        self._rules: list[dict[int, tuple[int, bool]]] = []
        axes = len(problem.axes)
        self._total = np.zeros((_FIRST_ROOM, axes), dtype=np.int64)
        self._most = np.zeros((_FIRST_ROOM, axes), dtype=np.int64)  # of any bin it may still be
        self._most_of: dict[bytes, Integers] = {}
        self.pods = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self._asked = [np.flatnonzero(row) for row in problem.requests]
        self._starting: dict[int, list[tuple[int, int, bool]]] = {}
        for position, bin_index in enumerate(self.view.tolist()):
            for rule, weight, owner in problem.rules.initial.get(bin_index, ()):
                self._starting.setdefault(rule, []).append((position, weight, owner))

    def __len__(self) -> int:
        return len(self.loads)

    def open(self, bins: Booleans) -> int:
        """Open a node that may be any of some bins; return its number."""
        number = len(self.loads)
        if number == len(self.pods):
            self._total, self._most = _doubled(self._total), _doubled(self._most)
            self.pods = _doubled(self.pods)
        self.loads.append({})
        self.bins.append(bins)
        self._rules.append({})
        key = bins.tobytes()
        if key not in self._most_of:
            self._most_of[key] = self._capacity[bins].max(axis=0)
        self._most[number] = self._most_of[key]
        return number

    def close(self) -> None:
        """Take back the node that was opened last and is still empty."""
        assert not self.loads[-1], "only an empty node can be taken back"
        self.loads.pop()
        self.bins.pop()
        self._rules.pop()

    def roomy(self, item: int, among: Integers) -> Integers:
        """Return which of some nodes may have room, by each resource for itself."""
        axes = self._asked[item]
        rows = among[:, None]
        need = self._total[rows, axes] + self.problem.requests[item, axes]
        found: Integers = among[(need <= self._most[rows, axes]).all(axis=1)]
        return found

    def fitting(self, number: int, item: int) -> Booleans:
        """Return the bins that a node may still be with one more unit of an item."""
        problem, axes = self.problem, self._asked[item]
        bins: Booleans = self.bins[number] & self._compatible[item]
        if not bins.any():
            return bins
        need = self._total[number, axes] + problem.requests[item, axes]
        bins = bins & (self._capacity[:, axes] >= need).all(axis=1)
        for rule, weight, owns in problem.rules.of_item[item]:
            count, owned = self._rules[number].get(rule, (0, False))
            count, owned, cap = count + weight, owned or owns, problem.rules.caps[rule]
            if owned and count > cap:
                return np.zeros_like(bins)
            for position, more, owner in self._starting.get(rule, ()):
                bins[position] &= not ((owned or owner) and count + more > cap)
        return bins

    def add(self, number: int, item: int, bins: Booleans) -> None:
        """Put one unit of an item on a node that may then be any of some bins."""
        problem = self.problem
        self.loads[number][item] = self.loads[number].get(item, 0) + 1
        self._total[number] += problem.requests[item]
        self.pods[number] += sum(pods for _, pods in problem.items[item].parts)
        if len(bins) and not np.array_equal(bins, self.bins[number]):
            self.bins[number] = bins
            self._most[number] = self._capacity[bins].max(axis=0)
        for rule, weight, owns in problem.rules.of_item[item]:
            count, owned = self._rules[number].get(rule, (0, False))
            self._rules[number][rule] = (count + weight, owned or owns)

    def pattern(self, number: int, bin_index: int) -> Pattern:
        """Return a node's load as one of a bin."""
        return Pattern(bin_index, tuple(sorted(self.loads[number].items())))

    def requested(self, number: int) -> Integers:
        """Return what a node's load asks for, along the problem's axes."""
        found: Integers = self._total[number]
        return found


def _doubled(rows: Integers) -> Integers:
    return np.concatenate([rows, np.zeros_like(rows)])
