"""How kube-scheduler ranks the nodes that can take a pod.

These are the score plugins of Kubernetes 1.34 with the weights and arguments of the pod's profile
and their normalisation, in the integers and the floating point of the original, so that ties are
ties. Sources: pkg/scheduler/framework/plugins/{podtopologyspread,interpodaffinity,nodeaffinity,
tainttoleration,imagelocality} and helper/normalize_score.go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kubestow.model.arrays import Floats, Integers
from kubestow.model.labels import HOSTNAME
from kubestow.model.pod import SpreadConstraint
from kubestow.model.taints import Taint, Toleration
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.counts import DomainCounts
from kubestow.scheduling.filters.pod_topology_spread import included, matching
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.resource_scores import BEST, resource_scores

_SMALLEST_IMAGES = 23 * 2**20
_LARGEST_IMAGE = 1000 * 2**20
_PREFERRED = ((1, "preferred affinity"), (-1, "preferred anti_affinity"))
"""How pods there pull or push by their preferences."""


class Scorer:
    """Scores one kind of pod.

    It ``fails`` for a pod that the scheduler cannot score: a preferred term cannot be parsed.
    NodeAffinity's PreScore ends the pod's cycle with an error, so that it stays pending wherever
    more than one node would take it.
    """

    def __init__(self, context: PodContext) -> None:
        self.context = context
        weights = context.profile.weights
        levels = (
            _taint_level(context, -weights.taint_toleration),
            _affinity_level(context, weights.node_affinity),
        )
        self._levels = [level for level in levels if level is not None]
        images = _images(context) if weights.image_locality else None
        self._images = None if images is None else weights.image_locality * images
        self._spread = _soft_spread(context) if weights.pod_topology_spread else None
        self._spread_weight = weights.pod_topology_spread
        self._coupling = _coupling(context) if weights.inter_pod_affinity else ()
        self._coupling_weight = weights.inter_pod_affinity
        self._resources = resource_scores(context)
        self.fails = _fails(context)

    def scores(self, nodes: Integers) -> Integers:
        """Return the total score of each of these nodes, but for what all of them share."""
        total: Integers = self._resources().take(nodes)
        for level in self._levels:
            total = total + level.scores(nodes)
        if self._images is not None:
            total = total + self._images.take(nodes)
        if self._spread is not None and self._spread.differs:
            total = total + _weighted(self._spread_weight, self._spread.scores(nodes))
        if self._coupling:
            total = total + _weighted(self._coupling_weight, _coupled(self._coupling, nodes))
        return total

    def best(self, nodes: Integers) -> Integers:
        """Return those of these nodes that share the best score."""
        if len(nodes) < 2:
            return nodes
        scores = self.scores(nodes)
        best: Integers = nodes[scores == scores[scores.argmax()]]
        return best


def _fails(context: PodContext) -> bool:
    return any(
        weight and not term.is_empty and not term.is_valid
        for weight, term in context.template.preferences.node_affinity
    )


def _weighted(weight: int, scores: Integers) -> Integers:
    return scores if weight == 1 else weight * scores


class _Level:
    """A weighted score that no pod on a node changes, from 0 to the best of those it is asked of.

    It is computed once for each largest raw score that occurs.
    """

    def __init__(self, weight: int, raw: Integers) -> None:
        self._weight, self._raw = weight, raw
        self._by_largest: dict[int, Integers] = {}

    def scores(self, nodes: Integers) -> Integers:
        """Return the score of each of these nodes."""
        there = self._raw.take(nodes)
        largest = there.item(there.argmax())
        scores = self._by_largest.get(largest)
        if scores is None:
            normalised = BEST * self._raw // largest if largest else self._raw
            scores = self._by_largest[largest] = self._weight * normalised
        return scores.take(nodes)


def _taint_level(context: PodContext, weight: int) -> _Level | None:
    """Return TaintToleration's score; None where it is the same for all."""
    tolerations = context.template.tolerations
    soft = tuple(t for t in tolerations if t.effect in ("", "PreferNoSchedule"))

    def make() -> _Level | None:
        raw = _untolerated_preferences(context, soft)
        return _Level(weight, raw) if raw.any() else None

    return context.cache.shared((_Level, weight, soft), make) if weight else None


