"""The search for the few node groups that Cluster Autoscaler grows the cheapest fleet from."""

from collections.abc import Iterable, Sequence

import numpy as np

from kubestow.model.arrays import Booleans
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking
from kubestow.provisioning.packing.problem import Packing, PackingProblem

_PROMISING = 8
_GROUPS_LIMIT = 12

Group = tuple[int, ...]
"""The bins of a group: one instance type, or types alike, of one NodePool in all zones."""


class NodeGroupSearch:
    """Cluster Autoscaler on the few groups that come out cheapest, chosen one at a time."""

    def __init__(self, autoscaler: ClusterAutoscalerPacking, groups_most: int) -> None:
        self._autoscaler = autoscaler
        self._groups_most = groups_most

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet of the best groups; more than asked for only while pods are left."""
        promising = _promising(problem)
        best: Packing | None = None
        chosen: list[Group] = []
        for turn in range(_GROUPS_LIMIT):
            if turn >= self._groups_most and best is not None and not best.left.any():
                break
            packings = {
                group: self._packed(problem, (*chosen, group))
                for group in promising
                if group not in chosen
            }
            group = min(packings, key=lambda g: _rank(packings[g], problem), default=None)
            if group is None:
                break
            if best is not None and _rank(packings[group], problem) >= _rank(best, problem):
                break
            best = packings[group]
            chosen.append(group)
        return best if best is not None else Packing([], problem.demand)

    def _packed(self, problem: PackingProblem, groups: Iterable[Group]) -> Packing:
        bins = [position for group in groups for position in group]
        return self._autoscaler.within(problem, bins)


def _rank(packing: Packing, problem: PackingProblem) -> tuple[int, int]:
    """Return what makes a fleet better: fewer pods left out, then a lower cost."""
    return int(packing.left.sum()), packing.cost(problem.bins)


def _promising(problem: PackingProblem) -> list[Group]:
    """Return the groups that could carry all they may at the least price, by resources alone.

    Of the groups that may run the same items, the best few, and that of the cheapest node: where
    pods keep apart from each other, what counts is the number of nodes and not what they hold.
    """
    ranked: dict[bytes, list[tuple[float, int, Group]]] = {}
    for group in _groups(problem):
        runnable = np.asarray(problem.compatible[:, list(group)].any(axis=1))
        price = max(problem.bins[position].price for position in group)
        cost = _nodes_at_least(problem, group, runnable) * price
        ranked.setdefault(runnable.tobytes(), []).append((cost, price, group))
    few = max(2, _PROMISING // max(len(ranked), 1))
    promising: list[Group] = []
    for rivals in ranked.values():
        promising += [group for _, _, group in sorted(rivals)[:few]]
        promising.append(min((price, group) for _, price, group in rivals)[1])
    return list(dict.fromkeys(promising))


def _groups(problem: PackingProblem) -> list[Group]:
    """Return the bins that may be launched, those of one NodePool with the same capacity alike."""
    groups: dict[tuple[int, bytes], list[int]] = {}
    for position, b in enumerate(problem.bins):
        if not b.exists:
            groups.setdefault((b.pool, problem.capacity[position].tobytes()), []).append(position)
    return [tuple(group) for group in groups.values()]


def _nodes_at_least(problem: PackingProblem, group: Sequence[int], runnable: Booleans) -> float:
    """Return how many nodes of a group the items it may run need, by resources alone."""
    requested = (problem.demand[runnable, None] * problem.requests[runnable]).sum(axis=0)
    capacity = np.maximum(problem.capacity[group[0]], 1)
    return max(1.0, float((requested / capacity).max(initial=0.0)))
