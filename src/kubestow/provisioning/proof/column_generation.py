"""Column generation: the lower bound of whole loads (rung L4), and the values that prove it.

It is valid by construction, converged or not. Values y >= 0 and K_o, an upper bound of what
one node of bin o can carry in value, prove that every fleet costs at least y.D / max_o K_o / p_o
(Farley 1990). The master only proposes y, from a box around the best values so far, which keeps
them from swinging (box steps: Marsten, Hogan and Blankenship 1975). Only where no node exists.
"""

from collections.abc import Iterable

import numpy as np

from kubestow.model.arrays import Floats
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.provisioning.programs.cell_grid import CellGrid
from kubestow.provisioning.programs.knapsack import Knapsack
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.programs.solver import RestrictedMaster
from kubestow.provisioning.proof.proof import Proof

RUNG = "L4"
_MARGIN = 1e-7  # for whoever derives it again in integers, rounding upwards
_NANO = 1e9
_ROUNDS_MOST = 400
_VAIN_MOST = 12
_CLOSE = 2e-4  # between the master and the bound: converged
_WIDTH, _WIDE, _NARROW = 0.1, 3.0, 0.01
_FREE = 1e3  # a dual of so many USD an hour is no limit
_USED = 1e-9
_STRIDE = 16  # every so many-th bin is a sample: how long they take to price tells how long all do
_NOTHING = 1e-4  # of the dearest value: what a class priced at nothing may still be worth


class ColumnGeneration:
    """Generates columns for one relaxation."""

    def __init__(
        self,
        relaxation: Relaxation,
        proof: Proof,
        loads: Iterable[tuple[int, Floats]] = (),
    ) -> None:
        self.relaxation = r = relaxation
        self._prices = r.prices / _NANO
        self._knapsack = Knapsack(r, _NANO)
        self.proof = proof
        self._best = proof.proven / _NANO
        self._centre = proof.values / proof.theta / _NANO
        self._weights = np.zeros_like(r.capacity)
        self.master = RestrictedMaster(r.demand)
        for row in range(len(r.demand)):
            each = np.where(r.fits[row] > 0, self._prices / np.maximum(r.fits[row], 1), np.inf)
            if not np.isfinite(each).any():
                continue
            cheapest = int(each.argmin())
            alone = np.zeros(len(r.demand))
            alone[row] = r.fits[row, cheapest]
            if alone[row]:
                self.add(cheapest, alone)
        for bin_index, load in loads:
            self.add(bin_index, load)

    @property
    def work(self) -> float:
        """Work done so far, in fills of a bin."""
        return self._knapsack.work

    def seek(self, values: Floats) -> Proof:
        """Return the better of the proof at hand and the one that these values (nano-USD) give."""
        self._price(values / _NANO)
        return self.proof

    def converge(
        self, goal: float, work_limit: float, reporter: Reporter, *, wants_loads: bool = True
    ) -> Proof:
        """Raise the bound until the goal (nano-USD) or the limit is reached; return its proof.

        If nobody ``wants_loads``, a last round that cannot raise the bound any more ends early.
        """
        width, vain, start = _WIDTH, 0, self.work
        last = np.inf if wants_loads else start + work_limit
        for _ in range(_ROUNDS_MOST):
            spent = self.work - start
            done = min(int(spent), int(work_limit))
            try:
                reporter.progress("proving the minimum", done, int(work_limit))
            except EnoughError:
                break
            if self._best * _NANO >= goal or spent > work_limit or vain > _VAIN_MOST:
                break
            self._set_box(width)
            solved = self.master.solve()
            if solved is None:
                break
            priced = self._price(solved.duals, last)
            if priced is None:
                break
            risen, added = priced
            vain = 0 if risen or added else vain + 1
            if solved.cost <= self._best * (1 + _CLOSE):
                if not solved.is_boxed or width >= _WIDE:
                    break
                width *= 2
            elif risen or not added:
                width = min(width * 1.5, _WIDE)
            else:
                width = max(width * 0.85, _NARROW)
        return self.proof

    def mixed(self) -> list[tuple[int, Floats]]:
        """Return the loads that cover the demand at least cost together."""
        self.master.set_box(np.zeros(len(self._centre)), np.full(len(self._centre), _FREE))
        solved = self.master.solve()
        used = np.zeros(0) if solved is None else solved.used
        return [self.master.loads[i] for i in np.flatnonzero(used > _USED).tolist()]

    def add(self, bin_index: int, load: Floats) -> bool:
        """Add a load of a bin; return whether it is new."""
        return self.master.add(bin_index, self._cost(bin_index, load), load)

    def _cost(self, bin_index: int, load: Floats) -> float:
        """Return the USD an hour of one node with a load."""
        return float(self._prices[bin_index]) + self.relaxation.excess(bin_index, load) / _NANO

    def _set_box(self, width: float) -> None:
        least = _NOTHING * max(float(self._centre.max()), 1e-9)
        reach = width * np.maximum(self._centre, least)
        self.master.set_box(np.maximum(self._centre - reach, 0.0), self._centre + reach)

    def _price(self, values: Floats, last: float = np.inf) -> tuple[bool, bool] | None:
        """Price every bin; return whether the bound rose, and whether a load is new.

        Return None as soon as the bound cannot rise, if pricing every bin will take until after
        the ``last`` work: what more is found is of no use then.
        """
        r, prices = self.relaxation, self._prices
        surplus = np.maximum(values[:, None] - r.requests @ self._weights.T, 0.0)
        most = (r.capacity * self._weights).sum(axis=1) + (r.fits * surplus).sum(axis=0)
        weights = self._weights.copy()
        unknown = ~self._weights.any(axis=1)
        added = is_vain = False
        grids: list[CellGrid | None] = [None] * len(prices)
        todo = np.flatnonzero((most > prices) | unknown).tolist()
        if last < np.inf:
            todo = [position for first in range(_STRIDE) for position in todo[first::_STRIDE]]
        start, worth = self.work, float(values @ r.demand)
        for count, position in enumerate(todo, 1):
            priced = self._knapsack.price(position, values, float(prices[position]))
            most[position], weights[position] = priced.most, priced.weights
            grids[position] = priced.grid
            for load in priced.loads:
                if float(load @ values) > self._cost(position, load) * (1 + _MARGIN):
                    added |= self.add(position, load)
            end = start + (self.work - start) * len(todo) / count
            is_vain |= bool(worth <= self._best * most[position] / prices[position])
            if is_vain and end > last and count >= len(todo) / _STRIDE:
                return None
        self._weights = weights
        theta = max(1.0, float((most / prices).max())) * (1 + _MARGIN)
        proven = worth / theta
        if proven <= self._best:
            return False, added
        risen = proven > self._best * (1 + 1e-6)
        self._best, self._centre = proven, values / theta
        self.proof = Proof(
            RUNG,
            proven * _NANO,
            values * _NANO,
            theta,
            weights * _NANO,
            tuple(grids),
            np.unique(weights * _NANO, axis=0),
        )
        return risen, added
