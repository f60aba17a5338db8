"""Pods and the template they share.

A template holds exactly what decides scheduling, in a canonical order, so that equal templates
are equal values and replicas share one. Names, labels and claims belong to the pod.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from weakref import WeakValueDictionary

from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.resources import Amounts
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm
from kubestow.model.taints import Toleration
from kubestow.model.workload import UNKNOWN_LIFECYCLE, Lifecycle


@dataclass(frozen=True, slots=True, order=True)
class HostPort:
    """A port that a pod uses on its node."""

    ip: str
    protocol: str
    port: int

    def conflicts(self, other: "HostPort") -> bool:
        """Return whether both ports conflict on one node (framework/types.go HostPortInfo)."""
        if (self.protocol, self.port) != (other.protocol, other.port):
            return False
        return self.ip == other.ip or "0.0.0.0" in (self.ip, other.ip)

    def describe(self) -> str:
        """Return the port as readable text: 8080/TCP."""
        return f"{self.port}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class SpreadConstraint:
    """A topology spread constraint; in a template, one with DoNotSchedule."""

    topology_key: str
    max_skew: int
    selector: LabelSelector | None
    min_domains: int = 1
    honor_affinity: bool = True
    honor_taints: bool = False


@dataclass(frozen=True, slots=True)
class PodAffinityTerm:
    """A required pod affinity or anti-affinity term.

    ``namespaces`` None and ``namespace_selector`` None together mean the pod's own namespace.
    """

    topology_key: str
    selector: LabelSelector | None
    namespaces: tuple[str, ...] = ()
    namespace_selector: LabelSelector | None = None

    def selects(
        self, own_namespace: str, namespace: str, labels: Mapping[str, str],
        namespace_labels: Mapping[str, str],
    ) -> bool:  # fmt: skip
        """Return whether the term of a pod in ``own_namespace`` matches a pod elsewhere."""
        if self.selector is None or not self.selector.matches(labels):
            return False
        if not self.namespaces and self.namespace_selector is None:
            return namespace == own_namespace
        if namespace in self.namespaces:
            return True
        return self.namespace_selector is not None and self.namespace_selector.matches(
            namespace_labels
        )


@dataclass(frozen=True, slots=True)
class InlineVolume:
    """A disk named in the pod itself, of a kind that kube-scheduler checks for conflicts.

    ``kind`` is ebs, gce, iscsi or rbd; ``name`` is the volume's identity (pool/image for rbd);
    ``monitors`` are Ceph monitors: two rbd volumes are the same only if they share one.
    """

    kind: str
    name: str
    read_only: bool = False
    monitors: tuple[str, ...] = ()

    def conflicts(self, other: "InlineVolume") -> bool:
        """Return whether two pods with these volumes conflict on one node (volumerestrictions)."""
        if (self.kind, self.name) != (other.kind, other.name):
            return False
        if self.kind == "rbd" and not set(self.monitors) & set(other.monitors):
            return False
        return self.kind == "ebs" or not (self.read_only and other.read_only)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What kube-scheduler's scoring looks at: it never decides what fits, only what is chosen.

    ``spread`` are the ScheduleAnyway constraints; ``node_affinity``, ``affinity`` and
    ``anti_affinity`` hold (weight, term); ``images`` has one entry per container. ``defaulted`` are
    the cpu and memory requests if containers without any count as 100m and 200 MiB;
    ``defaulted_bound`` are those once the pod is on a node. None means the plain requests.
    ``scheduler_name`` names the profile that scores them; empty is default-scheduler.
    """

    spread: tuple[SpreadConstraint, ...] = ()
    node_affinity: tuple[tuple[int, NodeSelectorTerm], ...] = ()
    affinity: tuple[tuple[int, PodAffinityTerm], ...] = ()
    anti_affinity: tuple[tuple[int, PodAffinityTerm], ...] = ()
    images: tuple[str, ...] = ()
    defaulted: tuple[int, int] | None = None
    defaulted_bound: tuple[int, int] | None = None
    scheduler_name: str = ""


NO_PREFERENCES = Preferences()


class _Cache:
    """A cache of computed values; not a field, so not in copies, files or digests."""

    __slots__ = ("_hash", "_plain")
    _hash: int
    _plain: "PodTemplate"


