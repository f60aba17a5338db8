"""State: nodes and the pods on them, as kube-scheduler's cache holds them.

Law: exact and mutable; a pod is added or removed in time that does not grow with the cluster.
Pods that no filter and no score can tell apart share a Kind; what is computed for one of them
holds for all.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from kubestow.model.node import Node
from kubestow.model.pod import Pod, PodAffinityTerm, PodTemplate
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.snapshot import Cluster, Service
from kubestow.scheduling.candidate import Candidate
from kubestow.scheduling.classes import Labels
from kubestow.scheduling.counts import DomainCounts, Integers, domain_counts
from kubestow.scheduling.filters.node_resources_fit import vector
from kubestow.scheduling.index import CandidateIndex, Mask
from kubestow.scheduling.selection import ClassSelection
from kubestow.scheduling.storage import Storage


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


HeldTerms = dict[int, list[tuple[int, str, tuple[int, ...]]]]
"""By kind: weight, topology key and owners' kinds of each term that matches it."""
Made = TypeVar("Made")


@dataclass(slots=True)
class State:
    """The cluster's nodes and bound pods. ``kind_of`` is each pod's kind, in the input's order."""

    cluster: Cluster
    nodes: tuple[Node, ...]
    index: CandidateIndex
    position: Mapping[str, int]
    kinds: list[Kind]
    kind_of: list[int]
    selection: ClassSelection
    axes: tuple[str, ...]
    requests: Integers  # kinds x axes
    scored: Integers  # kinds x (cpu, memory), with the defaults that scores count
    allocatable: Integers  # axes x nodes
    free: Integers  # axes x nodes
    used_scored: Integers  # (cpu, memory) x nodes
    storage: Storage
    placed: list[dict[int, int]] = field(default_factory=list)  # by kind: pods by node
    node_of: dict[int, int] = field(default_factory=dict)  # pod -> node
    changed: list[int] = field(default_factory=list)  # nodes, in the order they changed
    image_sizes: dict[str, dict[int, int]] = field(default_factory=dict)  # by image: by node
    _counts: dict[object, DomainCounts] = field(default_factory=dict)
    _shared: dict[Hashable, object] = field(default_factory=dict)
    by_priority: dict[int, int] = field(default_factory=dict)  # pods on nodes
    _counting: dict[int, list[DomainCounts]] = field(default_factory=dict)

    def add(self, pod: int, node: int) -> None:
        """Put a pod on a node."""
        self.node_of[pod] = node
        self._move(pod, node, 1)
        self.storage.attach(self.cluster.pods[pod], node)

    def remove(self, pod: int) -> int:
        """Take a pod off its node; return the node."""
        node = self.node_of.pop(pod)
        self._move(pod, node, -1)
        self.storage.detach(self.cluster.pods[pod], node)
        return node

    def _move(self, pod: int, node: int, sign: int) -> None:
        kind = self.kind_of[pod]
        self.free[:, node] -= sign * self.requests[kind]
        self.used_scored[:, node] += sign * self.scored[kind]
        by_node = self.placed[kind]
        by_node[node] = by_node.get(node, 0) + sign
        for counts in self._counting.get(kind, ()):
            counts.add(node, sign)
        priority = self.kinds[kind].template.priority
        self.by_priority[priority] = self.by_priority.get(priority, 0) + sign
        self.changed.append(node)

    def shared(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` computes, computed once for all kinds that ask by this name."""
        if name not in self._shared:
            self._shared[name] = make()
        found: Made = self._shared[name]  # type: ignore[assignment] # only this name holds it
        return found

    def held_terms(self, side: str) -> HeldTerms:
        """Return for each kind the terms of other pods that match it: weight and owners' kinds.

        ``side`` names PodTemplate's or, after "preferred ", Preferences' field.
        """
        return self.shared(("terms", side), lambda: self._held_terms(side))

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

    def counts(
        self, kinds: tuple[int, ...], key: str | None, counted: tuple[object, Mask] | None = None
    ) -> DomainCounts:
        """Return the live count of these kinds by the domains of a key; None means by node.

        ``counted`` restricts the nodes: a name for the restriction and its mask.
        """
        name = (kinds, key, None if counted is None else counted[0])
        known = self._counts.get(name)
        if known is None:
            if key is None:
                codes, domains = np.arange(len(self.nodes), dtype=np.int32), len(self.nodes)
            else:
                codes, values = self.index.column(key)
                domains = len(values)
            known = self._counts[name] = domain_counts(
                codes,
                domains,
                None if counted is None else counted[1],
                (self.placed[kind] for kind in kinds),
            )
            for kind in kinds:
                self._counting.setdefault(kind, []).append(known)
        return known


Nodes = slice | Integers
"""Some of the nodes, by position."""
Entry = TypeVar("Entry", bound=np.generic)


class Tracked(Generic[Entry]):
    """A value a node, computed anew only for the nodes that changed since it was asked for."""

    def __init__(self, state: State, compute: Callable[[Nodes], NDArray[Entry]]) -> None:
        self._state, self._compute = state, compute
        self._value = compute(slice(None))
        self._seen = len(state.changed)

    def value(self) -> NDArray[Entry]:
        """Return the value of every node as it is now; not to be changed."""
        changed = self._state.changed
        behind = len(changed) - self._seen
        if 2 * behind > len(self._value):
            self._value = self._compute(slice(None))
        elif behind:
            nodes = np.array(changed[self._seen :])
            self._value[nodes] = self._compute(nodes)
        self._seen = len(changed)
        return self._value


def build_state(cluster: Cluster) -> State:
    """Build the state of a cluster: its nodes, its bound pods, and all pods' kinds.

    Pods bound to nodes that the cluster does not have do not exist for the scheduler.
    """
    nodes = cluster.nodes
    position = {node.name: i for i, node in enumerate(nodes)}
    kinds, kind_of = _kinds(cluster)
    named = {name for kind in kinds for name, _ in kind.template.requests}
    axes = (CPU, MEMORY, PODS, *sorted(named - {CPU, MEMORY, PODS}))
    requests = np.array([vector(k.template.requests, axes) for k in kinds], dtype=np.int64)
    requests = requests.reshape(len(kinds), len(axes))
    requests[:, axes.index(PODS)] = 1
    scored = requests[:, :2].copy()
    for number, kind in enumerate(kinds):
        if kind.template.preferences.defaulted is not None:
            scored[number] = kind.template.preferences.defaulted
    allocatable = np.array([vector(n.allocatable, axes) for n in nodes], dtype=np.int64)
    allocatable = np.ascontiguousarray(allocatable.reshape(len(nodes), len(axes)).T)
    state = State(
        cluster,
        nodes,
        CandidateIndex([_candidate(node) for node in nodes]),
        position,
        kinds,
        kind_of,
        ClassSelection(kinds, cluster.namespaces),
        axes,
        requests,
        scored,
        allocatable,
        allocatable.copy(),
        np.zeros((2, len(nodes)), dtype=np.int64),
        Storage(cluster),
        placed=[{} for _ in kinds],
    )
    for number, node in enumerate(nodes):
        for image, size in node.images:
            state.image_sizes.setdefault(image, {})[number] = size
    for number, pod in enumerate(cluster.pods):
        if pod.node_name in position:
            state.add(number, position[pod.node_name])
    return state


def _candidate(node: Node) -> Candidate:
    return Candidate(
        node.name,
        dict(node.labels),
        node.taints,
        node.allocatable,
        exists=True,
        unschedulable=node.unschedulable,
    )


def _kinds(cluster: Cluster) -> tuple[list[Kind], list[int]]:
    defaults = _DefaultSelectors(cluster.services)
    quick: dict[object, tuple[Kind, LabelSelector | None]] = {}
    first: list[Kind] = []
    for pod in cluster.pods:
        key = (pod.template, pod.labels, pod.namespace, pod.owner_selector)
        kind = Kind(pod.template, pod.namespace, pod.labels)
        known = quick.get(key)
        if known is None:
            known = quick[key] = (kind, defaults.of(pod))
        kind = known[0]
        if pod.terminating or pod.volume_claims or pod.rejected or known[1] is not None:
            kind = Kind(
                pod.template, pod.namespace, pod.labels, pod.terminating, known[1],
                pod.volume_claims, pod.ephemeral_claims,
                pod.name if pod.ephemeral_claims else "", pod.rejected,
            )  # fmt: skip
        first.append(kind)
    keys = _label_keys(first)
    numbers: dict[Kind, int] = {}
    projected: dict[int, int] = {}  # by position of the first pod of a whole kind
    whole: dict[Kind, int] = {}
    kind_of = []
    for position, kind in enumerate(first):
        start = whole.setdefault(kind, position)
        if start not in projected:
            labels = tuple(pair for pair in kind.labels if pair[0] in keys)
            short = Kind(
                kind.template, kind.namespace, labels, kind.terminating, kind.default_selector,
                kind.claims, kind.ephemeral, kind.name, kind.refused,
            )  # fmt: skip
            projected[start] = numbers.setdefault(short, len(numbers))
        kind_of.append(projected[start])
    return list(numbers), kind_of


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
        self._services: dict[str, list[Service]] = {}
        for service in services:
            self._services.setdefault(service.namespace, []).append(service)

    def of(self, pod: Pod) -> LabelSelector | None:
        """Return the selector, or None where there is nothing to count."""
        if pod.template.spread or pod.template.preferences.spread:
            return None
        labels = dict(pod.labels)
        merged: dict[str, str] = {}
        for service in self._services.get(pod.namespace, ()):
            if all(labels.get(key) == text for key, text in service.selector):
                merged.update(service.selector)
        found = {SelectorRequirement(key, "In", (text,)) for key, text in merged.items()}
        if pod.owner_selector is not None:
            found |= set(pod.owner_selector.requirements)
        return LabelSelector(tuple(sorted(found))) if found else None
