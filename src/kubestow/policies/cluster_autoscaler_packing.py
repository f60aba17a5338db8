"""Cluster Autoscaler's scale-up: node groups, an estimate for each, and an expander that chooses.

One node group at a time. For each group that could help, new nodes are filled first-fit with the
pending pods, largest first, starting after the last node that took a pod. The expander picks the
best group, its nodes are counted in, and the remaining pods wait for the next loop.
Source: kubernetes/autoscaler 1.36 cluster-autoscaler (core/scaleup/orchestrator, estimator/
binpacking_estimator.go and decreasing_pod_orderer.go, expander).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.resources import CPU, MEMORY
from kubestow.policies.unit_room import UnitRoom, dealt
from kubestow.provisioning.packing.problem import Packing, PackingProblem, Pattern

Expander = Literal["least-waste", "most-pods", "least-nodes", "priority"]
EXPANDERS: tuple[Expander, ...] = get_args(Expander)
_CPU, _MEMORY = 0, 1


@dataclass(frozen=True, slots=True)
class _Option:
    """What a node group would grow by, as the expander sees it."""

    bin: int
    pool: int
    nodes: int
    pods: int
    waste: float


Estimate = tuple[int, int, bytes]
"""What an estimate depends on: a bin, the most nodes, and the units left of what it can take."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """What was estimated for one problem: options, and the nodes of those that were chosen."""

    options: dict[Estimate, _Option | None] = field(default_factory=dict)
    chosen: dict[Estimate, UnitRoom] = field(default_factory=dict)


class ClusterAutoscalerPacking:
    """Packs a problem as Cluster Autoscaler would, with every bin a node group.

    The expander "priority" takes the groups of the first NodePool first, and so on.
    """

    heeds_preferences = False

    def __init__(self, expander: Expander = "least-waste") -> None:
        self._expander = expander

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet, and the units that no group could take."""
        packing = self.within(problem, range(len(problem.bins)), Estimates())
        assert packing is not None, "it may cost anything"
        return packing

    def within(
        self,
        problem: PackingProblem,
        groups: Sequence[int],
        estimates: Estimates,
        below: int | None = None,
    ) -> Packing | None:
        """Return the fleet made of some of the bins; ``estimates`` are the problem's, to add to.

        None if it costs ``below`` nano-USD per hour or more.
        """
        left, used = problem.demand, [dict(u) for u in problem.pool_used]
        nodes = [(p, 1) for p in _filled(problem, left)]
        fresh = [i for i in groups if not problem.bins[i].exists]
        cost = sum(problem.bins[pattern.bin].price for pattern, _ in nodes)
        while left.any():
            openable = {i: _openable(problem, i, used) for i in fresh}
            options = (_estimated(problem, i, left, openable[i], estimates) for i in fresh)
            chosen = min(filter(None, options), key=self._rank, default=None)
            if chosen is None:
                break
            cost += problem.bins[chosen.bin].price * chosen.nodes
            if below is not None and cost >= below:
                return None
            key = _key(problem, chosen.bin, left, openable[chosen.bin])
            if key not in estimates.chosen:
                estimates.chosen[key] = _grown(problem, chosen.bin, left, key[1])
            grown = estimates.chosen[key]
            nodes += [(pattern, 1) for pattern in grown.patterns()]
            for item, _, units in grown.loads:
                left[item] -= units.sum()
            pool = problem.bins[chosen.bin].pool
            for name, each in problem.usage[chosen.bin].items():
                used[pool][name] = used[pool].get(name, 0) + each * len(grown)
        return Packing(nodes, left)

    def _rank(self, option: _Option) -> tuple[float, int]:
        """Return the key by which the expander orders groups, the best first."""
        worth: float
        match self._expander:
            case "least-waste":
                worth = option.waste
            case "most-pods":
                worth = -option.pods
            case "least-nodes":
                worth = option.nodes
            case "priority":
                worth = option.pool
        return worth, option.bin