@dataclass(frozen=True, slots=True)
class PodTemplate(_Cache):
    """Everything about a pod that decides where it may run, except its labels and claims.

    ``added_affinity`` is what its scheduler's profile requires of nodes beside ``node_affinity``.
    ``cpu_use`` is the share of its cpu request that it uses, in thousandths, if it says so.
    """

    requests: Amounts = ()
    node_selector: tuple[tuple[str, str], ...] = ()
    node_affinity: tuple[NodeSelectorTerm, ...] | None = None
    tolerations: tuple[Toleration, ...] = ()
    host_ports: tuple[HostPort, ...] = ()
    spread: tuple[SpreadConstraint, ...] = ()
    affinity: tuple[PodAffinityTerm, ...] = ()
    anti_affinity: tuple[PodAffinityTerm, ...] = ()
    inline_volumes: tuple[InlineVolume, ...] = ()
    priority: int = 0
    preempts: bool = True
    scheduling_gates: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    preferences: Preferences = NO_PREFERENCES
    added_affinity: tuple[NodeSelectorTerm, ...] | None = None
    cpu_use: int | None = None

    def __hash__(self) -> int:
        """Return the hash of all fields, cached: templates are large and looked up once per pod."""
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", hash(tuple(map(self.__getattribute__, _TEMPLATE))))
            return self._hash

    @property
    def plain(self) -> "PodTemplate":
        """The template without preferences, which decide nothing; always the same object."""
        try:
            return self._plain
        except AttributeError:
            plain = replace(self, preferences=NO_PREFERENCES, preempts=True)
            object.__setattr__(self, "_plain", self if plain == self else plain)
            return self._plain

    @property
    def node_terms(self) -> tuple[NodeSelectorTerm, ...]:
        """The node selector terms of its own affinity and of the added one."""
        return (*(self.node_affinity or ()), *(self.added_affinity or ()))

    @property
    def inline_ebs_volumes(self) -> tuple[str, ...]:
        """The EBS volumes among the inline volumes."""
        return tuple(volume.name for volume in self.inline_volumes if volume.kind == "ebs")


_TEMPLATE = tuple(field.name for field in fields(PodTemplate))


class Likeness:
    """What pods share that scheduling can hardly tell apart: one object for all of them."""

    __slots__ = ("__weakref__",)


_LIKENESSES: WeakValueDictionary[tuple[object, ...], Likeness] = WeakValueDictionary()


class _Likened:
    """A cache of a pod's likeness; not a field, so not in copies, files or digests."""

    __slots__ = ("_likeness",)
    _likeness: Likeness


@dataclass(frozen=True, slots=True)
class Pod(_Likened):
    """One pod; ``node_name`` is set if it is bound, ``volume_claims`` are PVC names.

    ``ephemeral_claims`` are those that belong to ephemeral volumes; ``owner_selector`` is the
    selector of its ReplicaSet, ReplicationController or StatefulSet; the scheduler ignores
    ``lifecycle``.
    """

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...] = ()
    node_name: str = ""
    volume_claims: tuple[str, ...] = ()
    terminating: bool = False
    rejected: str = ""  # why admission rejects it, if it does
    daemonset: str = ""  # namespace/name of its DaemonSet, if it has one
    ephemeral_claims: tuple[str, ...] = ()
    owner_selector: LabelSelector | None = None
    lifecycle: Lifecycle = field(default=UNKNOWN_LIFECYCLE, compare=False)

    @property
    def key(self) -> str:
        """namespace/name."""
        return f"{self.namespace}/{self.name}"

    def on(self, node_name: str) -> "Pod":
        """Return the pod bound to a node, or to none; three times faster than ``replace``."""
        pod = Pod(
            self.namespace, self.name, self.template, self.labels, node_name, self.volume_claims,
            self.terminating, self.rejected, self.daemonset, self.ephemeral_claims,
            self.owner_selector, self.lifecycle,
        )  # fmt: skip
        object.__setattr__(pod, "_likeness", self.likeness)
        return pod

    @property
    def likeness(self) -> Likeness:
        """What it shares with pods that differ at most in name, node, lifecycle and DaemonSet.

        Computed once per pod, because thousands of pods are grouped by it many times.
        """
        try:
            return self._likeness
        except AttributeError:
            key = (
                self.template, self.labels, self.namespace, self.terminating, self.rejected,
                self.volume_claims, self.ephemeral_claims, self.owner_selector,
            )  # fmt: skip
            likeness = _LIKENESSES.get(key)
            if likeness is None:
                likeness = _LIKENESSES[key] = Likeness()
            object.__setattr__(self, "_likeness", likeness)
            return likeness


@dataclass(frozen=True, slots=True)
class Sample:
    """The likenesses of some pods, in the order of their first pods, ``firsts``.

    ``number_of`` is the number of each pod's likeness. Pods of one likeness are equal for
    scheduling.
    """

    likenesses: tuple[Likeness, ...]
    firsts: list[int]
    number_of: list[int]


def sample(pods: Sequence[Pod]) -> Sample:
    """Group pods by likeness."""
    try:
        each = list(map(attrgetter("_likeness"), pods))
    except AttributeError:  # some pod's has not been found yet
        each = [pod.likeness for pod in pods]
    number = {likeness: n for n, likeness in enumerate(dict.fromkeys(each))}
    first = dict(zip(reversed(each), range(len(each) - 1, -1, -1), strict=True))
    firsts = [first[likeness] for likeness in number]
    return Sample(tuple(number), firsts, list(map(number.__getitem__, each)))


@dataclass(frozen=True, slots=True)
class DaemonSet:
    """A DaemonSet: one pod on every node that it may run on."""

    namespace: str
    name: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...] = ()
    eviction: EvictionTerms | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """namespace/name."""
        return f"{self.namespace}/{self.name}"
