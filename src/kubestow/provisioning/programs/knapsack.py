"""The most valuable load of one node: an upper bound that is a proof, and a load that comes near.

The upper bound holds whatever the solver answers. Two forms of it, both from resource prices
w >= 0:

- fractional: K = w.A + sum fits max(0, y - w.c);
- on a grid: cpu, memory and (where few pods fit) pods are counted in whole cells, each request
  rounded down, and a dynamic program packs the cells exactly; every other resource is priced by w.
  Items of fewer than 4 cells in both are priced by w on cpu and memory too. Units that cannot be
  part of a load worth more than the target are left out: K is then at most the target. What a
  burstable node charges for the cpu that is used is charged by whole cells of cpu instead, where
  all pods use nearly the same share of it.

Rounding down only ever makes room, so K is never too small (a relaxation; Martello and Toth,
Knapsack Problems, 1990, 2.6 for the reduction).
"""

from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Booleans, Floats, Integers
from kubestow.provisioning.programs.cell_grid import CellGrid
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.programs.solver import FractionalKnapsack

CELLS = 40_000
_CPU, _MEMORY, _PODS = 0, 1, 2
_PODS_MOST = 40  # a node of more pods is not counted pod by pod
_SMALL = 4  # cells
_ALIKE = 0.98  # of the largest share of its cpu that a pod uses
_EXACT_ENOUGH = 0.999  # a load this near the fractional bound needs no dynamic program
_STEP = (3, 4)


@dataclass(frozen=True, slots=True)
class PricedLoads:
    """What one bin is worth at most, how that is proven, and loads worth their price."""

    most: float
    weights: Floats
    grid: CellGrid | None
    loads: tuple[Floats, ...]


class Knapsack:
    """Prices the bins of one relaxation."""

    def __init__(self, relaxation: Relaxation, unit: float = 1.0) -> None:
        """``unit`` is the nano-USD an hour in which values and prices are given."""
        self.relaxation = relaxation
        self.work = 0.0
        self._unit = unit
        self._program = FractionalKnapsack()

    def price(self, bin_index: int, values: Floats, target: float) -> PricedLoads:
        """Return a bin's upper bound; ``target`` (its price) is what it need not be below."""
        weights, fractions = self._fractional(bin_index, values)
        most = self.fractional(bin_index, values, weights)
        if most <= target:
            return PricedLoads(most, weights, None, ())
        load = self._completed(bin_index, values, weights, np.floor(fractions + 1e-9))
        worth = float(load @ values) - self.relaxation.excess(bin_index, load) / self._unit
        if worth >= _EXACT_ENOUGH * most:
            return PricedLoads(most, weights, None, (load,))
        packed = _Packing(
            self.relaxation, bin_index, values, weights, most, max(target, worth), unit=self._unit
        )
        on_grid, raw = packed.run()
        self.work += packed.work
        repaired = self._completed(
            bin_index, values, weights, self._repaired(bin_index, raw, values)
        )
        grid = packed.grid if on_grid < most else None
        return PricedLoads(min(most, on_grid), weights, grid, (load, repaired))

    def fractional(self, bin_index: int, values: Floats, weights: Floats) -> float:
        """Return the fractional upper bound of a bin for any resource prices."""
        r = self.relaxation
        surplus = np.maximum(values - r.requests @ weights, 0.0)
        return float(r.capacity[bin_index] @ weights + surplus @ r.fits[:, bin_index])

    def _fractional(self, bin_index: int, values: Floats) -> tuple[Floats, Floats]:
        """Solve the fractional knapsack: resource prices, and units of each class."""
        r = self.relaxation
        rows = np.flatnonzero((r.fits[:, bin_index] > 0) & (values > 0))
        capacity = r.capacity[bin_index]
        most = r.fits[rows, bin_index]
        ceilings = None if r.ceilings is None else r.ceilings[bin_index] / self._unit
        weights, units = self._program.solve(
            r.requests[rows], values[rows], most, capacity, ceilings
        )
        self.work += 3.0 + len(rows) / 50
        fractions = np.zeros(len(values))
        fractions[rows] = np.clip(units, 0.0, most)
        return weights, fractions

    def _completed(self, bin_index: int, values: Floats, weights: Floats, load: Floats) -> Floats:
        """Fill what a load leaves free, by value for resources at these prices."""
        r = self.relaxation
        hard = r.hard(bin_index)
        requests = r.requests[:, hard]
        free = r.capacity[bin_index, hard] - load @ requests
        spare = r.fits[:, bin_index] - load
        worth = (values + 1e-12) / np.maximum(r.requests @ weights, 1e-300)
        paid = r.requests[:, ~hard] @ weights[~hard]
        fitting = (spare >= 1) & (values > paid) & (requests <= free).all(axis=1)
        rows = np.flatnonzero(fitting)
        for row in rows[np.argsort(-worth[rows], kind="stable")].tolist():
            request = requests[row]
            asked = request > 0
            most = min(spare[row], np.floor((free[asked] / request[asked]).min() + 1e-12))
            if most >= 1:
                load[row] += most
                free -= most * request
        return load

    def _repaired(self, bin_index: int, load: Floats, values: Floats) -> Floats:
        """Take out of a load, that rounding let grow too large, what is worth least."""
        r = self.relaxation
        hard = r.hard(bin_index)
        requests = r.requests[:, hard]
        free = r.capacity[bin_index, hard] - load @ requests
        shares = (requests / np.maximum(r.capacity[bin_index, hard], 1.0)).max(axis=1)
        rows = np.flatnonzero(load)
        for row in rows[np.argsort(values[rows] / np.maximum(shares[rows], 1e-300), kind="stable")]:
            while load[row] > 0 and (free < 0).any():
                load[row] -= 1
                free = free + requests[row]
        return load


