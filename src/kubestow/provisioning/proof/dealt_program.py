"""Small clusters as a program of whole nodes, in which what each zone gets is decided too.

The bound of whole loads (rung L4) forgets zones and counts fractions of nodes. Here the pods of
each class in each cell are a variable (``dealings``), and one or both of two integer programs are
solved:

- every node apart, of as many copies of each bin as a fleet could have: a fleet, and a lower bound;
- where those are too many, whole numbers of nodes of each bin, whose capacity the pods share as if
  it were one: a lower bound; then every node apart, of the numbers that this found and a few more.

Where a fleet costs as much as the bound, it is the cheapest there is. The bound (rung L5) is the
solver's own: no certificate holds it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.provisioning.packing.exclusive_groups import exclusive_groups
from kubestow.provisioning.packing.fleet_search import NodeLoad
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import PackingProblem, Pattern
from kubestow.provisioning.packing.problem_builder import Tier
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.programs.whole_nodes import (
    Bins,
    CellShare,
    CountedNodes,
    DealtDemand,
    NodeLimit,
    SlottedNodes,
    counted_nodes,
    slotted_nodes,
)
from kubestow.provisioning.proof.dealings import Dealings
from kubestow.provisioning.proof.prover import freed_problem, relaxation_of
from kubestow.scheduling.filters import pod_topology_spread

RUNG = "L5"
_NANO = 1e9
_NEAR = 1e-3  # above the bound: a fleet is good enough
_SURE = 2e-5  # of the least cost: for the tolerances of the solver
_USUAL_COLUMNS = 10_000  # of the program of counted nodes: with fewer, its tree may be larger
_NEAR_TREE = 0.3  # of the tree: for so few nodes more does not pay
_MORE = 1  # copies of the bins used, beyond those that were counted
_ALL_COLUMNS_MOST = 2_000  # of the program of single nodes, for all that a fleet could have
_COLUMNS_MOST = 4_000  # for those that were counted


@dataclass(frozen=True, slots=True)
class WholeFleet:
    """Loads by class, with how many nodes each, and what each (class, cell) gets."""

    nano_usd_per_hour: int
    loads: tuple[NodeLoad, ...]
    shares: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class SolvedProgram:
    """What is proven of the least cost, in nano-USD an hour, and the best fleet found, if any."""

    proven: int
    fleet: WholeFleet | None


class DealtProgram:
    """The program of one prepared snapshot without nodes."""

    def __init__(
        self,
        prepared: PreparedSnapshot,
        dealings: Dealings,
        tier: Tier,
        types: Set[str] | None = None,
        reduced: Mapping[int, int] | None = None,
    ) -> None:
        """``tier`` are the pools to launch from, ``types`` the instance types, None for all.

        ``reduced`` is what each candidate costs beyond its worth (``Prover.reduced_prices``).
        """
        items = dealings.items()
        self.dealings = dealings
        self.problem = freed_problem(prepared, items, dealings.cells, [tier] * len(items), types)
        limits = NodeFiller(self.problem).own_limits
        groups = exclusive_groups(self.problem)
        r, _ = relaxation_of(self.problem, limits, groups, merges=False)
        ceilings = None if r.ceilings is None else r.ceilings / _NANO
        self._bins = Bins(r.requests, r.capacity, r.prices / _NANO, r.fits, ceilings)
        given = reduced or {}
        new = [b for b in self.problem.bins if not b.exists]
        self._reduced = np.array([min(given.get(c, 0) for c in b.candidates) for b in new])
        classes = list(dealings.pods)
        self._dealt = DealtDemand(
            [
                CellShare(row, classes.index(index), dealings.pods[index])
                for row, (index, _) in enumerate(dealings.shares)
            ],
            [dealings.pods[index] for index in classes],
            dealings.rows,
            tuple(_limits_of_nodes(self.problem, groups)),
        )

    def columns(self, known: int, bound: int) -> int:
        """Return how large the program is of fleets that cost no more than ``known``."""
        return self._columns(self._copies(known, bound))

    def solved(
        self,
        known: int,
        used: Iterable[int],
        nodes: int,
        bound: int = 0,
        *,
        exhausts: bool = False,
    ) -> SolvedProgram:
        """Return what is proven of the least cost, and a fleet that costs no more than another.

        ``known`` is what that costs, ``bound`` what is proven already, both in nano-USD an hour;
        ``used`` are the candidates of its nodes; each search ends after so many ``nodes`` of its
        tree. If it ``exhausts``, every node that a fleet could have is tried where these are few.
        """
        copies = self._copies(known, bound)
        tree = round(nodes * max(1.0, _USUAL_COLUMNS / max(self._columns(copies), 1)))
        counted = self._counted(copies, tree)
        least, there = counted.least, self._copies_of(used)
        near = there if counted.counts is None else np.maximum(there, counted.counts)
        best, cost = SolvedProgram(self._proven(least, known), None), known
        for tried in (counted.counts, near + _MORE * (near > 0)):
            if tried is not None and self._columns(tried) <= _COLUMNS_MOST:
                found = self._slotted(tried, least, cost / _NANO, round(_NEAR_TREE * nodes))
                best = self._better(best, found, least, cost)
                cost = known if best.fleet is None else best.fleet.nano_usd_per_hour
                if cost * (1 - _NEAR) <= least * _NANO:
                    return best
        copies = self._copies(cost, bound)
        is_hard = self._bins.ceilings is None  # else it is seldom proven, and takes long
        if exhausts and is_hard and self._columns(copies) <= _ALL_COLUMNS_MOST:
            found = self._slotted(copies, bound / _NANO, cost / _NANO, nodes)
            best = self._better(best, found, max(least, found.least), cost)
        return best

    def _better(
        self, best: SolvedProgram, found: SlottedNodes, least: float, cost: int
    ) -> SolvedProgram:
        """Return what is proven, and the cheaper of two fleets."""
        solved = self._as_solved(least, found, cost)
        fleets = [each.fleet for each in (best, solved) if each.fleet is not None]
        cheapest = min(fleets, key=lambda each: each.nano_usd_per_hour, default=None)
        return SolvedProgram(solved.proven, cheapest)

    def _copies(self, known: int, bound: int) -> Integers:
        """Return how many nodes of each bin a fleet can have that costs no more than another."""
        spare = max(known - bound, 0)
        within = np.floor(spare / np.maximum(self._reduced, 1.0))
        within = np.minimum(within, np.floor(known / (self._bins.prices * _NANO)))
        copies: Integers = np.minimum(within, sum(self._dealt.totals)).astype(np.int64)
        return copies

    def _counted(self, copies: Integers, nodes: int) -> CountedNodes:
        """Return what whole numbers of nodes cost at least, and the best of them."""
        bins, kept = self._bins, np.flatnonzero(copies > 0)
        found = counted_nodes(bins.of(kept), self._dealt, copies[kept].tolist(), nodes)
        if found.counts is None:
            return found
        counts = np.zeros(len(bins.prices), dtype=np.int64)
        counts[kept] = found.counts
        return CountedNodes(found.least, counts)

    def _copies_of(self, used: Iterable[int]) -> Integers:
        """Return how many nodes of each bin some candidates are."""
        bin_of = {c: i for i, b in enumerate(self.problem.bins) for c in b.candidates}
        copies = np.zeros(len(self._bins.prices), dtype=np.int64)
        for candidate in used:
            if candidate in bin_of:
                copies[bin_of[candidate]] += 1
        return copies

    def _columns(self, copies: Integers) -> int:
        return int(copies @ (1 + (self._bins.fits > 0).sum(axis=0)))

    def _slotted(self, copies: Integers, low: float, high: float, nodes: int) -> SlottedNodes:
        return slotted_nodes(
            self._bins, self._dealt, copies.tolist(), low=low, high=high, nodes=nodes
        )

    @staticmethod
    def _proven(least: float, known: int) -> int:
        return max(0, min(known, int(least * _NANO * (1 - _SURE))))

    def _as_solved(self, least: float, found: SlottedNodes, known: int) -> SolvedProgram:
        """Return the solution in whole nano-USD an hour, and its nodes by class."""
        proven = self._proven(least, known)
        if found.shares is None:
            return SolvedProgram(proven, None)
        left = found.shares.copy()
        shares = {s: int(n) for s, n in zip(self.dealings.shares, left, strict=True) if n}
        loads: list[NodeLoad] = []
        total = 0
        for bin_index, load in found.nodes:
            taken = np.minimum(load, left)  # nothing is covered twice
            left -= taken
            rows = [(row, int(taken[row])) for row in np.flatnonzero(taken).tolist()]
            if rows:
                pods = {self.dealings.shares[row][0]: count for row, count in rows}
                total += self.problem.cost_of(Pattern(bin_index, tuple(rows)))
                loads.append(NodeLoad(self.problem.bins[bin_index].candidates, pods, 1))
        return SolvedProgram(proven, WholeFleet(total, tuple(loads), shares))


def _limits_of_nodes(
    problem: PackingProblem, groups: Sequence[tuple[int, ...]]
) -> Iterator[NodeLimit]:
    """Yield what owners of rules leave others on their node.

    Hostname spread is left out, as its cap grows with all other nodes, and so are groups of which a
    node takes one pod anyway.
    """
    rules = problem.rules
    for number, (items, weights, owners) in enumerate(rules.members):
        counted = tuple((int(i), int(w)) for i, w in zip(items, weights, strict=True) if w)
        owned = tuple(sorted(items[(weights > 0) & owners].tolist()))
        is_known = owned in groups and len(owned) == len(counted)
        if rules.constraints[number] != pod_topology_spread.NAME and not is_known:
            for owner in items[owners].tolist():
                yield NodeLimit(owner, counted, rules.caps[number])