def _untolerated_preferences(context: PodContext, tolerations: Sequence[Toleration]) -> Integers:
    """Return the PreferNoSchedule taints of each node that these do not tolerate."""
    column, sets = context.index.taint_column()

    def count(taints: tuple[Taint, ...]) -> int:
        return sum(
            taint.effect == "PreferNoSchedule" and not any(t.tolerates(taint) for t in tolerations)
            for taint in taints
        )

    counts = np.array([count(taints) for taints in sets], dtype=np.int64)
    return counts.take(column)


def _affinity_level(context: PodContext, weight: int) -> _Level | None:
    """Return NodeAffinity's score; None where nothing is preferred."""
    own, added = context.template.preferences.node_affinity, context.profile.added_affinity
    preferred = [
        (share, term) for share, term in (*own, *added.preferred) if share and not term.is_empty
    ]
    if not preferred or not weight:
        return None
    raw = np.zeros(len(context.index), dtype=np.int64)
    for share, term in preferred:
        raw += share * context.index.term(term)
    return _Level(weight, raw)


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


@dataclass(frozen=True, slots=True)
class _SoftCount:
    """A ScheduleAnyway constraint. ``unlabelled`` are the nodes without its key, if there are any.

    ``weights`` are those of domains by their number.
    """

    max_skew: int
    unlabelled: Mask | None
    counts: DomainCounts
    per_node: bool
    weights: dict[int, Floats]

    @property
    def differs(self) -> bool:
        """Whether the raw score can differ between nodes."""
        return bool(self.counts.total) or self.unlabelled is not None

    def raw(self, nodes: Integers, counted: Mask | None) -> Floats:
        """Return the raw score of these nodes; domains are those of the nodes that are counted."""
        beside = float(self.max_skew - 1)
        if self.per_node:
            size = len(nodes) if counted is None else int(np.count_nonzero(counted))
            score: Floats = self.counts.by_domain.take(nodes) * self._weight(size) + beside
            if self.unlabelled is not None:
                score[self.unlabelled.take(nodes)] = 0.0
            return score
        there = self.counts.codes.take(nodes)
        domains = np.bincount((there if counted is None else there[counted]) + 1)
        by_domain = self.counts.by_domain * self._weight(int(np.count_nonzero(domains))) + beside
        by_domain[-1] = 0.0  # where nodes without a domain look
        return by_domain.take(there)

    def _weight(self, domains: int) -> Floats:
        weight = self.weights.get(domains)
        if weight is None:
            weight = self.weights[domains] = np.log(float(domains + 2))
        return weight


@dataclass(frozen=True, slots=True)
class _SoftSpread:
    """The ScheduleAnyway constraints of a pod, or those that its profile gives it."""

    items: tuple[_SoftCount, ...]
    complete: Mask | None  # nodes with all keys, unless all have: the others score nothing

    @property
    def differs(self) -> bool:
        """Whether the score can differ between nodes."""
        return self.complete is not None or any(item.differs for item in self.items)

    def scores(self, nodes: Integers) -> Integers:
        counted = None if self.complete is None else self.complete.take(nodes)
        total = self.items[0].raw(nodes, counted)
        for item in self.items[1:]:
            total += item.raw(nodes, counted)
        raw = (total + 0.5).astype(np.int64)  # which is rounded, as none is negative
        asked = raw if counted is None else raw[counted]
        if not len(asked):
            return np.zeros(len(nodes), dtype=np.int64)
        lowest, highest = asked.item(asked.argmin()), max(asked.item(asked.argmax()), 0)
        if highest == 0:
            scores = np.full(len(nodes), BEST, dtype=np.int64)
        else:
            scores = BEST * (highest + lowest - raw) // highest
        return scores if counted is None else np.where(counted, scores, 0)


