"""Fleets of few instance types: which types to keep to, and what that costs.

People run few kinds of nodes. Sets of types are compared by greedy fleets for the pods as they were
dealt, on large clusters by the relaxation (``proof.relaxed_kinds``). The best sets of each size are
packed like any fleet, and on small clusters node by node (``proof.dealt_program``), which also
decides anew what each zone gets.
"""

import functools
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from kubestow.model.arrays import Floats
from kubestow.model.kinds import KindsCost, KindsCurve, KindsWish
from kubestow.model.plan import LowerBound
from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.provisioning.dealing import deal
from kubestow.provisioning.packing.bundles import Bundler
from kubestow.provisioning.packing.fleet_search import SearchAim
from kubestow.provisioning.packing.greedy import Greedy, Ordering
from kubestow.provisioning.packing.node_filler import NodeFiller
from kubestow.provisioning.packing.packer import Packer
from kubestow.provisioning.packing.problem import Packing
from kubestow.provisioning.packing.problem_builder import build_problem
from kubestow.provisioning.proof.dealings import dealings_of
from kubestow.provisioning.proof.dealt_program import RUNG, DealtProgram, WholeFleet
from kubestow.provisioning.proof.lower_bound import bound_of
from kubestow.provisioning.proof.relaxed_kinds import RelaxedKinds
from kubestow.provisioning.provision import Fleet
from kubestow.scheduling.domains import Cells

NUMBERS = (1, 2, 3, 5)
"""The numbers of instance types whose cost is shown beside that of any number."""
SMALL = 300
"""Of so many pods a fleet is made node by node as well."""
_FILLS = 10_000  # greedy fillings of nodes of a hundred items, in all
_TREE_A_FILL = 0.05  # nodes of the solver's tree, for each filling of a node that may be done
_TREE = 60
_SLOTTED_MOST = 3  # fleets of one type that are made node by node; fewer of more types
_BEAMS = 4
_SUBSETS_MOST = 60
_MISSING = 2.5  # times their value: what pods weigh that a set of types has no node for
_BESIDE = 24  # types that are tried beside those of a set
_EFFORT = 200
_EFFORT_AN_ITEM = 5  # of large clusters
_NARROW = 4_500  # columns: few, so that nodes are counted before few kinds are looked for
_NEARLY = 0.01  # above the cheapest: a fleet of fewer nodes is preferred


@dataclass(frozen=True, slots=True)
class FewKinds:
    """A fleet of at most ``kinds`` instance types (None: any number), and which they are."""

    kinds: int | None
    types: tuple[str, ...]
    fleet: Fleet


@dataclass(frozen=True, slots=True)
class ChosenKinds:
    """The fleet to plan with, what others cost, and what was proven on the way, if anything.

    ``others`` are the fleets of the curve, each once, without the one to plan with.
    """

    fleet: Fleet
    curve: KindsCurve | None
    lower_bound: LowerBound
    others: tuple[Fleet, ...] = ()


def choose_kinds(
    fleet: Fleet,
    wish: KindsWish,
    *,
    gap: float,
    holds_gap: bool,
    work_limit: float,
    seed: int,
    reporter: Reporter,
) -> ChosenKinds:
    """Return the fleet with the fewest kinds that the wish allows, and the costs by number.

    A fleet of any number is the cheapest of all that are found. Of small clusters the minimum is
    proven by whole numbers of nodes as well. There is no curve where nothing is launched, where
    nodes of a desired size exist, and where pods are left over. If it ``holds_gap``, fewer kinds
    do not take the cost above the ``gap``.
    """
    least = fleet.prover.lower_bound
    desired = any(node.desired for node in fleet.prepared.snapshot.cluster.nodes)
    plain = fleet.packed_from.is_whole and not desired and bool(fleet.new_nodes)
    numbers = sorted({*NUMBERS, *(() if wish.most is None else (wish.most,))})
    choosy = any(pool.wants_choice for pool in fleet.prepared.pools)
    search = functools.partial(
        few_kinds, numbers=numbers if plain and not choosy else [],
        made=FleetsMade(fleet, seed), node_worth=wish.node_worth,
        goal=least.nano_usd_per_hour * (1 + gap),
    )  # fmt: skip
    program = program_of(fleet)
    is_narrow = program is None or program.columns(cost_of(fleet), _proven(fleet)) <= _NARROW
    count = functools.partial(_counted, program, tree=round(work_limit * _TREE_A_FILL), seed=seed,
                              reporter=reporter)  # fmt: skip
    first = fleet
    if is_narrow and least.nano_usd_per_hour * (1 + gap) < cost_of(fleet):
        first, least = count(fleet, least, exhausts=False)
    known = [fleet, first, *search(first)]
    best = min(known, key=cost_of)
    if least.nano_usd_per_hour * (1 + gap) < cost_of(best):
        best, least = count(best, least, exhausts=True)
    if not plain:
        return ChosenKinds(best, None, least)
    if not any(best is each for each in known):
        known += [best, *search(best, among=types_of(best))]
    shown = _curve(known, numbers, wish.node_worth)
    goal = least.nano_usd_per_hour * (1 + gap) if holds_gap else math.inf
    position, enough = _chosen(shown, wish, min(goal, (1 + wish.within) * cost_of(best)))
    costs = tuple(
        KindsCost(each.kinds, each.types, len(each.fleet.new_nodes), cost_of(each.fleet))
        for each in shown
    )
    curve = KindsCurve(costs, position, wish.within, enough)
    fleet = shown[position].fleet
    others: list[Fleet] = []
    for each in shown:
        if not any(each.fleet is known for known in (fleet, *others)):
            others.append(each.fleet)
    return ChosenKinds(fleet, curve, least, tuple(others))


