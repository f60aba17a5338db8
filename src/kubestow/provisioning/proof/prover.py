"""The prover: which relaxation the lower bound is proven on, and how far it is worth raising.

The relaxation keeps what may run where at all, resources, and which pods exclude each other from a
node. Every other constraint is dropped, which can only lower the bound.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import numpy as np

from kubestow.model.arrays import UNLIMITED, Floats, Integers
from kubestow.model.plan import LowerBound
from kubestow.model.reporter import Reporter
from kubestow.model.resources import EBS_VOLUMES
from kubestow.provisioning.packing.exclusive_groups import exclusive_groups, membership
from kubestow.provisioning.packing.fleet_search import FleetSearch, NodeLoad, SearchAim
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.problem import (
    Item,
    PackingProblem,
    Pattern,
    PlacedNode,
)
from kubestow.provisioning.packing.problem_builder import Tier, build_problem
from kubestow.provisioning.packing.rounding import ceilings_of, soft_capacity
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.proof.column_generation import ColumnGeneration
from kubestow.provisioning.proof.lower_bound import (
    absorbed,
    bound_of,
    largest_alone,
    prove,
)
from kubestow.provisioning.proof.warm_start import PreviousSolution
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.domains import Cells

_ROWS_MOST = 1_500  # of more classes, loads are not generated
_LEAST_THETA = 1e-9
_FLEETS = 6  # whose loads are the first
_FEW = 300  # pods
_COARSE = 0.02  # of the proven minimum: so dear a node makes whole numbers of nodes coarse
_SMALLER = (0.5, 0.25)  # of its price: nodes of the same proportions to count beside it
_ALIKE = 0.3  # in the logarithm of memory to cpu
_WASTED_MOST = 0.1  # of the price of a smaller node


class Prover:
    """Proves a lower bound of what any fleet for some items costs."""

    def __init__(
        self, prepared: PreparedSnapshot, items: Sequence[Item], tiers: Sequence[Tier]
    ) -> None:
        demand: Counter[int] = Counter()
        for item in items:
            for index, pods in item.parts:
                demand[index] += pods * item.units
        self.prepared = prepared
        self.classes = sorted(demand)
        free = [Item(((index, 1),), demand[index]) for index in self.classes]
        allowed = [tiers[first_tier(prepared, item, tiers)] for item in free]
        self.problem = freed_problem(prepared, free, None, allowed)
        self.limits = NodeFiller(self.problem).own_limits
        self.groups = exclusive_groups(self.problem)
        self.relaxation, self.row_of = relaxation_of(self.problem, self.limits, self.groups)
        self.proof = prove(self.relaxation)
        self.counted = self._countable()
        self.loads: list[NodeLoad] = []
        self._columns: ColumnGeneration | None = None
        self._turns: dict[int, int] = {}
        self._classes_of: dict[int, list[int]] = {}
        for index, row in zip(self.classes, self.row_of, strict=True):
            self._classes_of.setdefault(row, []).append(index)

    def _countable(self) -> frozenset[int]:
        """Return the candidates of which a fleet could be counted, in every zone.

        They are sold like those that the relaxation has nodes of, and where these are large like
        some smaller ones, so that whole numbers of nodes come near its fractions. None for few
        pods, of which fleets are made node by node (``dealt_program``).
        """
        if self.relaxation.demand.sum() <= _FEW:
            return frozenset()
        r, used = self.relaxation, list(self.proof.used)
        wasted = self._reduced() / r.prices
        shape = np.log(np.maximum(r.capacity[:, 1], 1.0) / np.maximum(r.capacity[:, 0], 1.0))
        for position in self.proof.used:
            price = r.prices[position]
            alike = (np.abs(shape - shape[position]) < _ALIKE) & (wasted < _WASTED_MOST)
            for share in _SMALLER if price > _COARSE * self.proof.proven else ():
                small = np.flatnonzero(alike & (r.prices <= share * price))
                used += small[wasted[small].argsort(kind="stable")[:1]].tolist()
        candidates = self.prepared.candidates
        bins = [b for b in self.problem.bins if not b.exists]
        sold = {_sold(candidates[c]) for position in used for c in bins[position].candidates}
        return frozenset(
            i for i, candidate in enumerate(candidates)
            if not candidate.exists and _sold(candidate) in sold
        )  # fmt: skip

    @property
    def lower_bound(self) -> LowerBound:
        """The best lower bound so far."""
        alone, proven = largest_alone(self.relaxation), bound_of(self.proof)
        return alone if alone.nano_usd_per_hour > proven.nano_usd_per_hour else proven

    @property
    def values(self) -> dict[int, float]:
        """What one pod of each class is worth, in nano-USD an hour."""
        values = self.proof.values
        return {i: float(values[row]) for i, row in zip(self.classes, self.row_of, strict=True)}

    def absorbed(self) -> int:
        """Return at most what the existing nodes take of the values, in nano-USD an hour."""
        r, proof = self.relaxation, self.proof
        return math.ceil(absorbed(r, proof.values, proof.prices)) if len(r.existing) else 0

    def reduced_prices(self) -> dict[int, int]:
        """Return what each candidate costs beyond the most that its pods are worth, in nano-USD.

        A fleet costs at least that for each of its nodes, and the bound beside it.
        """
        bins = (b for b in self.problem.bins if not b.exists)
        reduced = self._reduced().tolist()
        return {c: int(left) for b, left in zip(bins, reduced, strict=True) for c in b.candidates}

    def _reduced(self) -> Floats:
        """Return what each new bin costs beyond the most that its pods are worth."""
        r, proof = self.relaxation, self.proof
        surplus = np.maximum(proof.values[:, None] - r.requests @ proof.weights.T, 0.0)
        most = (r.capacity * proof.weights).sum(axis=1) + (r.fits * surplus).sum(axis=0)
        reduced: Floats = np.maximum(r.prices - most / max(proof.theta, _LEAST_THETA), 0.0)
        return reduced

    def resume(self, previous: PreviousSolution) -> bool:
        """Prove what the values of the previous solution prove here; tell whether that was tried.

        Classes without a previous value keep the one of the proof at hand.
        """
        if not previous.loads or not self._generates:
            return False
        values = self.proof.values / self.proof.theta
        for index, row in zip(self.classes, self.row_of, strict=True):
            values[row] = previous.values.get(index, values[row])
        bins = [b for b in self.problem.bins if not b.exists]
        bin_of = {candidate: i for i, b in enumerate(bins) for candidate in b.candidates}
        self._columns = ColumnGeneration(
            self.relaxation, self.proof, self._rows_of(previous.loads, bin_of)
        )
        self.proof = self._columns.seek(values)
        self.loads += previous.loads
        return True

    def _rows_of(
        self, loads: Iterable[NodeLoad], bin_of: Mapping[int, int]
    ) -> Iterator[tuple[int, Floats]]:
        """Yield loads by class as loads of the relaxation, no more of a row than a bin takes."""
        row_of = dict(zip(self.classes, self.row_of, strict=True))
        for node_load in loads:
            load = np.zeros(len(self.relaxation.demand))
            for index, count in node_load.pods.items():
                if index in row_of:
                    load[row_of[index]] += count
            for position in dict.fromkeys(bin_of[c] for c in node_load.candidates if c in bin_of):
                yield position, np.minimum(load, self.relaxation.fits[:, position])

    @property
    def _generates(self) -> bool:
        """Return whether whole loads are generated for this relaxation."""
        r = self.relaxation
        return not len(r.existing) and bool(len(r.prices)) and len(r.demand) <= _ROWS_MOST

    def strengthen(self, gap: float, work_limit: float, seed: int, reporter: Reporter) -> None:
        """Raise the bound by whole loads, if it is not within ``gap`` of a fleet without domains.

        The loads that go together best are kept in ``loads``.
        """
        if not self._generates:
            return
        r = self.relaxation
        floor = self.lower_bound.nano_usd_per_hour
        aim = SearchAim(floor, self.proof.proven * (1 + gap), counted=self.counted)
        search = FleetSearch(self.problem, self.proof.values[self.row_of], seed, aim)
        packings = search.constructed(_FLEETS, work_limit / 4)
        if min(p.cost(self.problem) for p in packings) > aim.goal:
            packings += search.counted(packings[0], work_limit, reporter)
        goal = min(p.cost(self.problem) for p in packings) / (1 + gap)
        if any(p.left.any() for p in packings) or self.proof.proven >= goal:
            return
        patterns = {pattern: None for packing in packings for pattern, _ in packing.nodes}
        self._columns = ColumnGeneration(r, self.proof, map(self._load, patterns))
        self.proof = self._columns.converge(goal, work_limit - search.work, reporter)
        bins = [b for b in self.problem.bins if not b.exists]
        for position, load in self._columns.mixed():
            rows = {int(row): int(load[row]) for row in np.flatnonzero(load)}
            self.loads.append(NodeLoad(bins[position].candidates, self._by_class(rows)))

    def finish(
        self, fleet: Sequence[PlacedNode], gap: float, work_limit: float, reporter: Reporter
    ) -> None:
        """Go on from the loads of the fleet that was found, until the gap to it is closed."""
        prices = (self.prepared.price_of(node.candidate, node.load) for node in fleet)
        cost = sum(price.nano_usd_per_hour for price in prices)
        if self._columns is None or self.proof.proven * (1 + gap) >= cost:
            return
        bins = [b for b in self.problem.bins if not b.exists]
        bin_of = {candidate: i for i, b in enumerate(bins) for candidate in b.candidates}
        row_of = dict(zip(self.classes, self.row_of, strict=True))
        for candidate, classes in {(node.candidate, node.load): None for node in fleet}:
            load = np.zeros(len(self.relaxation.demand))
            for index, pods in classes:
                load[row_of[index]] += pods
            if candidate in bin_of:
                self._columns.add(bin_of[candidate], load)
        self.proof = self._columns.converge(
            cost / (1 + gap), work_limit, reporter, wants_loads=False
        )

    def _load(self, pattern: Pattern) -> tuple[int, Floats]:
        """Return a pattern of the freed problem as a load of the relaxation."""
        load = np.zeros(len(self.relaxation.demand))
        for item, units in pattern.load:
            load[self.row_of[item]] += units
        return pattern.bin, load

    def _by_class(self, rows: dict[int, int]) -> dict[int, int]:
        """Return a load by class: a row's units go to its classes by turns, so all are met."""
        units_of: dict[int, int] = {}
        for row, units in rows.items():
            classes = self._classes_of[row]
            turn = self._turns.get(row, 0)
            for unit in range(units):
                index = classes[(turn + unit) % len(classes)]
                units_of[index] = units_of.get(index, 0) + 1
            self._turns[row] = turn + units
        return units_of


