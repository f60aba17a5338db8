"""Pod kinds: pods that neither a filter nor a score of kube-scheduler can tell apart.

A kind holds the whole template, the namespace, the labels that some selector looks at, and the
claims. What is computed for one pod of a kind holds for all.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.default_spread import DefaultSelectors
from kubestow.model.pod import Likeness, Pod, PodAffinityTerm, PodTemplate, Sample, sample
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster, Service
from kubestow.scheduling.classes import Labels
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.vectors import AMOUNT_MAX, vector

HeldTerms = dict[int, list[tuple[int, str, tuple[int, ...]]]]
"""By kind: weight, topology key and owners' kinds of each term that matches it."""


@dataclass(frozen=True, slots=True)
class PodKind:
    """What makes pods interchangeable to the scheduler.

    ``default_selector`` is what the cluster's default spread constraints count for them.
    """

    template: PodTemplate
    namespace: str
    labels: Labels
    terminating: bool = False
    default_selector: LabelSelector | None = None
    claims: tuple[str, ...] = ()
    ephemeral: tuple[str, ...] = ()
    name: str = ""  # only where the claims are to be the pod's own
    refused: str = ""  # by admission: the API server does not let it exist


@dataclass(slots=True)
class PodKinds:
    """The kinds of a cluster's pods, and what depends on them alone.

    ``kind_of`` is each pod's kind, in the input's order; ``scored`` are cpu and memory with the
    defaults that scores count.
    """

    kinds: list[PodKind]
    kind_of: list[int]
    selection: ClassSelection
    axes: tuple[str, ...]
    requests: Integers  # kinds x axes
    scored: Integers  # kinds x 2, of a pod that arrives
    held: Integers  # kinds x 2, of a pod on a node
    moves: Integers  # kinds x (2 + axes): what a pod adds to a node's amounts
    size_of: list[int]  # of kinds: those of one size ask for the same and count as much
    sizes: list[int]  # a kind of each size
    priorities: list[int]  # of kinds
    stores: list[bool]  # of kinds: has volumes
    _held: dict[str, HeldTerms] = field(default_factory=dict)

    def held_terms(self, side: str) -> HeldTerms:
        """Return for each kind the terms of other pods that match it: weight and owners' kinds.

        ``side`` names PodTemplate's or, after "preferred ", Preferences' field.
        """
        if side not in self._held:
            self._held[side] = self._held_terms(side)
        return self._held[side]

    def _held_terms(self, side: str) -> HeldTerms:
        groups: dict[tuple[int, PodAffinityTerm, str], list[int]] = {}
        field_name = side.removeprefix("preferred ")
        for number, kind in enumerate(self.kinds):
            if side == field_name:
                terms = [(1, term) for term in getattr(kind.template, field_name)]
            else:
                terms = getattr(kind.template.preferences, field_name)
            for weight, term in terms:
                groups.setdefault((weight, term, kind.namespace), []).append(number)
        by_kind: HeldTerms = {}
        for (weight, term, namespace), owners in groups.items():
            held = (weight, term.topology_key, tuple(owners))
            for number in self.selection.by_term(term, namespace):
                by_kind.setdefault(number, []).append(held)
        return by_kind


class PodKindsCache:
    """The kinds of the last few clusters' pods, for who asks for those of the same workloads again.

    Each thread has its own.
    """

    def __init__(self) -> None:
        self._recent: deque[_Recent] = deque(maxlen=8)

    def of(self, cluster: Cluster) -> PodKinds:
        """Sort a cluster's pods into kinds."""
        pods, likenesses = cluster.pods, sample(cluster.pods)
        for recent in self._recent:
            if recent.is_for(cluster, likenesses):
                kind_of = [recent.kinds[n] for n in likenesses.number_of]
                return replace(recent.sorting, kind_of=kind_of)
        defaults = DefaultSelectors(cluster.services)
        wholes = [_kind(pods[first], defaults) for first in likenesses.firsts]
        if any(kind.ephemeral for kind in wholes):  # each pod is a kind of its own
            kinds, kind_of = _projected([_kind(pod, defaults) for pod in pods])
            return _sorted(kinds, kind_of, cluster)
        kinds, of_likeness = _projected(wholes)
        kind_of = [of_likeness[number] for number in likenesses.number_of]
        sorting = _sorted(kinds, kind_of, cluster)
        self._recent.append(
            _Recent(
                likenesses.likenesses,
                cluster.services,
                cluster.namespaces,
                of_likeness,
                replace(sorting, kind_of=[]),
            )
        )
        return sorting


