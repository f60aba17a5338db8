"""NodeResourcesFit and NodeResourcesBalancedAllocation: how full a node is, and how evenly.

Source: pkg/scheduler/framework/plugins/noderesources/{least_allocated,most_allocated,
requested_to_capacity_ratio,balanced_allocation,resource_allocation}.go and helper/shape_score.go of
Kubernetes 1.34, in their integers and floating point. What Kubernetes has by default is computed
in one go; other strategies, resources and weights take a resource at a time.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Integers
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY, PODS, is_scalar
from kubestow.model.scheduler_profile import (
    DEFAULT_PROFILE,
    LEAST_ALLOCATED,
    MOST_ALLOCATED,
    SchedulerProfile,
    ScoringStrategy,
)
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import Nodes, SchedulerCache, Tracked, at_nodes

BEST = 100
_BEST, _ZERO, _ONE = np.array([BEST]), np.array([0]), np.array([1])
_WHOLE, _HALF, _BEST_SHARE = np.array([1.0]), np.array([0.5]), np.array([float(BEST)])
"""Of an element: numpy takes longer to make one of a number than to compute with it."""
_SHAPE_SCALE = 10  # a shape's scores go from 0 to 10
_SCALED = {CPU: 0, MEMORY: 1}
"""The rows of what counts with the defaults of containers without requests."""


def resource_scores(context: PodContext) -> Tracked[np.int64]:
    """Return the weighted sum of both plugins for all nodes, kept as pods come and go.

    Pods that ask for the same share it.
    """
    profile, cache, number = context.profile, context.cache, context.number
    own = (profile.fit, profile.balanced, profile.weights)
    key = (cache.requests[number].tobytes(), cache.scored[number].tobytes(), own)
    make = _defaults if _is_default(profile) else _configured
    return cache.shared(("scores", key), lambda: make(context))


def _is_default(profile: SchedulerProfile) -> bool:
    weights, standard = profile.weights, DEFAULT_PROFILE
    return (
        profile.fit == standard.fit
        and profile.balanced == standard.balanced
        and weights.node_resources_fit == 1
        and weights.node_resources_balanced_allocation == 1
    )


def _defaults(context: PodContext) -> Tracked[np.int64]:
    """Return the sum of both as Kubernetes has them: cpu and memory, LeastAllocated."""
    cache, sizes = context.cache, context.cache.allocatable[:2]
    request, scored = cache.requests[context.number][:2], cache.scored[context.number]
    balances = bool(request.any())
    whole = bool((sizes > 0).all())
    amounts = cache.amounts[:4]  # as scored, and free
    static = np.concatenate((sizes - scored[:, None], sizes + request[:, None], sizes))

    def compute(nodes: Nodes) -> Integers:
        fixed = at_nodes(static, nodes)
        allocatable = fixed[4:]
        both = fixed[:4] - at_nodes(amounts, nodes)
        left, used = both[:2], both[2:]  # each once the pod is there
        if not whole:
            return _partial(allocatable, allocatable - left, used if balances else None)
        least = np.maximum(left * _BEST // allocatable, _ZERO)
        total: Integers = (least[0] + least[1]) >> _ONE
        if balances:
            shares = np.minimum(used / allocatable, _WHOLE)
            apart = np.abs((shares[0] - shares[1]) * _HALF)
            total += ((_WHOLE - apart) * _BEST_SHARE).astype(np.int64)
        return total

    return Tracked(cache, compute)


def _partial(allocatable: Integers, requested: Integers, used: Integers | None) -> Integers:
    """Return both scores where some node has no cpu or no memory at all: that one is left out."""
    has = allocatable > 0
    divisor = np.where(has, allocatable, 1)
    least = np.where(
        has & (requested <= allocatable), (allocatable - requested) * BEST // divisor, 0
    )
    total: Integers = least.sum(axis=0) // np.maximum(has.sum(axis=0), 1)
    if used is not None:
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
