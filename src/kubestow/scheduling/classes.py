"""Pod classes: pods that no constraint in the snapshot can tell apart.

Law: a class key holds the template without its preferences, what the volumes need, and of the
labels only those some selector in the cluster looks at; the namespace only where there is any
such selector.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from kubestow.model.pod import NO_PREFERENCES, Likeness, Pod, PodTemplate
from kubestow.model.selectors import LabelSelector
from kubestow.model.snapshot import Cluster
from kubestow.scheduling.volume_need import NO_VOLUMES, VolumeNeed, volume_need

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ClassKey:
    """What makes two pods interchangeable."""

    template: PodTemplate
    namespace: str
    labels: Labels
    volumes: VolumeNeed
    terminating: bool = False
    rejected: str = ""


@dataclass(slots=True)
class PodClass:
    """A class and its pods: ``pending`` and ``bound`` hold indexes into the cluster's pods.

    ``demand`` is how many of the pending pods are still to be placed.
    """

    index: int
    key: ClassKey
    pending: list[int]
    bound: list[int]
    demand: int = 0

    @property
    def template(self) -> PodTemplate:
        """The shared template."""
        return self.key.template


@dataclass(frozen=True, slots=True)
class Projection:
    """Which labels, and whether namespaces, matter to any selector of the cluster."""

    label_keys: frozenset[str]
    couples: bool
    plain: dict[PodTemplate, PodTemplate] = field(default_factory=dict)

    def key(self, pod: Pod, volumes: VolumeNeed) -> ClassKey:
        """Return a pod's class key."""
        labels = tuple(pair for pair in pod.labels if pair[0] in self.label_keys)
        namespace = pod.namespace if self.couples else ""
        template = self.plain.get(pod.template)
        if template is None:
            template = self.plain[pod.template] = replace(
                pod.template, preferences=NO_PREFERENCES, preempts=True
            )
        return ClassKey(
            template, namespace, labels, volumes, pod.terminating and self.couples, pod.rejected
        )


def projection(templates: Iterable[PodTemplate]) -> Projection:
    """Collect the label keys that spread constraints and affinity terms look at."""
    keys: set[str] = set()
    couples = False
    for template in templates:
        selectors: list[LabelSelector | None] = [c.selector for c in template.spread]
        selectors += [t.selector for t in (*template.affinity, *template.anti_affinity)]
        couples = couples or bool(selectors)
        for selector in selectors:
            if selector is not None:
                keys.update(item.key for item in selector.requirements)
    return Projection(frozenset(keys), couples)


def classify(cluster: Cluster) -> list[PodClass]:
    """Return the classes of all pods, in the order their first pods have in the input."""
    pods = cluster.pods
    alike: defaultdict[Likeness, list[int]] = defaultdict(list)
    for position, likeness in enumerate(map(attrgetter("likeness"), pods)):
        alike[likeness].append(position)
    firsts = [pods[positions[0]] for positions in alike.values()]
    users: Counter[str] = Counter()
    for pod, positions in zip(firsts, alike.values(), strict=True):
        for claim in pod.volume_claims:
            users[f"{pod.namespace}/{claim}"] += len(positions)
    projected = projection(
        [*(pod.template for pod in firsts), *(d.template for d in cluster.daemonsets)]
    )
    members: dict[ClassKey, list[int]] = {}
    for pod, positions in zip(firsts, alike.values(), strict=True):
        needs = NO_VOLUMES
        if pod.volume_claims:
            needs = volume_need(pod.namespace, pod.volume_claims, cluster, users)
        members.setdefault(projected.key(pod, needs), []).extend(positions)
    classes = []
    for index, (key, positions) in enumerate(members.items()):
        positions.sort()
        pending: list[int] = []
        bound: list[int] = []
        for position in positions:
            (bound if pods[position].node_name else pending).append(position)
        classes.append(PodClass(index, key, pending, bound, len(pending)))
    return classes


def daemonset_classes(cluster: Cluster, classes: list[PodClass]) -> list[PodClass]:
    """Return one class a DaemonSet, numbered on from the pods' classes."""
    templates = [pod_class.template for pod_class in classes]
    projected = projection([*templates, *(d.template for d in cluster.daemonsets)])
    found = []
    for offset, daemonset in enumerate(cluster.daemonsets):
        pod = Pod(daemonset.namespace, daemonset.name, daemonset.template, daemonset.labels)
        found.append(PodClass(len(classes) + offset, projected.key(pod, NO_VOLUMES), [], []))
    return found


def namespace_labels(namespaces: Mapping[str, Labels], name: str) -> dict[str, str]:
    """Return a namespace's labels; one that is not in the input has only its name."""
    return dict(namespaces.get(name) or (("kubernetes.io/metadata.name", name),))
