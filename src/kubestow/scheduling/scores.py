"""How kube-scheduler ranks the nodes that can take a pod.

These are the default score plugins of Kubernetes 1.34 with their weights and normalisation, in the
integers and the floating point of the original, so that ties are ties. Sources:
pkg/scheduler/framework/plugins/{noderesources,podtopologyspread,interpodaffinity,nodeaffinity,
tainttoleration,imagelocality} and helper/normalize_score.go.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Integers
from kubestow.model.labels import HOSTNAME, ZONE
from kubestow.model.pod import SpreadConstraint
from kubestow.model.taints import Taint
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.counts import DomainCounts
from kubestow.scheduling.filters.pod_topology_spread import included, matching
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.scheduler_cache import Nodes, Tracked

BEST = 100
TAINT_TOLERATION, NODE_AFFINITY, POD_TOPOLOGY_SPREAD, INTER_POD_AFFINITY = 3, 2, 2, 2
SYSTEM_DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))
"""The spread that a pod without constraints gets: topology key and maxSkew."""
_SMALLEST_IMAGES = 23 * 2**20
_LARGEST_IMAGE = 1000 * 2**20
_HELD = ((1, "affinity"), (1, "preferred affinity"), (-1, "preferred anti_affinity"))
"""How pods there pull or push: by required affinity with weight 1, and by their preferences."""


class Scorer:
    """Scores one kind of pod."""

    def __init__(self, context: PodContext) -> None:
        self.context = context
        self._taints = _untolerated_preferences(context)
        self._affinity = _preferred_nodes(context)
        self._images = _images(context)
        self._spread = _soft_spread(context)
        self._coupling = _coupling(context)
        key = (
            context.cache.requests[context.number].tobytes(),
            context.cache.scored[context.number].tobytes(),
        )
        self._resources = context.cache.shared(("scores", key), lambda: _resources(context))

    @property
    def fails(self) -> bool:
        """True for a pod that the scheduler cannot score: a preferred term cannot be parsed.

        NodeAffinity's PreScore ends the pod's cycle with an error, so that it stays pending
        wherever more than one node would take it.
        """
        return any(
            weight and not term.is_empty and not term.is_valid
            for weight, term in self.context.template.preferences.node_affinity
        )

    def scores(self, nodes: Integers) -> Integers:
        """Return the total score of each of these nodes, but for what all of them share."""
        total = self._resources.value()[nodes]
        if self._taints is not None:
            total -= TAINT_TOLERATION * _normalised(self._taints[nodes])
        if self._affinity is not None:
            total += NODE_AFFINITY * _normalised(self._affinity[nodes])
        if self._images is not None:
            total += self._images[nodes]
        if self._spread is not None:
            total += POD_TOPOLOGY_SPREAD * self._spread.scores(nodes)
        if self._coupling:
            total += INTER_POD_AFFINITY * _coupled(self._coupling, nodes)
        return total

    def best(self, nodes: Integers) -> Integers:
        """Return those of these nodes that share the best score."""
        if len(nodes) < 2:
            return nodes
        scores = self.scores(nodes)
        best: Integers = nodes[scores == scores.max()]
        return best


def _normalised(raw: Integers) -> Integers:
    """Return raw scores from 0 to the best, the largest being the best."""
    largest = int(raw.max())
    score: Integers = raw if largest == 0 else BEST * raw // largest
    return score


def _untolerated_preferences(context: PodContext) -> Integers | None:
    """Return the PreferNoSchedule taints of each node that the pod does not tolerate."""
    column, sets = context.index.taint_column()
    tolerations = [t for t in context.template.tolerations if t.effect in ("", "PreferNoSchedule")]

    def count(taints: tuple[Taint, ...]) -> int:
        return sum(
            taint.effect == "PreferNoSchedule" and not any(t.tolerates(taint) for t in tolerations)
            for taint in taints
        )

    counts = np.array([count(taints) for taints in sets], dtype=np.int64)
    return counts[column] if counts.any() else None


def _preferred_nodes(context: PodContext) -> Integers | None:
    preferred = [
        (weight, term)
        for weight, term in context.template.preferences.node_affinity
        if weight and not term.is_empty
    ]
    if not preferred:
        return None
    score = np.zeros(len(context.index), dtype=np.int64)
    for weight, term in preferred:
        score += weight * context.index.term(term)
    return score


def _images(context: PodContext) -> Integers | None:
    """Return the score of the images that nodes hold already; None where it is the same for all."""
    images = context.template.preferences.images
    held = context.cache.image_sizes
    if not images or not any(name in held for name in images):
        return None
    sizes = np.zeros(len(context.index), dtype=np.int64)
    for name in images:
        for node, size in held.get(name, {}).items():
            spread = len(held[name]) / len(context.index)
            sizes[node] += int(size * spread)
    largest = _LARGEST_IMAGE * len(images)
    clipped = np.clip(sizes, _SMALLEST_IMAGES, largest)
    score: Integers = BEST * (clipped - _SMALLEST_IMAGES) // (largest - _SMALLEST_IMAGES)
    return score


def _resources(context: PodContext) -> Tracked[np.int64]:
    """Return LeastAllocated and BalancedAllocation of all nodes, added up."""
    cache = context.cache
    request, scored = cache.requests[context.number][:2], cache.scored[context.number]
    balances = bool(request.any())

    def compute(nodes: Nodes) -> Integers:
        allocatable = cache.allocatable[:2, nodes]
        requested = cache.used_scored[:, nodes] + scored[:, None]
        if not whole:
            return _partial(allocatable, requested, used(nodes) if balances else None)
        least = np.maximum((allocatable - requested) * BEST // allocatable, 0)
        total: Integers = (least[0] + least[1]) // 2
        if balances:
            shares = np.minimum(used(nodes) / allocatable, 1.0)
            apart = np.abs((shares[0] - shares[1]) / 2)
            total += ((1 - apart) * float(BEST)).astype(np.int64)
        return total

    def used(nodes: Nodes) -> Integers:
        used: Integers = cache.allocatable[:2, nodes] - cache.free[:2, nodes]
        used += request[:, None]
        return used

    whole = bool((cache.allocatable[:2] > 0).all())
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


@dataclass(frozen=True, slots=True)
class _SoftCount:
    max_skew: int
    codes: NDArray[np.int32]
    counts: DomainCounts
    per_node: bool


@dataclass(frozen=True, slots=True)
class _SoftSpread:
    """The ScheduleAnyway constraints of a pod, or the system's defaults."""

    items: tuple[_SoftCount, ...]
    complete: Mask | None  # nodes with all keys; the others score nothing

    def scores(self, nodes: Integers) -> Integers:
        counted = np.ones(len(nodes), bool) if self.complete is None else self.complete[nodes]
        total = np.zeros(len(nodes))
        for item in self.items:
            codes = item.codes[nodes]
            size = int(counted.sum()) if item.per_node else len(np.unique(codes[counted]))
            weight = np.log(float(size + 2))
            value = item.counts.by_domain[nodes if item.per_node else codes] * weight
            total += np.where(codes >= 0, value + float(item.max_skew - 1), 0.0)
        raw = np.floor(total + 0.5).astype(np.int64)
        if not counted.any():
            return np.zeros(len(nodes), dtype=np.int64)
        lowest, highest = raw[counted].min(), max(int(raw[counted].max()), 0)
        if highest == 0:
            return np.where(counted, BEST, 0).astype(np.int64)
        return np.where(counted, BEST * (highest + lowest - raw) // highest, 0)


def _soft_spread(context: PodContext) -> _SoftSpread | None:
    template = context.template
    constraints = template.preferences.spread
    complete: Mask | None = None
    if template.spread or constraints:
        if not constraints:
            return None
        complete = np.ones(len(context.index), dtype=bool)
        for constraint in constraints:
            complete &= context.index.column(constraint.topology_key)[0] >= 0
    elif context.kind.default_selector is not None:
        constraints = tuple(
            SpreadConstraint(key, skew, context.kind.default_selector)
            for key, skew in SYSTEM_DEFAULTS
        )
    else:
        return None
    return _SoftSpread(tuple(_soft_count(context, c, complete) for c in constraints), complete)


def _soft_count(
    context: PodContext, constraint: SpreadConstraint, complete: Mask | None
) -> _SoftCount:
    kinds, key = matching(context, constraint), constraint.topology_key
    codes = context.index.column(key)[0]
    if key == HOSTNAME:
        return _SoftCount(constraint.max_skew, codes, context.cache.counts(kinds, None), True)
    looked_at = included(context, constraint)
    if complete is not None:
        looked_at = looked_at & complete
    counts = context.cache.counts(kinds, key, looked_at)
    return _SoftCount(constraint.max_skew, codes, counts, False)


Weighted = tuple[int, DomainCounts]


def _coupling(context: PodContext) -> tuple[Weighted, ...]:
    """Return every preference between this kind and others: its weight and live counts.

    Pods there pull by their required affinity, and pull or push by their preferences; so does
    the pod itself.
    """
    cache, soft = context.cache, context.template.preferences
    weighted: list[Weighted] = []
    for sign, terms in ((1, soft.affinity), (-1, soft.anti_affinity)):
        for weight, term in terms:
            kinds = cache.selection.by_own_term(term, context.kind.namespace)
            weighted.append((sign * weight, cache.counts(kinds, term.topology_key)))
    for sign, side in _HELD:
        for weight, key, owners in cache.sorting.held_terms(side).get(context.number, ()):
            weighted.append((sign * weight, cache.counts(owners, key)))
    return tuple((weight, counts) for weight, counts in weighted if weight)


def _coupled(coupling: tuple[Weighted, ...], nodes: Integers) -> Integers:
    raw = np.zeros(len(nodes), dtype=np.int64)
    for weight, counts in coupling:
        raw += weight * counts.by_domain[counts.codes[nodes]]
    lowest, highest = int(raw.min()), int(raw.max())
    if highest == lowest:
        return np.zeros(len(nodes), dtype=np.int64)
    share = float(BEST) * ((raw - lowest) / float(highest - lowest))
    return share.astype(np.int64)
