"""A pod's spec turned into the template that scheduling uses.

One spec gives one canonical PodTemplate, defaulted as the API server does
(kubestow.adapters.kubernetes.admission). Unsupported features are listed in ``unsupported``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.admission import Admission, check_within
from kubestow.adapters.kubernetes.constraints import preferences, spread_constraints, terms
from kubestow.adapters.kubernetes.fields import (
    check_amounts,
    is_extended_resource,
    nanos,
    node_selector_terms,
    tolerations,
)
from kubestow.model.cpu_credits import share_of
from kubestow.model.labels import CPU_USE
from kubestow.model.pod import (
    HostPort,
    InlineVolume,
    PodTemplate,
)
from kubestow.model.pod_requests import InitContainerRequests, Nano, PodRequests
from kubestow.model.taints import Toleration

_UNSUPPORTED_RESOURCES = ("vpc.amazonaws.com/pod-eni", "vpc.amazonaws.com/PrivateIPv4Address")
_RBD_POOL = "rbd"  # the API server's default
_PORT_MAX = 65535


RESIZE_PENDING = "PodResizePending"
"""The condition of a pod whose resize is not carried out."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A template, the claims its volumes name, and why admission rejects it, if it does.

    ``ephemeral`` holds (volume name, claim spec) of generic ephemeral volumes.
    """

    template: PodTemplate
    claims: tuple[str, ...]
    ephemeral: tuple[tuple[str, wire.ClaimSpec], ...]
    rejected: str


def prepare(
    spec: wire.PodSpec | None,
    labels: Mapping[str, str],
    namespace: str,
    admission: Admission,
    path: str,
    status: wire.PodStatus | None = None,
    *,
    annotations: Mapping[str, str] | None = None,
) -> Prepared:
    """Read a pod spec at ``path``; raise FieldError if it is not valid.

    ``annotations`` are those of the metadata beside it.

    A pod with a ``status`` is bound and already admitted. Any other gets the tolerations of
    plugin/pkg/admission/extendedresourcetoleration (enabled on EKS): a pod that requests an
    extended resource tolerates NoSchedule taints named after it.
    """
    if spec is None:
        raise FieldError(path, "is missing", "a pod needs a spec with containers")
    if not spec.containers:
        raise FieldError(f"{path}.containers", "is empty", "a pod needs at least one container")
    runtime = admission.runtime_classes.get(spec.runtime_class_name or "")
    overhead = nanos(spec.overhead, f"{path}.overhead") or (runtime.overhead if runtime else {})
    limited_in = namespace if status is None else None
    parts = _requests(spec, path, admission, limited_in, status)
    parts = replace(parts, overhead=overhead)
    held_tolerations = set(tolerations(spec.tolerations, f"{path}.tolerations"))
    if status is None:
        held_tolerations |= _extended(
            name for container in parts.of_all_containers for name in container
        )  # fmt: skip
    node_selector = dict(spec.node_selector or {})
    if runtime is not None:
        held_tolerations |= set(runtime.tolerations)
        node_selector |= runtime.node_selector
    affinity = spec.affinity or wire.Affinity()
    anti_affinity = terms(affinity.pod_anti_affinity, labels, f"{path}.affinity.podAntiAffinity")
    requests = parts.effective()
    profile = admission.profiles.get(spec.scheduler_name or "")
    template = PodTemplate(
        requests=requests,
        node_selector=tuple(sorted(node_selector.items())),
        node_affinity=node_selector_terms(
            affinity.node_affinity.required if affinity.node_affinity else None,
            f"{path}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        ),
        tolerations=tuple(sorted(held_tolerations)),
        host_ports=_host_ports(spec, path),
        spread=spread_constraints(spec, labels, path, "DoNotSchedule"),
        affinity=terms(affinity.pod_affinity, labels, f"{path}.affinity.podAffinity"),
        anti_affinity=anti_affinity,
        inline_volumes=_inline_volumes(spec),
        priority=admission.priority(spec),
        preempts=admission.preempts(spec),
        scheduling_gates=tuple(gate.name for gate in spec.scheduling_gates or ()),
        unsupported=_unsupported(spec, dict(requests), admission),
        preferences=preferences(spec, labels, path, parts),
        added_affinity=profile.added_affinity.required if profile else None,
        cpu_use=_cpu_use(annotations or {}, path),
    )  # fmt: skip
    total = PodRequests(parts.containers).aggregated() | dict(parts.pod_level)
    return Prepared(
        template,
        tuple(v.persistent_volume_claim.claim_name for v in spec.volumes or ()
              if v.persistent_volume_claim),
        _ephemeral(spec),
        admission.refusal(namespace, parts.containers, total),
    )  # fmt: skip


def _requests(
    spec: wire.PodSpec,
    path: str,
    admission: Admission,
    limited_in: str | None,
    status: wire.PodStatus | None,
) -> PodRequests:
    """Return what the containers, the init containers and the pod level request."""
    containers, init_containers = spec.containers or (), spec.init_containers or ()
    requests = [
        admission.container_requests(c, limited_in, f"{path}.containers[{i}]")
        for i, c in enumerate(containers)
    ]
    init_requests = [
        InitContainerRequests(
            admission.container_requests(c, limited_in, f"{path}.initContainers[{i}]"),
            _is_sidecar(c),
        )
        for i, c in enumerate(init_containers)
    ]
    declared = PodRequests(tuple(requests), tuple(init_requests))
    return PodRequests(
        tuple(_held(r, c, status) for r, c in zip(requests, containers, strict=True)),
        tuple(
            replace(item, requests=_held(item.requests, c, status)) if item.is_sidecar else item
            for item, c in zip(init_requests, init_containers, strict=True)
        ),
        pod_level=_pod_level(spec, path, declared.aggregated()),
    )


def _is_sidecar(container: wire.WireContainer) -> bool:
    return container.restart_policy == "Always"


def _ephemeral(spec: wire.PodSpec) -> tuple[tuple[str, wire.ClaimSpec], ...]:
    claims = []
    for volume in spec.volumes or ():
        template = volume.ephemeral.volume_claim_template if volume.ephemeral else None
        if template is not None:
            claims.append((volume.name, template.spec or wire.ClaimSpec()))
    return tuple(claims)


def _held(requests: Nano, container: wire.WireContainer, status: wire.PodStatus | None) -> Nano:
    """Return what a running container counts as: the maximum of its spec and its status.

    The spec is left out while a resize is infeasible (component-helpers resource/helpers.go
    determineContainerReqs).
    """
    if status is None:
        return requests
    statuses = (*(status.container_statuses or ()), *(status.init_container_statuses or ()))
    reported = next((item for item in reversed(statuses) if item.name == container.name), None)
    if reported is None or reported.resources is None:
        return requests
    held = {} if _is_infeasible(status) else dict(requests)
    for more in (reported.resources.requests, reported.allocated_resources):
        for name, nano in nanos(more, "status.containerStatuses").items():
            held[name] = max(held.get(name, 0), nano)
    return held


def _is_infeasible(status: wire.PodStatus) -> bool:
    return any(
        item.type == RESIZE_PENDING and item.reason == "Infeasible"
        for item in status.conditions or ()
    )


def _pod_level(spec: wire.PodSpec, path: str, asked: Mapping[str, int]) -> dict[str, int]:
    """Return pod-level requests, completed from the sum of the containers' requests.

    Source: pkg/apis/core/v1/defaults.go defaultHugePagePodLimits and defaultPodRequests (1.34).
    """
    if spec.resources is None:
        return {}
    limits = nanos(spec.resources.limits, f"{path}.resources.limits")
    requests = nanos(spec.resources.requests, f"{path}.resources.requests")
    check_amounts(limits, f"{path}.resources.limits")
    check_amounts(requests, f"{path}.resources.requests")
    check_within(requests, limits, f"{path}.resources.requests", "its limit")
    if limits or requests:
        for name, limit in _container_limits(spec, path).items():
            if name.startswith("hugepages-") and name not in requests:
                limits.setdefault(name, limit)
    if limits:
        for name in ("cpu", "memory"):
            if name in asked:
                requests.setdefault(name, asked[name])
        for name, limit in limits.items():
            requests.setdefault(name, limit)
    return requests


def _container_limits(spec: wire.PodSpec, path: str) -> dict[str, int]:
    """Return the sum of all containers' limits."""

    def of(container: wire.WireContainer) -> dict[str, int]:
        limits = container.resources.limits if container.resources else None
        return nanos(limits, f"{path}.containers.resources.limits")

    init_containers = spec.init_containers or ()
    return PodRequests(
        tuple(of(c) for c in spec.containers or ()),
        tuple(InitContainerRequests(of(c), _is_sidecar(c)) for c in init_containers),
    ).aggregated()


