"""AWS Fargate: every pod alone on capacity of its own size, for those that may run there.

A pod is billed by the size it is rounded up to (kubestow.catalog.fargate). A pod that Fargate does
not run (kubestow.catalog.fargate_rules) is named with the field that stands against it.
"""

from collections.abc import Iterator, Mapping, Sequence

from kubestow.catalog import fargate_rules as rules
from kubestow.catalog.fargate import OVERHEAD, size
from kubestow.catalog.fargate_rules import (
    FargateContainer,
    FargatePod,
    FargateVolume,
    claimed_volume,
)
from kubestow.compute import case as common
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
)
from kubestow.model.pod import Pod
from kubestow.model.resources import CPU, EPHEMERAL_STORAGE, MEMORY
from kubestow.model.snapshot import Cluster

ID = "fargate"
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
    """Yield the field and the reason of everything that keeps a pod off Fargate."""
    ports = tuple(port.port for port in pod.template.host_ports)
    volumes = [FargateVolume(v.name, "inline", v.kind) for v in pod.template.inline_volumes]
    for name in pod.volume_claims:
        claim = cluster.claims.get((pod.namespace, name))
        volumes.append(claimed_volume(name, claim, cluster))
    containers = (FargateContainer(_CONTAINERS, host_ports=ports),)
    for item in rules.prohibitions(FargatePod(pod.template, containers, tuple(volumes))):
        yield _FIELDS.get(item.rule, f"{_CONTAINERS}.resources"), item.reason


def unpriced(case: common.ComparisonCase) -> tuple[str, ...]:
    """Say that Fargate is left out where the catalog has no price of it."""
    if all(case.service_price(item) for item in _ITEMS):
        return ()
    region = case.snapshot.catalog.region
    return (f"Fargate is left out: the catalog has no price of it in {region}",)


def option(
    case: common.ComparisonCase, profiles: Sequence[FargateProfile] = ()
) -> ComputeOption | None:
    """Return the option: all pods, or with profiles those that one of them selects.

    None where the catalog has no price of it.
    """
    if unpriced(case):
        return None
    cluster = case.snapshot.cluster
    barred: dict[tuple[str, str], list[str]] = {}
    sizes: dict[tuple[int, int], list[dict[str, int]]] = {}
    extra = 0
    for pod in cluster.pods:
        if pod.node_name or pod.daemonset:
            continue
        found = list(prohibitions(pod, cluster))
        if pod.rejected or pod.template.unsupported or pod.template.scheduling_gates:
            found.append(("", "it cannot run anywhere as it is"))
        if profiles and not selecting(profiles, pod.namespace, dict(pod.labels)):
            found.append(("", "no Fargate profile selects it: it stays Pending"))
        for field, reason in found:
            barred.setdefault((field, reason), []).append(pod.key)
        requests = dict(pod.template.requests)
        billed = size(requests)
        if not found and billed is not None:
            sizes.setdefault(billed, []).append(requests)
            extra += max(0, requests.get(EPHEMERAL_STORAGE, 0) - _EPHEMERAL_FREE)
    lines, part = _priced(case, sizes)
    lost = [d.key for d in cluster.daemonsets]
    notes = [
        f"DaemonSets do not run there ({', '.join(lost)}): make each a sidecar, or lose it"
        if lost
        else "",
        "logs go through Fargate's own Fluent Bit (ConfigMap aws-observability/aws-logging)",
        "private subnets only, no public address; network policies and node ports do not work",
        "not looked at: privileged containers, host network and paths ('kubestow check' does)",
        f"not in the cost: {extra / GIB:g} GiB of ephemeral storage above the free 20 GiB a pod"
        if extra
        else "",
    ]
    return ComputeOption(
        ID,
        "Fargate",
        lines,
        (*part, common.control_plane(case)),
        tuple(CannotRun(tuple(pods), *key) for key, pods in sorted(barred.items())),
        sum(map(len, sizes.values())),
        Operation(
            "AWS: it evicts pods to patch, respecting PodDisruptionBudgets as long as it can",
            "one to several minutes for every pod",
            "as long as its pod lives",
        ),
        tuple(filter(None, notes)),
    )


def _priced(
    case: common.ComparisonCase, sizes: Mapping[tuple[int, int], Sequence[Mapping[str, int]]]
) -> tuple[tuple[FleetLine, ...], tuple[CostPart, ...]]:
    """Return the sizes as lines, and their price; ``sizes`` has the requests of each one's pods."""
    vcpu, gib = (case.service_price(item) for item in _ITEMS)
    assert vcpu is not None, "an option without prices is left out"
    assert gib is not None, "an option without prices is left out"
    lines = []
    for (milli, mib), pods in sorted(sizes.items(), key=lambda item: item[0]):
        count = len(pods)
        cpu = sum(pod.get(CPU, 0) for pod in pods) / (milli * count)
        memory = sum(pod.get(MEMORY, 0) + OVERHEAD for pod in pods) / (mib * MIB * count)
        nano = round((milli / 1000 * vcpu.usd + mib / 1024 * gib.usd) * NANO_USD)
        unit = f"{milli / 1000:g} vCPU, {mib / 1024:g} GB"
        spare = (1 - cpu, 1 - memory)
        lines.append(FleetLine(unit, "", "on-demand", count, count, nano, 1, spare))
    total = sum(line.count * line.nano_usd_per_hour for line in lines)
    estimated = common.is_estimate(vcpu) or common.is_estimate(gib)
    return tuple(lines), (CostPart(INSTANCES, "pods by size", total, vcpu.source, estimated),)
