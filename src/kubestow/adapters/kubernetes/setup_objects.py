"""Documents turned into the facts that only checks use, beside the Cluster.

A workload that read_cluster rejects is kept, marked as not valid, if its containers can still be
checked. An object that only this module rejects is one InputProblem. Live pods count as their
workload.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import policy_wire, setup_wire, wire
from kubestow.adapters.kubernetes.admission import Admission
from kubestow.adapters.kubernetes.decoding import decode, subject
from kubestow.adapters.kubernetes.fields import label_selector
from kubestow.adapters.kubernetes.kinds import stranger
from kubestow.adapters.kubernetes.latest import latest
from kubestow.adapters.kubernetes.operators.made import maker_of
from kubestow.adapters.kubernetes.operators.reading import may_make_pods, read_operators
from kubestow.adapters.kubernetes.replicas import AutoscalerChoice, horizontal, scaled_object
from kubestow.adapters.kubernetes.setup_pods import WORKLOADS, PodReader
from kubestow.adapters.kubernetes.workloads import Expansion
from kubestow.model.finding import Subject
from kubestow.model.input_error import InputProblem
from kubestow.model.setup import (
    ApiObject,
    Budget,
    CheckedWorkload,
    Disk,
    MachineSettings,
    Scaling,
    StorageClassFacts,
)

_CLUSTER_SCOPED = ("Namespace", "Node", "NodePool", "EC2NodeClass", "AWSNodeTemplate",
                   "Provisioner", "PersistentVolume", "PriorityClass", "RuntimeClass",
                   "StorageClass", "CSINode", "CSIDriver", "VolumeAttachment")  # fmt: skip
_AMOUNT = re.compile(r"\d+%?", re.ASCII)
_NLB_CLASS, _ALB_CLASS = "service.k8s.aws/nlb", "alb"
_NLB_NOTE = "service.beta.kubernetes.io/aws-load-balancer-type"
_ALB_NOTE = "kubernetes.io/ingress.class"
_HOP_LIMIT_BEFORE_V1 = 2  # Karpenter's default; 1 from v1 on


@dataclass(slots=True)
class SetupFacts:
    """What was read."""

    workloads: list[CheckedWorkload] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    storage: list[StorageClassFacts] = field(default_factory=list)
    machines: list[MachineSettings] = field(default_factory=list)
    scalings: list[Scaling] = field(default_factory=list)
    load_balancers: list[Subject] = field(default_factory=list)
    objects: list[ApiObject] = field(default_factory=list)


def read_facts(
    documents: Sequence[Document],
    problems: list[InputProblem],
    *,
    namespace: str = "default",
    autoscaler_choice: AutoscalerChoice = "current",
) -> SetupFacts:
    """Read all documents; add the errors that read_cluster does not report to ``problems``."""
    facts = SetupFacts()
    documents, _ = latest(documents, namespace)
    recognised = [d for d in documents if _is_known(d)]
    expansion = Expansion(Admission(), namespace, autoscaler_choice=autoscaler_choice)
    _admit(recognised, expansion)
    for document in documents:
        identity = _subject(document, namespace)
        if identity is not None:
            facts.objects.append(ApiObject(identity, document.api_version, may_make_pods(document)))
    for document in recognised:
        reader = _READERS.get(document.kind)
        if reader is not None:
            _guarded(document, namespace, problems, reader, facts)
    objects = [d for d in documents if d.kind != "Pod"]
    operators = read_operators(objects, (), namespace, autoscaler_choice)
    pods = PodReader(expansion, replaced=operators.replaced)
    for document in (d for d in (*recognised, *operators.made) if d.kind in WORKLOADS):
        _guarded(document, namespace, problems, lambda d, s, _: pods.add_workload(d, s), facts)
    for document in (d for d in recognised if d.kind == "Pod"):
        _guarded(document, namespace, problems, lambda d, s, _: pods.add_pod(d, s), facts)
    facts.workloads = [_scaled(workload, facts.scalings) for workload in pods.workloads()]
    return facts


def _scaled(workload: CheckedWorkload, scalings: list[Scaling]) -> CheckedWorkload:
    own = workload.subject
    scaler = next(
        (s for s in scalings if (s.target_kind, s.target_name) == (own.kind, own.name)
         and s.subject.namespace == own.namespace), None,
    )  # fmt: skip
    return replace(workload, scaling=scaler) if scaler is not None else workload


def _is_known(document: Document) -> bool:
    """Return whether an object is of a known kind; read_cluster reports it if it is not."""
    try:
        return not stranger(document)
    except FieldError:
        return False


def _subject(document: Document, namespace: str) -> Subject | None:
    try:
        metadata = decode(document, wire.Named).metadata
    except FieldError:
        return None
    scoped = document.kind in _CLUSTER_SCOPED
    name = metadata.name or metadata.generate_name or ""
    return Subject(
        document.kind, name, "" if scoped else metadata.namespace or namespace, document.file
    )


def _admit(documents: Iterable[Document], expansion: Expansion) -> None:
    """Read the objects that complete pods; read_cluster reports their errors."""
    shapes: dict[str, type[Any]] = {
        "LimitRange": policy_wire.LimitRangeWire,
        "RuntimeClass": policy_wire.RuntimeClassWire,
        "PriorityClass": policy_wire.PriorityClassWire,
        "HorizontalPodAutoscaler": policy_wire.Autoscaler,
        "ScaledObject": policy_wire.ScaledObject,
    }
    in_order = list(shapes)  # a ScaledObject after the HorizontalPodAutoscaler made of it
    for document in sorted(
        (d for d in documents if d.kind in shapes), key=lambda d: in_order.index(d.kind)
    ):
        try:
            item = decode(document, shapes[document.kind])
            space = expansion.namespace(item.metadata)
            match document.kind:
                case "LimitRange":
                    expansion.admission.add_limit_range(item, space)
                case "RuntimeClass":
                    expansion.admission.add_runtime_class(item)
                case "PriorityClass":
                    expansion.admission.add_priority_class(item)
                case "ScaledObject":
                    target = item.spec.scale_target_ref
                    key = (target.kind or "Deployment", space, target.name)
                    expansion.autoscalers[key] = scaled_object(item, expansion.autoscalers.get(key))
                case _:
                    target = item.spec.scale_target_ref
                    expansion.autoscalers[target.kind, space, target.name] = horizontal(item)
        except FieldError:
            continue


def _guarded(
    document: Document,
    namespace: str,
    problems: list[InputProblem],
    read: Callable[[Document, Subject, SetupFacts], None],
    facts: SetupFacts,
) -> None:
    own = _subject(document, namespace)
    if own is None:
        return  # read_cluster reports it
    try:
        read(document, own, facts)
    except FieldError as mistake:
        name, maker = subject(document), maker_of(document)
        path = maker.field(mistake.field) if maker else mistake.field
        if not any((p.file, p.subject) == (document.file, name) for p in problems):
            problems.append(InputProblem(document.file, name, path, mistake.message, mistake.hint))


def _read_budget(document: Document, own: Subject, facts: SetupFacts) -> None:
    spec = decode(document, setup_wire.BudgetFacts).spec or setup_wire.BudgetLimits()
    texts = []
    for name, value in (("minAvailable", spec.min_available),
                        ("maxUnavailable", spec.max_unavailable)):  # fmt: skip
        text = None if value is None else str(value).strip()
        if text is not None and not _AMOUNT.fullmatch(text):
            hint = "use a value such as 1 or 50%"
            wrong = f"{text!r} is neither a number of pods nor a percentage"
            raise FieldError(f"spec.{name}", wrong, hint)
        texts.append(text)
    if None not in texts:
        hint = "set only one of them; prefer maxUnavailable"
        raise FieldError("spec.maxUnavailable", "is set together with minAvailable", hint)
    selector = label_selector(spec.selector, "spec.selector")
    facts.budgets.append(Budget(own, selector, *texts))


def _read_storage(document: Document, own: Subject, facts: SetupFacts) -> None:
    item = decode(document, setup_wire.WireStorageClass)
    facts.storage.append(
        StorageClassFacts(
            own,
            item.provisioner,
            (item.parameters or {}).get("type", ""),
            item.volume_binding_mode == "WaitForFirstConsumer",
        )
    )


def _read_machine(document: Document, own: Subject, facts: SetupFacts) -> None:
    spec = decode(document, setup_wire.NodeClassFacts).spec or setup_wire.NodeClassSpecFacts()
    options = spec.metadata_options or setup_wire.MetadataOptions()
    alias = next((t.alias for t in spec.ami_selector_terms or () if t.alias), "") or ""
    family = spec.ami_family or {"al2": "AL2"}.get(alias.partition("@")[0].lower(), "")
    limit = options.http_put_response_hop_limit
    if limit is None and not document.api_version.endswith("/v1"):
        limit = _HOP_LIMIT_BEFORE_V1
    disks = tuple(
        Disk(f"spec.blockDeviceMappings[{number}].ebs", device.ebs.volume_type,
             device.ebs.encrypted)
        for number, device in enumerate(spec.block_device_mappings or ())
        if device.ebs is not None
    )  # fmt: skip
    facts.machines.append(MachineSettings(own, family, limit, options.http_tokens, disks))


def _read_scaling(document: Document, own: Subject, facts: SetupFacts) -> None:
    spec = decode(document, policy_wire.Autoscaler).spec
    target, least = spec.scale_target_ref, spec.min_replicas
    facts.scalings.append(
        Scaling(own, target.kind, target.name, 1 if least is None else least, spec.max_replicas)
    )


def _read_event_scaling(document: Document, own: Subject, facts: SetupFacts) -> None:
    """Record a ScaledObject: without events its target has the idle or the minimum count."""
    item = decode(document, policy_wire.ScaledObject)
    scaler, target = scaled_object(item, None), item.spec.scale_target_ref
    kind = target.kind or "Deployment"
    by_cpu = any(trigger.type == "cpu" for trigger in item.spec.triggers or ())
    lowest = scaler.lowest if scaler.idle is None else scaler.idle
    facts.scalings.append(
        Scaling(own, kind, target.name, lowest, scaler.highest,
                "spec.minReplicaCount", "spec.maxReplicaCount", by_cpu)
    )  # fmt: skip


def _read_exposure(document: Document, own: Subject, facts: SetupFacts) -> None:
    """Record a Service or Ingress that the AWS Load Balancer Controller serves."""
    item = decode(document, setup_wire.Exposure)
    spec, notes = item.spec or setup_wire.ExposureSpec(), item.metadata.annotations or {}
    if document.kind == "Ingress":
        is_served = _ALB_CLASS in (spec.ingress_class_name, notes.get(_ALB_NOTE))
    else:
        by_note = notes.get(_NLB_NOTE) in ("external", "nlb-ip")
        is_served = spec.type == "LoadBalancer" and (
            spec.load_balancer_class == _NLB_CLASS or by_note
        )
    if is_served:
        facts.load_balancers.append(own)


_READERS: dict[str, Callable[[Document, Subject, SetupFacts], None]] = {
    "PodDisruptionBudget": _read_budget,
    "StorageClass": _read_storage,
    "EC2NodeClass": _read_machine,
    "AWSNodeTemplate": _read_machine,
    "HorizontalPodAutoscaler": _read_scaling,
    "ScaledObject": _read_event_scaling,
    "Service": _read_exposure,
    "Ingress": _read_exposure,
}