def _extended(names: Iterable[str]) -> set[Toleration]:
    return {
        Toleration(name, "Exists", "", "NoSchedule") for name in names if is_extended_resource(name)
    }


def _cpu_use(annotations: Mapping[str, str], path: str) -> int | None:
    text = annotations.get(CPU_USE)
    if text is None:
        return None
    share = share_of(text)
    if share is None:
        raise FieldError(
            f"{path.removesuffix('spec')}metadata.annotations.{CPU_USE}",
            "is not a share of the cpu request",
            'write a percentage, such as "60%", or a fraction, such as "0.6"',
        )
    return share


def _host_ports(spec: wire.PodSpec, path: str) -> tuple[HostPort, ...]:
    for kind, group in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for index, container in enumerate(group or ()):
            for position, port in enumerate(container.ports or ()):
                if not 0 <= (port.host_port or 0) <= _PORT_MAX:
                    raise FieldError(
                        f"{path}.{kind}[{index}].ports[{position}].hostPort",
                        f"{port.host_port} is not a valid port",
                        f"use a number from 1 to {_PORT_MAX}, or omit it",
                    )
    containers = [
        *(spec.containers or ()),
        *filter(_is_sidecar, spec.init_containers or ()),
    ]
    ports = set()
    for container in containers:
        for port in container.ports or ():
            number = port.host_port or (port.container_port if spec.host_network else 0)
            if number:
                ports.add(HostPort(port.host_ip or "0.0.0.0", port.protocol or "TCP", number))
    return tuple(sorted(ports))


