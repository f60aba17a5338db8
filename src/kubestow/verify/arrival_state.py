"""The state in which a pod arrives: nodes with their bound pods, indexed for the rules.

Cached answers of a state that changes must be dropped (verify.bindings); any other state is
built once. Pods that are not bound to one of the nodes, or that admission rejected, do not exist.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kubestow.model.node import Node
from kubestow.model.pod import (
    HostPort,
    InlineVolume,
    Pod,
    PodAffinityTerm,
    PodTemplate,
    SpreadConstraint,
)
from kubestow.model.resources import PODS
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Toleration
from kubestow.model.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from kubestow.verify.constraints import (
    Labels,
    namespace_labels,
    node_is_selected,
    untolerated,
)
from kubestow.verify.storage import Attached, Migrated, default_class, node_attachments

Pairs = tuple[tuple[str, str], ...]
Pair = tuple[str, str]


class AttemptFailedError(Exception):
    """An error, not a rejection: kube-scheduler aborts the attempt for all nodes."""


@dataclass(frozen=True, slots=True)
class NodeAtArrival:
    """A node and its bound pods; ``free`` may be negative."""

    index: int
    node: Node
    labels: Labels
    pods: tuple[Pod, ...]
    free: Mapping[str, int]
    slots: int  # for more pods
    ports: tuple[HostPort, ...]
    disks: tuple[InlineVolume, ...]
    attach_limits: Mapping[str, int]

    @property
    def name(self) -> str:
        """The node's name."""
        return self.node.name

    @property
    def migrated(self) -> Migrated:
        """The in-tree plugins that CSI drivers have replaced."""
        return self.node.migrated_plugins


Check = Callable[[NodeAtArrival], bool]
"""Tells whether a plugin rejects the pod on a node."""


def nowhere(_: NodeAtArrival) -> bool:
    """Reject every node, as a plugin does whose PreFilter rejects the pod."""
    return True