def _sold(candidate: CandidateNode) -> tuple[str, str, str]:
    """Return the NodePool, instance type and capacity type of a candidate."""
    return candidate.nodepool, candidate.instance_type, candidate.capacity_type


def freed_problem(
    prepared: PreparedSnapshot,
    items: list[Item],
    cells: Cells | None,
    tiers: Sequence[Tier],
    types: Set[str] | None = None,
) -> PackingProblem:
    """Return the problem that a bound is proven on: nothing is held back but what must be."""
    problem = build_problem(
        prepared, items, cells, tiers, flexible=False, splits=False, types=types
    )
    problem.capacity[:, prepared.axes.index(EBS_VOLUMES)] += prepared.shared_slots
    return problem


def first_tier(prepared: PreparedSnapshot, item: Item, tiers: Sequence[Tier]) -> int:
    """Return the position of the first tier with an offering that carries the item."""
    if len(tiers) == 1:
        return 0
    request = sum(pods * prepared.requests[index] for index, pods in item.parts)
    mask = np.logical_and.reduce([prepared.carries(index) for index, _ in item.parts])
    mask = mask & ((prepared.free >= request) | (request == 0)).all(axis=1)
    names = {prepared.candidates[i].nodepool for i in np.nonzero(mask)[0] if i >= prepared.existing}
    for position, tier in enumerate(tiers):
        if any(prepared.pools[pool].name in names for pool in tier):
            return position
    return len(tiers) - 1


