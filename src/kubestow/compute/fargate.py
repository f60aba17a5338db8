"""AWS Fargate: every pod alone on capacity of its own size, for those that may run there.

Law: a pod's request (the larger of its init containers' and of all others' together, with sidecars)
plus 256 MiB is rounded up to the next size; no request is the smallest. What Fargate cannot run is
named with the field that stands against it. Source: EKS user guide, "Understand Fargate Pod
configuration details" and "Simplify compute management with AWS Fargate".
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kubestow.compute import case as common
from kubestow.model import labels as names
from kubestow.model.fargate_profile import Profile
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodepool import GIB, MIB
from kubestow.model.option import (
    INSTANCES,
    CannotRun,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
)
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY
from kubestow.model.snapshot import Cluster

ID = "fargate"
_OVERHEAD = 256 * MIB
_EPHEMERAL_MOST = 175 * GIB
_SIZES: tuple[tuple[int, tuple[int, ...]], ...] = (
    (250, (512, 1024, 2048)),
    (500, tuple(range(1024, 4096 + 1, 1024))),
    (1000, tuple(range(2048, 8192 + 1, 1024))),
    (2000, tuple(range(4096, 16384 + 1, 1024))),
    (4000, tuple(range(8192, 30720 + 1, 1024))),
    (8000, tuple(range(16384, 61440 + 1, 4096))),
    (16000, tuple(range(32768, 122880 + 1, 8192))),
)
"""Millicpu, and the MiB of memory that each may have."""


def profile_of(pod: Pod, profiles: Sequence[Profile]) -> Profile | None:
    """Return the profile a pod runs under: of those that match, the first by name."""
    return min((p for p in profiles if p.selects(pod)), key=lambda p: p.name, default=None)


def size(requests: Mapping[str, int]) -> tuple[int, int] | None:
    """Return the millicpu and MiB that are billed for a pod's requests; None if none is enough."""
    cpu = requests.get(CPU, 0)
    memory = -(-(requests.get(MEMORY, 0) + _OVERHEAD) // MIB) if requests.get(MEMORY) else 0
    for milli, choices in _SIZES:
        if milli >= cpu:
            for mib in choices:
                if mib >= memory:
                    return milli, mib
    return None


def prohibitions(pod: Pod, cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Yield the field and the reason of everything that keeps a pod off Fargate."""
    template, requests = pod.template, dict(pod.template.requests)
    if template.host_ports:
        ports = ", ".join(str(port.port) for port in template.host_ports)
        yield "spec.containers[].ports[].hostPort", f"host ports ({ports}) are not allowed"
    for name, amount in sorted(requests.items()):
        if "/" in name and amount:
            yield "spec.containers[].resources", f"{name}: Fargate has no devices"
    if requests.get(EPHEMERAL_STORAGE, 0) > _EPHEMERAL_MOST:
        yield "spec.containers[].resources", "more than 175 GiB of ephemeral storage"
    if size(requests) is None:
        yield "spec.containers[].resources", "more than 16 vCPU or 120 GB with the 256 MiB"
    selector = dict(template.node_selector)
    if selector.get(names.ARCH, "amd64") != "amd64":
        yield f"spec.nodeSelector[{names.ARCH}]", "EKS pods on Fargate run on amd64 only"
    if selector.get(names.OS, "linux") != "linux":
        yield f"spec.nodeSelector[{names.OS}]", "EKS pods on Fargate run Linux only"
    if selector.get(names.CAPACITY_TYPE) == "spot":
        yield f"spec.nodeSelector[{names.CAPACITY_TYPE}]", "EKS has no Fargate Spot"
    for volume in template.inline_volumes:
        yield "spec.volumes", f"a {volume.kind} disk cannot be attached"
    for name in pod.volume_claims:
        claim = cluster.claims.get((pod.namespace, name))
        storage = cluster.storage_classes.get(claim.storage_class or "") if claim else None
        if storage is None or "efs" not in storage.provisioner:
            kind = storage.provisioner if storage else "a volume claim"
            yield "spec.volumes[].persistentVolumeClaim", f"{kind}: only static EFS can be mounted"


def option(case: common.Case, profiles: Sequence[Profile] = ()) -> ComputeOption:
    """Return the option: all pods, or with profiles those that one of them selects."""
    cluster = case.snapshot.cluster
    barred: dict[tuple[str, str], list[str]] = {}
    sizes: Counter[tuple[int, int]] = Counter()
    for pod in cluster.pods:
        if pod.node_name or pod.daemonset:
            continue
        found = list(prohibitions(pod, cluster))
        if pod.rejected or pod.template.unsupported or pod.template.scheduling_gates:
            found.append(("", "it cannot run anywhere as it is"))
        if profiles and profile_of(pod, profiles) is None:
            found.append(("", "no Fargate profile selects it: it stays Pending"))
        for field, reason in found:
            barred.setdefault((field, reason), []).append(pod.key)
        billed = size(dict(pod.template.requests))
        if not found and billed is not None:
            sizes[billed] += 1
    lines, part = _priced(case, sizes)
    lost = [d.key for d in cluster.daemonsets]
    notes = [
        f"DaemonSets do not run there ({', '.join(lost)}): make each a sidecar, or lose it"
        if lost
        else "",
        "logs go through Fargate's own Fluent Bit (ConfigMap aws-observability/aws-logging)",
        "private subnets only, no public address; network policies and node ports do not work",
        "" if part else f"no Fargate price of {case.snapshot.catalog.region} in the catalog",
    ]
    return ComputeOption(
        ID,
        "Fargate",
        lines,
        (*part, common.control_plane(case)),
        tuple(CannotRun(tuple(pods), *key) for key, pods in sorted(barred.items())),
        sum(sizes.values()),
        Operation(
            "AWS: it evicts pods to patch, respecting PodDisruptionBudgets as long as it can",
            "one to several minutes for every pod",
            "as long as its pod lives",
        ),
        tuple(filter(None, notes)),
    )


def _priced(
    case: common.Case, sizes: Counter[tuple[int, int]]
) -> tuple[tuple[FleetLine, ...], tuple[CostPart, ...]]:
    """Return the sizes as lines, and their price; nothing without a price."""
    vcpu = case.service_price("fargate_x86_vcpu_hour")
    gib = case.service_price("fargate_x86_gb_hour")
    if vcpu is None or gib is None:
        return (), ()
    lines = []
    for (milli, mib), count in sorted(sizes.items()):
        nano = round((milli / 1000 * vcpu.usd + mib / 1024 * gib.usd) * NANO_USD)
        unit = f"{milli / 1000:g} vCPU, {mib / 1024:g} GB"
        lines.append(FleetLine(unit, "", "on-demand", count, count, nano, 1))
    total = sum(line.count * line.nano_usd_per_hour for line in lines)
    estimated = common.is_estimate(vcpu) or common.is_estimate(gib)
    return tuple(lines), (CostPart(INSTANCES, "pods by size", total, vcpu.source, estimated),)
