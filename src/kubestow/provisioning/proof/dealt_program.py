"""Small clusters as a program of whole nodes, in which what each zone gets is decided too.

The bound of whole loads (rung L4) forgets zones and counts fractions of nodes. Here the pods of
each class in each cell are a variable (``dealings``), and one or both of two integer programs are
solved:

- every node apart, of as many copies of each bin as a fleet could have: a fleet, and a lower bound;
- where those are too many, whole numbers of nodes of each bin, whose capacity the pods share as if
  it were one: a lower bound; then every node apart, of the numbers that this found and a few more,
  or one or two zones at a time where those are too many as well (``parted_nodes``).

Where a fleet costs as much as the bound, it is the cheapest there is. The bound (rung L5) is the
solver's own: no certificate holds it.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.provisioning.packing.exclusive_groups import exclusive_groups
from kubestow.provisioning.packing.fleet_search import NodeLoad
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import PackingProblem, Pattern, PlacedNode
from kubestow.provisioning.packing.problem_builder import Tier
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.programs.parted_nodes import PartedNodes, WholeNode
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
_FEW_PODS = 75  # of so few every program is solved whole, without a limit of work
_JOINT_COLUMNS = 2_000  # of those that are solved in one program instead of part by part
_WIDE = 3_000  # columns of the program of counted nodes: from there its root alone takes seconds
_FACTORS = 7  # in the rows, for each column
_LOOKS_LEAST = 100
_FAR = 0.05  # above the bound: a fleet that parts are made anew beside
_PARTS_WORK = 8_000  # the same, part by part
_WORK = 40_000  # looks of the solver times factors of the program, for each node of the tree
_COUNTED_WORK = 10_000  # the same, where nodes are counted: the bound rises little after that


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
        fleet: Sequence[PlacedNode],
        nodes: int,
        bound: int = 0,
        *,
        exhausts: bool = False,
    ) -> SolvedProgram:
        """Return what is proven of the least cost, and a fleet that costs no more than another.

        ``known`` is what that costs, ``bound`` what is proven already, both in nano-USD an hour;
        ``fleet`` are its nodes; each search ends after so many ``nodes`` of its tree, or as much
        work as large programs get for those. If it ``exhausts``, every node that a fleet could have
        is tried where these are few.
        """
        copies = self._copies(known, bound)
        tree = round(nodes * max(1.0, _USUAL_COLUMNS / max(self._columns(copies), 1)))
        is_wide = self._is_large and self._columns(np.minimum(copies, 1)) > _WIDE
        counted = self._counted(copies, tree, nodes * _COUNTED_WORK if is_wide else np.inf)
        least, there = counted.least, self._copies_of(fleet)
        near = there if counted.counts is None else np.maximum(there, counted.counts)
        best, cost = SolvedProgram(self._proven(least, known), None), known
        for tried in (counted.counts, near + _MORE * (near > 0)):
            if tried is None or (size := self._columns(tried)) > _COLUMNS_MOST:
                continue
            if size <= _JOINT_COLUMNS or not self._is_large:
                found = self._slotted(tried, least, cost / _NANO, round(_NEAR_TREE * nodes))
            elif tried is counted.counts:
                continue
            else:
                dealt = counted.shares if cost > least * _NANO * (1 + _FAR) else None
                found = self._parted(tried, dealt, fleet, nodes * _PARTS_WORK)
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

    @property
    def _is_large(self) -> bool:
        return sum(self._dealt.totals) > _FEW_PODS

    def _parted(
        self,
        copies: Integers,
        dealt: Integers | None,
        fleet: Sequence[PlacedNode],
        work_limit: float,
    ) -> SlottedNodes:
        """Return nodes made cheaper part by part: those of a fleet, or made for what is dealt."""
        parted = PartedNodes(self._bins, self._dealt, copies)
        starts: list[tuple[list[WholeNode], Integers]] = []
        known = self._nodes_of(fleet)
        if known:
            starts.append((known, np.sum([load for _, load in known], axis=0)))
        made = None if dealt is None else parted.made(dealt)
        if made is not None and dealt is not None:
            starts.append((made, dealt))
        if not starts:
            return SlottedNodes(0.0, [], None)
        nodes, shares = min(starts, key=lambda each: parted.cost(each[0]))
        return SlottedNodes(0.0, *parted.improved(nodes, shares, work_limit))

    def _nodes_of(self, fleet: Sequence[PlacedNode]) -> list[WholeNode]:
        """Return the nodes of a fleet by bin and row; none if some are of no bin."""
        bin_of = self._bin_of()
        row_of = {share: row for row, share in enumerate(self.dealings.shares)}
        nodes: list[WholeNode] = []
        for node in fleet:
            load = np.zeros(len(row_of), dtype=np.int64)
            cell = int(self.dealings.cells.of_candidate[node.candidate])
            for index, pods in node.load:
                load[row_of[index, cell]] += pods
            if node.candidate not in bin_of:
                return []
            nodes.append((bin_of[node.candidate], load))
        return nodes

    def _bin_of(self) -> dict[int, int]:
        return {c: i for i, b in enumerate(self.problem.bins) for c in b.candidates}

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

    def _counted(self, copies: Integers, nodes: int, work_limit: float) -> CountedNodes:
        """Return what whole numbers of nodes cost at least, and the best of them."""
        bins, kept = self._bins, np.flatnonzero(copies > 0)
        found = counted_nodes(bins.of(kept), self._dealt, copies[kept].tolist(), nodes, work_limit)
        if found.counts is None:
            return found
        counts = np.zeros(len(bins.prices), dtype=np.int64)
        counts[kept] = found.counts
        return CountedNodes(found.least, counts, found.shares)

    def _copies_of(self, fleet: Sequence[PlacedNode]) -> Integers:
        """Return how many nodes of each bin a fleet has."""
        bin_of = self._bin_of()
        copies = np.zeros(len(self._bins.prices), dtype=np.int64)
        for node in fleet:
            if node.candidate in bin_of:
                copies[bin_of[node.candidate]] += 1
        return copies

    def _columns(self, copies: Integers) -> int:
        return int(copies @ (1 + (self._bins.fits > 0).sum(axis=0)))

    def _slotted(self, copies: Integers, low: float, high: float, nodes: int) -> SlottedNodes:
        size = max(1, self._columns(copies) * _FACTORS)
        return slotted_nodes(
            self._bins, self._dealt, copies.tolist(), low=low, high=high, nodes=nodes,
            looks=max(_LOOKS_LEAST, nodes * _WORK / size) if self._is_large else np.inf,
        )  # fmt: skip

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
