"""Workloads: scenarios from a cluster's manifests, and from traces of pods that come and go.

What a simulation cannot run is named, never left out silently: pods with volume claims,
pods that admission refuses, and what a plan does not support either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kubestow.model.counted import counted
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.resources import CPU, MEMORY, amounts
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.simulation.scenario import MONDAY, BatchLoad, Scenario, ServiceLoad
from kubestow.simulation.shapes import replicas

_MIB = 2**20
_STEP = 900


@dataclass(frozen=True, slots=True)
class _PodGroup:
    """Pods that are replicas of each other; without a controller ``owner`` is empty.

    Pods of one owner that may be evicted on other terms are a group of their own.
    """

    owner: tuple[str, str]
    namespace: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    eviction: EvictionTerms | None


def from_cluster(
    snapshot: Snapshot, shape: str, *, seconds: int, step: int = _STEP, seed: int = 0
) -> Scenario:
    """Return a scenario of a cluster's own workloads, their replicas following a shape.

    Pods of one controller, or identical ones without, are a Deployment; those of Jobs come at the
    start and run to the end. The simulation starts without the nodes of the input.
    """
    cluster = snapshot.cluster
    left_out: Counter[str] = Counter()
    groups: dict[_PodGroup, list[Pod]] = {}
    for pod in cluster.pods:
        if pod.daemonset or pod.terminating:
            continue
        obstacle = _obstacle(pod)
        if obstacle:
            left_out[obstacle] += 1
            continue
        owner = pod.lifecycle.owner or ("", "")
        terms = pod.lifecycle.eviction
        group = _PodGroup(owner, pod.namespace, pod.template, pod.labels, terms)
        groups.setdefault(group, []).append(pod)
    services, batches = [], []
    for number, (group, pods) in enumerate(groups.items()):
        first = pods[0]
        name = group.owner[1] or first.name.rsplit("-", 1)[0]
        if group.owner[0] == "Job":
            arrivals = tuple((MONDAY, None) for _ in pods)
            batches.append(
                BatchLoad(
                    first.namespace, name, first.template, first.labels, arrivals, group.eviction
                )
            )
            continue
        load = ServiceLoad(
            first.namespace, f"{name}-{number}", first.template, first.labels,
            ((MONDAY, len(pods)),), group.eviction,
        )  # fmt: skip
        counts = replicas(load, shape, start=MONDAY, seconds=seconds, step=step, seed=seed)
        services.append(replace(load, replicas=counts))
    notes = tuple(
        f"{counted(count, 'pod')} left out: {obstacle}"
        for obstacle, count in sorted(left_out.items())
    )
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
    """Return why a pod is not simulated; an empty string if it is."""
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
    """Return a scenario of a trace that starts with its first pod; later ones may be cut off."""
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
    notes = (f"{counted(cut, 'pod')} left out: they come after the end",) if cut else ()
    base = replace(snapshot, cluster=_bare(snapshot.cluster))
    return Scenario(base, (), tuple(batches), seconds=seconds, seed=seed, left_out=notes)


def squeezed(rows: Sequence[TracePod], seconds: int) -> list[TracePod]:
    """Return a trace with arrivals and durations scaled so that all of it fits in a time."""
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