def sort_pods(cluster: Cluster) -> PodKinds:
    """Sort a cluster's pods into kinds, once."""
    return PodKindsCache().of(cluster)


@dataclass(frozen=True, slots=True)
class _Recent:
    """Kinds with what they were made from, by identity where comparing would take long."""

    likenesses: tuple[Likeness, ...]
    services: tuple[Service, ...]
    namespaces: Mapping[str, Labels]
    kinds: list[int]  # by likeness
    sorting: PodKinds

    def is_for(self, cluster: Cluster, pods: Sample) -> bool:
        """Return whether these are the kinds of a cluster's pods."""
        return (
            self.namespaces is cluster.namespaces
            and self.services is cluster.services
            and self.likenesses == pods.likenesses
        )


def _sorted(kinds: list[PodKind], kind_of: list[int], cluster: Cluster) -> PodKinds:
    """Return the sorting with what depends on the kinds alone."""
    named = {name for kind in kinds for name, _ in kind.template.requests}
    axes = (CPU, MEMORY, PODS, *sorted(named - {CPU, MEMORY, PODS}))
    requests = np.array([vector(k.template.requests, axes) for k in kinds], dtype=np.int64)
    requests = requests.reshape(len(kinds), len(axes))
    requests[:, axes.index(PODS)] = 1
    scored, held = requests[:, :2].copy(), requests[:, :2].copy()
    for number, kind in enumerate(kinds):
        soft = kind.template.preferences
        if soft.defaulted is not None and soft.defaulted_bound is not None:
            scored[number] = [min(amount, AMOUNT_MAX) for amount in soft.defaulted]
            held[number] = [min(amount, AMOUNT_MAX) for amount in soft.defaulted_bound]
    selection = ClassSelection(kinds, cluster.namespaces)
    moves = np.concatenate((held, -requests), axis=1)
    numbers: dict[bytes, int] = {}
    asked = np.concatenate((requests, scored), axis=1)
    size_of = [numbers.setdefault(row.tobytes(), len(numbers)) for row in asked]
    firsts = {size: kind for kind, size in reversed(list(enumerate(size_of)))}
    sizes = [firsts[size] for size in range(len(numbers))]
    return PodKinds(
        kinds, kind_of, selection, axes, requests, scored, held, moves, size_of, sizes,
        [kind.template.priority for kind in kinds],
        [bool(kind.claims or kind.template.inline_volumes) for kind in kinds],
    )  # fmt: skip


def _projected(wholes: Sequence[PodKind]) -> tuple[list[PodKind], list[int]]:
    """Return the kinds with only those labels that something looks at, and which each becomes."""
    keys = _label_keys(list(dict.fromkeys(wholes)))
    numbers: dict[PodKind, int] = {}
    number_of = []
    for kind in wholes:
        labels = tuple(pair for pair in kind.labels if pair[0] in keys)
        number_of.append(numbers.setdefault(replace(kind, labels=labels), len(numbers)))
    return list(numbers), number_of


def _kind(pod: Pod, defaults: DefaultSelectors) -> PodKind:
    """Return the kind of a pod with all of its labels."""
    return PodKind(
        pod.template, pod.namespace, pod.labels, pod.terminating, defaults.of(pod),
        pod.volume_claims, pod.ephemeral_claims,
        pod.name if pod.ephemeral_claims else "", pod.rejected,
    )  # fmt: skip


def _label_keys(kinds: Sequence[PodKind]) -> frozenset[str]:
    """Return the pod labels that some constraint, preference or default looks at."""
    keys: set[str] = set()
    selectors: dict[LabelSelector | None, None] = {}
    templates = dict.fromkeys(kind.template for kind in kinds)
    for template in templates:
        soft = template.preferences
        for constraint in (*template.spread, *soft.spread):
            selectors[constraint.selector] = None
        for term in (*template.affinity, *template.anti_affinity):
            selectors[term.selector] = None
        for _, term in (*soft.affinity, *soft.anti_affinity):
            selectors[term.selector] = None
    selectors.update((kind.default_selector, None) for kind in kinds)
    for selector in selectors:
        keys.update(item.key for item in (selector.requirements if selector else ()))
    return frozenset(keys)
