"""Documents turned into a Cluster.

Objects are read in two passes: first those that shape others (limits, classes, autoscalers, node
classes), then those they shape. Of several definitions of an object the last counts. Each invalid
object is one InputProblem; the rest are read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import karpenter_wire, policy_wire, wire
from kubestow.adapters.kubernetes.admission import Admission, Quota, read_quota
from kubestow.adapters.kubernetes.assumed import assumed
from kubestow.adapters.kubernetes.cluster_version import is_version
from kubestow.adapters.kubernetes.decoding import decode, subject
from kubestow.adapters.kubernetes.fields import label_selector, pairs
from kubestow.adapters.kubernetes.kinds import UnknownKindError, stranger, why_ignored
from kubestow.adapters.kubernetes.known_fields import Findings, findings
from kubestow.adapters.kubernetes.latest import latest
from kubestow.adapters.kubernetes.lifecycles import disruption_budget, workload
from kubestow.adapters.kubernetes.live import LivePods, read_node
from kubestow.adapters.kubernetes.nodepools import (
    UnsupportedFamilyError,
    read_auto_mode_class,
    read_node_class,
    read_nodepool,
    read_provisioner,
)
from kubestow.adapters.kubernetes.operators.made import maker_of, owner_kind
from kubestow.adapters.kubernetes.operators.reading import OperatorObjects, is_read, read_operators
from kubestow.adapters.kubernetes.pod_findings import PodFindings
from kubestow.adapters.kubernetes.pod_list import admitted, distinct, small_requests
from kubestow.adapters.kubernetes.remarks import Remarks
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice, horizontal, scaled_object
from kubestow.adapters.kubernetes.scheduler.configuration import KINDS as SCHEDULERS
from kubestow.adapters.kubernetes.scheduler.configuration import read_schedulers
from kubestow.adapters.kubernetes.unplanned_pools import (
    AUTO_MODE_GROUP,
    KARPENTER_GROUP,
    launched,
    missing_classes,
    pool_notes,
    why_unplanned,
)
from kubestow.adapters.kubernetes.volumes import STORAGE_SHAPES, StorageObjects, read_storage
from kubestow.adapters.kubernetes.vpc_cni import VpcCniReading
from kubestow.adapters.kubernetes.workloads import (
    Expansion,
    Owner,
    controller_of,
    cron_job_as_job,
    daemonset,
    expand,
)
from kubestow.model.default_spread import with_default_spread
from kubestow.model.input_error import InputProblem
from kubestow.model.node import Node
from kubestow.model.nodepool import Launcher, NodeClass, NodePool
from kubestow.model.pod import DaemonSet, Pod
from kubestow.model.snapshot import Cluster, DisruptionBudget, Ignored, Service
from kubestow.model.workload import Workload

SHAPING: Mapping[str, type[Any]] = {
    "LimitRange": policy_wire.LimitRangeWire,
    "RuntimeClass": policy_wire.RuntimeClassWire,
    "PriorityClass": policy_wire.PriorityClassWire,
    "ResourceQuota": policy_wire.QuotaWire,
    "Namespace": wire.Named,
    "HorizontalPodAutoscaler": policy_wire.Autoscaler,
    "ScaledObject": policy_wire.ScaledObject,
    **STORAGE_SHAPES,
    "EC2NodeClass": karpenter_wire.NodeClassWire,
    "AWSNodeTemplate": karpenter_wire.NodeClassWire,
    "NodeClass": karpenter_wire.AutoModeNodeClassWire,
    "Node": wire.NodeWire,
    "PodDisruptionBudget": wire.BudgetWire,
    "Service": wire.ServiceWire,
}
_WORKLOADS = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "Job")
SHAPED: Mapping[str, type[Any]] = {
    "NodePool": karpenter_wire.NodePoolWire,
    "Provisioner": karpenter_wire.ProvisionerWire,
    "CronJob": wire.CronJob,
    "DaemonSet": wire.WireWorkload,
} | dict.fromkeys(_WORKLOADS, wire.WireWorkload)
_POOLS = ("NodePool", "Provisioner")
_CLASSES = {"EC2NodeClass": KARPENTER_GROUP, "AWSNodeTemplate": KARPENTER_GROUP,
            "NodeClass": AUTO_MODE_GROUP}  # fmt: skip
_ADMISSION = {"LimitRange", "PriorityClass", "RuntimeClass", *SCHEDULERS}
_NOT_FATAL = {*_WORKLOADS, *_POOLS, *_CLASSES, "Pod", "CronJob", "DaemonSet",
              "HorizontalPodAutoscaler", "PodDisruptionBudget", "ResourceQuota", "ScaledObject",
              "Service"}  # fmt: skip
_NAMES_MAX = 5
_LAST_USED = "defined more than once; the last one is used, as 'kubectl apply' does"


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
    repetitions: list[tuple[str, str]] = field(default_factory=list)  # kind, name
    replaced: set[Owner] = field(default_factory=set)  # workloads whose pods another object makes
    bad_classes: set[tuple[str, str]] = field(default_factory=set)
    pools_left_out: list[str] = field(default_factory=list)
    generated: int = 0
    pod_findings: PodFindings = field(default_factory=PodFindings)
    from_scratch: bool = False
    regions: set[str] = field(default_factory=set)
    assumptions: list[str] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)
    vpc_cni: VpcCniReading = field(default_factory=VpcCniReading)


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
    for kind in SHAPED:
        for document, item in _decoded(shaped.get(kind, []), SHAPED[kind], reading):
            _guarded(document, item, reading, _shape)
    return _cluster(reading)


def _first_pass(documents: Iterable[Document], reading: _Reading) -> dict[str, list[Document]]:
    """Read shaping objects; return the others by kind."""
    rest: dict[str, list[Document]] = {}
    shaping: dict[str, list[Document]] = {}
    unread: dict[int, tuple[Document, str]] = {}
    kept, reading.repetitions = latest(documents, reading.expansion.default_namespace)
    _schedulers_pass(kept, reading)
    reading.live.admission = tuple(document for document in kept if document.kind in _ADMISSION)
    for document in kept:
        if document.kind in SCHEDULERS or is_version(document):
            continue
        is_custom = document.once(is_read)
        try:
            reason = "" if is_custom else document.once(stranger)
        except FieldError as problem:
            _report(document, problem, reading)
            continue
        if is_custom:
            pass
        elif not reason and document.kind in SHAPING:
            shaping.setdefault(document.kind, []).append(document)
        elif not reason and (document.kind in SHAPED or document.kind == "Pod"):
            rest.setdefault(document.kind, []).append(document)
        else:
            unread[id(document)] = document, reason
    for kind, shape in SHAPING.items():
        for document, item in _decoded(shaping.get(kind, []), shape, reading):
            _guarded(document, item, reading, _read_shaping)
    objects = [document for document in kept if document.kind != "Pod"]
    operators = _operators_pass(objects, unread, rest, reading)
    for kind in ("Deployment", "CronJob", *_WORKLOADS[1:]):
        for document in rest.get(kind, ()):
            _note_owner(document, reading)
    for kind, namespace, name in sorted(operators.read - reading.live.workloads):
        if (kind, namespace, name) in reading.expansion.autoscalers:
            reading.assumptions.append(
                f"{kind} {namespace}/{name}: what scales it is not followed: planned as it says"
            )
    return rest


def _schedulers_pass(documents: list[Document], reading: _Reading) -> None:
    """Read the schedulers' profiles, which pods ask for by their schedulerName."""
    schedulers = read_schedulers(documents)
    reading.expansion.admission.profiles = schedulers.profiles
    for document, mistake in schedulers.mistakes:
        _report(document, mistake, reading)
    for document, found in schedulers.findings:
        reading.remarks.add(subject(document), found)


