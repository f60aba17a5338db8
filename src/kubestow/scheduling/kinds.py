"""Kinds: pods that neither a filter nor a score of kube-scheduler can tell apart.

Law: a kind holds the whole template, the namespace, those labels that some selector looks at, and
the claims; what is computed for one pod of a kind holds for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kubestow.model.pod import Likeness, Pod, PodAffinityTerm, PodTemplate
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Service
from kubestow.scheduling.classes import Labels
from kubestow.scheduling.counts import Integers
from kubestow.scheduling.filters.node_resources_fit import vector
from kubestow.scheduling.selection import ClassSelection

HeldTerms = dict[int, list[tuple[int, str, tuple[int, ...]]]]
"""By kind: weight, topology key and owners' kinds of each term that matches it."""


@dataclass(frozen=True, slots=True)
class Kind:
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
class Sorting:
    """The kinds of a cluster's pods, and what depends on them alone.

    ``kind_of`` is each pod's kind, in the input's order; ``scored`` are cpu and memory with the
    defaults that scores count.
    """

    kinds: list[Kind]
    kind_of: list[int]
    selection: ClassSelection
    axes: tuple[str, ...]
    requests: Integers  # kinds x axes
    scored: Integers  # kinds x 2, of a pod that arrives
    held: Integers  # kinds x 2, of a pod on a node
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
        found: HeldTerms = {}
        for (weight, term, namespace), owners in groups.items():
            held = (weight, term.topology_key, tuple(owners))
            for number in self.selection.by_term(term, namespace):
                found.setdefault(number, []).append(held)
        return found


def sort_pods(cluster: Cluster) -> Sorting:
    """Sort a cluster's pods into kinds."""
    kinds, kind_of = _kinds(cluster)
    named = {name for kind in kinds for name, _ in kind.template.requests}
    axes = (CPU, MEMORY, PODS, *sorted(named - {CPU, MEMORY, PODS}))
    requests = np.array([vector(k.template.requests, axes) for k in kinds], dtype=np.int64)
    requests = requests.reshape(len(kinds), len(axes))
    requests[:, axes.index(PODS)] = 1
    scored, held = requests[:, :2].copy(), requests[:, :2].copy()
    for number, kind in enumerate(kinds):
        soft = kind.template.preferences
        if soft.defaulted is not None and soft.defaulted_bound is not None:
            scored[number], held[number] = soft.defaulted, soft.defaulted_bound
    selection = ClassSelection(kinds, cluster.namespaces)
    return Sorting(kinds, kind_of, selection, axes, requests, scored, held)


def _kinds(cluster: Cluster) -> tuple[list[Kind], list[int]]:
    """Return the kinds, and each pod's; what thousands of replicas share is hashed once."""
    defaults = _DefaultSelectors(cluster.services)
    quick: dict[Likeness, int] = {}
    whole: dict[Kind, int] = {}
    slots = []
    for pod in cluster.pods:
        slot = quick.get(pod.likeness)
        if slot is None:
            kind = Kind(
                pod.template, pod.namespace, pod.labels, pod.terminating, defaults.of(pod),
                pod.volume_claims, pod.ephemeral_claims,
                pod.name if pod.ephemeral_claims else "", pod.rejected,
            )  # fmt: skip
            slot = whole.setdefault(kind, len(whole))
            if not pod.ephemeral_claims:
                quick[pod.likeness] = slot
        slots.append(slot)
    known_kinds = list(whole)
    keys = _label_keys(known_kinds)
    numbers: dict[Kind, int] = {}
    projected: dict[int, int] = {}
    for slot in dict.fromkeys(slots):
        kind = known_kinds[slot]
        labels = tuple(pair for pair in kind.labels if pair[0] in keys)
        short = replace(kind, labels=labels)
        projected[slot] = numbers.setdefault(short, len(numbers))
    return list(numbers), [projected[slot] for slot in slots]


def _label_keys(kinds: Sequence[Kind]) -> frozenset[str]:
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


class _DefaultSelectors:
    """What the default spread constraints count for a pod (plugins/helper/spread.go).

    The selectors of all Services that match the pod, merged, and that of its owner; nothing for
    a pod that has spread constraints of its own.
    """

    def __init__(self, services: Sequence[Service]) -> None:
        self._services: dict[tuple[str, str, str], list[tuple[int, Service]]] = {}
        self._of_all: dict[str, list[tuple[int, Service]]] = {}
        for number, service in enumerate(services):
            if service.selector:
                where = (service.namespace, *service.selector[0])
                self._services.setdefault(where, []).append((number, service))
            else:
                self._of_all.setdefault(service.namespace, []).append((number, service))

    def of(self, pod: Pod) -> LabelSelector | None:
        """Return the selector, or None where there is nothing to count."""
        if pod.template.spread or pod.template.preferences.spread:
            return None
        labels = dict(pod.labels)
        merged: dict[str, str] = {}
        worth_trying = [*self._of_all.get(pod.namespace, ())]
        for key, text in pod.labels:
            worth_trying += self._services.get((pod.namespace, key, text), ())
        for _, service in sorted(worth_trying, key=lambda item: item[0]):
            if all(labels.get(key) == text for key, text in service.selector):
                merged.update(service.selector)
        found = {SelectorRequirement(key, "In", (text,)) for key, text in merged.items()}
        if pod.owner_selector is not None:
            found |= set(pod.owner_selector.requirements)
        return LabelSelector(tuple(sorted(found))) if found else None
