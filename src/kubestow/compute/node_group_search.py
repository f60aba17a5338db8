"""The search for the node groups with which Cluster Autoscaler makes the cheapest fleet."""

from collections.abc import Iterable, Sequence

import numpy as np

from kubestow.model.arrays import Booleans
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking, Estimates
from kubestow.provisioning.packing.problem import Packing, PackingProblem

_PROMISING = 8
_GROUPS_LIMIT = 12

Group = tuple[int, ...]
"""The bins of a node group: one instance type (or equal types) of one NodePool in all zones."""


class NodeGroupSearch:
    """Packs with Cluster Autoscaler on the cheapest groups, which are chosen one at a time."""

    heeds_preferences = False

    def __init__(self, autoscaler: ClusterAutoscalerPacking, groups_most: int) -> None:
        self._autoscaler = autoscaler
        self._groups_most = groups_most

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return the fleet of the best groups, with extra groups only while pods are left over."""
        promising = _promising(problem)
        best: Packing | None = None
        chosen: list[Group] = []
        estimates = Estimates()
        for turn in range(_GROUPS_LIMIT):
            if turn >= self._groups_most and best is not None and not best.left.any():
                break
            leading: Group | None = None
            for group in promising:
                if group in chosen:
                    continue
                packing = self._better(problem, (*chosen, group), estimates, best)
                if packing is not None:
                    best, leading = packing, group
            if leading is None:
                break
            chosen.append(leading)
        return best if best is not None else Packing([], problem.demand)

    def _better(
        self,
        problem: PackingProblem,
        groups: Iterable[Group],
        estimates: Estimates,
        best: Packing | None,
    ) -> Packing | None:
        """Return the fleet of some groups if it is better than the best so far."""
        bins = [position for group in groups for position in group]
        below = None if best is None or best.left.any() else best.cost(problem)
        packing = self._autoscaler.within(problem, bins, estimates, below)
        if packing is None or best is None:
            return packing
        return packing if _rank(packing, problem) < _rank(best, problem) else None


def _rank(packing: Packing, problem: PackingProblem) -> tuple[int, int]:
    """Rank a fleet: fewer pods left over first, then a lower cost."""
    return int(packing.left.sum()), packing.cost(problem)


def _promising(problem: PackingProblem) -> list[Group]:
    """Return the groups that could run their pods at the lowest price, by resources alone.

    Of the groups that may run the same items, the best few, and the best of each size, a size being
    a doubling of the node's price: large nodes waste what pods with anti-affinity and spread leave
    of them, and small ones what DaemonSets take, which resources alone do not tell.
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
        rivals.sort()
        promising += [group for _, _, group in rivals[:few]]
        sizes: dict[int, Group] = {}
        for _, price, group in rivals:
            sizes.setdefault(price.bit_length(), group)
        promising += sizes.values()
    return list(dict.fromkeys(promising))


def _groups(problem: PackingProblem) -> list[Group]:
    """Return the bins that may be launched, grouped by NodePool, capacity and price.

    On demand, a price tells types of one capacity apart. On spot it differs from zone to zone, so
    there is a group of all prices, too.
    """
    groups: dict[tuple[int, bytes, int], list[int]] = {}
    whole: dict[tuple[int, bytes], list[int]] = {}
    for position, b in enumerate(problem.bins):
        if not b.exists:
            capacity = problem.capacity[position].tobytes()
            groups.setdefault((b.pool, capacity, b.price), []).append(position)
            whole.setdefault((b.pool, capacity), []).append(position)
    return list(dict.fromkeys(map(tuple, (*groups.values(), *whole.values()))))


def _nodes_at_least(problem: PackingProblem, group: Sequence[int], runnable: Booleans) -> float:
    """Return how many nodes of a group its runnable items need, by resources alone."""
    requested = (problem.demand[runnable, None] * problem.requests[runnable]).sum(axis=0)
    capacity = np.maximum(problem.capacity[group[0]], 1)
    return max(1.0, float((requested / capacity).max(initial=0.0)))
