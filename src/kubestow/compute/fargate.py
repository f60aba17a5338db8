"""AWS Fargate: each pod runs alone on capacity of its own size.

A pod is billed by the size it is rounded up to (kubestow.catalog.fargate). A pod that Fargate
cannot run (kubestow.catalog.fargate_rules) is reported with the field that prevents it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kubestow.catalog import fargate_rules as rules
from kubestow.catalog.fargate import OVERHEAD, size
from kubestow.catalog.fargate_rules import (
    FargateContainer,
    FargatePod,
    FargateVolume,
    claimed_volume,
)
from kubestow.compute.case import ComparisonCase
from kubestow.compute.cost_parts import control_plane
from kubestow.compute.node_parts import is_estimate
from kubestow.model.fargate_profile import FargateProfile, selecting
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodepool import GIB, MIB
from kubestow.model.option import (
    INSTANCES,
    CannotRun,
    ComputeOption,
    CostPart,
    FleetLine,
    Operation,
    OptionDescription,
)
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY
from kubestow.model.snapshot import Cluster

FARGATE = OptionDescription(
    "fargate",
    "Fargate",
    Operation(
        "AWS, by evicting pods; it respects PodDisruptionBudgets as long as it can",
        "one to several minutes per pod",
        "the lifetime of its pod",
    ),
    (
        "logs go through Fargate's built-in Fluent Bit (ConfigMap aws-observability/aws-logging)",
        "private subnets only, no public IP addresses; network policies and NodePort Services do "
        "not work",
        "not checked here: privileged containers, host networking, hostPath volumes (use 'kubestow "
        "check')",
    ),
)
_EPHEMERAL_FREE = 20 * GIB
_CONTAINERS = "spec.containers[]"
_FIELDS = {
    "host-port": f"{_CONTAINERS}.ports[].hostPort",
    "inline-volume": "spec.volumes",
    "claim": "spec.volumes[].persistentVolumeClaim",
    "selector": "spec.nodeSelector, spec.affinity.nodeAffinity",
}
"""Where in a pod each prohibition is stated; all others are about its requests."""
_ITEMS = ("fargate_x86_vcpu_hour", "fargate_x86_gb_hour")


def prohibitions(pod: Pod, cluster: Cluster) -> Iterator[tuple[str, str]]:
    """Yield the field and the reason for each thing that prevents a pod from running on Fargate."""
    ports = tuple(port.port for port in pod.template.host_ports)
    volumes = [FargateVolume(v.name, "inline", v.kind) for v in pod.template.inline_volumes]
    for name in pod.volume_claims:
        claim = cluster.claims.get((pod.namespace, name))
        volumes.append(claimed_volume(name, claim, cluster))
    containers = (FargateContainer(_CONTAINERS, host_ports=ports),)
    for item in rules.prohibitions(FargatePod(pod.template, containers, tuple(volumes))):
        yield _FIELDS.get(item.rule, f"{_CONTAINERS}.resources"), item.reason


def unpriced(case: ComparisonCase) -> tuple[str, ...]:
    """Say that Fargate is left out if the catalog has no price for it."""
    if all(case.service_price(item) for item in _ITEMS):
        return ()
    region = case.snapshot.catalog.region
    return (f"Fargate is left out: the catalog has no price for it in {region}",)


def option(case: ComparisonCase, profiles: Sequence[FargateProfile] = ()) -> ComputeOption | None:
    """Return the option: all pods or, with profiles, those that a profile selects.

    None if the catalog has no price for it.
    """
    vcpu, gib = (case.service_price(item) for item in _ITEMS)
    if vcpu is None or gib is None:
        return None
    sorted_pods = _sorted(case.snapshot.cluster, profiles)
    lines = tuple(
        _line(pod_size, requests, vcpu.usd, gib.usd)
        for pod_size, requests in sorted(sorted_pods.by_size.items(), key=lambda item: item[0])
    )
    nano = sum(line.count * line.nano_usd_per_hour for line in lines)
    estimated = is_estimate(vcpu) or is_estimate(gib)
    return ComputeOption(
        replace(FARGATE, notes=tuple(_notes(case.snapshot.cluster, sorted_pods.extra_storage))),
        lines,
        (
            CostPart(INSTANCES, "pods by size", nano, vcpu.source, estimated),
            control_plane(case),
        ),
        tuple(CannotRun(tuple(pods), *key) for key, pods in sorted(sorted_pods.barred.items())),
        sum(line.count for line in lines),
    )


@dataclass(slots=True)
class _SortedPods:
    """Pods that can run, as requests by billed size, and ``barred`` pods by field and reason."""

    by_size: dict[tuple[int, int], list[Mapping[str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    barred: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    extra_storage: int = 0  # bytes of ephemeral storage that are billed


def _sorted(cluster: Cluster, profiles: Sequence[FargateProfile]) -> _SortedPods:
    """Sort the pods to run into those that Fargate can run and those it cannot."""
    result = _SortedPods()
    for pod in cluster.pods:
        if pod.node_name or pod.daemonset:
            continue
        reasons = [*prohibitions(pod, cluster), *_other_obstacles(pod, profiles)]
        for reason in reasons:
            result.barred[reason].append(pod.key)
        requests = dict(pod.template.requests)
        billed = size(requests)
        if not reasons and billed is not None:
            result.by_size[billed].append(requests)
            result.extra_storage += max(0, requests.get(EPHEMERAL_STORAGE, 0) - _EPHEMERAL_FREE)
    return result


def _other_obstacles(pod: Pod, profiles: Sequence[FargateProfile]) -> Iterator[tuple[str, str]]:
    if pod.rejected or pod.template.unsupported or pod.template.scheduling_gates:
        yield "", "it cannot be scheduled anywhere"
    if profiles and not selecting(profiles, pod.namespace, dict(pod.labels)):
        yield "", "no Fargate profile selects it"


def _notes(cluster: Cluster, extra_storage: int) -> Iterator[str]:
    daemonsets = ", ".join(d.key for d in cluster.daemonsets)
    if daemonsets:
        yield f"DaemonSets do not run on Fargate ({daemonsets}): use sidecars instead"
    yield from FARGATE.notes
    if extra_storage:
        extra = f"{extra_storage / GIB:g} GiB"
        yield f"not included: the cost of {extra} of ephemeral storage beyond 20 GiB per pod"


def _line(
    pod_size: tuple[int, int],
    pods: Sequence[Mapping[str, int]],
    usd_per_vcpu: float,
    usd_per_gib: float,
) -> FleetLine:
    """Return the line of the pods billed as one size; ``pods`` are their requests."""
    millicpu, mib = pod_size
    count = len(pods)
    cpu = sum(pod.get(CPU, 0) for pod in pods) / (millicpu * count)
    memory = sum(pod.get(MEMORY, 0) + OVERHEAD for pod in pods) / (mib * MIB * count)
    nano = round((millicpu / 1000 * usd_per_vcpu + mib / 1024 * usd_per_gib) * NANO_USD)
    unit = f"{millicpu / 1000:g} vCPU, {mib / 1024:g} GB"
    return FleetLine(unit, "", "on-demand", count, count, nano, 1, (1 - cpu, 1 - memory))
