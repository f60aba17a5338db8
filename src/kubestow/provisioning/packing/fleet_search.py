"""From the first greedy fleet to a better one: varied restarts, then tearing down and rebuilding.

The search is limited by its work, never by a clock: the same problem, limit and seed give the same
fleet. A step that would cost more, or leave more pods, is not taken.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Floats, Integers
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.provisioning.packing.counted_fleet import ORDERS, SLACKS, CountedFleets
from kubestow.provisioning.packing.greedy import (
    Greedy,
    Ordering,
    charge,
    take,
)
from kubestow.provisioning.packing.node_filler import FillOrder, NodeFiller
from kubestow.provisioning.packing.problem import Packing, PackingProblem, Pattern
from kubestow.provisioning.packing.rounding import Rounding

WORK_LIMIT = 4_000
"""Default work: fills of a bin, weighted by how long one takes."""
_RESTARTS = 16
_NOISE = 0.3
_LITTLE = 0.1  # noise of the order in which counted nodes are filled
_ROUNDS = 4  # of new loads, before the next fleet
_RESTS = 4  # ways to pack what a dive leaves
_TORN_MAX = 24
_TORN_AMONG = 1_000  # of larger fleets, a random part is looked at
_TORN_SHARE = 0.4  # geometric: two or three nodes and one more


@dataclass(frozen=True, slots=True)
class NodeLoad:
    """Pods by class that one node of some candidates carries, and how many nodes did before."""

    candidates: tuple[int, ...]
    pods: Mapping[int, int]
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class SearchAim:
    """Where a search may end: at a cost of ``goal``; ``floor`` is the proven minimum (nano-USD).

    ``loads`` are some that are likely to go well together; ``counted`` are candidates of which
    a fleet could be counted (``counted_fleet``).
    """

    floor: int = 0
    goal: float = 0.0
    loads: Sequence[NodeLoad] = ()
    counted: Set[int] = frozenset()

    @property
    def has_fleet(self) -> bool:
        """True where the loads are those of a fleet that was good before."""
        return any(load.nodes for load in self.loads)


class FleetSearch:
    """Searches fleets for one problem."""

    def __init__(
        self, problem: PackingProblem, values: Floats, seed: int, aim: SearchAim | None = None
    ) -> None:
        self.problem, self.values = problem, values
        self.filler = NodeFiller(problem)
        self.greedy = Greedy(problem, self.filler, values)
        self.random = np.random.default_rng(seed)
        # A fill of many items takes longer; so many fills of few items weigh the same.
        self._weight = 1.0 + len(problem.items) / 400
        self._rounding: Rounding | None = None
        self._counting = 0.0  # work of counted fleets
        self.aim = aim or SearchAim()
        self._is_ended = False
        self._items_of: dict[int, list[int]] = {}
        for number, item in enumerate(problem.items):
            if len(item.parts) == 1 and item.parts[0][1] == 1:
                self._items_of.setdefault(item.parts[0][0], []).append(number)

    @property
    def work(self) -> float:
        """Work done so far."""
        mixing = self._rounding.work if self._rounding else 0.0
        return self.greedy.fills * self._weight + mixing + self._counting

    def constructed(self, count: int, work_limit: float) -> list[Packing]:
        """Return some greedy fleets, at least one and no more than the work limit allows."""
        packings = [self._construct(0)]
        while len(packings) < count and self.work * (1 + 1 / len(packings)) <= work_limit:
            packings.append(self._construct(len(packings)))
        return packings

    def run(self, work_limit: int, reporter: Reporter) -> Packing:
        """Return the best fleet found: within the work limit, at the goal, or when asked to end."""
        packings = self.constructed(1, 0)
        best, first = packings[0], self.work
        if self.aim.has_fleet:
            packings.append(self._repeated())
            best = min(best, packings[-1], key=self._rank)
        if not self._is_done(best):
            packings += self.counted(packings[0], work_limit, reporter)
            best = min(packings, key=self._rank)
        if best is not packings[0]:
            half = (self.work + work_limit) / 2
            best = Packing(self._improve(best, half, reporter), best.left)
        for restart in range(1, _RESTARTS):
            if self._is_done(best) or self.work + first > work_limit / 2:
                break
            packings.append(self._construct(restart))
            best = min(best, packings[-1], key=self._rank)
            self._report("searching", best.cost(self.problem), work_limit, reporter)
        if Rounding.serves(self.problem):
            best = self._mixed(best, packings, work_limit, reporter)
        return Packing(self._improve(best, work_limit, reporter), best.left)

    def counted(self, first: Packing, work_limit: float, reporter: Reporter) -> list[Packing]:
        """Return fleets whose nodes were counted first, until one is at the goal.

        They begin with the existing nodes of a first fleet. Half of the work ends them, and so does
        a count of which all are worse than the first.
        """
        packings: list[Packing] = []
        fixed, left = self._fixed(first)
        if not (left.any() and self.aim.counted and Rounding.serves(self.problem)):
            return packings
        fleets = CountedFleets(self.problem, self.filler, left, self.aim.counted)
        if not fleets.serves or fleets.columns > work_limit:
            return packings
        before, cost = self._counting, first.cost(self.problem)
        for slack in SLACKS:
            nodes = fleets.counted(slack)
            if nodes is None:
                continue
            if fleets.work_to_stock(nodes) > work_limit / 2:
                break
            for turn in range(ORDERS):
                stocked, rest = fleets.stocked(nodes, self._noise(_LITTLE if turn else 0.0))
                used = [dict(u) for u in self.problem.pool_used]
                more = self.greedy.pack_new(rest, self._orderings(turn), used)
                packings.append(Packing([*fixed, *((p, 1) for p in stocked), *more], rest))
                cost = min(cost, packings[-1].cost(self.problem))
                self._counting = before + fleets.work
                self._report("counting", cost, work_limit, reporter)
                if self._is_done(packings[-1]):
                    return packings
            best = min(packings, key=self._rank)
            if self.work > work_limit / 2 or self._rank(best) > self._rank(first):
                break
        return packings

    def _mixed(
        self, best: Packing, packings: list[Packing], work_limit: int, reporter: Reporter
    ) -> Packing:
        """Return the best fleet of known loads, and of loads made to go with them."""
        fixed, left = self._fixed(packings[0])
        if self._is_done(best) or not left.any():
            return best
        order = self._orderings(0)[0].of(self.greedy.launchable[0])
        self._rounding = rounding = Rounding(self.problem, self.filler, left)
        for packing in packings:
            rounding.add(p for p, _ in packing.nodes)
        for load in self.aim.loads:
            rounding.add(self._patterns(load, order))
        half = (self.work + work_limit) / 2
        has_news = True
        while has_news:
            best = min(best, self._dived(rounding, fixed), key=self._rank)
            self._report("mixing", best.cost(self.problem), work_limit, reporter)
            has_news = False
            for _ in range(_ROUNDS):
                if self.work > half or self._is_done(best):
                    break
                has_news |= rounding.generate(order)
                self._report("mixing", best.cost(self.problem), work_limit, reporter)
        return best

    def _fixed(self, packing: Packing) -> tuple[list[tuple[Pattern, int]], Integers]:
        """Return the existing nodes of a fleet, and the units that they leave."""
        fixed = [(p, c) for p, c in packing.nodes if self.problem.bins[p.bin].exists]
        left = self.problem.demand
        for pattern, count in fixed:
            take(left, pattern, count)
        return fixed, left

    def _patterns(self, load: NodeLoad, order: FillOrder) -> Iterator[Pattern]:
        """Yield a load by class as loads of every bin that may carry it."""
        wanted = frozenset(load.candidates)
        for bin_index in self.greedy.launchable:
            if not wanted.isdisjoint(self.problem.bins[bin_index].candidates):
                yield self._pattern(bin_index, load, self.problem.demand, order)

    def _pattern(self, bin_index: int, load: NodeLoad, left: Integers, order: FillOrder) -> Pattern:
        """Return what a bin takes of a load, no more than is left."""
        units = np.zeros(len(self.problem.items), dtype=np.int64)
        for index, pods in load.pods.items():
            missing = pods
            for item in self._items_of.get(index, ()):
                if self.problem.compatible[item, bin_index]:
                    units[item] = min(missing, int(left[item]))
                    missing -= int(units[item])
        return self.filler.fill(bin_index, units, order)

    def _repeated(self) -> Packing:
        """Return the fleet that was good before, as far as its nodes would still be full."""
        left, used = self.problem.demand, [dict(u) for u in self.problem.pool_used]
        orderings = self._orderings(0)
        nodes = self.greedy.pack_existing(left, orderings[0])
        bin_of = {c: b for b in self.greedy.launchable for c in self.problem.bins[b].candidates}
        for load in self.aim.loads:
            bin_index = next((bin_of[c] for c in load.candidates if c in bin_of), None)
            if bin_index is None or not load.nodes:
                continue
            pattern = self._pattern(bin_index, load, left, orderings[0].of(bin_index))
            wanted = sum(load.pods.values())
            if not wanted or sum(units for _, units in pattern.load) < wanted:
                continue
            most = min(int(left[item]) // units for item, units in pattern.load)
            count = min(load.nodes, most, self.greedy.openable(bin_index, used))
            take(left, pattern, count)
            charge(self.problem, pattern, used, count)
            nodes.append((pattern, count))
        nodes += self.greedy.pack_new(left, orderings, used)
        return Packing(nodes, left)

    def _dived(self, rounding: Rounding, fixed: list[tuple[Pattern, int]]) -> Packing:
        """Return one fleet of the covering program, its rest packed by the greedy."""
        nodes, left = rounding.dive()
        used = [dict(u) for u in self.problem.pool_used]
        best: Packing | None = None
        for turn in range(_RESTS):
            rest = left.copy()
            more = self.greedy.pack_new(rest, self._orderings(turn), used)
            packing = Packing([*fixed, *nodes, *more], rest)
            best = packing if best is None else min(best, packing, key=self._rank)
        assert best is not None, "there is at least one way to pack the rest"
        return best

    def _report(self, step: str, cost: int, work_limit: float, reporter: Reporter) -> None:
        """Say how far a step has come, and hear whether that is enough."""
        if self.aim.floor > 0:
            gap = 100 * (cost / self.aim.floor - 1)
            step = f"{step}: {cost / 1e9:,.2f} USD/h, at most {gap:.2f} % above the minimum,"
        try:
            reporter.progress(step, int(min(self.work, work_limit)), int(work_limit))
        except EnoughError:
            self._is_ended = True

    def _rank(self, packing: Packing) -> tuple[float, int]:
        return (float(packing.left @ np.maximum(self.values, 1)), packing.cost(self.problem))

    def _is_done(self, packing: Packing) -> bool:
        return self._is_ended or packing.cost(self.problem) <= self.aim.goal

    def _orderings(self, turn: int) -> list[Ordering]:
        noise = self._noise(_NOISE if turn > 1 else 0.0)
        return [Ordering(self.problem, self.filler, noise, balanced=turn % 2 == 0)]

    def _noise(self, deviation: float) -> Floats:
        """Return factors around 1, one of each item."""
        size = len(self.problem.items)
        return np.exp(self.random.normal(0.0, deviation, size)) if deviation else np.ones(size)

    def _construct(self, turn: int) -> Packing:
        left = self.problem.demand
        orderings = self._orderings(turn)
        nodes = self.greedy.pack_existing(left, orderings[0])
        used = [dict(u) for u in self.problem.pool_used]
        nodes += self.greedy.pack_new(left, orderings, used)
        return Packing(nodes, left)

    def _improve(
        self, packing: Packing, work_limit: float, reporter: Reporter
    ) -> list[tuple[Pattern, int]]:
        """Tear down a few nodes at a time and rebuild them for less, while work is left."""
        bins = self.problem.bins
        fixed = [(p, c) for p, c in packing.nodes if bins[p.bin].exists]
        nodes = [p for p, c in packing.nodes if not bins[p.bin].exists for _ in range(c)]
        cost = sum(self.problem.cost_of(p) for p in nodes)
        used = [dict(u) for u in self.problem.pool_used]
        for pattern in nodes:
            charge(self.problem, pattern, used, 1)
        turn = _RESTARTS
        while nodes and self.work < work_limit and cost > self.aim.goal and not self._is_ended:
            turn += 1
            torn = self._torn(nodes)
            used_without = [dict(u) for u in used]
            left = np.zeros(len(self.problem.items), dtype=np.int64)
            for position in torn:
                take(left, nodes[position], -1)
                charge(self.problem, nodes[position], used_without, -1)
            was = sum(self.problem.cost_of(nodes[p]) for p in torn)
            rebuilt = self.greedy.pack_new(left, self._orderings(turn), used_without)
            price = sum(self.problem.cost_of(p) * c for p, c in rebuilt)
            self._report("improving", cost, work_limit, reporter)
            if left.any() or price > was or (price == was and self.random.random() < 0.5):
                continue
            gone = set(torn)
            nodes = [p for i, p in enumerate(nodes) if i not in gone]
            nodes += [p for p, c in rebuilt for _ in range(c)]
            cost, used = cost + price - was, used_without
        return fixed + [(pattern, 1) for pattern in nodes]

    def _torn(self, nodes: list[Pattern]) -> list[int]:
        """Choose nodes to rebuild: by value for money, the worst first, blurred by noise."""
        most = min(len(nodes), _TORN_MAX)
        count = min(most, 1 + int(self.random.geometric(_TORN_SHARE)))
        among = np.arange(len(nodes))
        if len(nodes) > _TORN_AMONG:
            among = np.sort(self.random.choice(len(nodes), _TORN_AMONG, replace=False))
        patterns = [nodes[position] for position in among]
        worth = np.array([self.greedy.worth(p) for p in patterns])
        blurred = worth + self.random.normal(0.0, worth.std() + 1e-12, len(patterns))
        return [int(among[position]) for position in np.argsort(blurred, kind="stable")[:count]]