def relaxation_of(
    problem: PackingProblem,
    limits: Integers,
    groups: Sequence[tuple[int, ...]],
    *,
    merges: bool = True,
) -> tuple[Relaxation, list[int]]:
    """Return the relaxation and each item's row in it.

    Unless it ``merges``, each item has a row of its own. Otherwise items alike in requests and
    compatibility share a row, unless a node may carry only so many of one: different items may
    still share a node, so their limits must not be taken for one. A group is an axis of which each
    member asks one and each node has one.
    """
    count = len(problem.items)
    member = membership(problem, groups)
    asked_of = np.hstack([problem.requests, member])
    rows: dict[tuple[bytes, bytes, int], int] = {}
    group = [
        rows.setdefault(
            (
                asked_of[i].tobytes(),
                problem.compatible[i].tobytes(),
                i if not merges or (limits[i] < UNLIMITED and not member[i].any()) else -1,
            ),
            len(rows),
        )
        for i in range(count)
    ]
    demand = np.zeros(len(rows))
    np.add.at(demand, group, problem.demand)
    firsts = [0] * len(rows)
    for position in reversed(range(count)):
        firsts[group[position]] = position
    requests = asked_of[firsts]
    ones = np.ones((len(problem.bins), len(groups)), dtype=np.int64)
    capacity = np.hstack([problem.capacity, ones])
    fits = np.zeros((len(rows), len(problem.bins)), dtype=np.float64)
    for row, first in enumerate(firsts):
        asked = requests[row] > 0
        held = (np.maximum(capacity[:, asked], 0) // requests[row][asked]).min(axis=1)
        most = np.minimum(held, min(int(limits[first]), int(demand[row])))
        fits[row] = np.where(problem.compatible[first], most, 0)
    exists = np.array([b.exists for b in problem.bins], dtype=bool)
    new = np.flatnonzero(~exists).tolist()
    soft = np.hstack([soft_capacity(problem, new), ones[new]])
    relaxation = Relaxation(
        requests.astype(np.float64),
        demand,
        soft.astype(np.float64),
        np.maximum(problem.prices[~exists], 1).astype(np.float64),
        fits[:, ~exists],
        capacity[exists].astype(np.float64),
        fits[:, exists],
        ceilings_of(problem, new, requests.shape[1]),
    )
    return relaxation, group
