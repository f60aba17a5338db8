"""Pod classes: pods that no constraint in the snapshot can tell apart.

A class key holds the template without its preferences, what the volumes need, the labels that some
selector in the cluster looks at, and the namespace if there is any such selector.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from kubestow.model.pod import NO_PREFERENCES, Pod, PodTemplate, Preferences, sample
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


@dataclass(frozen=True, slots=True)
class PodClass:
    """A class and its pods: ``pending`` and ``bound`` hold indexes into the cluster's pods."""

    index: int
    key: ClassKey
    pending: list[int]
    bound: list[int]

    @property
    def demand(self) -> int:
        """How many of its pods are to be placed."""
        return len(self.pending)

    @property
    def template(self) -> PodTemplate:
        """The shared template."""
        return self.key.template


@dataclass(frozen=True, slots=True)
class Projection:
    """Which labels, and whether namespaces, matter to any selector of the cluster.

    With ``heeds_preferences`` what pods prefer matters too.
    """

    label_keys: frozenset[str]
    couples: bool
    heeds_preferences: bool = False

    def key(self, pod: Pod, volumes: VolumeNeed) -> ClassKey:
        """Return a pod's class key."""
        labels = tuple(pair for pair in pod.labels if pair[0] in self.label_keys)
        namespace = pod.namespace if self.couples else ""
        return ClassKey(
            _preferring(pod.template) if self.heeds_preferences else pod.template.plain,
            namespace, labels, volumes,
            pod.terminating and self.couples, pod.rejected,
        )  # fmt: skip


def _preferring(template: PodTemplate) -> PodTemplate:
    """Return a template with the preferences that an autoscaler may heed, and no others."""
    soft = template.preferences
    heeded = Preferences(soft.spread, soft.node_affinity, soft.affinity, soft.anti_affinity)
    return template.plain if heeded == NO_PREFERENCES else replace(
        template.plain, preferences=heeded)  # fmt: skip


def projection(templates: Iterable[PodTemplate], *, heeds_preferences: bool = False) -> Projection:
    """Collect the label keys that spread constraints and affinity terms look at."""
    keys: set[str] = set()
    couples = False
    for template in templates:
        selectors: list[LabelSelector | None] = [c.selector for c in template.spread]
        selectors += [t.selector for t in (*template.affinity, *template.anti_affinity)]
        if heeds_preferences:
            soft = template.preferences
            selectors += [c.selector for c in soft.spread]
            selectors += [t.selector for _, t in (*soft.affinity, *soft.anti_affinity)]
        couples = couples or bool(selectors)
        for selector in selectors:
            if selector is not None:
                keys.update(item.key for item in selector.requirements)
    return Projection(frozenset(keys), couples, heeds_preferences)


def classify(
    cluster: Cluster, *, afresh: bool = False, heeds_preferences: bool = False
) -> list[PodClass]:
    """Return the classes of all pods, in the order their first pods have in the input.

    With ``afresh`` every pod is one to be placed, wherever it is now. With ``heeds_preferences``
    pods that prefer different things are of different classes.
    """
    pods = cluster.pods
    likenesses = sample(pods)
    firsts, codes = likenesses.firsts, np.array(likenesses.number_of, dtype=np.int64)
    counts = np.bincount(codes, minlength=len(firsts)).tolist()
    users: Counter[str] = Counter()
    for first, count in zip(firsts, counts, strict=True):
        for claim in pods[first].volume_claims:
            users[f"{pods[first].namespace}/{claim}"] += count
    projected = projection(
        [*(pods[first].template for first in firsts), *(d.template for d in cluster.daemonsets)],
        heeds_preferences=heeds_preferences,
    )
    index_of: dict[ClassKey, int] = {}
    class_of = []
    for first in firsts:
        pod, needs = pods[first], NO_VOLUMES
        if pod.volume_claims:
            needs = volume_need(pod.namespace, pod.volume_claims, cluster, users)
        class_of.append(index_of.setdefault(projected.key(pod, needs), len(index_of)))
    where = np.array(class_of, dtype=np.int64)[codes] if len(pods) else codes
    has_node = np.fromiter(map(bool, map(attrgetter("node_name"), pods)), bool, len(pods))
    has_node &= not afresh
    pending, bound = (_members(where, chosen, len(index_of)) for chosen in (~has_node, has_node))
    return [
        PodClass(index, key, pending[index], bound[index]) for index, key in enumerate(index_of)
    ]


def _members(
    class_of: NDArray[np.int64], chosen: NDArray[np.bool_], classes: int
) -> list[list[int]]:
    """Return the chosen positions of each class, ascending."""
    positions = np.flatnonzero(chosen)
    ordered = positions[np.argsort(class_of[positions], kind="stable")]
    ends = np.cumsum(np.bincount(class_of[positions], minlength=classes)).tolist()
    everything = ordered.tolist()
    return [everything[begin:end] for begin, end in pairwise([0, *ends])]


def daemonset_classes(cluster: Cluster, classes: list[PodClass]) -> list[PodClass]:
    """Return one class a DaemonSet, numbered on from the pods' classes."""
    templates = [pod_class.template for pod_class in classes]
    own = [daemonset.template.plain for daemonset in cluster.daemonsets]
    # What pods prefer is in their classes' templates only if it is heeded; DaemonSets' never is.
    projected = replace(projection([*templates, *own], heeds_preferences=True),
                        heeds_preferences=False)  # fmt: skip
    added = []
    for offset, daemonset in enumerate(cluster.daemonsets):
        pod = Pod(daemonset.namespace, daemonset.name, daemonset.template, daemonset.labels)
        added.append(PodClass(len(classes) + offset, projected.key(pod, NO_VOLUMES), [], []))
    return added


def namespace_labels(namespaces: Mapping[str, Labels], name: str) -> dict[str, str]:
    """Return a namespace's labels; one that is not in the input has only its name."""
    return dict(namespaces.get(name) or (("kubernetes.io/metadata.name", name),))
