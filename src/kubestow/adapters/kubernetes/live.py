"""Pods and nodes as a cluster reports them.

Equal templates become one object, however many pods share them. A pod bound to a node of the input
is existing load; one bound elsewhere is pending. A DaemonSet that is not in the input is read from
its pods. A pod that was read before is not read again while nothing that its reading depends on has
changed (KnownPod).
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.eviction_terms import eviction_terms
from kubestow.adapters.kubernetes.fields import pairs, rounded_amounts, taints
from kubestow.adapters.kubernetes.lifecycles import lifecycle
from kubestow.adapters.kubernetes.pods import RESIZE_PENDING, Prepared, prepare
from kubestow.adapters.kubernetes.volumes import node_images
from kubestow.adapters.kubernetes.workloads import (
    Expansion,
    Owner,
    controller_of,
    finish_pod,
    live_root,
    owner_selector_of,
    parent_of,
)
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.labels import CPU_USE
from kubestow.model.node import Node
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm
from kubestow.model.workload import Lifecycle


def read_node(item: wire.NodeWire) -> Node:
    """Read a Node; its allocatable falls back to its capacity."""
    spec, status = item.spec or wire.NodeSpec(), item.status or wire.NodeStatus()
    amounts = status.allocatable if status.allocatable is not None else status.capacity
    return Node(
        item.metadata.name,
        pairs(item.metadata.labels),
        rounded_amounts(amounts, "status.allocatable"),
        taints(spec.taints, "spec.taints"),
        bool(spec.unschedulable),
        images=node_images(status.images),
    )


@dataclass(frozen=True, slots=True)
class KnownPod:
    """A pod that was read, and what of other objects that depended on.

    ``node_name`` is what its spec says; ``inferred`` is the parent of its owner that its labels
    tell, ``parent`` the one that counted; ``admission`` are the objects that default and admit
    pods.
    """

    pod: Pod
    node_name: str
    owner: Owner | None
    inferred: Owner | None
    parent: Owner | None
    selector: LabelSelector | None
    admission: tuple[Document, ...]


@dataclass(slots=True)
class LivePods:
    """Collects the pods of Pod objects; ``admission`` are objects that default and admit pods."""

    expansion: Expansion
    admission: tuple[Document, ...] = ()
    pods: list[Pod] = field(default_factory=list)
    daemonsets: dict[tuple[str, str], DaemonSet] = field(default_factory=dict)
    ignored: Counter[tuple[str, str]] = field(default_factory=Counter)
    workloads: set[Owner] = field(default_factory=set)
    replanned: int = 0
    prepared: dict[bytes, Prepared] = field(default_factory=dict)
    templates: dict[PodTemplate, PodTemplate] = field(default_factory=dict)
    labels: dict[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] = field(
        default_factory=dict
    )
    lifecycles: dict[Lifecycle, Lifecycle] = field(default_factory=dict)

    def recall(self, document: Document, nodes: Mapping[str, Node]) -> bool:
        """Take a pod as it was read before; say whether that is possible."""
        known = document.recalled(KnownPod)
        if isinstance(known, str):
            self.ignored["Pod", known] += 1
            return True
        if known is None or known.admission != self.admission:
            return False
        owner = known.owner
        self._infer_parent(owner, known.inferred)
        if (
            bool(known.pod.node_name) != (known.node_name in nodes)
            or known.parent != self._parent(owner)
            or known.selector != self._selector(owner)
        ):
            return False
        for values, own in (
            (self.templates, known.pod.template),
            (self.labels, known.pod.labels),
            (self.lifecycles, known.pod.lifecycle),
        ):
            values.setdefault(own, own)
        self._take(known)
        return True

    def add(self, document: Document, item: wire.PodWire, nodes: Mapping[str, Node]) -> None:
        """Read one Pod; raise FieldError if it is not valid."""
        metadata, spec = item.metadata, item.spec
        namespace = self.expansion.namespace(metadata)
        phase = item.status.phase if item.status else None
        node_name = (spec.node_name if spec else None) or ""
        owner = controller_of(metadata, namespace)
        if phase in ("Succeeded", "Failed"):
            reason = f"its phase is {phase}"
            self.ignored["Pod", reason] += 1
            document.note(KnownPod, reason)
            return
        bound = node_name in nodes
        if not bound and metadata.deletion_timestamp:
            self.ignored["Pod", "it is terminating"] += 1
            return
        if not bound and owner is not None and owner[0] == "Node":
            self.ignored["Pod", "a static pod of a node that is not in the input"] += 1
            return
        labels = metadata.labels or {}
        prepared = self._prepared(item, namespace, is_bound=bound)
        template = self.templates.setdefault(prepared.template, prepared.template)
        own = pairs(labels)
        own = self.labels.setdefault(own, own)
        terms = eviction_terms(
            metadata.annotations, spec.volumes if spec else (), "metadata", self.expansion.odd
        )
        if not bound and owner is not None and owner[0] == "DaemonSet":
            self._infer_daemonset(owner, template, own, terms)
            return
        inferred = parent_of(owner, labels) if owner is not None else None
        self._infer_parent(owner, inferred)
        ends = lifecycle(item, owner, self.expansion.parents, terms)
        pod = Pod(
            namespace, metadata.name, template, own, node_name if bound else "",
            terminating=metadata.deletion_timestamp is not None,
            rejected="" if bound else prepared.rejected,
            daemonset=f"{owner[1]}/{owner[2]}" if owner and owner[0] == "DaemonSet" else "",
            owner_selector=owner_selector_of(owner, labels, self.expansion),
            lifecycle=self.lifecycles.setdefault(ends, ends),
        )  # fmt: skip
        known = KnownPod(
            finish_pod(pod, prepared, (), self.expansion), node_name, owner, inferred,
            self._parent(owner), self._selector(owner), self.admission,
        )  # fmt: skip
        self._take(known)
        if not prepared.ephemeral and not self.expansion.odd and _has_priority(spec):
            document.note(KnownPod, known)

    def _infer_parent(self, owner: Owner | None, parent: Owner | None) -> None:
        if owner is not None and parent is not None:
            self.expansion.parents.setdefault(owner, parent)

    def _parent(self, owner: Owner | None) -> Owner | None:
        return None if owner is None else self.expansion.parents.get(owner)

    def _selector(self, owner: Owner | None) -> LabelSelector | None:
        return None if owner is None else self.expansion.selectors.get(owner)

    def _take(self, known: KnownPod) -> None:
        """Add a pod, which counts as one of its owner's."""
        pod, owner, expansion = known.pod, known.owner, self.expansion
        self.pods.append(pod)
        expansion.live_names.add((pod.namespace, pod.name))
        self.replanned += bool(known.node_name and not pod.node_name)
        if pod.terminating:
            return
        counting = set(live_root(owner, expansion.parents)) if owner is not None else set()
        group = expansion.group_of(pod.namespace, dict(pod.labels))
        if group is not None:
            counting.add(group)
        for root in counting:
            expansion.live_pods[root] = expansion.live_pods.get(root, 0) + 1

    def _prepared(self, item: wire.PodWire, namespace: str, *, is_bound: bool) -> Prepared:
        """Return what a pod's spec says; looked up where another pod was like it.

        A pod that is bound counts as what its own status says.
        """
        spec, labels = item.spec, item.metadata.labels or {}
        notes, admission = item.metadata.annotations or {}, self.expansion.admission
        status = (item.status or wire.PodStatus()) if is_bound else None
        read = (namespace, labels, notes.get(CPU_USE), _alike(spec), _resized(status))
        key = hashlib.blake2b(msgspec.json.encode(read), digest_size=16).digest()
        known = self.prepared.get(key)
        if known is None:
            known = prepare(spec, labels, namespace, admission, "spec", status, annotations=notes)
            self.prepared[key] = known
        return known

    def _infer_daemonset(
        self,
        owner: Owner,
        template: PodTemplate,
        labels: tuple[tuple[str, str], ...],
        eviction: EvictionTerms | None,
    ) -> None:
        """Infer a DaemonSet from its pod, without the node the pod was pinned to."""
        terms = tuple(NodeSelectorTerm(term.expressions) for term in template.node_affinity or ())
        free = tuple(term for term in terms if not term.is_empty) or None
        key = (owner[1], owner[2])
        self.daemonsets.setdefault(
            key, DaemonSet(*key, replace(template, node_affinity=free), labels, eviction)
        )


def _has_priority(spec: wire.PodSpec | None) -> bool:
    """Return whether a pod's priority is told without its class, of which a note may be made."""
    return spec is None or spec.priority is not None or not spec.priority_class_name


def _alike(spec: wire.PodSpec | None) -> wire.PodSpec | None:
    """Return a spec without what tells pods alike apart and nobody reads of a template.

    That is the node, and volumes of which only the name is read, such as those of tokens.
    """
    if spec is None:
        return None
    volumes = [volume for volume in spec.volumes or () if volume != wire.Volume(volume.name)]
    return msgspec.structs.replace(spec, node_name=None, volumes=volumes)


def _resized(status: wire.PodStatus | None) -> object:
    """Return what of a bound pod's status decides what it counts as; None for other pods."""
    if status is None:
        return None
    waits = [item for item in status.conditions or () if item.type == RESIZE_PENDING]
    held = [
        (item.name, item.resources, item.allocated_resources)
        for item in (*(status.container_statuses or ()), *(status.init_container_statuses or ()))
    ]
    return held, waits
