"""NodeResourcesFit and NodeResourcesBalancedAllocation: how full a node is, and how evenly.

Source: pkg/scheduler/framework/plugins/noderesources/{least_allocated,most_allocated,
requested_to_capacity_ratio,balanced_allocation,resource_allocation}.go and helper/shape_score.go of
Kubernetes 1.34, in their integers and floating point. What Kubernetes has by default is computed
in one go; other strategies, resources and weights take a resource at a time.
"""

from collections.abc import Callable, Hashable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Floats, Integers
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY, PODS, is_scalar
from kubestow.model.scheduler_profile import (
    DEFAULT_PROFILE,
    LEAST_ALLOCATED,
    MOST_ALLOCATED,
    SchedulerProfile,
    ScoringStrategy,
)
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.kept_values import Nodes, Table, Tracked, at_nodes
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import SchedulerCache

BEST = 100
_SHAPE_SCALE = 10  # a shape's scores go from 0 to 10
_SCALED = {CPU: 0, MEMORY: 1}
"""The rows of what counts with the defaults of containers without requests."""


def resource_scores(context: PodContext) -> Callable[[], Integers]:
    """Return the weighted sum of both plugins for all nodes, kept as pods come and go.

    Pods that ask for the same share it.
    """
    profile, cache, number = context.profile, context.cache, context.number
    own = (profile.fit, profile.balanced, profile.weights)
    key = ("scores", cache.requests[number].tobytes(), cache.scored[number].tobytes(), own)
    if not _is_default(profile):
        return cache.shared(key, lambda: _configured(context)).value
    if cache.contents is None:
        return cache.shared(key, lambda: Tracked(cache, _defaults(cache, number))).value
    size = cache.sorting.size_of[number]
    table = cache.shared("scores", lambda: Table(cache, "scores", _of_sizes(cache)))
    return lambda: table.rows()[size]


def _is_default(profile: SchedulerProfile) -> bool:
    weights, standard = profile.weights, DEFAULT_PROFILE
    return (
        profile.fit == standard.fit
        and profile.balanced == standard.balanced
        and weights.node_resources_fit == 1
        and weights.node_resources_balanced_allocation == 1
    )


def _defaults(cache: SchedulerCache, number: int) -> Callable[[Nodes], Integers]:
    """Return the sum of both as Kubernetes has them: cpu and memory, LeastAllocated."""
    request, scored = cache.requests[number, :2, None], cache.scored[number, :, None]
    balances, sizes = bool(request.any()), cache.allocatable[:2]
    whole = bool((sizes > 0).all())

    def compute(nodes: Nodes) -> Integers:
        allocatable, amounts = at_nodes(sizes, nodes), at_nodes(cache.amounts[:4], nodes)
        left = allocatable - amounts[:2] - scored  # once the pod is there, as is used
        used = allocatable - amounts[2:] + request
        if not whole:
            return _partial(allocatable, left, used, balances=balances)
        total = _mean(*_least_allocated(allocatable, left))
        return total + _evenness(*_share(allocatable, used)) if balances else total

    return compute


def _of_sizes(cache: SchedulerCache) -> Callable[[int], Integers]:
    """Return what computes for a node what ``_defaults`` does, for every size of pod.

    Each resource's part is remembered by itself: there are fewer of them than of both together.
    """
    sizes = cache.sorting.sizes
    requests, scored = cache.requests[sizes, :2].T, cache.scored[sizes].T
    balances = (requests != 0).any(axis=0).astype(np.int64)
    known: dict[Hashable, tuple[Integers, Floats]] = cache.told_apart.parts("resource scores")

    def part(axis: int, size: int, used_scored: int, free: int) -> tuple[Integers, Floats]:
        key = axis, size, used_scored, free
        scores = known.get(key)
        if scores is None:
            scores = known[key] = (
                _least_allocated(size, size - used_scored - scored[axis]),
                _share(size, size - free + requests[axis]),
            )
        return scores

    def column(node: int) -> Integers:
        cpu, memory = cache.allocatable[:2, node].tolist()
        if not (cpu and memory):
            nodes = np.array([node])
            return np.concatenate([_defaults(cache, kind)(nodes) for kind in sizes])
        scored_cpu, scored_memory, free_cpu, free_memory = cache.amounts[:4, node].tolist()
        least_cpu, share_cpu = part(0, cpu, scored_cpu, free_cpu)
        least_memory, share_memory = part(1, memory, scored_memory, free_memory)
        evenly = balances * _evenness(share_cpu, share_memory)
        scores: Integers = _mean(least_cpu, least_memory) + evenly
        return scores

    return column


