"""Sets of instance types compared by the relaxation, which may only use nodes of those types.

For large clusters: a greedy fleet of few types costs more than its types deserve, and takes longer
than the program. The sets are made of the types of which a fleet could be counted, and of those
that are best alone.
"""

import itertools
import math

from kubestow.provisioning.programs.solver import CompactProgram
from kubestow.provisioning.proof.prover import Prover

_ALONE = 2  # of the types that are best alone
_SUBSETS_MOST = 60
_BEST = 4  # sets that are extended where there are too many to try all
_MISSING = 2.5  # times their value: what pods weigh that a set of types has no node for
_NANO = 1e9


class RelaxedKinds:
    """Ranks sets of instance types for the pods of one prover."""

    def __init__(self, prover: Prover, node_worth: int) -> None:
        candidates = prover.prepared.candidates
        self._relaxation, self._worth = prover.relaxation, node_worth
        self._values = prover.proof.values / prover.proof.theta
        self._bins: dict[str, list[int]] = {}
        new = (b for b in prover.problem.bins if not b.exists)
        for position, b in enumerate(new):
            name = candidates[b.candidates[0]].instance_type
            self._bins.setdefault(name, []).append(position)
        self._ranks: dict[frozenset[str], float] = {}
        alone = sorted(self._bins, key=lambda name: (self.rank(frozenset({name})), name))
        counted = {candidates[c].instance_type for c in prover.counted}
        self._types = sorted({*alone[:_ALONE], *counted} & self._bins.keys())

    def best(self, number: int) -> list[frozenset[str]]:
        """Return sets of so many types, the cheapest first; all types if there are no more."""
        number = min(number, len(self._types))
        if math.comb(len(self._types), number) <= _SUBSETS_MOST:
            sets = set(map(frozenset, itertools.combinations(self._types, number)))
        else:
            before = self.best(number - 1)[:_BEST]
            sets = {types | {other} for types in before for other in self._types}
        return sorted(sets, key=lambda types: (self.rank(types), sorted(types)))

    def rank(self, types: frozenset[str]) -> float:
        """Return what nodes of some types cost at least, in nano-USD an hour.

        What nodes weigh and pods that none of them takes are counted in.
        """
        known = self._ranks.get(types)
        if known is None:
            known = self._ranks[types] = self._cost(types)
        return known

    def _cost(self, types: frozenset[str]) -> float:
        r = self._relaxation
        bins = sorted(b for name in types for b in self._bins[name])
        placed = (r.fits[:, bins] > 0).any(axis=1)
        missing = _MISSING * float(self._values[~placed] @ r.demand[~placed])
        if not placed.any():
            return missing
        solved = CompactProgram(
            r.requests[placed],
            r.demand[placed],
            r.capacity[bins],
            (r.prices[bins] + self._worth) / _NANO,
            r.fits[placed][:, bins],
            ceilings=None if r.ceilings is None else r.ceilings[bins] / _NANO,
        ).solve()
        return math.inf if solved is None else missing + solved.cost * _NANO
