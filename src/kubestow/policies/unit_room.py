"""Unit room: the load of nodes whose bins are known, and how many more units each of them takes.

All units of an item are worked out at once, for all nodes at once: nothing is done per pod.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Booleans, Integers
from kubestow.provisioning.packing.problem import PackingProblem, Pattern

_FIRST_ROOM = 64
Entry = TypeVar("Entry", bound=np.generic)


class UnitRoom:
    """Nodes with a load, each of a given bin of a problem."""

    def __init__(self, problem: PackingProblem, bins: Sequence[int] = ()) -> None:
        self._problem, self._count = problem, len(bins)
        self._bins = np.array(bins, dtype=np.int64)
        self._free = problem.capacity[self._bins]
        self._tallies: dict[int, tuple[Integers, Booleans]] = {}  # by rule: count, owned
        self.loads: list[tuple[int, Integers, Integers]] = []  # item, nodes, units on each

    def __len__(self) -> int:
        return self._count

    def open(self, bin_index: int, count: int) -> Integers:
        """Open so many empty nodes of a bin; return their numbers."""
        before = self._count
        self._count = after = before + count
        if after > len(self._free):
            self._free, self._bins = _roomier(self._free, after), _roomier(self._bins, after)
            self._tallies = {
                rule: (_roomier(tally, after), _roomier(owned, after))
                for rule, (tally, owned) in self._tallies.items()
            }
        self._bins[before:after] = bin_index
        self._free[before:after] = self._problem.capacity[bin_index]
        initial = self._problem.rules.initial.get(bin_index, ())
        contents = {rule: (weight, owner) for rule, weight, owner in initial}
        for rule, (tally, owned) in self._tallies.items():
            tally[before:after], owned[before:after] = contents.get(rule, (0, False))
        return np.arange(before, after)

    def units(self, item: int, most: int) -> Integers:
        """Return how many more units of an item each node takes, at most ``most``."""
        problem, count = self._problem, self._count
        requests = problem.requests[item]
        axes = requests.nonzero()[0]
        units = (self._free[:count, axes] // requests[axes]).min(axis=1, initial=most)
        for rule, weight, owns in problem.rules.of_item[item]:
            tally, owned = self._tally(rule)
            spare = problem.rules.caps[rule] - tally[:count]
            allowed = spare // weight if weight else np.where(spare >= 0, most, 0)
            units = np.minimum(units, np.where(owned[:count] | owns, allowed, most))
        units[~problem.compatible[item, self._bins[:count]]] = 0
        return np.asarray(np.maximum(units, 0))

    def add(self, item: int, nodes: Integers, units: Integers) -> None:
        """Put units of an item on nodes that take them."""
        self.loads.append((item, nodes, units))
        self._free[nodes] -= units[:, None] * self._problem.requests[item]
        for rule, weight, owns in self._problem.rules.of_item[item]:
            tally, owned = self._tally(rule)
            tally[nodes] += weight * units
            owned[nodes] |= owns

    def patterns(self) -> list[Pattern]:
        """Return the load of each node as a pattern of its bin."""
        loads: list[dict[int, int]] = [{} for _ in range(self._count)]
        for item, nodes, units in self.loads:
            for node, count in zip(nodes.tolist(), units.tolist(), strict=True):
                loads[node][item] = loads[node].get(item, 0) + count
        return [
            Pattern(bin_index, tuple(sorted(load.items())))
            for bin_index, load in zip(self._bins[: self._count].tolist(), loads, strict=True)
        ]

    def _tally(self, rule: int) -> tuple[Integers, Booleans]:
        """Return the weight a rule counts on each node, and whether an owner is there."""
        tally = self._tallies.get(rule)
        if tally is None:
            counts = np.zeros(len(self._free), dtype=np.int64)
            owned = np.zeros(len(self._free), dtype=bool)
            initial = self._problem.rules.initial
            bins = self._bins[: self._count].tolist() if initial else ()
            for number, bin_index in enumerate(bins):
                for held, weight, owner in initial.get(bin_index, ()):
                    if held == rule:
                        counts[number], owned[number] = weight, owner
            tally = self._tallies[rule] = counts, owned
        return tally


def dealt(room: Integers, units: int, turn: int) -> tuple[Integers, int]:
    """Deal units to nodes with so much room, one a node and round, as long as any has room.

    Each round begins at the node ``turn``. Returns what each node took, and the node after the one
    that took the last unit.
    """
    rounds = np.bincount(room)[::-1].cumsum()[::-1][1:].cumsum()  # units dealt after each round
    level = int(np.searchsorted(rounds, units, side="right"))  # whole rounds
    taken = np.minimum(room, level)
    rest = units - int(taken.sum())
    place = (np.arange(len(room)) - turn) % len(room)
    able = (room > level).nonzero()[0]
    if rest and len(able):
        served = able[np.argsort(place[able])[:rest]]
        taken[served] += 1
        last = served[-1]
    else:
        level = int(taken.max(initial=0))
        if not level:
            return taken, turn
        able = (taken == level).nonzero()[0]
        last = able[place[able].argmax()]
    return taken, (int(last) + 1) % len(room)


def _roomier(rows: NDArray[Entry], count: int) -> NDArray[Entry]:
    """Return rows with room for at least so many, for twice as many if they grow."""
    room = max(_FIRST_ROOM, 2 * len(rows), count)
    return np.concatenate([rows, np.zeros((room - len(rows), *rows.shape[1:]), dtype=rows.dtype)])