def _least_allocated(allocatable: Integers | int, left: Integers) -> Integers:
    """Return the score of one resource, from what is left of it once the pod is there."""
    score: Integers = np.maximum(left * BEST // allocatable, 0)
    return score


def _share(allocatable: Integers | int, used: Integers) -> Floats:
    share: Floats = np.minimum(used / allocatable, 1.0)
    return share


def _mean(cpu: Integers, memory: Integers) -> Integers:
    mean: Integers = (cpu + memory) >> 1
    return mean


def _evenness(cpu: Floats, memory: Floats) -> Integers:
    apart = np.abs((cpu - memory) * 0.5)
    evenness: Integers = ((1.0 - apart) * float(BEST)).astype(np.int64)
    return evenness


def _partial(allocatable: Integers, left: Integers, used: Integers, *, balances: bool) -> Integers:
    """Return both scores where some node has no cpu or no memory at all: that one is left out."""
    has = allocatable > 0
    divisor = np.where(has, allocatable, 1)
    least = np.where(has & (left >= 0), left * BEST // divisor, 0)
    total: Integers = least.sum(axis=0) // np.maximum(has.sum(axis=0), 1)
    if balances:
        shares = np.minimum(used / divisor, 1.0)
        apart = np.where(has.all(axis=0), np.abs((shares[0] - shares[1]) / 2), 0.0)
        total += ((1 - apart) * float(BEST)).astype(np.int64)
    return total


def _configured(context: PodContext) -> Tracked[np.int64]:
    """Return the weighted sum for any strategy, resources and weights."""
    profile, cache = context.profile, context.cache
    weights = profile.weights
    fit = _Resources(context, [name for name, _ in profile.fit.resources], defaulted=True)
    balanced = _Resources(context, profile.balanced, defaulted=False)
    balances = weights.node_resources_balanced_allocation and any(balanced.requests)

    def compute(nodes: Nodes) -> Integers:
        total = np.zeros(cache.allocatable[0, nodes].shape, dtype=np.int64)
        if weights.node_resources_fit:
            scores = _strategy(profile.fit, fit.requested(nodes), fit.allocatable(nodes))
            total += weights.node_resources_fit * scores
        if balances:
            apart = _deviation(balanced.requested(nodes), balanced.allocatable(nodes))
            evenly = ((1 - apart) * float(BEST)).astype(np.int64)
            total += weights.node_resources_balanced_allocation * evenly
        return total

    return Tracked(cache, compute)


class _Resources:
    """What a plugin looks at, a row for each of its resources and a column for each node.

    ``defaulted`` counts containers without cpu or memory requests with the defaults. An extended
    resource that the pod does not ask for counts as one that no node has.
    """

    def __init__(self, context: PodContext, names: Sequence[str], *, defaulted: bool) -> None:
        self._cache, self._names, self._defaulted = context.cache, names, defaulted
        self.requests = [self._request(context, name) for name in names]
        self._ephemeral = (
            _allocatable_storage(context.cache) if EPHEMERAL_STORAGE in names else None
        )

    def _request(self, context: PodContext, name: str) -> int:
        cache, number = self._cache, context.number
        if self._defaulted and name in _SCALED:
            return int(cache.scored[number][_SCALED[name]])
        if name == PODS or name not in cache.axes:  # the slot that every pod takes is no request
            return 0
        return int(cache.requests[number][cache.axes.index(name)])

    def allocatable(self, nodes: Nodes) -> Integers:
        """Return what nodes have of each resource; 0 where it does not count."""
        rows = np.zeros((len(self._names), *self._cache.allocatable[0, nodes].shape), np.int64)
        for row, (name, request) in enumerate(zip(self._names, self.requests, strict=True)):
            if name == EPHEMERAL_STORAGE and self._ephemeral is not None:
                rows[row] = self._ephemeral[nodes]
            elif name in _SCALED or (is_scalar(name) and request):
                rows[row] = self._cache.allocatable[self._cache.axes.index(name), nodes]
        return rows

    def requested(self, nodes: Nodes) -> Integers:
        """Return what is requested of each resource once the pod is there."""
        cache = self._cache
        rows = np.zeros((len(self._names), *cache.allocatable[0, nodes].shape), np.int64)
        for row, (name, request) in enumerate(zip(self._names, self.requests, strict=True)):
            if self._defaulted and name in _SCALED:
                rows[row] = cache.used_scored[_SCALED[name], nodes] + request
            elif name in cache.axes:
                axis = cache.axes.index(name)
                rows[row] = cache.allocatable[axis, nodes] - cache.free[axis, nodes] + request
        return rows


def _allocatable_storage(cache: SchedulerCache) -> Integers:
    """Return the ephemeral storage of all nodes, which no pod need ask for to be counted."""
    amounts = (dict(node.allocatable).get(EPHEMERAL_STORAGE, 0) for node in cache.nodes)
    return np.fromiter(amounts, np.int64, len(cache.nodes))


def _strategy(strategy: ScoringStrategy, requested: Integers, allocatable: Integers) -> Integers:
    """Return NodeResourcesFit's score: the weighted mean of the resources that count."""
    counts = allocatable != 0
    divisor = np.where(counts, allocatable, 1)
    weights = np.array([weight for _, weight in strategy.resources], dtype=np.int64)[:, None]
    if strategy.type == LEAST_ALLOCATED:
        scores = np.where(requested > divisor, 0, (divisor - requested) * BEST // divisor)
    elif strategy.type == MOST_ALLOCATED:
        scores = np.minimum(requested, divisor) * BEST // divisor
    else:
        used = np.where(requested > divisor, BEST, requested * BEST // divisor)
        scores = _shaped(strategy.shape, used)
        counts = counts & (scores > 0)
    total: Integers = (np.where(counts, scores, 0) * weights).sum(axis=0)
    counted = (counts * weights).sum(axis=0)
    among = np.maximum(counted, 1)
    if strategy.type in (LEAST_ALLOCATED, MOST_ALLOCATED):
        mean: Integers = total // among
    else:
        mean = (2 * total + among) // (2 * among)  # rounded, half of one up
    return mean


def _shaped(shape: Sequence[tuple[int, int]], used: Integers) -> Integers:
    """Return the score at a utilization in percent, on straight lines between a shape's points.

    Divisions are cut off towards zero, also where a line falls.
    """
    points = [(utilization, score * (BEST // _SHAPE_SCALE)) for utilization, score in shape]
    scores = np.full(used.shape, points[-1][1], dtype=np.int64)
    for (left, low), (right, high) in reversed(list(pairwise(points))):
        rise = (high - low) * (used - left)
        cut = np.sign(rise) * (np.abs(rise) // (right - left))
        scores = np.where(used <= right, low + cut, scores)
    return np.where(used <= points[0][0], points[0][1], scores)


def _deviation(requested: Integers, allocatable: Integers) -> NDArray[np.float64]:
    """Return the standard deviation of the shares that are in use of the resources that count."""
    counts: Mask = allocatable != 0
    shares = np.where(counts, np.minimum(requested / np.where(counts, allocatable, 1), 1.0), 0.0)
    number = counts.sum(axis=0)
    among = np.maximum(number, 1)
    total, squares = np.zeros(number.shape), np.zeros(number.shape)
    for row in shares:
        total = total + row
    for row, counted in zip(shares, counts, strict=True):
        apart = row - total / among
        squares = squares + np.where(counted, apart * apart, 0.0)
    # Of two, half their difference: the same, but for the last bits.
    first = np.take_along_axis(shares, counts.argmax(axis=0)[None], axis=0)[0]
    second = np.take_along_axis(shares, (len(counts) - 1 - counts[::-1].argmax(axis=0))[None], 0)[0]
    several = np.where(number == 2, np.abs((first - second) / 2), np.sqrt(squares / among))
    return np.where(number < 2, 0.0, several)
