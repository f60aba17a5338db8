"""FinalState: the state that a plan describes, as places and the pods on them.

Existing nodes and bound pods come from the snapshot, never from the plan; all nodes of the
cluster exist, whether the plan lists them or not. Pods that no rule can tell apart share a kind.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Taint
from kubestow.verify.constraints import (
    Labels,
    label_keys,
    namespace_labels,
    node_is_selected,
    reads_node_name,
)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NodeInPlan:
    """A node, existing or new, as kube-scheduler would see it."""

    index: int
    name: str
    labels: Labels
    taints: tuple[Taint, ...]
    allocatable: Mapping[str, int]
    planned: PlannedNode | None  # None for a node of the cluster that the plan does not list
    node: Node | None  # of the cluster; None for a new one

    @property
    def existing(self) -> bool:
        """True for a node of the cluster."""
        return self.node is not None

    @property
    def own_taints(self) -> tuple[Taint, ...]:
        """The node's taints, without that of its cordon."""
        return self.taints if self.node is None else self.node.taints


@dataclass(frozen=True, slots=True)
class AlikePods:
    """Pods with the same template, namespace and labels that selectors read."""

    template: PodTemplate
    namespace: str
    labels: Labels
    terminating: bool


class PodOnNode(NamedTuple):
    """A pod at a place."""

    pod: str
    kind: int
    place: int
    bound: bool  # it was bound before the plan
    daemonset: bool  # a DaemonSet's pod, listed by the plan
    claims: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FinalState:
    """Everything that the rules read."""

    snapshot: Snapshot
    plan: Plan
    pools: Mapping[str, NodePool]
    places: tuple[NodeInPlan, ...]
    kinds: tuple[AlikePods, ...]
    standings: tuple[PodOnNode, ...]
    at_place: tuple[tuple[PodOnNode, ...], ...]
    of_kind: tuple[tuple[PodOnNode, ...], ...]
    _groups: dict[tuple[str, ...], dict[tuple[str | None, ...], list[int]]] = field(
        default_factory=dict
    )

    def template(self, standing: PodOnNode) -> PodTemplate:
        """Return the template of the pod."""
        return self.kinds[standing.kind].template

    def namespace_labels(self, namespace: str) -> Labels:
        """Return a namespace's labels."""
        return namespace_labels(self.snapshot.cluster, namespace)

    def selected_places(self, template: PodTemplate) -> list[int]:
        """Return the places the template's selector and affinity accept."""
        if reads_node_name(template):
            return [
                place.index
                for place in self.places
                if node_is_selected(template, place.name, place.labels)
            ]
        keys = label_keys(template)
        groups = self._groups.get(keys)
        if groups is None:
            groups = self._groups[keys] = {}
            for place in self.places:
                values = tuple(place.labels.get(key) for key in keys)
                groups.setdefault(values, []).append(place.index)
        return [
            index
            for members in groups.values()
            if node_is_selected(template, "", self.places[members[0]].labels)
            for index in members
        ]


def build_world(snapshot: Snapshot, plan: Plan, pools: tuple[NodePool, ...]) -> FinalState:
    """Return the state with the nodes and pods of both the snapshot and the plan."""
    places = tuple(_places(snapshot, plan))
    builder = KindBuilder(selector_keys(snapshot))
    standings = (
        *_bound_pods(snapshot, places, builder),
        *_placed_pods(snapshot, plan, places, builder),
        *_daemonset_pods(snapshot, plan, places, builder),
    )
    at_place: list[list[PodOnNode]] = [[] for _ in places]
    of_kind: list[list[PodOnNode]] = [[] for _ in builder.kinds]
    for standing in standings:
        at_place[standing.place].append(standing)
        of_kind[standing.kind].append(standing)
    return FinalState(
        snapshot,
        plan,
        {pool.name: pool for pool in pools},
        places,
        tuple(builder.kinds),
        standings,
        tuple(tuple(items) for items in at_place),
        tuple(tuple(items) for items in of_kind),
    )


def _places(snapshot: Snapshot, plan: Plan) -> Iterator[NodeInPlan]:
    planned: dict[str, PlannedNode] = {}
    for node in plan.nodes:
        planned.setdefault(node.name, node)
    index = 0
    for existing in snapshot.cluster.nodes:
        yield NodeInPlan(
            index,
            existing.name,
            dict(existing.labels),
            existing.effective_taints,
            dict(existing.allocatable),
            planned.pop(existing.name, None),
            existing,
        )
        index += 1
    for node in planned.values():
        yield NodeInPlan(
            index, node.name, dict(node.labels), node.taints, dict(node.allocatable), node, None
        )
        index += 1


