"""Documents turned into a Cluster.

Objects are read in two passes: first those that shape others (limits, classes, autoscalers, node
classes), then those they shape. Each invalid object is one InputProblem; the rest are read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import karpenter_wire, policy_wire, wire
from kubestow.adapters.kubernetes.admission import Admission, Quota, read_quota
from kubestow.adapters.kubernetes.decoding import decode, subject
from kubestow.adapters.kubernetes.fields import label_selector, pairs
from kubestow.adapters.kubernetes.kinds import (
    UnknownKindError,
    makes_pods,
    stranger,
    why_ignored,
)
from kubestow.adapters.kubernetes.known_fields import unknown_fields
from kubestow.adapters.kubernetes.lifecycles import disruption_budget, workload
from kubestow.adapters.kubernetes.live import LivePods, read_node
from kubestow.adapters.kubernetes.nodepools import (
    AUTO_MODE_GROUP,
    KARPENTER_GROUP,
    read_auto_mode_class,
    read_node_class,
    read_nodepool,
    read_provisioner,
)
from kubestow.adapters.kubernetes.volumes import STORAGE_SHAPES, StorageObjects, read_storage
from kubestow.adapters.kubernetes.workloads import (
    AutoscalerChoice,
    Expansion,
    Owner,
    controller_of,
    cron_job_as_job,
    daemonset,
    expand,
)
from kubestow.model.input_error import InputProblem
from kubestow.model.labels import PLANNED_NODES
from kubestow.model.node import Node
from kubestow.model.nodepool import Launcher, NodeClass, NodePool
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.snapshot import Cluster, DisruptionBudget, Ignored, Service
from kubestow.model.workload import Workload

_SHAPING: Mapping[str, type[Any]] = {
    "LimitRange": policy_wire.LimitRangeWire,
    "RuntimeClass": policy_wire.RuntimeClassWire,
    "PriorityClass": policy_wire.PriorityClassWire,
    "ResourceQuota": policy_wire.QuotaWire,
    "Namespace": wire.Named,
    "HorizontalPodAutoscaler": policy_wire.Autoscaler,
    **STORAGE_SHAPES,
    "EC2NodeClass": karpenter_wire.NodeClassWire,
    "AWSNodeTemplate": karpenter_wire.NodeClassWire,
    "NodeClass": karpenter_wire.AutoModeNodeClassWire,
    "Node": wire.NodeWire,
    "PodDisruptionBudget": wire.BudgetWire,
    "Service": wire.ServiceWire,
}
_WORKLOADS = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "Job")
_SHAPED: Mapping[str, type[Any]] = {
    "NodePool": karpenter_wire.NodePoolWire,
    "Provisioner": karpenter_wire.ProvisionerWire,
    "CronJob": wire.CronJob,
    "DaemonSet": wire.WireWorkload,
} | dict.fromkeys(_WORKLOADS, wire.WireWorkload)
_NOT_FATAL = {*_WORKLOADS, "Pod", "CronJob", "DaemonSet", "HorizontalPodAutoscaler",
              "PodDisruptionBudget", "ResourceQuota", "Service"}  # fmt: skip
_CLUSTER_SCOPED = {"AWSNodeTemplate", "CSIDriver", "CSINode", "EC2NodeClass", "Namespace", "Node",
                   "NodeClass", "NodePool", "PersistentVolume", "PriorityClass", "Provisioner",
                   "RuntimeClass", "StorageClass", "VolumeAttachment"}  # fmt: skip
_NAMES_MAX = 5
_MEBIBYTE = 2**20


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    expansion: Expansion
    problems: list[InputProblem]
    live: LivePods
    node_classes: dict[tuple[str, str], NodeClass] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    nodepools: dict[str, NodePool] = field(default_factory=dict)
    daemonsets: dict[tuple[str, str], DaemonSet] = field(default_factory=dict)
    pods: list[Pod] = field(default_factory=list)
    namespaces: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    storage: StorageObjects = field(default_factory=StorageObjects)
    services: list[Service] = field(default_factory=list)
    budgets: list[DisruptionBudget] = field(default_factory=list)
    workloads: dict[Owner, Workload] = field(default_factory=dict)
    quotas: dict[str, list[Quota]] = field(default_factory=dict)
    ignored: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[Owner, Any] = field(default_factory=dict)  # the first wire object of each name
    duplicates: dict[str, list[str]] = field(default_factory=dict)  # by kind: names
    generated: int = 0
    from_scratch: bool = False
    regions: set[str] = field(default_factory=set)
    assumptions: list[str] = field(default_factory=list)


def read_cluster(
    documents: Iterable[Document],
    problems: list[InputProblem],
    *,
    namespace: str = "default",
    autoscaler_choice: AutoscalerChoice = "current",
    from_scratch: bool = False,
) -> Cluster:
    """Read all documents; add what is wrong with them to ``problems``.

    ``from_scratch`` leaves out the Nodes and plans every pod as pending.
    """
    admission = Admission()
    expansion = Expansion(admission, namespace, autoscaler_choice=autoscaler_choice)
    reading = _Reading(expansion, problems, LivePods(expansion), from_scratch=from_scratch)
    shaped = _first_pass(documents, reading)
    _pods_pass(shaped.pop("Pod", []), reading)
    for kind in _SHAPED:
        for document, item in _decoded(shaped.get(kind, []), _SHAPED[kind], reading):
            _guarded(document, item, reading, _shape)
    return _cluster(reading)


def _first_pass(documents: Iterable[Document], reading: _Reading) -> dict[str, list[Document]]:
    """Read shaping objects; return the others by kind."""
    rest: dict[str, list[Document]] = {}
    shaping: dict[str, list[Document]] = {}
    for document in documents:
        try:
            reason = stranger(document)
        except FieldError as problem:
            _report(document, problem, reading)
            continue
        if reason:
            pods = "; its pods are not planned" if makes_pods(document) else ""
            reading.ignored[document.kind, reason + pods] += 1
        elif document.kind in _SHAPING:
            shaping.setdefault(document.kind, []).append(document)
        elif document.kind in _SHAPED or document.kind == "Pod":
            rest.setdefault(document.kind, []).append(document)
        else:
            reading.ignored[document.kind, why_ignored(document)] += 1
    for kind, shape in _SHAPING.items():
        for document, item in _decoded(shaping.get(kind, []), shape, reading):
            _guarded(document, item, reading, _read_shaping)
    for kind in ("Deployment", "CronJob", "ReplicaSet", "StatefulSet", "Job"):
        for document in rest.get(kind, ()):
            _note_owner(kind, document, reading)
    return rest


def _note_owner(kind: str, document: Document, reading: _Reading) -> None:
    """Record a workload and its controller, so that no pod is created twice."""
    try:
        item = decode(document, wire.Owning)
        selector = label_selector(item.spec.selector, "spec.selector") if item.spec else None
    except FieldError:
        return  # reported when the object itself is read
    metadata = item.metadata
    namespace = reading.expansion.namespace(metadata)
    if selector is not None:
        reading.expansion.selectors[kind, namespace, metadata.name] = selector
    reading.live.workloads.add((kind, namespace, metadata.name))
    scaler = reading.expansion.autoscalers.get((kind, namespace, metadata.name))
    try:
        owning = workload(kind, item, namespace, scaler)
        reading.workloads.setdefault((kind, namespace, metadata.name), owning)
    except FieldError as problem:
        _report(document, problem, reading)
    parent = controller_of(metadata, namespace)
    if parent is not None:
        reading.expansion.parents[kind, namespace, metadata.name] = parent


def _decoded(
    documents: Iterable[Document], shape: type[Any], reading: _Reading
) -> Iterable[tuple[Document, Any]]:
    for document in documents:
        item: Any = None
        mistakes: list[FieldError] = []
        try:
            item = decode(document, shape)
        except FieldError as problem:
            mistakes = [problem]
        # A misspelt field explains a missing one. Pods with a status come from a cluster, so their
        # fields are spelt right, and there may be very many of them.
        if not (isinstance(item, wire.PodWire) and item.status and item.status.phase):
            mistakes = unknown_fields(document) or mistakes
        for mistake in mistakes:
            _report(document, mistake, reading)
        if not mistakes:
            yield document, item


def _report(document: Document, problem: FieldError, reading: _Reading) -> None:
    kind = problem.meant if isinstance(problem, UnknownKindError) else document.kind
    reading.problems.append(
        InputProblem(document.file, subject(document), problem.field, problem.message,
                problem.hint, kind not in _NOT_FATAL)
    )  # fmt: skip


def _guarded(
    document: Document,
    item: Any,
    reading: _Reading,
    read: Callable[[Document, Any, _Reading], None],
) -> None:
    try:
        if _is_first(document, item, reading):
            read(document, item, reading)
    except FieldError as problem:
        _report(document, problem, reading)


def _is_first(document: Document, item: Any, reading: _Reading) -> bool:
    """Return whether an object is the first of its name; raise FieldError if it differs from it."""
    metadata = item.metadata
    if not metadata.name:
        if not metadata.generate_name:
            raise FieldError("metadata.name", "is missing", "every object needs a name")
        metadata.name = f"{metadata.generate_name}{reading.generated}"
        reading.generated += 1
    if document.kind == "Pod":
        return True  # there may be very many: kubestow.adapters.kubernetes.live compares them
    metadata.namespace = reading.expansion.namespace(metadata)
    if document.kind not in STORAGE_SHAPES:
        # Annotations differ from dump to dump and affect nothing, except kubestow's own.
        own = (metadata.annotations or {}).get(PLANNED_NODES)
        metadata.annotations = {PLANNED_NODES: own} if own else None
    first = reading.first.setdefault((document.kind, metadata.namespace, metadata.name), item)
    if first is item:
        return True
    if first != item:
        raise FieldError(
            "metadata.name",
            f"another {document.kind} of this name has another definition; the first one is used",
            "remove or rename one of them",
        )
    scoped = document.kind in _CLUSTER_SCOPED
    name = metadata.name if scoped else f"{metadata.namespace}/{metadata.name}"
    reading.duplicates.setdefault(document.kind, []).append(name)
    return False


def _read_shaping(document: Document, item: Any, reading: _Reading) -> None:
    admission, name = reading.expansion.admission, item.metadata.name
    namespace = reading.expansion.namespace(item.metadata)
    match document.kind:
        case "LimitRange":
            admission.add_limit_range(item, namespace)
        case "RuntimeClass":
            admission.add_runtime_class(item)
        case "PriorityClass":
            admission.add_priority_class(item)
        case "ResourceQuota":
            quota, unsupported = read_quota(item)
            reading.quotas.setdefault(namespace, []).append(quota)
            for entry in unsupported:
                reading.ignored["ResourceQuota", f"{entry} is not enforced"] += 1
        case "Namespace":
            labels = dict(item.metadata.labels or {})
            reading.namespaces[name] = pairs({"kubernetes.io/metadata.name": name} | labels)
        case "HorizontalPodAutoscaler":
            target = item.spec.scale_target_ref
            reading.expansion.autoscalers[target.kind, namespace, target.name] = item
        case "EC2NodeClass" | "AWSNodeTemplate":
            reading.node_classes[KARPENTER_GROUP, name] = read_node_class(item)
        case "NodeClass":
            reading.node_classes[AUTO_MODE_GROUP, name] = read_auto_mode_class(item)
        case "Node":
            node = read_node(item)
            reading.regions |= {node.region} - {""}
            if reading.from_scratch:
                reading.ignored["Node", "planning from scratch"] += 1
            else:
                reading.nodes[name] = node
        case "PodDisruptionBudget":
            reading.budgets.append(disruption_budget(item, namespace))
        case "Service":
            if item.spec and item.spec.selector:
                reading.services.append(Service(namespace, pairs(item.spec.selector)))
        case kind if kind in STORAGE_SHAPES:
            read_storage(kind, item, namespace, reading.storage)


def _pods_pass(documents: list[Document], reading: _Reading) -> None:
    reader = reading.live
    for document, item in _decoded(documents, wire.PodWire, reading):
        _guarded(document, item, reading, lambda _, pod, r: reader.add(pod, r.nodes))


def _shape(document: Document, item: Any, reading: _Reading) -> None:
    expansion = reading.expansion
    namespace = expansion.namespace(item.metadata)
    if document.kind == "NodePool":
        version = document.api_version
        pool = read_nodepool(item, reading.node_classes, document.file, version)
        reading.nodepools[pool.name] = replace(pool, desired=()) if reading.from_scratch else pool
    elif document.kind == "Provisioner":
        reading.nodepools[item.metadata.name] = read_provisioner(
            item, reading.node_classes, document.file
        )
    elif document.kind == "DaemonSet":
        reading.daemonsets[namespace, item.metadata.name] = daemonset(item, expansion)
    elif (document.kind, namespace, item.metadata.name) in expansion.parents and (
        _parent_present(document.kind, namespace, item.metadata.name, reading)
    ):
        return  # its owner is in the input and creates its pods
    elif document.kind == "CronJob":
        owner = (document.kind, namespace, item.metadata.name)
        reading.pods += expand("Job", cron_job_as_job(item), expansion, owner=owner)
        if (item.spec.concurrency_policy or "Allow") == "Allow" and not item.spec.suspend:
            reading.assumptions.append(
                f"CronJob {namespace}/{item.metadata.name}: planned for one run at a time, "
                "although its concurrencyPolicy allows more"
            )
    else:
        reading.pods += expand(document.kind, item, expansion)


def _parent_present(kind: str, namespace: str, name: str, reading: _Reading) -> bool:
    owner: Owner = reading.expansion.parents[kind, namespace, name]
    return owner in reading.live.workloads


def _cluster(reading: _Reading) -> Cluster:
    live, expansion = reading.live, reading.expansion
    daemonsets = live.daemonsets | reading.daemonsets
    reading.ignored.update(live.ignored)
    _count_duplicates(reading)
    if expansion.admission.unknown_priorities:
        names = ", ".join(sorted(expansion.admission.unknown_priorities))
        reading.assumptions.append(
            f"PriorityClasses not in the input, treated as priority 0: {names}"
        )
    if live.replanned:
        reading.assumptions.append(
            f"{live.replanned} pods already run on nodes: planned from scratch"
            if reading.from_scratch
            else f"{live.replanned} pods are bound to nodes not in the input: planned as pending"
        )
    unknown_claims = len(expansion.live_claims - reading.storage.claims.keys())
    if unknown_claims:
        reading.assumptions.append(
            f"{unknown_claims} PersistentVolumeClaims of StatefulSets' pods are not in the input: "
            "treated as new, although their volumes may be tied to a zone"
        )
    reading.assumptions += _missing_classes(reading)
    pods = tuple(_admitted(_distinct([*live.pods, *reading.pods]), reading.quotas))
    reading.assumptions += _small_requests(pods)
    return Cluster(
        pods=pods,
        nodes=tuple(
            reading.storage.equipped(reading.nodes[name]) for name in sorted(reading.nodes)
        ),
        daemonsets=tuple(daemonsets[key] for key in sorted(daemonsets)),
        nodepools=tuple(reading.nodepools[name] for name in sorted(reading.nodepools)),
        namespaces=reading.namespaces,
        claims=expansion.claims | reading.storage.claims,
        volumes=reading.storage.volumes,
        storage_classes=reading.storage.classes,
        disruption_budgets=tuple(reading.budgets),
        services=tuple(reading.services),
        workloads=tuple(reading.workloads[key] for key in sorted(reading.workloads)),
        capacity_drivers=tuple(sorted(reading.storage.capacity_drivers)),
        storage_capacities=tuple(reading.storage.capacities),
        attachments=tuple(reading.storage.attachments),
        ignored=tuple(
            Ignored(kind, count, reason)
            for (kind, reason), count in sorted(reading.ignored.items())
        ),
        assumptions=tuple(reading.assumptions),
        regions=tuple(sorted(reading.regions)),
    )


def _missing_classes(reading: _Reading) -> Iterator[str]:
    """Yield a note for each NodePool whose node class is not in the input."""
    for pool in reading.nodepools.values():
        name = pool.node_class.name
        if pool.launched_by is Launcher.AUTO_MODE:
            if (AUTO_MODE_GROUP, name) not in reading.node_classes and name != "default":
                yield (
                    f"NodeClass {name} of NodePool {pool.name} is not in the input: treated as "
                    "EKS Auto Mode's default, with 80Gi of ephemeral storage"
                )
        elif (KARPENTER_GROUP, name) not in reading.node_classes:
            yield (
                f"EC2NodeClass {name} of NodePool {pool.name} is not in the input: "
                "treated as AL2023 with a 20Gi root volume"
            )


def _count_duplicates(reading: _Reading) -> None:
    """Count duplicate definitions as ignored, and name them where they are few."""
    if reading.live.duplicates:
        reading.duplicates["Pod"] = reading.live.duplicates
    for kind, repeats in reading.duplicates.items():
        named = f": {', '.join(dict.fromkeys(repeats))}" if len(repeats) <= _NAMES_MAX else ""
        reason = f"defined more than once; the first one is used{named}"
        reading.ignored[kind, reason] += len(repeats)


def _small_requests(pods: Iterable[Pod]) -> Iterator[str]:
    """Yield a note on pending pods that request nothing, or next to no memory."""
    counts: dict[int, tuple[PodTemplate, int]] = {}
    for pod in pods:
        if not pod.node_name:
            template, count = counts.get(id(pod.template), (pod.template, 0))
            counts[id(pod.template)] = template, count + 1
    nothing = little = 0
    for template, count in counts.values():
        requests = dict(template.requests)
        nothing += 0 if {"cpu", "memory"} & requests.keys() else count
        little += count if 0 < requests.get("memory", 0) < _MEBIBYTE else 0
    if nothing:
        yield f"{nothing} pods request neither cpu nor memory"
    if little:
        yield f"{little} pods request less than 1Mi of memory (512m is half a byte)"


def _distinct(pods: list[Pod]) -> list[Pod]:
    """Rename pods that share a name, such as a Deployment's and a Job's."""
    seen: set[tuple[str, str]] = set()
    for position, pod in enumerate(pods):
        name, number = pod.name, 2
        while (pod.namespace, name) in seen:
            name, number = f"{pod.name}-{number}", number + 1
        seen.add((pod.namespace, name))
        if name != pod.name:
            pods[position] = replace(pod, name=name)
    return pods


def _admitted(pods: list[Pod], quotas: dict[str, list[Quota]]) -> Iterable[Pod]:
    """Apply ResourceQuotas: bound pods count first, then the others in their order."""
    if not quotas:
        return pods
    admitted: dict[int, Pod] = {}
    for index in sorted(range(len(pods)), key=lambda i: not pods[i].node_name):
        pod = pods[index]
        refusal = pod.rejected
        for quota in quotas.get(pod.namespace, ()):
            refusal = refusal or quota.admit(dict(pod.template.requests))
        keep = not refusal or bool(pod.node_name)
        admitted[index] = pod if keep else replace(pod, rejected=refusal)
    return [admitted[index] for index in range(len(pods))]
