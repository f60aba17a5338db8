"""Documents turned into a Cluster.

Law: objects are read in two passes, first what shapes others (limits, classes, autoscalers, node
classes), then what is shaped. One bad object is one Problem; the rest is kept.
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
from kubestow.model.labels import PLANNED_NODES, REGION
from kubestow.model.node import Node
from kubestow.model.nodepool import NodeClass, NodePool
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
                   "NodePool", "PersistentVolume", "PriorityClass", "Provisioner", "RuntimeClass",
                   "StorageClass", "VolumeAttachment"}  # fmt: skip
_NAMES_MAX = 5
_MEBIBYTE = 2**20


@dataclass(slots=True)
class _State:
    expansion: Expansion
    problems: list[InputProblem]
    live: LivePods
    node_classes: dict[str, NodeClass] = field(default_factory=dict)
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
    first: dict[Owner, Any] = field(default_factory=dict)  # the wire object that counts
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
    """Read all documents; problems found are added to ``problems``.

    ``from_scratch`` leaves the Nodes out and plans every pod anew.
    """
    admission = Admission()
    expansion = Expansion(admission, namespace, autoscaler_choice=autoscaler_choice)
    state = _State(expansion, problems, LivePods(expansion), from_scratch=from_scratch)
    shaped = _first_pass(documents, state)
    _pods_pass(shaped.pop("Pod", []), state)
    for kind in _SHAPED:
        for document, item in _decoded(shaped.get(kind, []), _SHAPED[kind], state):
            _guarded(document, item, state, _shape)
    return _cluster(state)


def _first_pass(documents: Iterable[Document], state: _State) -> dict[str, list[Document]]:
    """Read shaping objects; return the others by kind."""
    rest: dict[str, list[Document]] = {}
    shaping: dict[str, list[Document]] = {}
    for document in documents:
        try:
            reason = stranger(document)
        except FieldError as problem:
            _report(document, problem, state)
            continue
        if reason:
            pods = "; its pods are not planned" if makes_pods(document) else ""
            state.ignored[document.kind, reason + pods] += 1
        elif document.kind in _SHAPING:
            shaping.setdefault(document.kind, []).append(document)
        elif document.kind in _SHAPED or document.kind == "Pod":
            rest.setdefault(document.kind, []).append(document)
        else:
            state.ignored[document.kind, why_ignored(document)] += 1
    for kind, shape in _SHAPING.items():
        for document, item in _decoded(shaping.get(kind, []), shape, state):
            _guarded(document, item, state, _read_shaping)
    for kind in ("Deployment", "CronJob", "ReplicaSet", "StatefulSet", "Job"):
        for document in rest.get(kind, ()):
            _note_owner(kind, document, state)
    return rest


def _note_owner(kind: str, document: Document, state: _State) -> None:
    """Remember a workload and its controller, so that no pod is made twice."""
    try:
        item = decode(document, wire.Owning)
        selector = label_selector(item.spec.selector, "spec.selector") if item.spec else None
    except FieldError:
        return  # reported when the object itself is read
    metadata = item.metadata
    namespace = state.expansion.namespace(metadata)
    if selector is not None:
        state.expansion.selectors[kind, namespace, metadata.name] = selector
    state.live.workloads.add((kind, namespace, metadata.name))
    scaler = state.expansion.autoscalers.get((kind, namespace, metadata.name))
    try:
        found = workload(kind, item, namespace, scaler)
        state.workloads.setdefault((kind, namespace, metadata.name), found)
    except FieldError as problem:
        _report(document, problem, state)
    parent = controller_of(metadata, namespace)
    if parent is not None:
        state.expansion.parents[kind, namespace, metadata.name] = parent


def _decoded(
    documents: Iterable[Document], shape: type[Any], state: _State
) -> Iterable[tuple[Document, Any]]:
    for document in documents:
        item: Any = None
        mistakes: list[FieldError] = []
        try:
            item = decode(document, shape)
        except FieldError as problem:
            mistakes = [problem]
        # A misspelt field explains one that is missing. What a cluster itself reports is spelt
        # right, and there may be very many pods.
        if not (isinstance(item, wire.PodWire) and item.status and item.status.phase):
            mistakes = unknown_fields(document) or mistakes
        for mistake in mistakes:
            _report(document, mistake, state)
        if not mistakes:
            yield document, item


def _report(document: Document, problem: FieldError, state: _State) -> None:
    kind = problem.meant if isinstance(problem, UnknownKindError) else document.kind
    state.problems.append(
        InputProblem(document.file, subject(document), problem.field, problem.message,
                problem.hint, kind not in _NOT_FATAL)
    )  # fmt: skip


def _guarded(
    document: Document,
    item: Any,
    state: _State,
    read: Callable[[Document, Any, _State], None],
) -> None:
    try:
        if _is_first(document, item, state):
            read(document, item, state)
    except FieldError as problem:
        _report(document, problem, state)


def _is_first(document: Document, item: Any, state: _State) -> bool:
    """Tell whether an object is the first of its name; raise FieldError if it contradicts it."""
    metadata = item.metadata
    if not metadata.name:
        if not metadata.generate_name:
            raise FieldError("metadata.name", "is missing", "give the object a name")
        metadata.name = f"{metadata.generate_name}{state.generated}"
        state.generated += 1
    if document.kind == "Pod":
        return True  # there may be very many: kubestow.adapters.kubernetes.live compares them
    metadata.namespace = state.expansion.namespace(metadata)
    if document.kind not in STORAGE_SHAPES:
        # They decide nothing and differ from dump to dump, but for one of ours.
        own = (metadata.annotations or {}).get(PLANNED_NODES)
        metadata.annotations = {PLANNED_NODES: own} if own else None
    first = state.first.setdefault((document.kind, metadata.namespace, metadata.name), item)
    if first is item:
        return True
    if first != item:
        raise FieldError(
            "metadata.name",
            f"another {document.kind} of this name is defined differently; the first one counts",
            "keep one of the two, or rename one",
        )
    scoped = document.kind in _CLUSTER_SCOPED
    name = metadata.name if scoped else f"{metadata.namespace}/{metadata.name}"
    state.duplicates.setdefault(document.kind, []).append(name)
    return False


def _read_shaping(document: Document, item: Any, state: _State) -> None:
    admission, name = state.expansion.admission, item.metadata.name
    namespace = state.expansion.namespace(item.metadata)
    match document.kind:
        case "LimitRange":
            admission.add_limit_range(item, namespace)
        case "RuntimeClass":
            admission.add_runtime_class(item)
        case "PriorityClass":
            admission.add_priority_class(item)
        case "ResourceQuota":
            quota, unjudged = read_quota(item)
            state.quotas.setdefault(namespace, []).append(quota)
            for entry in unjudged:
                state.ignored["ResourceQuota", f"{entry} is not judged"] += 1
        case "Namespace":
            labels = dict(item.metadata.labels or {})
            state.namespaces[name] = pairs({"kubernetes.io/metadata.name": name} | labels)
        case "HorizontalPodAutoscaler":
            target = item.spec.scale_target_ref
            state.expansion.autoscalers[target.kind, namespace, target.name] = item
        case "EC2NodeClass" | "AWSNodeTemplate":
            state.node_classes[name] = read_node_class(item)
        case "Node":
            node = read_node(item)
            state.regions |= {text for key, text in node.labels if key == REGION}
            if state.from_scratch:
                state.ignored["Node", "planning from scratch"] += 1
            else:
                state.nodes[name] = node
        case "PodDisruptionBudget":
            state.budgets.append(disruption_budget(item, namespace))
        case "Service":
            if item.spec and item.spec.selector:
                state.services.append(Service(namespace, pairs(item.spec.selector)))
        case kind if kind in STORAGE_SHAPES:
            read_storage(kind, item, namespace, state.storage)


def _pods_pass(documents: list[Document], state: _State) -> None:
    reader = state.live
    for document, item in _decoded(documents, wire.PodWire, state):
        _guarded(document, item, state, lambda _, pod, s: reader.add(pod, s.nodes))


def _shape(document: Document, item: Any, state: _State) -> None:
    expansion = state.expansion
    namespace = expansion.namespace(item.metadata)
    if document.kind == "NodePool":
        pool = read_nodepool(item, state.node_classes, document.file)
        state.nodepools[pool.name] = replace(pool, desired=()) if state.from_scratch else pool
    elif document.kind == "Provisioner":
        state.nodepools[item.metadata.name] = read_provisioner(
            item, state.node_classes, document.file
        )
    elif document.kind == "DaemonSet":
        state.daemonsets[namespace, item.metadata.name] = daemonset(item, expansion)
    elif (document.kind, namespace, item.metadata.name) in expansion.parents and (
        _parent_present(document.kind, namespace, item.metadata.name, state)
    ):
        return  # its owner is in the input and makes its pods
    elif document.kind == "CronJob":
        owner = (document.kind, namespace, item.metadata.name)
        state.pods += expand("Job", cron_job_as_job(item), expansion, owner=owner)
        if (item.spec.concurrency_policy or "Allow") == "Allow" and not item.spec.suspend:
            state.assumptions.append(
                f"CronJob {namespace}/{item.metadata.name}: one run at a time, "
                "though its concurrencyPolicy allows more"
            )
    else:
        state.pods += expand(document.kind, item, expansion)


def _parent_present(kind: str, namespace: str, name: str, state: _State) -> bool:
    owner: Owner = state.expansion.parents[kind, namespace, name]
    return owner in state.live.workloads


def _cluster(state: _State) -> Cluster:
    live, expansion = state.live, state.expansion
    daemonsets = live.daemonsets | state.daemonsets
    state.ignored.update(live.ignored)
    _count_duplicates(state)
    if expansion.admission.unknown_priorities:
        names = ", ".join(sorted(expansion.admission.unknown_priorities))
        state.assumptions.append(f"PriorityClass not in the input, taken as priority 0: {names}")
    if live.replanned:
        state.assumptions.append(
            f"{live.replanned} pods already run on nodes: planned anew, from scratch"
            if state.from_scratch
            else f"{live.replanned} pods are bound to nodes that are not in the input: planned anew"
        )
    unknown_claims = len(expansion.live_claims - state.storage.claims.keys())
    if unknown_claims:
        state.assumptions.append(
            f"{unknown_claims} PersistentVolumeClaims of StatefulSets' pods are not in the input: "
            "taken as new, though their volumes may be tied to a zone"
        )
    for pool in state.nodepools.values():
        if pool.node_class.name not in state.node_classes:
            state.assumptions.append(
                f"EC2NodeClass {pool.node_class.name} of NodePool {pool.name} is not in the input: "
                "taken as AL2023 with a 20Gi root volume"
            )
    pods = tuple(_admitted(_distinct([*live.pods, *state.pods]), state.quotas))
    state.assumptions += _small_requests(pods)
    return Cluster(
        pods=pods,
        nodes=tuple(state.storage.equipped(state.nodes[name]) for name in sorted(state.nodes)),
        daemonsets=tuple(daemonsets[key] for key in sorted(daemonsets)),
        nodepools=tuple(state.nodepools[name] for name in sorted(state.nodepools)),
        namespaces=state.namespaces,
        claims=expansion.claims | state.storage.claims,
        volumes=state.storage.volumes,
        storage_classes=state.storage.classes,
        disruption_budgets=tuple(state.budgets),
        services=tuple(state.services),
        workloads=tuple(state.workloads[key] for key in sorted(state.workloads)),
        capacity_drivers=tuple(sorted(state.storage.capacity_drivers)),
        storage_capacities=tuple(state.storage.capacities),
        attachments=tuple(state.storage.attachments),
        ignored=tuple(
            Ignored(kind, count, reason) for (kind, reason), count in sorted(state.ignored.items())
        ),
        assumptions=tuple(state.assumptions),
        regions=tuple(sorted(state.regions)),
    )


def _count_duplicates(state: _State) -> None:
    """Count what is defined more than once as ignored; name it where there is little of it."""
    if state.live.duplicates:
        state.duplicates["Pod"] = state.live.duplicates
    for kind, found in state.duplicates.items():
        named = f": {', '.join(dict.fromkeys(found))}" if len(found) <= _NAMES_MAX else ""
        reason = f"defined more than once; the first one counts{named}"
        state.ignored[kind, reason] += len(found)


def _small_requests(pods: Iterable[Pod]) -> Iterator[str]:
    """Yield what is said of pending pods that ask for nothing, or for next to no memory."""
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
    """Give pods of one name (a Deployment's and a Job's, say) names that tell them apart."""
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
    """Apply ResourceQuotas: bound pods are counted first, then the others in their order."""
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