@dataclass(slots=True)
class KindBuilder:
    """Assigns kinds to pods, once per run of equal pods."""

    keys: frozenset[str]
    kinds: list[AlikePods] = field(default_factory=list)
    _templates: dict[PodTemplate, int] = field(default_factory=dict)
    _labels: dict[Pairs, Pairs] = field(default_factory=dict)
    _known: dict[tuple[int, str, Pairs, bool], int] = field(default_factory=dict)
    _last: tuple[PodTemplate, int] | None = None

    def kind(self, template: PodTemplate, namespace: str, labels: Pairs, terminating: bool) -> int:
        """Return the number of a kind, which may be new."""
        if self._last is None or self._last[0] is not template:
            self._last = (template, self._templates.setdefault(template, len(self._templates)))
        read = self._labels.get(labels)
        if read is None:
            read = tuple(sorted(pair for pair in labels if pair[0] in self.keys))
            self._labels[labels] = read
        key = (self._last[1], namespace, read, terminating)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self.kinds)
            self.kinds.append(AlikePods(template, namespace, dict(read), terminating))
        return number


def selector_keys(snapshot: Snapshot) -> frozenset[str]:
    """Return the pod labels that selectors read; no other label matters."""
    templates: dict[PodTemplate, None] = {}
    last = None
    for pod in snapshot.cluster.pods:
        if pod.template is not last:
            last = pod.template
            templates[last] = None
    templates.update((daemonset.template, None) for daemonset in snapshot.cluster.daemonsets)
    keys: set[str] = set()
    for template in templates:
        selectors: list[LabelSelector | None] = [item.selector for item in template.spread]
        selectors += [item.selector for item in (*template.affinity, *template.anti_affinity)]
        for selector in selectors:
            keys.update(r.key for r in (selector.requirements if selector else ()))
    return frozenset(keys)


def _claims(pod: Pod) -> tuple[tuple[str, str], ...]:
    return tuple((pod.namespace, name) for name in pod.volume_claims)


def _bound_pods(
    snapshot: Snapshot, places: tuple[NodeInPlan, ...], builder: KindBuilder
) -> Iterator[PodOnNode]:
    index = {place.name: place.index for place in places if place.existing}
    for pod in snapshot.cluster.pods:
        place = index.get(pod.node_name) if pod.node_name else None
        if place is not None:
            kind = builder.kind(pod.template, pod.namespace, pod.labels, pod.terminating)
            yield PodOnNode(pod.key, kind, place, True, False, _claims(pod))


def _placed_pods(
    snapshot: Snapshot, plan: Plan, places: tuple[NodeInPlan, ...], builder: KindBuilder
) -> Iterator[PodOnNode]:
    index = {place.name: place.index for place in places}
    chosen: dict[str, deque[int]] = {}
    for node in plan.nodes:
        for key in node.pods:
            chosen.setdefault(key, deque()).append(index[node.name])
    for pod in snapshot.cluster.pods:
        queue = None if pod.node_name else chosen.get(pod.key)
        if queue:
            kind = builder.kind(pod.template, pod.namespace, pod.labels, pod.terminating)
            yield PodOnNode(pod.key, kind, queue.popleft(), False, False, _claims(pod))


def daemonset_pod_name(daemonset: DaemonSet, node: str) -> str:
    """Return the name a plan gives the DaemonSet's pod on a node."""
    return f"{daemonset.key}-{node}"


def _daemonset_pods(
    snapshot: Snapshot, plan: Plan, places: tuple[NodeInPlan, ...], builder: KindBuilder
) -> Iterator[PodOnNode]:
    for place in places:
        listed = place.planned.daemonset_pods if place.planned else ()
        if not listed:
            continue
        names = frozenset(listed)
        for daemonset in snapshot.cluster.daemonsets:
            name = daemonset_pod_name(daemonset, place.name)
            if name in names:
                kind = builder.kind(
                    daemonset.template, daemonset.namespace, daemonset.labels, False
                )
                yield PodOnNode(name, kind, place.index, False, True, ())
