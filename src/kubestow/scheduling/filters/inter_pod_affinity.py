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


def _coupling(context: PodContext) -> Coupling:
    cache, template, namespace = context.cache, context.template, context.kind.namespace
    targets = set(range(len(cache.kinds))) if template.affinity else set()
    for term in template.affinity:
        targets &= set(cache.selection.by_own_term(term, namespace))
    matched = tuple(sorted(targets))
    has_keys = np.ones(len(context.index), dtype=bool)
    for term in template.affinity:
        has_keys &= context.index.labelled(term.topology_key)
    own = [(t, cache.selection.by_own_term(t, namespace)) for t in template.anti_affinity]
    anti_affinity = [cache.counts(kinds, term.topology_key) for term, kinds in own]
    held = cache.sorting.held_terms("anti_affinity").get(context.number, ())
    existing = [cache.counts(owners, key) for _, key, owners in held]
    return Coupling(
        tuple(cache.counts(matched, term.topology_key) for term in template.affinity),
        has_keys,
        context.number in targets,
        tuple(anti_affinity),
        # Where a pod's own anti-affinity counts the same pods, it refuses first.
        tuple(e for e in existing if not any(e is counts for counts in anti_affinity)),
    )


def applies(context: PodContext) -> bool:
    """Return whether the kind is coupled to any other."""
    coupling = context.once(NAME, _coupling)
    return bool(coupling.affinity or coupling.anti_affinity or coupling.existing)


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes that affinity, anti-affinity and that of the pods there refuse."""
    coupling = context.once(NAME, _coupling)
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