def _operators_pass(
    documents: list[Document],
    unread: Mapping[int, tuple[Document, str]],
    rest: dict[str, list[Document]],
    reading: _Reading,
) -> OperatorObjects:
    """Add the workloads that operators make to the rest; say what is not read of the others."""
    expansion = reading.expansion
    operators = read_operators(
        documents,
        [document for document, _ in unread.values()],
        expansion.default_namespace,
        expansion.autoscaler_choice,
    )
    for document, mistake in operators.mistakes:
        _report(document, mistake, reading)
    for document, known in operators.unread:
        reason = why_ignored(document, known, unread[id(document)][1])
        reading.ignored[document.kind, reason] += 1
    for made in operators.made:
        rest.setdefault(made.kind, []).append(made)
    reading.assumptions += operators.notes
    reading.replaced = operators.replaced
    return operators


def _note_owner(document: Document, reading: _Reading) -> None:
    """Record a workload and its controller, so that no pod is created twice."""
    kind, maker = owner_kind(document), maker_of(document)
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
        if maker is None or maker.owner in (None, (kind, metadata.name)):
            reading.workloads[kind, namespace, metadata.name] = owning
    except FieldError as problem:
        _report(document, problem, reading)
    if maker is not None and maker.labels:
        groups = reading.expansion.groups.setdefault(namespace, [])
        groups.append((frozenset(maker.labels), (kind, namespace, metadata.name)))
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
            is_pod = shape is wire.PodWire
            found = reading.pod_findings.of(document) if is_pod else document.once(findings)
            mistakes = found.unknown or mistakes or found.invalid
            if not mistakes and found.has_remarks and maker_of(document) is None:
                reading.remarks.add(subject(document), found)
        for mistake in mistakes:
            _report(document, mistake, reading)
        if not mistakes:
            yield document, item


