"""Prover: what the bound is proven on, and how far it is worth raising.

Law: every pod is freed of its domain and of all rules but these: what may run where at all,
resources, and which pods exclude each other from a node. All else is dropped, which is safe.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from kubestow.model.plan import Bound
from kubestow.model.reporter import Reporter
from kubestow.model.resources import EBS_VOLUMES
from kubestow.provisioning.bound import bound_of, largest_alone, prove
from kubestow.provisioning.build import Tier, build
from kubestow.provisioning.columns import Columns
from kubestow.provisioning.fill import Filler
from kubestow.provisioning.problem import UNLIMITED, Integers, Item, PlacedNode, Problem
from kubestow.provisioning.relaxation import Floats, Relaxation
from kubestow.provisioning.world import World
from kubestow.scheduling.filters import pod_topology_spread

_GROUPS_MOST = 8  # the largest groups of pods that exclude each other are kept in the bound
_ROWS_MOST = 1_500  # of more classes, loads are not generated


class Prover:
    """Proves a bound for some items of a world."""

    def __init__(self, world: World, items: Sequence[Item], tiers: Sequence[Tier]) -> None:
        demand: Counter[int] = Counter()
        for item in items:
            for index, pods in item.parts:
                demand[index] += pods * item.units
        self.world = world
        self.classes = sorted(demand)
        free = [Item(((index, 1),), demand[index]) for index in self.classes]
        allowed = [tiers[first_tier(world, item, tiers)] for item in free]
        self.problem = build(world, free, None, allowed, flexible=False)
        self.problem.capacity[:, world.axes.index(EBS_VOLUMES)] += world.shared_slots
        self.limits = Filler(self.problem).own_limits
        self.groups = _groups(self.problem)
        self.relaxation, self.row_of = _relaxation(self.problem, self.limits, self.groups)
        self.proof = prove(self.relaxation)

    @property
    def bound(self) -> Bound:
        """The best bound so far."""
        alone, proven = largest_alone(self.relaxation), bound_of(self.proof)
        return alone if alone.nano_usd_per_hour > proven.nano_usd_per_hour else proven

    @property
    def values(self) -> dict[int, float]:
        """What one pod of each class is worth, in nano-USD an hour."""
        values = self.proof.values
        return {i: float(values[row]) for i, row in zip(self.classes, self.row_of, strict=True)}

    def strengthen(
        self, fleet: Iterable[PlacedNode], goal: float, work_limit: float, reporter: Reporter
    ) -> None:
        """Raise the bound towards a goal (nano-USD) by whole loads; a fleet's are the first."""
        r = self.relaxation
        if len(r.existing) or not len(r.prices) or len(r.demand) > _ROWS_MOST:
            return
        columns = Columns(r, self.proof, self._loads(fleet))
        found = columns.converge(goal, work_limit, reporter)
        if found.proven > self.proof.proven:
            self.proof = found

    def _loads(self, fleet: Iterable[PlacedNode]) -> list[tuple[int, Floats]]:
        bins = [b for b in self.problem.bins if not b.exists]
        bin_of = {candidate: i for i, b in enumerate(bins) for candidate in b.candidates}
        row_of = dict(zip(self.classes, self.row_of, strict=True))
        found: dict[tuple[int, tuple[tuple[int, int], ...]], Floats] = {}
        for node in fleet:
            position = bin_of.get(node.candidate)
            if position is None or (position, node.load) in found:
                continue
            load = np.zeros(len(self.relaxation.demand))
            for index, pods in node.load:
                load[row_of[index]] += pods
            found[position, node.load] = load
        return [(position, load) for (position, _), load in found.items()]


def first_tier(world: World, item: Item, tiers: Sequence[Tier]) -> int:
    """Return the position of the first tier with an offering that carries the item."""
    if len(tiers) == 1:
        return 0
    request = sum(pods * world.requests[index] for index, pods in item.parts)
    mask = np.logical_and.reduce([world.carries(index) for index, _ in item.parts])
    mask = mask & ((world.free >= request) | (request == 0)).all(axis=1)
    names = {world.candidates[i].nodepool for i in np.nonzero(mask)[0] if i >= world.existing}
    for position, tier in enumerate(tiers):
        if any(world.pools[pool].name in names for pool in tier):
            return position
    return len(tiers) - 1


def _groups(problem: Problem) -> list[tuple[int, ...]]:
    """Return the items of the largest groups of which a node takes one pod.

    Where an owner of a rule is, at most ``cap`` of the counted are: so of counted owners at most
    ``cap`` are anywhere. Hostname spread is left out: its cap grows with all other nodes.
    """
    found: dict[tuple[int, ...], int] = {}
    for number, (items, weights, owners) in enumerate(problem.rules.members):
        spread = problem.rules.constraints[number] == pod_topology_spread.NAME
        members = tuple(sorted(items[(weights > 0) & owners].tolist()))
        if not spread and problem.rules.caps[number] == 1 and len(members) > 1:
            found[members] = sum(problem.items[item].units for item in members)
    return sorted(found, key=lambda members: (-found[members], members))[:_GROUPS_MOST]


def _relaxation(
    problem: Problem, limits: Integers, groups: Sequence[tuple[int, ...]]
) -> tuple[Relaxation, list[int]]:
    """Return the relaxation and each item's row in it.

    Items alike in requests and compatibility share a row, unless a node may carry only so many of
    one: different items may still share a node, so their limits must not be taken for one. A group
    is an axis of which each member asks one and each node has one.
    """
    count = len(problem.items)
    member = np.zeros((count, len(groups)), dtype=np.int64)
    for axis, members in enumerate(groups):
        member[list(members), axis] = 1
    asked_of = np.hstack([problem.requests, member])
    rows: dict[tuple[bytes, bytes, int], int] = {}
    group = [
        rows.setdefault(
            (
                asked_of[i].tobytes(),
                problem.compatible[i].tobytes(),
                i if limits[i] < UNLIMITED and not member[i].any() else -1,
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
    relaxation = Relaxation(
        requests.astype(np.float64),
        demand,
        capacity[~exists].astype(np.float64),
        np.maximum(problem.prices[~exists], 1).astype(np.float64),
        fits[:, ~exists],
        capacity[exists].astype(np.float64),
        fits[:, exists],
    )
    return relaxation, group
