"""Cluster Autoscaler's scale-up: node groups, an estimate for each, and an expander that chooses.

Law: one node group at a time. For each group that could help, new nodes are filled first-fit with
the pods that wait, largest first, going on from the node after the last one that took a pod; the
expander takes the group that serves best, its nodes are counted in, and the rest waits for the next
loop. Source: kubernetes/autoscaler 1.36 cluster-autoscaler (core/scaleup/orchestrator, estimator/
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
    """What a node group would do: its nodes, and what the expander judges it by."""

    bin: int
    pool: int
    patterns: tuple[Pattern, ...]
    pods: int
    waste: float


class ClusterAutoscalerPacking:
    """Packs a problem as Cluster Autoscaler would, every bin being a node group.

    By priority, the groups of the first NodePool come first, and so on.
    """

    def __init__(self, expander: Expander = "least-waste") -> None:
        self._expander = expander

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet, and the units no group could take."""
        return self.within(problem, range(len(problem.bins)))

    def within(self, problem: PackingProblem, groups: Sequence[int]) -> Packing:
        """Return the fleet that some of the bins make."""
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
        """Return what the expander orders groups by, the best first."""
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
    """Return the items a bin can take, by the shares of its cpu and memory together."""
    able = np.flatnonzero(problem.compatible[:, bin_index] & (left > 0))
    room = np.maximum(problem.capacity[bin_index, [_CPU, _MEMORY]], 1)
    score = (problem.requests[able][:, [_CPU, _MEMORY]] / room).sum(axis=1)
    found: list[int] = able[np.argsort(-score, kind="stable")].tolist()
    return found


def _filled(problem: PackingProblem, left: Integers) -> list[Pattern]:
    """Fill the nodes that exist, first-fit; ``left`` is reduced in place."""
    crowd = OpenNodes(problem)
    existing = [i for i, b in enumerate(problem.bins) if b.exists]
    for bin_index in existing:
        crowd.open(np.arange(len(problem.bins)) == bin_index)
    for item in range(len(problem.items)) if existing else ():
        for number in range(len(crowd)):
            while left[item] and crowd.fitting(number, item).any():
                crowd.add(number, item, crowd.bins[number])
                left[item] -= 1
    return [crowd.pattern(number, i) for number, i in enumerate(existing)]


def _openable(problem: PackingProblem, bin_index: int, used: list[dict[str, int]]) -> int:
    """Return how many nodes a group's limits still allow."""
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
    """Return what so many nodes of a group at most would do for the units left, if anything."""
    crowd = OpenNodes(problem, [bin_index])
    only = np.ones(1, dtype=bool)
    turn = 0  # the node after the one that took the last pod
    for item in _order(problem, bin_index, left):
        able, units = np.arange(len(crowd)), int(left[item])
        while units:
            able = crowd.roomy(item, able)
            start = int(np.searchsorted(able, turn))
            took = []
            for number in np.concatenate([able[start:], able[:start]]).tolist():
                if units and crowd.fitting(number, item).any():
                    crowd.add(number, item, only)
                    took.append(number)
                    units -= 1
            if not took and units:
                number = crowd.open(only) if len(crowd) < most else None
                if number is None:
                    break
                if not crowd.fitting(number, item).any():
                    crowd.close()
                    break
                crowd.add(number, item, only)
                took.append(number)
                units -= 1
            turn = (took[-1] + 1) % len(crowd)
            able = np.array(sorted(took), dtype=np.int64)
    if not len(crowd):
        return None
    patterns = tuple(crowd.pattern(number, bin_index) for number in range(len(crowd)))
    pods = int(crowd.pods[: len(crowd)].sum())
    asked = np.sum([crowd.requested(number) for number in range(len(crowd))], axis=0)
    whole = problem.usage[bin_index]  # the instances' capacity, DaemonSets and system in it
    room = [max(whole.get(name, 0) * len(crowd), 1) for name in (CPU, MEMORY)]
    waste = float(sum(1 - asked[axis] / room[axis] for axis in (_CPU, _MEMORY)))
    return _Option(bin_index, problem.bins[bin_index].pool, patterns, pods, waste)