def _report(document: Document, problem: FieldError, reading: _Reading) -> None:
    kind, maker = document.kind, maker_of(document)
    if isinstance(problem, UnknownKindError):
        kind = problem.meant
    own = subject(document)
    if kind in _CLASSES:
        reading.bad_classes.add((_CLASSES[kind], own.partition(" ")[2]))
    elif kind in _POOLS:
        reading.pools_left_out.append(own.partition(" ")[2])
    is_fatal = kind not in _NOT_FATAL and not is_read(document)
    path = maker.field(problem.field) if maker else problem.field
    reading.problems.append(
        InputProblem(document.file, own, path, problem.message, problem.hint, is_fatal)
    )


def _guarded(
    document: Document,
    item: Any,
    reading: _Reading,
    read: Callable[[Document, Any, _Reading], None],
) -> None:
    try:
        _name(document, item, reading)
        read(document, item, reading)
    except UnsupportedFamilyError as problem:
        reading.bad_classes.add((_CLASSES[document.kind], item.metadata.name))
        reading.ignored[document.kind, f"{problem.message}: {item.metadata.name}"] += 1
    except FieldError as problem:
        _report(document, problem, reading)
    odd = reading.expansion.odd
    if odd:
        maker = maker_of(document)
        moved = [(maker.field(path) if maker else path, text) for path, text in odd]
        reading.remarks.add(subject(document), Findings(odd=moved))
        odd.clear()


def _name(document: Document, item: Any, reading: _Reading) -> None:
    """Complete an object's name and namespace; raise FieldError if it has no name."""
    metadata = item.metadata
    if not metadata.name:
        if not metadata.generate_name and document.kind != "LimitRange":
            raise FieldError("metadata.name", "is missing", "every object needs a name")
        metadata.name = f"{metadata.generate_name or 'limits-'}{reading.generated}"
        reading.generated += 1
    metadata.namespace = reading.expansion.namespace(metadata)


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
            reading.expansion.autoscalers[target.kind, namespace, target.name] = horizontal(item)
        case "ScaledObject":
            target = item.spec.scale_target_ref
            key = (target.kind or "Deployment", namespace, target.name)
            beside = reading.expansion.autoscalers.get(key)
            reading.expansion.autoscalers[key] = scaled_object(item, beside)
        case "EC2NodeClass" | "AWSNodeTemplate":
            reading.node_classes[KARPENTER_GROUP, name] = read_node_class(item)
        case "NodeClass":
            reading.node_classes[AUTO_MODE_GROUP, name] = read_auto_mode_class(item)
        case "Node":
            node = read_node(item)
            reading.regions |= {node.region} - {""}
            reading.vpc_cni.add_node(node)
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
    live, nodes = reading.live, reading.nodes
    unknown = (document for document in documents if not live.recall(document, nodes))
    for document, item in _decoded(unknown, wire.PodWire, reading):
        _guarded(document, item, reading, lambda own, pod, _: live.add(own, pod, nodes))


