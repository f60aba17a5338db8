"""Workloads, and live pods grouped into workloads, with the facts that only checks use.

Every pod counts once, under the topmost owner that the input or the pod itself names.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import setup_wire, wire
from kubestow.adapters.kubernetes.admission import Admission
from kubestow.adapters.kubernetes.decoding import decode
from kubestow.adapters.kubernetes.fields import label_selector, nanos, pairs
from kubestow.adapters.kubernetes.operators.made import maker_of, owner_kind
from kubestow.adapters.kubernetes.pods import prepare
from kubestow.adapters.kubernetes.workloads import (
    Expansion,
    Owner,
    controller_of,
    cron_job_as_job,
    parent_of,
    pod_spec,
    replicas_of,
)
from kubestow.adapters.shapes import converted
from kubestow.model.finding import Subject
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import Amounts, amounts, rounded
from kubestow.model.selectors import LabelSelector, NodeSelectorTerm
from kubestow.model.setup import CheckedContainer, CheckedWorkload, PodVolume

WORKLOADS = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet",
             "Job", "CronJob")  # fmt: skip
_PATHS = {"CronJob": "spec.jobTemplate.spec.template.spec", "Pod": "spec"}


@dataclass(slots=True)
class PodReader:
    """Collects workloads, and the pods of workloads that are not in the input."""

    expansion: Expansion
    replaced: set[Owner] = field(default_factory=set)
    """Workloads whose pods another object makes."""
    found: dict[Owner, CheckedWorkload] = field(default_factory=dict)
    parents: dict[Owner, Owner] = field(default_factory=dict)

    def add_workload(self, document: Document, own: Subject) -> None:
        """Read a workload; raise FieldError if the facts for checks are invalid."""
        facts = decode(document, setup_wire.WorkloadFacts)
        maker = maker_of(document)
        owner: Owner = (owner_kind(document), own.namespace, own.name)
        if owner in self.replaced:
            return
        parent = controller_of(facts.metadata, own.namespace)
        if parent is not None:
            self.parents[owner] = parent
        if maker is not None and maker.labels:
            groups = self.expansion.groups.setdefault(own.namespace, [])
            groups.append((frozenset(maker.labels), owner))
        spec = facts.spec or setup_wire.WorkloadSpecFacts()
        template = spec.template
        if spec.job_template is not None and spec.job_template.spec is not None:
            template = spec.job_template.spec.template
        template = template or setup_wire.TemplateFacts()
        metadata = template.metadata or wire.Metadata()
        pod = template.spec or setup_wire.PodFacts()
        path = _PATHS.get(own.kind, "spec.template.spec")
        whose = own
        if maker is not None:
            whose = replace(own, kind=maker.kind, name=maker.name)
        workload = _workload(whose, pod, metadata, self.expansion.admission, path)
        if maker is not None:
            workload = replace(
                workload,
                made_as=document.kind,
                field=maker.field(path),
                containers=tuple(
                    replace(item, field=maker.container_field(item.field))
                    for item in workload.containers if item.name not in maker.generated
                ),
            )  # fmt: skip
        claims = tuple(
            PodVolume((c.metadata or wire.Metadata()).name, "volumeClaimTemplate",
                      storage_class=c.spec.storage_class_name if c.spec else None)
            for c in spec.volume_claim_templates or ()
        )  # fmt: skip
        replaced = {claim.name for claim in claims}
        kept = tuple(volume for volume in workload.volumes if volume.name not in replaced)
        workload = replace(
            workload,
            volumes=(*kept, *claims),
            selector=_selector(own, spec.selector),
        )
        try:
            count, prepared = self._prepared(document, own, metadata.labels or {}, owner)
            workload = replace(workload, replicas=count, template=prepared)
        except FieldError:
            workload = replace(workload, is_valid=False)  # read_cluster reports why
        self.found[owner] = workload

    def _prepared(
        self, document: Document, own: Subject, labels: Mapping[str, str], owner: Owner
    ) -> tuple[int, PodTemplate]:
        kind = "Job" if own.kind == "CronJob" else own.kind
        if own.kind == "CronJob":
            item = cron_job_as_job(decode(document, wire.CronJob))
        else:
            item = decode(document, wire.WireWorkload)
        spec = item.spec or wire.WorkloadSpec()
        path = _PATHS.get(own.kind, "spec.template.spec")
        pod = pod_spec(kind, spec)
        prepared = prepare(pod, labels, own.namespace, self.expansion.admission, path)
        if own.kind == "DaemonSet":
            return 1, prepared.template
        return replicas_of(kind, item, spec, self.expansion, owner), prepared.template

    def add_pod(self, document: Document, own: Subject) -> None:
        """Read a Pod; it counts towards its workload if that is not in the input."""
        item = decode(document, wire.PodWire)
        phase = item.status.phase if item.status else None
        owner = controller_of(item.metadata, own.namespace)
        is_static = owner is not None and owner[0] == "Node"
        if phase in ("Succeeded", "Failed") or item.metadata.deletion_timestamp or is_static:
            return
        labels = item.metadata.labels or {}
        root = self._root(owner, labels) if owner else None
        root = self.expansion.group_of(own.namespace, labels) or root
        given = self.found.get(root) if root else None
        if given is not None and (given.made_as or given.field != _PATHS["Pod"]):
            return  # the workload itself is in the input
        key: Owner = root or ("Pod", own.namespace, own.name)
        counted = self.found.get(key)
        if counted is not None:
            self.found[key] = replace(counted, replicas=counted.replicas + 1)
            return
        facts = decode(document, setup_wire.BarePodFacts).spec or setup_wire.PodFacts()
        whose = Subject(key[0], key[2], key[1], own.file)
        workload = _workload(whose, facts, item.metadata, self.expansion.admission, "spec")
        try:
            prepared = prepare(item.spec, item.metadata.labels or {}, own.namespace,
                               self.expansion.admission, "spec")  # fmt: skip
            template = _unpinned(prepared.template) if workload.is_daemonset else prepared.template
            self.found[key] = replace(workload, replicas=1, template=template)
        except FieldError:
            self.found[key] = replace(workload, replicas=1, is_valid=False)

    def _root(self, owner: Owner, labels: Mapping[str, str]) -> Owner:
        """Return the topmost owner; a ReplicaSet not in the input names its Deployment."""
        parent = parent_of(owner, labels)
        if parent is not None:
            self.parents.setdefault(owner, parent)
        seen = set()
        while owner in self.parents and owner not in seen:
            seen.add(owner)
            owner = self.parents[owner]
        return owner

    def workloads(self) -> list[CheckedWorkload]:
        """Return all workloads except those whose owner is among them."""
        return [
            workload for owner, workload in self.found.items()
            if self.parents.get(owner) not in self.found
        ]  # fmt: skip


def _selector(own: Subject, written: Any) -> LabelSelector | None:
    """Return a workload's selector; None if it has none or the API server would reject it."""
    try:
        if own.kind == "ReplicationController":
            labels = converted(written, dict[str, str] | None)
            selector = None if labels is None else wire.Selector(match_labels=labels)
        else:
            selector = converted(written, wire.Selector | None)
        return label_selector(selector, "spec.selector")
    except (msgspec.ValidationError, FieldError):
        return None  # read_cluster reports why


