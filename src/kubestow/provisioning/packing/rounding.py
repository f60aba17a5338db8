"""Whole fleets from the covering program: loads found so far, mixed by how well they go together.

Every load is legal by the filler's own rules, and every fleet places what the greedy would. A
greedy fleet takes one good load after another and pays for it with the last ones; the program
chooses among all loads of all fleets at once. Its fractions are rounded by diving: what is whole is
fixed, the program solved again for the rest, and the largest fraction fixed where none is.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from kubestow.model.arrays import UNLIMITED, Floats, Integers
from kubestow.provisioning.packing.node_filler import FillOrder, NodeFiller
from kubestow.provisioning.packing.problem import PackingProblem, Pattern
from kubestow.provisioning.programs.knapsack import Knapsack
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.programs.solver import MasterSolution, RestrictedMaster

_NANO = 1e9
_FREE = 1e6  # a dual of so many USD an hour is no limit
_WHOLE = 1e-6
_REST = 0.02  # of the first program's cost: so little is left to the greedy
_SMOOTH = 0.5  # of the new duals; the rest is what they were
_ITEMS_MOST = 1_500
_WORTH = 1e-6
_LOADS_A_ROUND = 20


class Rounding:
    """Mixes the loads of one problem's launchable bins."""

    def __init__(self, problem: PackingProblem, filler: NodeFiller, left: Integers) -> None:
        self.problem, self.filler, self._left = problem, filler, left
        self._bins = [i for i, b in enumerate(problem.bins) if not b.exists]
        self._position = {bin_index: i for i, bin_index in enumerate(self._bins)}
        self._relaxation = relaxed(problem, filler, left, self._bins)
        self._prices = self._relaxation.prices / _NANO
        self._knapsack = Knapsack(self._relaxation, _NANO)
        self._duals: Floats | None = None
        self._solves = 0.0
        self.master = RestrictedMaster(left.astype(np.float64))
        count = len(problem.items)
        self.master.set_box(np.zeros(count), np.full(count, _FREE))

    @staticmethod
    def serves(problem: PackingProblem) -> bool:
        """Return whether a problem can be rounded: no limits to count, and not too many items."""
        return len(problem.items) <= _ITEMS_MOST and not any(problem.pool_limits)

    @property
    def work(self) -> float:
        """Work done so far, in fills of a bin."""
        return self._knapsack.work + self._solves

    def add(self, patterns: Iterable[Pattern]) -> bool:
        """Add loads; return whether one is new."""
        is_new = False
        for pattern in patterns:
            position = self._position.get(pattern.bin)
            if position is None or not pattern.load:
                continue
            load = np.zeros(len(self.problem.items))
            for item, units in pattern.load:
                load[item] = units
            price = max(self.problem.cost_of(pattern), 1) / _NANO
            is_new |= self.master.add(position, price, load)
        return is_new

    def generate(self, order: FillOrder) -> bool:
        """Solve the program, and add loads its duals ask for, not all; return whether one is new.

        After a few the next duals ask for others.
        """
        solved = self._solve()
        if solved is None:
            return False
        fresh = solved.duals
        before = fresh if self._duals is None else self._duals
        self._duals = duals = _SMOOTH * fresh + (1 - _SMOOTH) * before
        r, most = self._relaxation, len(self.master.loads) + _LOADS_A_ROUND
        is_new = False
        hope = (np.maximum(duals, 0.0) @ r.fits) / self._prices
        for position in np.argsort(-hope, kind="stable").tolist():
            if hope[position] <= 1 or len(self.master.loads) >= most:
                break
            price = float(self._prices[position])
            for load in self._knapsack.price(position, duals, price).loads:
                pattern = self._legal(position, load, order)
                worth = sum(float(fresh[item]) * units for item, units in pattern.load)
                if worth > self.problem.cost_of(pattern) / _NANO * (1 + _WORTH):
                    is_new |= self.add((pattern,))
        return is_new

    def dive(self) -> tuple[list[tuple[Pattern, int]], Integers]:
        """Return a fleet, and the units it leaves to the greedy."""
        left = self._left.copy()
        fleet: list[tuple[Pattern, int]] = []
        first = 0.0
        while left.any():
            solved = self._solve()
            if solved is None:
                break
            cost, used = solved.cost, solved.used
            first = first or cost
            if cost <= _REST * first:
                break
            counts = np.floor(used + _WHOLE).astype(np.int64)
            if not counts.any():
                counts[int(used.argmax())] = 1
            taken = 0
            for column in np.argsort(-counts, kind="stable").tolist():
                if not counts[column]:
                    break
                taken += self._take(column, int(counts[column]), left, fleet)
            if not taken:
                break
            self.master.set_demand(left.astype(np.float64))
        self.master.set_demand(self._left.astype(np.float64))
        return fleet, left

    def _take(
        self, column: int, count: int, left: Integers, fleet: list[tuple[Pattern, int]]
    ) -> int:
        """Put so many nodes of a load into the fleet, none with more than is left."""
        position, load = self.master.loads[column]
        wanted = load.astype(np.int64)
        taken = 0
        while count:
            fitting = np.minimum(wanted, left)
            if not fitting.any():
                break
            rows = np.flatnonzero(fitting)
            whole = bool((fitting == wanted).all())
            times = min(count, int((left[rows] // fitting[rows]).min())) if whole else 1
            load_of = tuple((int(row), int(fitting[row])) for row in rows)
            fleet.append((Pattern(self._bins[position], load_of), times))
            left -= fitting * times
            taken, count = taken + times, count - times
        return taken

    def _legal(self, position: int, load: Floats, order: FillOrder) -> Pattern:
        """Return what the rules between pods leave of a load."""
        bin_index = self._bins[position]
        if self.problem.rules.caps:
            return self.filler.fill(bin_index, load.astype(np.int64), order)
        rows = np.flatnonzero(load)
        return Pattern(bin_index, tuple((int(row), int(load[row])) for row in rows))

    def _solve(self) -> MasterSolution | None:
        solved = self.master.solve()
        self._solves += 1.0 + len(self.problem.items) * len(self.master.loads) / 20_000
        return solved


def relaxed(
    problem: PackingProblem, filler: NodeFiller, left: Integers, bins: Sequence[int]
) -> Relaxation:
    """Return the numbers of some bins, item by item, without the rules between items."""
    requests, capacity = problem.requests, problem.capacity[bins]  # with what is unlimited
    most = np.minimum(left, filler.own_limits)
    fits = np.repeat(most[:, None], len(bins), axis=1)
    for axis in range(requests.shape[1]):
        rows = np.flatnonzero(requests[:, axis])
        held = np.maximum(capacity[:, axis], 0) // requests[rows, axis][:, None]
        fits[rows] = np.minimum(fits[rows], held)
    fits *= problem.compatible[:, bins]
    none = np.zeros((0, requests.shape[1]))
    return Relaxation(
        requests.astype(np.float64),
        left.astype(np.float64),
        soft_capacity(problem, bins).astype(np.float64),
        np.maximum(problem.prices[bins], 1).astype(np.float64),
        fits.astype(np.float64),
        none,
        np.zeros((len(left), 0)),
        ceilings_of(problem, bins, requests.shape[1]),
    )


def ceilings_of(problem: PackingProblem, bins: Sequence[int], axes: int) -> Floats | None:
    """Return what a unit beyond the capacity costs, bins x axes; None if there is never more.

    Only cpu that is used has such a price: 0 where it does not matter, else the node's rate.
    """
    if problem.use_axis is None:
        return None
    ceilings = np.full((len(bins), axes), np.inf)
    unlimited = problem.capacity[bins, problem.use_axis] >= UNLIMITED
    rates = np.array([float(problem.bins[i].rate) for i in bins])
    ceilings[unlimited, problem.use_axis] = rates[unlimited]
    return ceilings


def soft_capacity(problem: PackingProblem, bins: Sequence[int]) -> Integers:
    """Return the capacity of bins, of the cpu that is used what a burstable node sustains."""
    capacity = problem.capacity[bins]
    if problem.use_axis is not None:
        column = capacity[:, problem.use_axis]
        sustained = np.array([problem.bins[i].sustained for i in bins], dtype=np.int64)
        capacity[:, problem.use_axis] = np.where(column >= UNLIMITED, sustained, column)
    return capacity