def _inline_volumes(spec: wire.PodSpec) -> tuple[InlineVolume, ...]:
    volumes = set()
    for volume in spec.volumes or ():
        if volume.aws_elastic_block_store:
            volumes.add(InlineVolume("ebs", volume.aws_elastic_block_store.volume_id))
        if volume.gce_persistent_disk:
            disk = volume.gce_persistent_disk
            volumes.add(InlineVolume("gce", disk.pd_name, bool(disk.read_only)))
        if volume.iscsi:
            volumes.add(InlineVolume("iscsi", volume.iscsi.iqn, bool(volume.iscsi.read_only)))
        if volume.rbd:
            rbd = volume.rbd
            name = f"{rbd.pool or _RBD_POOL}/{rbd.image}"
            monitors = tuple(sorted(rbd.monitors or ()))
            volumes.add(InlineVolume("rbd", name, bool(rbd.read_only), monitors))
    return tuple(sorted(volumes, key=repr))


def _unsupported(
    spec: wire.PodSpec, requests: dict[str, int], admission: Admission
) -> tuple[str, ...]:
    reasons = []
    if spec.resource_claims:
        reasons.append("dynamic resource claims (resourceClaims) are not supported yet")
    if spec.os is not None and spec.os.name == "windows":
        reasons.append("it needs Windows nodes (os.name), and nodes are planned with Linux")
    name = spec.scheduler_name or ""
    if admission.profiles.get(name) is None:
        known = [profile.name for profile in admission.profiles.configured]
        beside = f" (no profile of the input has that name: {', '.join(known)})" if known else ""
        reasons.append(f"it is scheduled by {name}, not by kube-scheduler{beside}")
    if spec.runtime_class_name and spec.runtime_class_name not in admission.runtime_classes:
        reasons.append(f"RuntimeClass {spec.runtime_class_name} is not in the input")
    reasons += [
        f"{name} is not in the catalog" for name in _UNSUPPORTED_RESOURCES if name in requests
    ]
    for volume in spec.volumes or ():
        for kind in ("azure_disk", "cinder"):
            if getattr(volume, kind) is not None:
                reasons.append(f"inline volume {volume.name} of type {kind} is not supported")
    return tuple(reasons)
