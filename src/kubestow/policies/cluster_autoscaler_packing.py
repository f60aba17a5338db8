"""Cluster Autoscaler's scale-up: node groups, an estimate for each, and an expander that chooses.

One node group at a time. For each group that could help, new nodes are filled first-fit with the
pending pods, largest first, starting after the last node that took a pod. The expander picks the
best group, its nodes are counted in, and the remaining pods wait for the next loop.
Source: kubernetes/autoscaler 1.36 cluster-autoscaler (core/scaleup/orchestrator, estimator/
binpacking_estimator.go and decreasing_pod_orderer.go, expander).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.resources import CPU, MEMORY
from kubestow.policies.open_nodes import OpenNodes
from kubestow.provisioning.packing.problem import Packing, PackingProblem, Pattern

Expander = Literal["least-waste", "most-pods", "least-nodes", "priority"]
EXPANDERS: tuple[Expander, ...] = get_args(Expander)
_CPU, _MEMORY = 0, 1


@dataclass(frozen=True, slots=True)
class _Option:
    """The nodes a node group would add, and what the expander judges it by."""

    bin: int
    pool: int
    patterns: tuple[Pattern, ...]
    pods: int
    waste: float


class ClusterAutoscalerPacking:
    """Packs a problem as Cluster Autoscaler would, with every bin a node group.

    The expander "priority" takes the groups of the first NodePool first, and so on.
    """

    heeds_preferences = False

    def __init__(self, expander: Expander = "least-waste") -> None:
        self._expander = expander

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet, and the units that no group could take."""
        return self.within(problem, range(len(problem.bins)))

    def within(self, problem: PackingProblem, groups: Sequence[int]) -> Packing:
        """Return the fleet made of some of the bins."""
        left, used = problem.demand, [dict(u) for u in problem.pool_used]
        nodes = [(p, 1) for p in _filled(problem, left)]
        fresh = [i for i in groups if not problem.bins[i].exists]
        while left.any():
            options = (_estimated(problem, i, left, _openable(problem, i, used)) for i in fresh)
            chosen = min(filter(None, options), key=self._rank, default=None)
            if chosen is None:
                break
            for pattern in chosen.patterns:
                nodes.append((pattern, 1))
                for item, units in pattern.load:
                    left[item] -= units
            pool = problem.bins[chosen.bin].pool
            for name, each in problem.usage[chosen.bin].items():
                used[pool][name] = used[pool].get(name, 0) + each * len(chosen.patterns)
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
                worth = len(option.patterns)
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
    open_nodes = OpenNodes(problem)
    existing = [i for i, b in enumerate(problem.bins) if b.exists]
    for bin_index in existing:
        open_nodes.open(np.arange(len(problem.bins)) == bin_index)
    for item in range(len(problem.items)) if existing else ():
        for number in range(len(open_nodes)):
            while left[item] and open_nodes.fitting(number, item).any():
                open_nodes.add(number, item, open_nodes.bins[number])
                left[item] -= 1
    return [open_nodes.pattern(number, i) for number, i in enumerate(existing)]


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
    problem: PackingProblem, bin_index: int, left: Integers, most: int
) -> _Option | None:
    """Return what at most so many nodes of a group would take of the units left, if anything."""
    open_nodes = OpenNodes(problem, [bin_index])
    only = np.ones(1, dtype=bool)
    turn = 0  # the node after the one that took the last pod
    for item in _order(problem, bin_index, left):
        able, units = np.arange(len(open_nodes)), int(left[item])
        while units:
            able = open_nodes.roomy(item, able)
            start = int(np.searchsorted(able, turn))
            took = []
            for number in np.concatenate([able[start:], able[:start]]).tolist():
                if units and open_nodes.fitting(number, item).any():
                    open_nodes.add(number, item, only)
                    took.append(number)
                    units -= 1
            if not took and units:
                number = open_nodes.open(only) if len(open_nodes) < most else None
                if number is None:
                    break
                if not open_nodes.fitting(number, item).any():
                    open_nodes.close()
                    break
                open_nodes.add(number, item, only)
                took.append(number)
                units -= 1
            turn = (took[-1] + 1) % len(open_nodes)
            able = np.array(sorted(took), dtype=np.int64)
    if not len(open_nodes):
        return None
    patterns = tuple(open_nodes.pattern(number, bin_index) for number in range(len(open_nodes)))
    pods = int(open_nodes.pods[: len(open_nodes)].sum())
    asked = np.sum([open_nodes.requested(number) for number in range(len(open_nodes))], axis=0)
    whole = problem.usage[bin_index]  # the instances' capacity, DaemonSets and system in it
    room = [max(whole.get(name, 0) * len(open_nodes), 1) for name in (CPU, MEMORY)]
    waste = float(sum(1 - asked[axis] / room[axis] for axis in (_CPU, _MEMORY)))
    return _Option(bin_index, problem.bins[bin_index].pool, patterns, pods, waste)