def _unpinned(template: PodTemplate) -> PodTemplate:
    """Return a DaemonSet's pod without the node it was pinned to."""
    terms = tuple(NodeSelectorTerm(term.expressions) for term in template.node_affinity or ())
    return replace(template, node_affinity=tuple(t for t in terms if not t.is_empty) or None)


def _workload(
    own: Subject, pod: setup_wire.PodFacts, metadata: wire.Metadata, admission: Admission,
    path: str = "",
) -> CheckedWorkload:  # fmt: skip
    path = path or _PATHS.get(own.kind, "spec.template.spec")
    return CheckedWorkload(
        own,
        0,
        PodTemplate(),
        pairs(metadata.labels),
        path,
        tuple(_containers(pod, own.namespace, admission, path)),
        tuple(_volume(volume) for volume in pod.volumes or ()),
        pairs(metadata.annotations),
        bool(pod.host_network),
    )


def _containers(
    pod: setup_wire.PodFacts, namespace: str, admission: Admission, path: str
) -> Iterator[CheckedContainer]:
    groups: tuple[tuple[str, Iterable[setup_wire.ContainerFacts]], ...] = (
        ("initContainers", pod.init_containers or ()), ("containers", pod.containers or ())
    )  # fmt: skip
    for kind, group in groups:
        for number, item in enumerate(group):
            where = f"{path}.{kind}[{number}]"
            resources = item.resources or wire.ResourceAmounts()
            requests, limits = _amounts(resources, namespace, admission)
            yield CheckedContainer(
                item.name,
                where,
                item.image or "",
                requests,
                limits,
                tuple(_written(resources)),
                kind == "initContainers" and item.restart_policy != "Always",
                bool(item.security_context and item.security_context.privileged),
                tuple(port.host_port for port in item.ports or () if port.host_port),
                (*(item.command or ()), *(item.args or ())),
            )


def _amounts(
    resources: wire.ResourceAmounts, namespace: str, admission: Admission
) -> tuple[Amounts, Amounts]:
    """Return requests and limits as the API server completes them; nothing if they are invalid."""
    try:
        limits = nanos(resources.limits, "limits")
        requests = limits | nanos(resources.requests, "requests")
    except FieldError:
        return (), ()
    for rule in admission.limits.get(namespace, ()):
        if rule.kind == "Container":
            limits = rule.default | limits
            requests = rule.default_request | requests
    return _rounded(requests), _rounded(limits)


def _rounded(quantities: Mapping[str, int]) -> Amounts:
    return amounts({name: rounded(name, nano) for name, nano in quantities.items()})


def _written(resources: wire.ResourceAmounts) -> Iterator[tuple[str, str]]:
    for section, quantities in (("requests", resources.requests), ("limits", resources.limits)):
        for name, quantity in (quantities or {}).items():
            if quantity is not None:
                yield f"{section}.{name}", str(quantity).strip()


def _volume(item: setup_wire.VolumeFacts) -> PodVolume:
    if item.persistent_volume_claim is not None:
        claim = item.persistent_volume_claim.claim_name
        return PodVolume(item.name, "persistentVolumeClaim", claim)
    if item.ephemeral is not None:
        made = item.ephemeral.volume_claim_template
        spec = made.spec if made else None
        return PodVolume(item.name, "ephemeral", "", spec.storage_class_name if spec else None)
    if item.aws_elastic_block_store is not None:
        return PodVolume(item.name, "awsElasticBlockStore")
    if item.host_path is not None:
        return PodVolume(item.name, "hostPath")
    if item.empty_dir is not None:
        in_memory = item.empty_dir.medium == "Memory"
        return PodVolume(item.name, "memory" if in_memory else "emptyDir")
    return PodVolume(item.name, "")
