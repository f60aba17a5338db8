"""Workloads turned into pods: Deployment, ReplicaSet, StatefulSet, Job, CronJob, DaemonSet.

All pods of a workload share one template. Pods that are already in the input count against their
workload's replicas, so that a dump of a live cluster is not counted twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.admission import Admission
from kubestow.adapters.kubernetes.eviction_terms import Odd, eviction_terms
from kubestow.adapters.kubernetes.fields import label_selector, pairs
from kubestow.adapters.kubernetes.operators.made import Maker
from kubestow.adapters.kubernetes.pods import Prepared, prepare
from kubestow.adapters.kubernetes.replicas import REPLICAS_MAX, AutoscalerChoice, Scaler
from kubestow.adapters.kubernetes.volumes import claim_of
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.model.workload import Lifecycle

Owner = tuple[str, str, str]
"""kind, namespace, name."""
HASHES = {"pod-template-hash": "Deployment", "rollouts-pod-template-hash": "Rollout"}
"""The label that tells the ReplicaSets of a kind apart, by which their names end."""


@dataclass(slots=True)
class Expansion:
    """The input of workload expansion, and the claims it creates."""

    admission: Admission
    default_namespace: str
    live_pods: dict[Owner, int] = field(default_factory=dict)
    live_names: set[tuple[str, str]] = field(default_factory=set)
    parents: dict[Owner, Owner] = field(default_factory=dict)
    autoscalers: dict[Owner, Scaler] = field(default_factory=dict)
    autoscaler_choice: AutoscalerChoice = "current"
    claims: dict[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    selectors: dict[Owner, LabelSelector] = field(default_factory=dict)
    """The selectors of the input's ReplicaSets and StatefulSets."""
    live_claims: set[tuple[str, str]] = field(default_factory=set)
    """The ``claims`` that live pods use; the zones of their volumes are unknown."""
    groups: dict[str, list[tuple[frozenset[tuple[str, str]], Owner]]] = field(default_factory=dict)
    """By namespace: the labels of pods that custom objects own, and the workload they count to."""
    odd: Odd = field(default_factory=list)
    """What has no effect in the object that is being read."""

    def namespace(self, metadata: wire.Metadata) -> str:
        """Return an object's namespace."""
        return metadata.namespace or self.default_namespace

    def group_of(self, namespace: str, labels: Mapping[str, str]) -> Owner | None:
        """Return the workload of a custom object that a pod's labels name."""
        for wanted, owner in self.groups.get(namespace, ()):
            if wanted <= labels.items():
                return owner
        return None


def controller_of(metadata: wire.Metadata, namespace: str) -> Owner | None:
    """Return the controlling owner an object names, if it has one."""
    for owner in metadata.owner_references or ():
        if owner.controller is not False:
            return (owner.kind, namespace, owner.name)
    return None


def owner_selector_of(
    owner: Owner | None, labels: Mapping[str, str], expansion: Expansion
) -> LabelSelector | None:
    """Return the selector of a live pod's owner, by hash for a ReplicaSet not in the input."""
    if owner is None or owner[0] not in ("ReplicaSet", "StatefulSet"):
        return None
    selector = expansion.selectors.get(owner)
    for key in HASHES if selector is None else ():
        if key in labels:
            return LabelSelector((SelectorRequirement(key, "In", (labels[key],)),))
    return selector


def parent_of(owner: Owner, labels: Mapping[str, str]) -> Owner | None:
    """Infer the Deployment or Rollout of a ReplicaSet from its name and its pods' hash."""
    kind, namespace, name = owner
    for key, parent in HASHES.items():
        suffix = "-" + labels.get(key, "")
        if kind == "ReplicaSet" and len(suffix) > 1 and name.endswith(suffix):
            return parent, namespace, name.removesuffix(suffix)
    return None


def live_root(owner: Owner, parents: dict[Owner, Owner]) -> Iterator[Owner]:
    """Yield an owner and the owners above it."""
    seen = set()
    current: Owner | None = owner
    while current is not None and current not in seen:
        seen.add(current)
        yield current
        current = parents.get(current)