class _Packing:
    """The dynamic program of one bin."""

    def __init__(
        self,
        r: Relaxation,
        bin_index: int,
        values: Floats,
        weights: Floats,
        most: float,
        target: float,
        *,
        unit: float,
    ) -> None:
        self._charge: tuple[float, float, float] | None = None  # a millicpu, its use, what is free
        self._unit = unit
        self._r, self._weights, self._target = r, weights, target
        self._capacity = capacity = r.capacity[bin_index]
        counted = bool(capacity[_PODS] <= _PODS_MOST)
        self._gridded = [_CPU, _MEMORY, *([_PODS] if counted else [])]
        charged = self._charged(bin_index, values)
        self._priced = [
            axis for axis in range(len(capacity)) if axis not in (*self._gridded, charged)
        ]
        self._reduced = values - r.requests[:, self._priced] @ weights[self._priced]
        loss = r.requests @ weights - values
        slack = most - self._target
        units = r.fits[:, bin_index].copy()
        losing = loss > 0
        units[losing] = np.minimum(units[losing], np.floor(slack / loss[losing]))
        units[values <= 0] = 0
        self._is_vain = not units.any()  # no unit is part of a load worth more than the target
        units[self._reduced <= 0] = 0
        self._rows = np.flatnonzero(units > 0)
        self._units = units
        self.work = 0.0
        self.grid, self._sizes, exact = self._laid_out(counted)
        small: Booleans = np.all(self._sizes[:, :2] < _SMALL, axis=1)
        if exact or counted:
            small = np.zeros(len(self._rows), dtype=np.bool_)
        self._small = small

    def _charged(self, bin_index: int, values: Floats) -> int | None:
        """Return the axis of a resource that is charged by cells of cpu, if there is one."""
        r = self._r
        soft = np.flatnonzero(~r.hard(bin_index))
        if len(soft) != 1 or r.ceilings is None or not r.ceilings[bin_index, soft[0]]:
            return None
        axis = int(soft[0])
        rows = np.flatnonzero((r.fits[:, bin_index] > 0) & (values > 0) & (r.requests[:, _CPU] > 0))
        if not len(rows):
            return None
        shares = r.requests[rows, axis] / r.requests[rows, _CPU]
        if shares.min() < _ALIKE * shares.max():
            return None
        rate = float(r.ceilings[bin_index, axis]) / self._unit
        self._charge = rate, float(shares.min()), float(self._capacity[axis])
        return axis

    def _charges(self, cells: int) -> Floats:
        """Return what so many cells of cpu, and fewer, are charged at least."""
        if self._charge is None:
            return np.zeros(cells)
        rate, share, free = self._charge
        used = share * self.grid.units[_CPU] * np.arange(cells)
        return np.asarray(rate * np.maximum(used - free, 0.0), dtype=np.float64)

    def _laid_out(self, counted: bool) -> tuple[CellGrid, Integers, bool]:
        """Return the grid, the cells each row takes, and whether no request was rounded."""
        pods = int(self._capacity[_PODS]) if counted else 0
        side = int((CELLS / (pods + 1) * (3 if counted else 1)) ** 0.5)
        units, cells, sizes, exact = [], [], [], True
        for axis in (_CPU, _MEMORY):
            requests = self._r.requests[self._rows, axis].astype(np.int64)
            capacity = int(self._capacity[axis])
            unit = _unit(capacity, requests, side)
            units.append(unit)
            cells.append(capacity // unit)
            sizes.append(requests // unit)
            exact &= bool((requests % unit == 0).all())
        sizes.append(np.full(len(self._rows), int(counted)))
        grid = CellGrid((units[0], units[1], int(counted)), (cells[0], cells[1], pods))
        return grid, np.column_stack(sizes).astype(np.int64), exact

    def run(self) -> tuple[float, Floats]:
        """Return the upper bound and the load behind it, which may be too large by rounding."""
        load = np.zeros(len(self._units))
        if self._is_vain:
            return self._target, load
        base = float(self._capacity[self._priced] @ self._weights[self._priced])
        if not len(self._rows):
            return max(base, self._target), load
        first, second, third = self.grid.cells
        best = np.zeros((first + 1, second + 1, third + 1))
        steps = self._steps()
        taken: list[Booleans] = []
        for position, count, (x, y, z) in steps:
            view = best[x:, y:, z:]
            candidate = best[: first + 1 - x, : second + 1 - y, : third + 1 - z]
            candidate = candidate + self._reduced[self._rows[position]] * count
            taken.append(candidate > view)
            np.maximum(view, candidate, out=view)
        self.work += len(steps) * best.size / 40_000
        end, most = self._end(best - self._charges(best.shape[0])[:, None, None])
        for (position, count, step), took in zip(reversed(steps), reversed(taken), strict=True):
            before = (end[0] - step[0], end[1] - step[1], end[2] - step[2])
            if min(before) >= 0 and bool(took[before]):
                load[self._rows[position]] += count
                end = before
        return max(base + most, self._target), load

    def _steps(self) -> list[tuple[int, int, tuple[int, int, int]]]:
        """Return (row, units, cells) of every step: units doubled, as in the bounded knapsack."""
        steps = []
        order = np.argsort(-self._reduced[self._rows], kind="stable")
        for position in order.tolist():
            if self._small[position]:
                continue
            size = self._sizes[position]
            left = int(self._units[self._rows[position]])
            for cell, most in zip(size.tolist(), self.grid.cells, strict=True):
                if cell:
                    left = min(left, most // cell)
            count = 1
            while left > 0:
                count = min(count, left)
                x, y, z = (size * count).tolist()
                steps.append((position, count, (x, y, z)))
                left -= count
                count *= 2
        return steps

    def _end(self, best: Floats) -> tuple[tuple[int, int, int], float]:
        """Return where the best load ends, and its value with that of the small items."""
        end = (best.shape[0] - 1, best.shape[1] - 1, best.shape[2] - 1)
        if not self._small.any():
            end = (int(best[:, -1, -1].argmax()), *end[1:])
            return end, float(best[end])
        rows = self._rows[self._small]
        w = self._weights[:2]
        surplus = np.maximum(self._reduced[rows] - self._r.requests[rows][:, :2] @ w, 0.0)
        rest = [
            w[axis] * (self._capacity[axis] - self.grid.units[axis] * np.arange(best.shape[axis]))
            for axis in (_CPU, _MEMORY)
        ]
        total = best[:, :, -1] + rest[0][:, None] + rest[1][None, :]
        place = np.unravel_index(int(total.argmax()), total.shape)
        place_of_best = (int(place[0]), int(place[1]), end[2])
        return place_of_best, float(total[place] + surplus @ self._units[rows])


def _unit(capacity: int, requests: Integers, side: int) -> int:
    """Return the size of a cell: one that divides all requests, or of least rounding."""
    positive = requests[requests > 0]
    if not len(positive):
        return max(capacity, 1)
    common = int(np.gcd.reduce(positive))
    if capacity // common <= side:
        return common
    best, least = 1, np.inf
    for count in range(side * _STEP[0] // _STEP[1], side + 1, 2):
        unit = max(-(-capacity // count), 1)
        lost = float((positive % unit / positive).sum())
        if lost < least:
            best, least = unit, lost
    return best