def _curve(fleets: Sequence[Fleet], numbers: Iterable[int], node_worth: int) -> list[FewKinds]:
    """Return the best fleet of at most so many types, for each number of which there is one."""
    shown: list[FewKinds] = []
    for number in numbers:
        few = [each for each in fleets if len(types_of(each)) <= number]
        if few:
            best = _best(few, node_worth)
            shown.append(FewKinds(number, types_of(best), best))
    cheapest = min(fleets, key=cost_of)
    return [*shown, FewKinds(None, types_of(cheapest), cheapest)]


def _chosen(shown: Sequence[FewKinds], wish: KindsWish, most: float) -> tuple[int, bool]:
    """Return the position of the fleet to plan with, and whether it is of as few as asked for."""
    last = len(shown) - 1
    if wish.most is not None:
        held = [i for i, each in enumerate(shown) if len(each.types) <= wish.most]
        fewest = min(range(last + 1), key=lambda i: (len(shown[i].types), cost_of(shown[i].fleet)))
        return min(
            held, key=lambda i: _weight(shown[i].fleet, wish.node_worth), default=fewest
        ), bool(held)
    if not wish.few:
        return last, True
    near = [i for i, each in enumerate(shown) if cost_of(each.fleet) <= most]
    return min([*near, last], key=lambda i: (len(shown[i].types), i)), True


def _weight(fleet: Fleet, node_worth: int) -> int:
    """Return what a fleet costs, with what its nodes weigh."""
    return cost_of(fleet) + node_worth * len(fleet.new_nodes)


def cost_of(fleet: Fleet) -> int:
    """Return what the new nodes of a fleet cost, in nano-USD an hour."""
    prepared = fleet.prepared
    return sum(
        prepared.price_of(node.candidate, node.load).nano_usd_per_hour for node in fleet.new_nodes
    )


def types_of(fleet: Fleet) -> tuple[str, ...]:
    """Return the instance types of a fleet's new nodes, sorted."""
    candidates = fleet.prepared.candidates
    return tuple(sorted({candidates[node.candidate].instance_type for node in fleet.new_nodes}))