def _soft_constraints(
    context: PodContext,
) -> tuple[tuple[SpreadConstraint, tuple[int, ...]], ...]:
    """Return the ScheduleAnyway constraints of a kind, each with the kinds that it counts."""
    template, default = context.template, context.profile.default_spread
    constraints = template.preferences.spread
    if not (template.spread or constraints) and default.is_systems:
        selector = context.kind.default_selector
        of_services = () if selector is None else default.soft
        constraints = tuple(replace(each, selector=selector) for each in of_services)
    return tuple((constraint, matching(context, constraint)) for constraint in constraints)


def _soft_spread(context: PodContext) -> _SoftSpread | None:
    constraints = context.on_any_nodes("soft spread", _soft_constraints)
    if not constraints:
        return None
    complete: Mask | None = None
    if context.template.preferences.spread:
        complete = np.ones(len(context.index), dtype=bool)
        for constraint, _ in constraints:
            complete &= context.index.labelled(constraint.topology_key)
    items = tuple(_soft_count(context, c, kinds, complete) for c, kinds in constraints)
    return _SoftSpread(items, None if complete is None or complete.all() else complete)


def _soft_count(
    context: PodContext,
    constraint: SpreadConstraint,
    kinds: tuple[int, ...],
    complete: Mask | None,
) -> _SoftCount:
    key = constraint.topology_key
    labelled = context.index.labelled(key)
    lacking = None if labelled.all() else ~labelled
    weights: dict[int, Floats] = context.cache.shared(_SoftCount, dict)
    if key == HOSTNAME:
        counts = context.cache.counts(kinds, None)
        return _SoftCount(constraint.max_skew, lacking, counts, True, weights)
    looked_at = included(context, constraint)
    if complete is not None:
        looked_at = looked_at & complete
    counts = context.cache.counts(kinds, key, looked_at)
    return _SoftCount(constraint.max_skew, lacking, counts, False, weights)


Weighted = tuple[int, DomainCounts]


def _coupling(context: PodContext) -> tuple[Weighted, ...]:
    """Return every preference between this kind and others: its weight and live counts.

    Pods there pull by their required affinity, and pull or push by their preferences; so does
    the pod itself.
    """
    terms = context.on_any_nodes("preferred terms", _preferred_terms)
    return tuple((weight, context.cache.counts(kinds, key)) for weight, kinds, key in terms)


def _preferred_terms(context: PodContext) -> tuple[tuple[int, tuple[int, ...], str], ...]:
    """Return the weight of each preference, the kinds that it is about, and its topology key."""
    cache, soft, profile = context.cache, context.template.preferences, context.profile
    if profile.ignores_preferences_of_others and not (soft.affinity or soft.anti_affinity):
        return ()
    weighted: list[tuple[int, tuple[int, ...], str]] = []
    for sign, terms in ((1, soft.affinity), (-1, soft.anti_affinity)):
        for weight, term in terms:
            kinds = cache.selection.by_own_term(term, context.kind.namespace)
            weighted.append((sign * weight, kinds, term.topology_key))
    for sign, side in ((profile.hard_affinity_weight, "affinity"), *_PREFERRED):
        for weight, key, owners in cache.sorting.held_terms(side).get(context.number, ()):
            weighted.append((sign * weight, owners, key))
    return tuple(item for item in weighted if item[0])


def _coupled(coupling: tuple[Weighted, ...], nodes: Integers) -> Integers:
    raw = np.zeros(len(nodes), dtype=np.int64)
    for weight, counts in coupling:
        raw += weight * counts.by_domain.take(counts.codes.take(nodes))
    lowest, highest = raw.item(raw.argmin()), raw.item(raw.argmax())
    if highest == lowest:
        return np.zeros(len(nodes), dtype=np.int64)
    share = float(BEST) * ((raw - lowest) / float(highest - lowest))
    return share.astype(np.int64)
