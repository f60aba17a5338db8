"""Open nodes: the load on each node of a fleet being packed, and the bins it may still become.

Loads only grow and the bins of a node only shrink, so what does not fit once never fits
again.
"""

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_FIRST_ROOM = 64


class OpenNodes:
    """Nodes being packed: each with a load and the bins that it may become."""

    def __init__(self, problem: PackingProblem) -> None:
        self.problem = problem
        self.loads: list[dict[int, int]] = []
        self.bins: list[Booleans] = []  # that each node may become
        self._rules: list[dict[int, tuple[int, bool]]] = []
        axes = len(problem.axes)
        self._total = np.zeros((_FIRST_ROOM, axes), dtype=np.int64)
        self._most = np.zeros((_FIRST_ROOM, axes), dtype=np.int64)  # of any bin it may become
        self._most_of: dict[bytes, Integers] = {}
        self.pods = np.zeros(_FIRST_ROOM, dtype=np.int64)
        self._asked = [np.flatnonzero(row) for row in problem.requests]
        self._starting: dict[int, list[tuple[int, int, bool]]] = {}
        for bin_index, contents in sorted(problem.rules.initial.items()):
            for rule, weight, owner in contents:
                self._starting.setdefault(rule, []).append((bin_index, weight, owner))

    def __len__(self) -> int:
        return len(self.loads)

    def open(self, bins: Booleans) -> int:
        """Open a node that may become any of some bins; return its number."""
        number = len(self.loads)
        if number == len(self.pods):
            self._total, self._most = _doubled(self._total), _doubled(self._most)
            self.pods = _doubled(self.pods)
        self.loads.append({})
        self.bins.append(bins)
        self._rules.append({})
        key = bins.tobytes()
        if key not in self._most_of:
            self._most_of[key] = self.problem.capacity[bins].max(axis=0)
        self._most[number] = self._most_of[key]
        return number

    def close(self) -> None:
        """Remove the last node opened, which must be empty."""
        assert not self.loads[-1], "only an empty node can be removed"
        self.loads.pop()
        self.bins.pop()
        self._rules.pop()

    def roomy(self, item: int, among: Integers) -> Integers:
        """Return which of some nodes may have room, judging each resource on its own."""
        axes = self._asked[item]
        rows = among[:, None]
        need = self._total[rows, axes] + self.problem.requests[item, axes]
        able: Integers = among[(need <= self._most[rows, axes]).all(axis=1)]
        return able

    def fitting(self, number: int, item: int) -> Booleans:
        """Return the bins that a node may become with one more unit of an item."""
        problem, axes = self.problem, self._asked[item]
        bins: Booleans = self.bins[number] & problem.compatible[item]
        if not bins.any():
            return bins
        need = self._total[number, axes] + problem.requests[item, axes]
        bins = bins & (problem.capacity[:, axes] >= need).all(axis=1)
        for rule, weight, owns in problem.rules.of_item[item]:
            count, owned = self._rules[number].get(rule, (0, False))
            count, owned, cap = count + weight, owned or owns, problem.rules.caps[rule]
            if owned and count > cap:
                return np.zeros_like(bins)
            for position, more, owner in self._starting.get(rule, ()):
                bins[position] &= not ((owned or owner) and count + more > cap)
        return bins

    def add(self, number: int, item: int, bins: Booleans) -> None:
        """Put one unit of an item on a node that may then become any of some bins."""
        problem = self.problem
        self.loads[number][item] = self.loads[number].get(item, 0) + 1
        self._total[number] += problem.requests[item]
        self.pods[number] += sum(pods for _, pods in problem.items[item].parts)
        if len(bins) and not np.array_equal(bins, self.bins[number]):
            self.bins[number] = bins
            self._most[number] = self.problem.capacity[bins].max(axis=0)
        for rule, weight, owns in problem.rules.of_item[item]:
            count, owned = self._rules[number].get(rule, (0, False))
            self._rules[number][rule] = (count + weight, owned or owns)

    def pattern(self, number: int, bin_index: int) -> Pattern:
        """Return the load of a node as a pattern of a bin."""
        return Pattern(bin_index, tuple(sorted(self.loads[number].items())))


def _doubled(rows: Integers) -> Integers:
    return np.concatenate([rows, np.zeros_like(rows)])