def few_kinds(
    fleet: Fleet,
    numbers: Iterable[int],
    *,
    made: "FleetsMade",
    node_worth: int = 0,
    goal: float = 0.0,
    among: Collection[str] | None = None,
) -> list[Fleet]:
    """Return fleets of so many types, and of fewer, that run what this one runs.

    The types are ``among`` some, if that is said. Fleets that were ``made`` before are not again.

    Of fleets that cost nearly the same those with fewer nodes are gone on from, by ``node_worth``
    (nano-USD an hour each). The search for one ends at a cost of ``goal``.
    """
    is_small = sum(fleet.packed_from.demand.pods) <= SMALL or not fleet.prover.counted
    sets = (
        _TypeSets(fleet, node_worth, among) if is_small else RelaxedKinds(fleet.prover, node_worth)
    )
    most = _BEAMS if is_small else 1
    effort = _EFFORT if is_small else max(_EFFORT, _EFFORT_AN_ITEM * len(fleet.packed_from.items))
    known: list[Fleet] = []
    is_open = is_small and among is None  # to more types than this fleet has
    for number in sorted(n for n in numbers if is_open or n < len(types_of(fleet))):
        tried = sets.best(number)[:most]
        searched = [made.searched(types, effort, goal) for types in tried]
        found = [each for each in searched if each is not None]
        near = sorted(found, key=lambda each: _weight(each, node_worth))
        known += found
        for first in near[: _SLOTTED_MOST // number]:
            better = made.slotted(first)
            known += [] if better is None else [better]
    return known


def _best(fleets: Sequence[Fleet], node_worth: int) -> Fleet:
    """Return the fleet that is best by cost and number of nodes, of those that cost little more."""
    most = (1 + _NEARLY) * min(map(cost_of, fleets))
    near = [each for each in fleets if cost_of(each) <= most]
    return min(near, key=lambda each: _weight(each, node_worth))


@dataclass(slots=True)
class FleetsMade:
    """The fleets made so far of the types of some sets, from the pods of one fleet as dealt."""

    fleet: Fleet
    seed: int
    _searched: dict[tuple[frozenset[str], int, float], Fleet | None] = field(default_factory=dict)
    _slotted: dict[frozenset[str], tuple[int, Fleet | None]] = field(default_factory=dict)

    def searched(self, types: frozenset[str], effort: int, goal: float) -> Fleet | None:
        """Return the pods packed on nodes of these types alone; None where some are left."""
        key = types, effort, goal
        if key not in self._searched:
            self._searched[key] = _searched(self.fleet, types, effort, self.seed, goal)
        return self._searched[key]

    def slotted(self, first: Fleet) -> Fleet | None:
        """Return a cheaper fleet of the types of another, node by node; None where that fails.

        It is made once from the cheapest fleet of these types.
        """
        types, cost = frozenset(types_of(first)), cost_of(first)
        known = self._slotted.get(types)
        if known is None or cost < known[0]:
            known = self._slotted[types] = cost, _slotted(self.fleet, first, self.seed)
        return known[1]


def _slotted(fleet: Fleet, first: Fleet, seed: int) -> Fleet | None:
    """Return a cheaper fleet of the types of another, node by node; None where that fails."""
    types = frozenset(types_of(first))
    program = program_of(first, types)
    if program is None:
        return None
    solved = program.solved(cost_of(first), first.new_nodes, _TREE, _proven(fleet))
    return _better(fleet, first, solved.fleet, types, seed)


def _better(
    fleet: Fleet, first: Fleet, whole: WholeFleet | None, types: Set[str] | None, seed: int
) -> Fleet | None:
    """Return whole nodes as a fleet, if that is legal and cheaper than another."""
    if whole is None or whole.nano_usd_per_hour >= cost_of(first):
        return None
    made = realised(fleet, whole, types, seed)
    return made if made is not None and cost_of(made) < cost_of(first) else None


def _proven(fleet: Fleet) -> int:
    """Return the bound by the values behind the reduced prices."""
    return bound_of(fleet.prover.proof).nano_usd_per_hour


def _searched(
    fleet: Fleet, types: frozenset[str], effort: int, seed: int, goal: float
) -> Fleet | None:
    """Return the pods as they were dealt, packed on nodes of these types alone.

    With more than the usual effort the nodes are counted first.
    """
    given, prepared = fleet.packed_from, fleet.prepared
    sold = range(prepared.existing, len(prepared.candidates) if effort > _EFFORT else 0)
    counted = frozenset(i for i in sold if prepared.candidates[i].instance_type in types)
    aim = SearchAim(goal=goal, counted=counted)
    packer = Packer(prepared, fleet.cells, given.tiers, given.values, aim, types=types)
    left = packer.pack(list(given.items), effort, seed, SilentReporter())
    return None if +left else _with_nodes(fleet, packer, fleet.order)


def _counted(
    program: DealtProgram | None,
    fleet: Fleet,
    least: LowerBound,
    *,
    exhausts: bool,
    tree: int,
    seed: int,
    reporter: Reporter,
) -> tuple[Fleet, LowerBound]:
    """Return a fleet of any types, node by node if that is cheaper, and the best bound.

    An interrupt keeps what is known.
    """
    if program is None:
        return fleet, least
    try:
        reporter.progress("counting whole nodes", 0, 0)
    except EnoughError:
        return fleet, least
    solved = program.solved(
        cost_of(fleet), fleet.new_nodes, tree, _proven(fleet), exhausts=exhausts
    )
    if solved.proven > least.nano_usd_per_hour:
        least = LowerBound(solved.proven, RUNG)
    return _better(fleet, fleet, solved.fleet, None, seed) or fleet, least


def _with_nodes(fleet: Fleet, packer: Packer, order: tuple[tuple[int, int], ...]) -> Fleet:
    """Return a fleet with other nodes for the same pods; its proof is the same."""
    return replace(fleet, nodes=packer.all_nodes, order=order, prove=lambda: fleet.prover)


def program_of(fleet: Fleet, types: frozenset[str] | None = None) -> DealtProgram | None:
    """Return the program of whole loads for a fleet's pods, if it is small and nothing is in it.

    None where nodes exist, NodePools have limits, weights or a choice to keep, or pods must share a
    node.
    """
    prepared, given = fleet.prepared, fleet.packed_from
    pods = {index: count for index, count in enumerate(given.demand.pods) if count}
    plain = not any(pool.limits or pool.wants_choice for pool in prepared.pools)
    bundled = any(len(item.parts) > 1 or item.needs for item in given.items)
    small = 0 < sum(pods.values()) <= SMALL
    if prepared.existing or len(given.tiers) > 1 or bundled or not (plain and small):
        return None
    if not given.is_whole:
        return None
    cells = fleet.cells or Cells(prepared.filters, ())
    dealings = dealings_of(prepared, cells, pods)
    return DealtProgram(prepared, dealings, given.tiers[0], types, fleet.prover.reduced_prices())


def realised(fleet: Fleet, whole: WholeFleet, types: Set[str] | None, seed: int) -> Fleet | None:
    """Return the fleet of whole loads its pods dealt one by one; None if that is illegal."""
    prepared, given = fleet.prepared, fleet.packed_from
    cells, dealt = deal(prepared, given.demand, whole.shares)
    if dealt.refused:
        return None
    items, unbundled = Bundler(dealt.shares, prepared, cells).items()
    aim = SearchAim(loads=whole.loads)
    packer = Packer(prepared, cells, given.tiers, given.values, aim, types=types)
    left = packer.pack(items, 1, seed, SilentReporter())
    if +left or +unbundled:
        return None
    return _with_nodes(fleet, packer, dealt.order)


class _TypeSets:
    """Sets of instance types, compared by what a greedy fleet of them costs."""

    def __init__(self, fleet: Fleet, node_worth: int, among: Collection[str] | None) -> None:
        prepared, given = fleet.prepared, fleet.packed_from
        allowed = frozenset().union(*given.tiers)
        self._problem = build_problem(
            prepared, list(given.items), fleet.cells, [allowed] * len(given.items)
        )
        self._bins: dict[str, list[int]] = {}
        for position, b in enumerate(self._problem.bins):
            if not b.exists:
                name = prepared.candidates[b.candidates[0]].instance_type
                if among is None or name in among:
                    self._bins.setdefault(name, []).append(position)
        values = np.array(
            [sum(n * given.values.get(i, 0.0) for i, n in item.parts) for item in given.items]
        )
        filler = NodeFiller(self._problem)
        even: Floats = np.ones(len(given.items))
        self._orderings = [Ordering(self._problem, filler, even, balanced=b) for b in (True, False)]
        self._greedy = Greedy(self._problem, filler, values)
        self._worth = node_worth
        self._ranks: dict[frozenset[str], int] = {}
        self._used = types_of(fleet)
        self._tops: dict[int, list[frozenset[str]]] = {}

    def best(self, number: int) -> list[frozenset[str]]:
        """Return the sets of so many types that promise most, among them one of fewer."""
        if number not in self._tops:
            before = self.best(number - 1) if number > 1 else [frozenset()]
            tried = {types | {other} for types in before for other in self._beside(types)}
            if math.comb(len(self._used), number) <= _SUBSETS_MOST:
                tried |= set(map(frozenset, itertools.combinations(self._used, number)))
            ranked = sorted((*before, *tried) if number > 1 else tried, key=self._key)
            self._tops[number] = ranked[:_BEAMS]
        return self._tops[number]

    @property
    def _work(self) -> float:
        return self._greedy.fills * (1 + len(self._problem.items) / 100)

    def _key(self, types: frozenset[str]) -> tuple[int, list[str]]:
        return self.rank(types), sorted(types)

    def _beside(self, types: frozenset[str]) -> Iterator[str]:
        """Yield the types worth trying beside those of a set: those used, and the best alone."""
        alone = list(self._bins)
        if types:
            alone.sort(key=lambda name: self._key(frozenset({name})))
        chosen = dict.fromkeys((*self._used, *alone))
        for name in list(chosen)[: None if not types else _BESIDE]:
            if name in self._bins and name not in types and self._work < _FILLS:
                yield name

    def rank(self, types: frozenset[str]) -> int:
        """Return what a greedy fleet costs, with what nodes weigh and for what it leaves over."""
        known = self._ranks.get(types)
        if known is None:
            greedy, problem = self._greedy, self._problem
            greedy.launchable = sorted(b for name in types for b in self._bins[name])
            left = problem.demand
            nodes = greedy.pack_existing(left, self._orderings[0])
            new = greedy.pack_new(left, self._orderings, [dict(u) for u in problem.pool_used])
            cost = Packing([*nodes, *new], left).cost(problem)
            worth = self._worth * sum(count for _, count in new)
            missing = _MISSING * float(left @ greedy.values)
            known = self._ranks[types] = cost + worth + round(missing)
        return known
