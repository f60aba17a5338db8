"""InterPodAffinity: required pod affinity and anti-affinity, and its symmetry.

Source: pkg/scheduler/framework/plugins/interpodaffinity (Kubernetes 1.34): a pod matches an
affinity only if it matches all its terms; the first pod of a group may go anywhere if it matches
its own terms and nothing else matches anywhere.
"""

from dataclasses import dataclass

import numpy as np

from kubestow.model.pod import PodTemplate
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.counts import DomainCounts
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.selection import ClassSelection

NAME = "InterPodAffinity"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"


def affinity_targets(template: PodTemplate, namespace: str, selection: ClassSelection) -> set[int]:
    """Return the classes that match every affinity term of a pod."""
    targets: set[int] | None = None
    for term in template.affinity:
        matched = set(selection.by_term(term, namespace))
        targets = matched if targets is None else targets & matched
    return targets or set()


@dataclass(frozen=True, slots=True)
class Coupling:
    """A kind's terms with the live counts they look at."""

    affinity: tuple[DomainCounts, ...]
    has_keys: Mask
    matches_self: bool
    anti_affinity: tuple[DomainCounts, ...]
    existing: tuple[DomainCounts, ...]


@dataclass(frozen=True, slots=True)
class _Terms:
    """A kind's terms: the kinds of pods that each is about, and its topology key.

    ``existing`` are those of the pods there that the kind's own do not repeat, which refuse first.
    """

    affinity: tuple[tuple[tuple[int, ...], str], ...]
    matches_self: bool
    anti_affinity: tuple[tuple[tuple[int, ...], str], ...]
    existing: tuple[tuple[tuple[int, ...], str], ...]


def _terms(context: PodContext) -> _Terms:
    cache, template, namespace = context.cache, context.template, context.kind.namespace
    targets = set(range(len(cache.kinds))) if template.affinity else set()
    for term in template.affinity:
        targets &= set(cache.selection.by_own_term(term, namespace))
    matched = tuple(sorted(targets))
    own = tuple(
        (cache.selection.by_own_term(term, namespace), term.topology_key)
        for term in template.anti_affinity
    )
    held = cache.sorting.held_terms("anti_affinity").get(context.number, ())
    return _Terms(
        tuple((matched, term.topology_key) for term in template.affinity),
        context.number in targets,
        own,
        tuple((owners, key) for _, key, owners in held if (owners, key) not in own),
    )


def _coupling(context: PodContext) -> Coupling:
    cache, terms = context.cache, context.on_any_nodes(NAME, _terms)
    has_keys = np.ones(len(context.index), dtype=bool)
    for _, key in terms.affinity:
        has_keys &= context.index.labelled(key)
    return Coupling(
        tuple(cache.counts(kinds, key) for kinds, key in terms.affinity),
        has_keys,
        terms.matches_self,
        tuple(cache.counts(kinds, key) for kinds, key in terms.anti_affinity),
        tuple(cache.counts(kinds, key) for kinds, key in terms.existing),
    )


def applies(context: PodContext) -> bool:
    """Return whether the kind is coupled to any other."""
    terms = context.on_any_nodes(NAME, _terms)
    return bool(terms.affinity or terms.anti_affinity or terms.existing)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes that affinity, anti-affinity and that of the pods there refuse."""
    coupling = context.once("coupling", _coupling)
    refused = []
    if coupling.affinity:
        near = coupling.has_keys.copy()
        for counts in coupling.affinity:
            near &= counts.present()
        if coupling.matches_self and not any(counts.total for counts in coupling.affinity):
            near = coupling.has_keys  # the first pod of its group
        refused.append(Refusal(AFFINITY, ~near, True))
    for reason, group in ((ANTI_AFFINITY, coupling.anti_affinity), (EXISTING, coupling.existing)):
        there: Mask | None = None
        for counts in group:
            if counts.total:
                there = counts.present() if there is None else there | counts.present()
        if there is not None:
            for earlier in refused:
                np.greater(there, earlier.nodes, out=there)  # in one step: and not
            refused.append(Refusal(reason, there))
    return refused
