"""The filters that decide on one pod and one candidate alone, in kube-scheduler's order.

A class is judged once against all candidates; the verdicts are boolean masks.
"""

import numpy as np

from kubestow.model.labels import HOSTNAME, normalised
from kubestow.model.pod import PodTemplate
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.filters import (
    node_affinity,
    node_unschedulable,
    pod_topology_spread,
    taint_toleration,
    volume_binding,
)
from kubestow.scheduling.volume_need import VolumeNeed

OPT_IN = "NodePool"
StaticKey = tuple[object, ...]


class StaticFilters:
    """Judges classes against candidates; equal constraints share their masks."""

    def __init__(self, index: CandidateIndex) -> None:
        self.index = index
        self._by_filter: dict[StaticKey, dict[str, Mask]] = {}
        self._all: dict[StaticKey, Mask] = {}
        self._opt_in_keys = {c.opt_in_keys for c in index.candidates}
        self._exists = np.array([c.exists for c in index.candidates], dtype=bool)

    def by_filter(self, pod_class: PodClass) -> dict[str, Mask]:
        """Return each filter's mask of candidates that pass it, in the scheduler's order."""
        key = _key(pod_class)
        masks = self._by_filter.get(key)
        if masks is None:
            template = pod_class.template
            masks = self._by_filter[key] = {
                node_unschedulable.NAME: node_unschedulable.mask(template, self.index),
                taint_toleration.NAME: taint_toleration.mask(template, self.index),
                node_affinity.NAME: node_affinity.whole_mask(template, self.index),
                volume_binding.NAME: self._volumes(pod_class.key.volumes),
                pod_topology_spread.NAME: self._has_topology(template),
                OPT_IN: self._opted_in(template),
            }
        return masks

    def passing(self, pod_class: PodClass) -> Mask:
        """Return the candidates that pass all of these filters."""
        key = _key(pod_class)
        mask = self._all.get(key)
        if mask is None:
            mask = self._all[key] = np.logical_and.reduce(list(self.by_filter(pod_class).values()))
        return mask

    def affinity(self, template: PodTemplate) -> Mask:
        """Return the candidates that satisfy node selector and affinity alone."""
        return node_affinity.mask(template, self.index)

    def selected(self, template: PodTemplate) -> Mask:
        """Return the candidates that satisfy these and the affinity that the profile adds."""
        return node_affinity.whole_mask(template, self.index)

    def _volumes(self, need: VolumeNeed) -> Mask:
        reachable = np.full(len(self.index), not need.problem, dtype=bool)
        for alternatives in need.terms:
            any_term = np.zeros(len(self.index), dtype=bool)
            for term in alternatives:
                any_term |= self.index.term(term)
            reachable &= any_term
        return reachable

    def _has_topology(self, template: PodTemplate) -> Mask:
        """Return the candidates with the key of every hard spread constraint and affinity term.

        The scheduler asks for the key even of a constraint whose selector counts nothing.
        """
        has_all = np.ones(len(self.index), dtype=bool)
        for key in _topology_keys(template):
            has_all &= self.has_key(key)
        return has_all

    def has_key(self, key: str) -> Mask:
        """Return the candidates with a topology key; a new node gets its hostname when launched."""
        has: Mask = self.index.column(key)[0] >= 0
        return has | ~self._exists if key == HOSTNAME else has

    def _opted_in(self, template: PodTemplate) -> Mask:
        """Return the candidates whose pool the template asks for, by the term that admits it."""
        opted_in = np.ones(len(self.index), dtype=bool)
        for key in sorted({key for keys in self._opt_in_keys for key in keys}):
            selected = key in {normalised(name) for name, _ in template.node_selector}
            asking = np.full(len(self.index), selected)
            for term in template.node_affinity or ():
                if key in {normalised(e.key) for e in term.expressions}:
                    asking |= self.index.term(term)
            guarded = np.array([key in c.opt_in_keys for c in self.index.candidates], dtype=bool)
            opted_in &= asking | ~guarded
        return opted_in


def _topology_keys(template: PodTemplate) -> tuple[str, ...]:
    keys = {constraint.topology_key for constraint in template.spread}
    return tuple(sorted(keys | {term.topology_key for term in template.affinity}))


def constrained_keys(template: PodTemplate) -> set[str]:
    """Return the node labels a template constrains, under their current names."""
    keys = {normalised(key) for key, _ in template.node_selector}
    for term in template.node_affinity or ():
        keys |= {normalised(e.key) for e in term.expressions}
    return keys


def _key(pod_class: PodClass) -> StaticKey:
    template = pod_class.template
    return (
        template.node_selector,
        template.node_affinity,
        template.added_affinity,
        template.tolerations,
        pod_class.key.volumes.terms,
        bool(pod_class.key.volumes.problem),
        _topology_keys(template),
    )