def expand(
    kind: str,
    item: wire.WireWorkload,
    expansion: Expansion,
    *,
    owner: Owner | None = None,
    maker: Maker | None = None,
) -> list[Pod]:
    """Return the pods a workload still lacks; raise FieldError if it is not valid.

    ``owner`` is the owner whose live pods count; it defaults to the workload itself. ``maker`` is
    the custom object that the workload was made of, if it was.
    """
    namespace = expansion.namespace(item.metadata)
    owner = owner or (kind, namespace, item.metadata.name)
    spec = item.spec or wire.WorkloadSpec()
    labels = _checked_labels(kind, spec, maker.kind if maker else kind)
    prepared = prepare(
        pod_spec(kind, spec), labels, namespace, expansion.admission, "spec.template.spec",
        annotations=_annotations(spec),
    )  # fmt: skip
    wanted = replicas_of(kind, item, spec, expansion, owner)
    if wanted < 0:
        raise FieldError(_count_field(kind), f"{wanted} is negative", "use 0 or more")
    if wanted > REPLICAS_MAX:
        shown = wanted if wanted < 10**15 else "the number"
        raise FieldError(
            _count_field(kind),
            f"{shown} exceeds the {REPLICAS_MAX} pods that Kubernetes supports in a cluster",
            f"use at most {REPLICAS_MAX}, or split the workload across clusters",
        )
    missing = max(0, wanted - expansion.live_pods.get(owner, 0))
    ordinals = list(range(wanted - missing, wanted))
    if kind == "StatefulSet":
        start = (spec.ordinals and spec.ordinals.start) or 0
        taken = expansion.live_names
        ordinals = [
            ordinal
            for ordinal in range(start, start + wanted)
            if (namespace, f"{item.metadata.name}-{ordinal}") not in taken
        ][:missing]
        _create_live_claims(item, spec, expansion, start, wanted)
    return list(_pods(kind, item, spec, prepared, ordinals, expansion, maker=maker))


def pod_spec(kind: str, spec: wire.WorkloadSpec) -> wire.PodSpec | None:
    """Return a workload's pod spec; a StatefulSet's claim takes the place of a volume of its name.

    Source: apps/v1 StatefulSetSpec.volumeClaimTemplates, and updateStorage in
    pkg/controller/statefulset/stateful_set_utils.go (Kubernetes 1.34).
    """
    pod = spec.template.spec if spec.template else None
    if kind != "StatefulSet" or pod is None or not pod.volumes:
        return pod
    claims = {c.metadata.name for c in spec.volume_claim_templates or () if c.metadata}
    kept = [volume for volume in pod.volumes if volume.name not in claims]
    return pod if len(kept) == len(pod.volumes) else msgspec.structs.replace(pod, volumes=kept)


def _count_field(kind: str) -> str:
    return "spec.parallelism" if kind == "Job" else "spec.replicas"


def _checked_labels(kind: str, spec: wire.WorkloadSpec, shown: str) -> dict[str, str]:
    if spec.template is None:
        raise FieldError(
            "spec.template", "is missing", f"a {shown} needs a pod template with a spec"
        )
    labels = (spec.template.metadata and spec.template.metadata.labels) or {}
    selector = label_selector(spec.selector, "spec.selector")
    if kind == "Job":
        return labels  # the Job controller creates the selector
    if selector is None and kind != "ReplicationController":
        raise FieldError("spec.selector", "is missing", "select the template's labels")
    if selector is not None and not selector.matches(labels):
        raise FieldError(
            "spec.selector",
            "does not match spec.template.metadata.labels",
            "the API server rejects this; select labels that the template has",
        )
    return labels


def replicas_of(
    kind: str, item: wire.WireWorkload, spec: wire.WorkloadSpec, expansion: Expansion, owner: Owner
) -> int:
    """Return how many pods a workload should have; a Job's completed pods do not count."""
    if kind == "Job":
        done = (item.status and item.status.succeeded) or 0
        if spec.suspend or (item.status and item.status.completion_time):
            return 0
        parallelism = 1 if spec.parallelism is None else spec.parallelism
        if spec.completions is None:
            return parallelism
        return min(parallelism, max(0, spec.completions - done))
    wanted = 1 if spec.replicas is None else spec.replicas
    scaler = expansion.autoscalers.get(owner)
    return wanted if scaler is None else scaler.replicas(wanted, expansion.autoscaler_choice)