def _shape(document: Document, item: Any, reading: _Reading) -> None:
    expansion = reading.expansion
    namespace = expansion.namespace(item.metadata)
    own: Owner = (owner_kind(document), namespace, item.metadata.name)
    if document.kind in _POOLS:
        _add_pool(document, item, reading)
    elif document.kind == "DaemonSet":
        reading.daemonsets[namespace, item.metadata.name] = daemonset(item, expansion)
        reading.vpc_cni.add_daemonset(document.json)
    elif own in reading.replaced or expansion.parents.get(own) in reading.live.workloads:
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
        maker = maker_of(document)
        reading.pods += expand(document.kind, item, expansion, owner=own, maker=maker)


def _add_pool(document: Document, item: Any, reading: _Reading) -> None:
    """Read a NodePool, or leave it out by name: where its node class could not be read, say."""
    requirements, reference = launched(document.kind, item)
    unplanned = why_unplanned(requirements, reference)
    if unplanned:
        reading.pools_left_out.append(item.metadata.name)
        reading.ignored[document.kind, f"left out: {item.metadata.name}: {unplanned}"] += 1
        return
    reading.assumptions += pool_notes(item.metadata.name, requirements)
    if document.kind == "NodePool":
        pool = read_nodepool(item, reading.node_classes, document.file, document.api_version)
    else:
        pool = read_provisioner(item, reading.node_classes, document.file)
    node_class = pool.node_class.name
    is_auto = pool.launched_by is Launcher.AUTO_MODE
    group = AUTO_MODE_GROUP if is_auto else KARPENTER_GROUP
    if (group, node_class) in reading.bad_classes - reading.node_classes.keys():
        reading.pools_left_out.append(pool.name)
        reason = f"left out: {pool.name}: its node class {node_class} is left out"
        reading.ignored[document.kind, reason] += 1
        return
    reading.nodepools[pool.name] = replace(pool, desired=()) if reading.from_scratch else pool


def _cluster(reading: _Reading) -> Cluster:
    live, expansion = reading.live, reading.expansion
    daemonsets = live.daemonsets | reading.daemonsets
    reading.ignored.update(live.ignored)
    _count_duplicates(reading)
    reading.assumptions += assumed(
        unknown_priorities=expansion.admission.unknown_priorities,
        replanned=live.replanned,
        from_scratch=reading.from_scratch,
        unknown_claims=len(expansion.live_claims - reading.storage.claims.keys()),
    )
    reading.assumptions += missing_classes(reading.nodepools.values(), reading.node_classes)
    pods = tuple(admitted(distinct([*live.pods, *reading.pods]), reading.quotas))
    pods = with_default_spread(pods, reading.services, expansion.admission.profiles)
    reading.assumptions += small_requests(pods)
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
        scheduler_profiles=expansion.admission.profiles,
        workloads=tuple(reading.workloads[key] for key in sorted(reading.workloads)),
        capacity_drivers=tuple(sorted(reading.storage.capacity_drivers)),
        storage_capacities=tuple(reading.storage.capacities),
        attachments=tuple(reading.storage.attachments),
        ignored=tuple(
            Ignored(kind, count, reason)
            for (kind, reason), count in sorted(reading.ignored.items())
        ),
        assumptions=tuple(reading.assumptions),
        remarks=tuple(reading.remarks.lines()),
        regions=tuple(sorted(reading.regions)),
        priority_classes=tuple(sorted(expansion.admission.priorities.items())),
        pools_left_out=tuple(sorted(set(reading.pools_left_out))),
        vpc_cni=reading.vpc_cni.result(),
    )


def _count_duplicates(reading: _Reading) -> None:
    """Count the definitions that a later one replaces, and name them where they are few."""
    names: dict[str, list[str]] = {}
    for kind, name in reading.repetitions:
        names.setdefault(kind, []).append(name)
    for kind, repeats in names.items():
        named = f": {', '.join(dict.fromkeys(repeats))}" if len(repeats) <= _NAMES_MAX else ""
        reading.ignored[kind, f"{_LAST_USED}{named}"] += len(repeats)