def _order(problem: PackingProblem, bin_index: int, left: Integers) -> list[int]:
    """Return the items a bin can take, those first that use most of its cpu and memory."""
    able = np.flatnonzero(problem.compatible[:, bin_index] & (left > 0))
    room = np.maximum(problem.capacity[bin_index, [_CPU, _MEMORY]], 1)
    score = (problem.requests[able][:, [_CPU, _MEMORY]] / room).sum(axis=1)
    ordered: list[int] = able[np.argsort(-score, kind="stable")].tolist()
    return ordered


def _filled(problem: PackingProblem, left: Integers) -> list[Pattern]:
    """Fill the existing nodes first-fit; ``left`` is reduced in place."""
    room = UnitRoom(problem, [i for i, b in enumerate(problem.bins) if b.exists])
    if not len(room):
        return []
    for item in left.nonzero()[0].tolist():
        units = room.units(item, int(left[item]))
        before = units.cumsum() - units
        taken = np.clip(left[item] - before, 0, units)
        nodes = taken.nonzero()[0]
        if len(nodes):
            room.add(item, nodes, taken[nodes])
            left[item] -= taken.sum()
    return room.patterns()


def _openable(problem: PackingProblem, bin_index: int, used: list[dict[str, int]]) -> int:
    """Return how many more nodes the limits of a group's NodePool allow."""
    pool, usage = problem.bins[bin_index].pool, problem.usage[bin_index]
    most = 2**31
    for name, limit in problem.pool_limits[pool].items():
        each = usage.get(name, 0)
        if each:
            most = min(most, (limit - used[pool].get(name, 0)) // each)
    return max(most, 0)


def _estimated(
    problem: PackingProblem, bin_index: int, left: Integers, most: int, estimates: Estimates
) -> _Option | None:
    """Return what at most so many nodes of a group would take of the units left, if anything."""
    key = _key(problem, bin_index, left, most)
    if key not in estimates.options:
        grown = _grown(problem, bin_index, left, most)
        estimates.options[key] = _option(problem, bin_index, grown)
    return estimates.options[key]


def _key(problem: PackingProblem, bin_index: int, left: Integers, most: int) -> Estimate:
    return bin_index, most, left[problem.compatible[:, bin_index]].tobytes()


def _option(problem: PackingProblem, bin_index: int, grown: UnitRoom) -> _Option | None:
    if not len(grown):
        return None
    pods, asked = 0, np.zeros(len(problem.axes), dtype=np.int64)
    for item, _, units in grown.loads:
        count = int(units.sum())
        pods += count * sum(each for _, each in problem.items[item].parts)
        asked += count * problem.requests[item]
    whole = problem.usage[bin_index]  # the instances' capacity, DaemonSets and system in it
    room = [max(whole.get(name, 0) * len(grown), 1) for name in (CPU, MEMORY)]
    waste = float(sum(1 - asked[axis] / room[axis] for axis in (_CPU, _MEMORY)))
    return _Option(bin_index, problem.bins[bin_index].pool, len(grown), pods, waste)


def _grown(problem: PackingProblem, bin_index: int, left: Integers, most: int) -> UnitRoom:
    """Return the nodes, at most so many, that a group would add for the units left."""
    grown = UnitRoom(problem)
    turn = 0  # the node after the one that took the last pod
    for item in _order(problem, bin_index, left):
        units = int(left[item])
        if len(grown):
            room = grown.units(item, units)
            if room.any():
                taken, turn = dealt(room, units, turn)
                nodes = taken.nonzero()[0]
                grown.add(item, nodes, taken[nodes])
                units -= int(taken.sum())
        each = _units_a_node(problem, bin_index, item) if units else 0
        count = min(-(-units // each), most - len(grown)) if each else 0
        if count > 0:
            nodes = grown.open(bin_index, count)
            grown.add(item, nodes, np.minimum(each, units - each * np.arange(count)))
            turn = 0
    return grown


def _units_a_node(problem: PackingProblem, bin_index: int, item: int) -> int:
    """Return how many units of an item an empty node of a bin takes, at most those wanted."""
    return int(UnitRoom(problem, (bin_index,)).units(item, problem.items[item].units)[0])
