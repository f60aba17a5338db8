"""Workloads: scenarios from a cluster's manifests, and from traces of pods.

What a simulation cannot run is left out with a note, never silently: pods with volume claims, pods
that admission rejects, and whatever plans do not support either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.resources import CPU, MEMORY, amounts
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.simulation.scenario import MONDAY, BatchLoad, Scenario, ServiceLoad
from kubestow.simulation.shapes import replicas

_MIB = 2**20
_STEP = 900
_Group = tuple[tuple[str, str], str, PodTemplate, tuple[tuple[str, str], ...]]


def from_cluster(
    snapshot: Snapshot, shape: str, *, seconds: int, step: int = _STEP, seed: int = 0
) -> Scenario:
    """Return a scenario of a cluster's own workloads, whose replicas follow a shape.

    Pods of one controller, or equal pods without one, are one Deployment; those of Jobs arrive at
    the start and run until the end. The simulation starts without nodes.
    """
    cluster = snapshot.cluster
    left_out: Counter[str] = Counter()
    groups: dict[_Group, list[Pod]] = {}
    for pod in cluster.pods:
        if pod.daemonset or pod.terminating:
            continue
        why = _obstacle(pod)
        if why:
            left_out[why] += 1
            continue
        owner = pod.lifecycle.owner or ("", "")
        groups.setdefault((owner, pod.namespace, pod.template, pod.labels), []).append(pod)
    services, batches = [], []
    for number, ((owner, _, _, _), pods) in enumerate(groups.items()):
        first = pods[0]
        name = owner[1] or first.name.rsplit("-", 1)[0]
        if owner[0] == "Job":
            arrivals = tuple((MONDAY, None) for _ in pods)
            batches.append(BatchLoad(first.namespace, name, first.template, first.labels, arrivals))
            continue
        load = ServiceLoad(
            first.namespace, f"{name}-{number}", first.template, first.labels,
            ((MONDAY, len(pods)),),
        )  # fmt: skip
        counts = replicas(load, shape, start=MONDAY, seconds=seconds, step=step, seed=seed)
        services.append(replace(load, replicas=counts))
    notes = tuple(f"{count} pods left out: {why}" for why, count in sorted(left_out.items()))
    base = replace(snapshot, cluster=_bare(cluster))
    return Scenario(
        base, tuple(services), tuple(batches), seconds=seconds, seed=seed, left_out=notes
    )


def _bare(cluster: Cluster) -> Cluster:
    """Return a cluster without pods, nodes and volumes."""
    return replace(
        cluster,
        pods=(),
        nodes=(),
        workloads=(),
        attachments=(),
        claims={},
        volumes={},
        storage_classes={},
        storage_capacities=(),
        capacity_drivers=(),
    )


def _obstacle(pod: Pod) -> str:
    """Return why a pod is not simulated, or an empty string."""
    if pod.volume_claims:
        return "volume claims are not simulated"
    if pod.rejected:
        return "admission refuses them"
    if pod.template.scheduling_gates:
        return "they are gated"
    return "; ".join(pod.template.unsupported)


def from_trace(
    snapshot: Snapshot, rows: Iterable[TracePod], *, seconds: int, seed: int = 0
) -> Scenario:
    """Return a scenario of a trace, shifted to the start and cut off at the end."""
    ordered = sorted(rows, key=lambda row: (row.arrival_seconds, row.cpu_milli, row.memory_mib))
    first = ordered[0].arrival_seconds if ordered else 0
    sizes: dict[tuple[int, int], list[tuple[int, int | None]]] = {}
    cut = 0
    for row in ordered:
        at = row.arrival_seconds - first
        if at >= seconds:
            cut += 1
            continue
        size = (row.cpu_milli, row.memory_mib)
        sizes.setdefault(size, []).append((MONDAY + at, row.duration_seconds))
    batches = []
    for number, ((cpu, memory), arrivals) in enumerate(sorted(sizes.items())):
        template = PodTemplate(requests=amounts({CPU: cpu, MEMORY: memory * _MIB}))
        name = f"size-{number:04d}"
        batches.append(BatchLoad("trace", name, template, (("app", name),), tuple(arrivals)))
    notes = (f"{cut} pods left out: they come after the end",) if cut else ()
    base = replace(snapshot, cluster=_bare(snapshot.cluster))
    return Scenario(base, (), tuple(batches), seconds=seconds, seed=seed, left_out=notes)


def squeezed(rows: Sequence[TracePod], seconds: int) -> list[TracePod]:
    """Return a trace whose arrivals and durations are scaled down to fit into a time."""
    if not rows:
        return []
    first = min(row.arrival_seconds for row in rows)
    last = max(row.arrival_seconds + (row.duration_seconds or 0) for row in rows)
    scale = min(1.0, seconds / max(last - first + 1, 1))
    return [
        replace(
            row,
            arrival_seconds=int((row.arrival_seconds - first) * scale),
            duration_seconds=None
            if row.duration_seconds is None
            else max(1, round(row.duration_seconds * scale)),
        )
        for row in rows
    ]