@dataclass(slots=True)
class LabelledPods:
    """Bound pods of one namespace with equal labels, and their sites."""

    namespace: str
    labels: Labels
    living: dict[int, int] = field(default_factory=dict)  # pods by site, without terminating ones
    sites: dict[int, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpreadCount:
    """The pods a constraint counts in each domain; ``floor`` is the count of the emptiest."""

    constraint: SpreadConstraint
    counts: dict[str, int]
    floor: int


@dataclass(frozen=True, slots=True)
class ArrivalState:
    """Everything that the plugins read, with caches."""

    cluster: Cluster
    sites: Sequence[NodeAtArrival]
    crowds: Sequence[LabelledPods]
    repelled: dict[tuple[PodAffinityTerm, str], frozenset[Pair]]
    """Domains of the owners, by anti-affinity term of bound pods and their namespace."""
    used_claims: frozenset[tuple[str, str]]
    volumes_of_class: Mapping[str, tuple[PersistentVolume, ...]]
    attachments: Mapping[str, tuple[Attached, ...]]
    default_class: StorageClass | None
    remembered_attached: dict[int, frozenset[Attached] | None] = field(default_factory=dict)
    remembered_tallies: dict[tuple[object, ...], tuple[SpreadCount, ...]] = field(
        default_factory=dict
    )
    remembered_pairs: dict[tuple[object, ...], frozenset[Pair]] = field(default_factory=dict)
    _matching: dict[LabelSelector, tuple[LabelledPods, ...]] = field(default_factory=dict)
    _selected: dict[tuple[object, ...], frozenset[int]] = field(default_factory=dict)
    _tolerated: dict[tuple[Toleration, ...], frozenset[int]] = field(default_factory=dict)
    _namespaces: dict[str, Labels] = field(default_factory=dict)

    def kept(
        self, sites: Sequence[NodeAtArrival], crowds: Sequence[LabelledPods]
    ) -> "ArrivalState":
        """Return a state whose sites and crowds their owner will change."""
        return replace(self, sites=sites, crowds=crowds, repelled={})

    def forget_nodes(self) -> None:
        """Drop cached answers about nodes."""
        self._selected.clear()
        self._tolerated.clear()
        self.forget_pods()

    def forget_crowds(self) -> None:
        """Drop cached matches of selectors."""
        self._matching.clear()

    def forget_pods(self) -> None:
        """Drop cached answers about bound pods."""
        self.remembered_attached.clear()
        self.remembered_tallies.clear()
        self.remembered_pairs.clear()

    def repel(self, term: PodAffinityTerm, namespace: str, closed: frozenset[Pair]) -> None:
        """Set the domains that an anti-affinity term of bound pods closes."""
        self.repelled[term, namespace] = closed

    def matching(self, selector: LabelSelector | None) -> tuple[LabelledPods, ...]:
        """Return the pods, in any namespace, that a selector matches; nil matches none."""
        if selector is None:
            return ()
        crowds = self._matching.get(selector)
        if crowds is None:
            crowds = tuple(crowd for crowd in self.crowds if selector.matches(crowd.labels))
            self._matching[selector] = crowds
        return crowds

    def selected(self, template: PodTemplate) -> frozenset[int]:
        """Return the sites that nodeSelector and required node affinity accept."""
        key = (template.node_selector, template.node_affinity)
        sites = self._selected.get(key)
        if sites is None:
            sites = self._selected[key] = frozenset(
                site.index
                for site in self.sites
                if node_is_selected(template, site.name, site.labels)
            )
        return sites

    def tolerated(self, tolerations: tuple[Toleration, ...]) -> frozenset[int]:
        """Return the sites whose taints are tolerated; a cordon is not a taint here."""
        sites = self._tolerated.get(tolerations)
        if sites is None:
            sites = self._tolerated[tolerations] = frozenset(
                site.index
                for site in self.sites
                if untolerated(site.node.taints, tolerations) is None
            )
        return sites

    def namespace_labels(self, namespace: str) -> Labels:
        """Return a namespace's labels."""
        labels = self._namespaces.get(namespace)
        if labels is None:
            labels = self._namespaces[namespace] = namespace_labels(self.cluster, namespace)
        return labels

    def storage_class(self, claim: PersistentVolumeClaim) -> StorageClass | None:
        """Return the claim's class, or the default one; None if there is none of that name."""
        if claim.storage_class is None:
            return self.default_class
        return self.cluster.storage_classes.get(claim.storage_class)


def build_state(cluster: Cluster) -> ArrivalState:
    """Return the state of a cluster, with its bound pods on its nodes."""
    pods: dict[str, list[Pod]] = {node.name: [] for node in cluster.nodes}
    for pod in cluster.pods:
        if pod.node_name in pods and not pod.rejected:
            pods[pod.node_name].append(pod)
    sites = tuple(
        site_of(index, node, tuple(pods[node.name])) for index, node in enumerate(cluster.nodes)
    )
    by_class: dict[str, list[PersistentVolume]] = {}
    for name in sorted(cluster.volumes):
        volume = cluster.volumes[name]
        by_class.setdefault(volume.storage_class, []).append(volume)
    return ArrivalState(
        cluster,
        sites,
        _crowds(sites),
        _repelled(sites),
        frozenset(
            (pod.namespace, name)
            for site in sites
            for pod in site.pods
            for name in claims_proper(pod)
        ),
        {name: tuple(items) for name, items in by_class.items()},
        node_attachments(cluster),
        default_class(cluster),
    )


def claims_proper(pod: Pod) -> tuple[str, ...]:
    """Return the claims that a pod names, without those of its ephemeral volumes."""
    if not pod.ephemeral_claims:
        return pod.volume_claims
    return tuple(name for name in pod.volume_claims if name not in pod.ephemeral_claims)


def site_of(index: int, node: Node, pods: tuple[Pod, ...]) -> NodeAtArrival:
    """Return a node with its bound pods."""
    free = dict(node.allocatable)
    for pod in pods:
        for name, amount in pod.template.requests:
            free[name] = free.get(name, 0) - amount
    return NodeAtArrival(
        index,
        node,
        dict(node.labels),
        pods,
        free,
        dict(node.allocatable).get(PODS, 0) - len(pods),
        tuple(port for pod in pods for port in pod.template.host_ports),
        tuple(disk for pod in pods for disk in pod.template.inline_volumes),
        dict(node.attach_limits),
    )


def _crowds(sites: tuple[NodeAtArrival, ...]) -> tuple[LabelledPods, ...]:
    crowds: dict[tuple[str, Pairs], LabelledPods] = {}
    for site in sites:
        for pod in site.pods:
            key = (pod.namespace, pod.labels)
            crowd = crowds.get(key)
            if crowd is None:
                crowd = crowds[key] = LabelledPods(pod.namespace, dict(pod.labels))
            crowd.sites[site.index] = None
            if not pod.terminating:
                crowd.living[site.index] = crowd.living.get(site.index, 0) + 1
    return tuple(crowds.values())


def _repelled(
    sites: tuple[NodeAtArrival, ...],
) -> dict[tuple[PodAffinityTerm, str], frozenset[Pair]]:
    domains: dict[tuple[PodAffinityTerm, str], set[Pair]] = {}
    for site in sites:
        for pod in site.pods:
            for term in pod.template.anti_affinity:
                value = site.labels.get(term.topology_key)
                if value is not None:
                    pairs = domains.setdefault((term, pod.namespace), set())
                    pairs.add((term.topology_key, value))
    return {key: frozenset(pairs) for key, pairs in domains.items()}