def _pods(
    kind: str, item: wire.WireWorkload, spec: wire.WorkloadSpec, prepared: Prepared,
    ordinals: Iterable[int], expansion: Expansion, *, maker: Maker | None,
) -> Iterator[Pod]:  # fmt: skip
    namespace, base = expansion.namespace(item.metadata), item.metadata.name
    template_metadata = (spec.template and spec.template.metadata) or wire.Metadata()
    labels = dict(template_metadata.labels or {})
    shared = pairs(labels)
    templates = (spec.volume_claim_templates or ()) if kind == "StatefulSet" else ()
    owner_selector = None if kind == "Job" else label_selector(spec.selector, "spec.selector")
    if owner_selector is not None and owner_selector.is_empty:
        owner_selector = None  # a ReplicationController's selector is not read
    lifecycle = Lifecycle((kind, base), eviction=_template_terms(kind, spec, expansion))
    if maker is not None and maker.owner is not None:
        lifecycle = replace(lifecycle, owner=maker.owner)
        owner_selector = owner_selector if maker.through_replica_sets else None
    for ordinal in ordinals:
        name = f"{base}-{ordinal}"
        own = shared
        if kind == "StatefulSet" and (maker is None or maker.owner is None):
            own = pairs(labels | {"statefulset.kubernetes.io/pod-name": name,
                                  "apps.kubernetes.io/pod-index": str(ordinal)})  # fmt: skip
        claims = [f"{(c.metadata or wire.Metadata()).name}-{name}" for c in templates]
        for claim_name, claim in zip(claims, templates, strict=True):
            _create_claim(expansion, namespace, claim_name, claim.spec or wire.ClaimSpec())
        yield finish_pod(
            Pod(namespace, name, prepared.template, own, rejected=prepared.rejected,
                owner_selector=owner_selector, lifecycle=lifecycle),
            prepared, tuple(claims), expansion,
        )  # fmt: skip


def _annotations(spec: wire.WorkloadSpec) -> Mapping[str, str] | None:
    """Return the annotations of a workload's pod template."""
    metadata = spec.template and spec.template.metadata
    return metadata.annotations if metadata else None


def _template_terms(
    kind: str, spec: wire.WorkloadSpec, expansion: Expansion
) -> EvictionTerms | None:
    """Return what a workload's pod template says about evictions, of which its pods are copies."""
    metadata = (spec.template and spec.template.metadata) or wire.Metadata()
    pod = pod_spec(kind, spec) or wire.PodSpec()
    path = "spec.template.metadata"
    return eviction_terms(metadata.annotations, pod.volumes, path, expansion.odd)


def finish_pod(pod: Pod, prepared: Prepared, claims: tuple[str, ...], expansion: Expansion) -> Pod:
    """Return the pod with all its claims, creating those of its ephemeral volumes."""
    ephemeral = []
    for volume, spec in prepared.ephemeral:
        name = f"{pod.name}-{volume}"
        _create_claim(expansion, pod.namespace, name, spec, pod.name)
        ephemeral.append(name)
    # A claim template replaces a volume of the same claim name, so names are unique.
    names = tuple(dict.fromkeys((*prepared.claims, *claims, *ephemeral)))
    if not names:
        return pod
    return replace(pod, volume_claims=names, ephemeral_claims=tuple(ephemeral))


def _create_live_claims(
    item: wire.WireWorkload, spec: wire.WorkloadSpec, expansion: Expansion, start: int, wanted: int
) -> None:
    """Create the claims of a StatefulSet's live pods: the input may lack them."""
    namespace, base = expansion.namespace(item.metadata), item.metadata.name
    ordinal = start
    while (live := (namespace, f"{base}-{ordinal}") in expansion.live_names) or (
        ordinal < start + wanted
    ):
        for claim in (spec.volume_claim_templates or ()) if live else ():
            name = f"{(claim.metadata or wire.Metadata()).name}-{base}-{ordinal}"
            expansion.live_claims.add((namespace, name))
            _create_claim(expansion, namespace, name, claim.spec or wire.ClaimSpec())
        ordinal += 1


def _create_claim(
    expansion: Expansion, namespace: str, name: str, spec: wire.ClaimSpec, owner_pod: str = ""
) -> None:
    owners = (owner_pod,) if owner_pod else ()
    if (namespace, name) not in expansion.claims:
        claim = replace(claim_of(spec, namespace, name), owner_pods=owners)
        expansion.claims[namespace, name] = claim


def cron_job_as_job(item: wire.CronJob) -> wire.WireWorkload:
    """Return the one Job a CronJob is assumed to run at a time (none if it is suspended)."""
    spec = item.spec or wire.CronJobSpec()
    template = spec.job_template.spec if spec.job_template else None
    if template is None:
        raise FieldError("spec.jobTemplate.spec", "is missing", "a CronJob needs a job template")
    if spec.suspend:
        template.suspend = True
    return wire.WireWorkload(item.metadata, template)


def daemonset(item: wire.WireWorkload, expansion: Expansion) -> DaemonSet:
    """Read a DaemonSet; planning creates its pods per node."""
    namespace = expansion.namespace(item.metadata)
    spec = item.spec or wire.WorkloadSpec()
    labels = _checked_labels("DaemonSet", spec, "DaemonSet")
    prepared = prepare(
        spec.template.spec if spec.template else None, labels, namespace,
        expansion.admission, "spec.template.spec", annotations=_annotations(spec),
    )  # fmt: skip
    terms = _template_terms("DaemonSet", spec, expansion)
    return DaemonSet(namespace, item.metadata.name, prepared.template, pairs(labels), terms)
