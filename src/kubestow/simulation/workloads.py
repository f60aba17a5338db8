"""Workloads: scenarios from a cluster's manifests, and from traces of pods that come and go.

What a simulation cannot run is named, never left out silently: pods that admission refuses, pods
with generic ephemeral volumes, and what a plan does not support either.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kubestow.disruption.expected import is_node_bound
from kubestow.model.counted import counted
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.resources import CPU, MEMORY, amounts
from kubestow.model.simulated import TracePod
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.scheduling.rehearsal import with_resolved_claims
from kubestow.simulation.scenario import MONDAY, BatchLoad, Scenario, ServiceLoad
from kubestow.simulation.shapes import replicas

_MIB = 2**20
_STEP = 900


@dataclass(frozen=True, slots=True)
class _PodGroup:
    """Pods that are replicas of each other; without a controller ``owner`` is empty.

    ``claims`` are those that all of them share; each pod of a StatefulSet has its own.
    """

    owner: tuple[str, str]
    namespace: str
    template: PodTemplate
    labels: tuple[tuple[str, str], ...]
    eviction: EvictionTerms | None
    claims: tuple[str, ...] = ()


def from_cluster(
    snapshot: Snapshot, shape: str, *, seconds: int, step: int = _STEP, seed: int = 0
) -> Scenario:
    """Return a scenario of a cluster's own workloads, their replicas following a shape.

    Pods of one controller, or identical ones without, are a Deployment; those of a StatefulSet with
    volumes keep their names and claims; those of Jobs come at the start and run to the end. The
    simulation starts without the nodes of the input, with the volumes that claims are bound to.
    """
    cluster = with_resolved_claims(snapshot.cluster)
    groups, left_out = _groups(cluster)
    services: list[ServiceLoad] = []
    batches = []
    used: set[tuple[str, str]] = set()
    for number, (group, pods) in enumerate(groups.items()):
        used |= {(pod.namespace, name) for pod in pods for name in pod.volume_claims}
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
            ((MONDAY, len(pods)),), group.eviction, group.claims,
        )  # fmt: skip
        counts = replicas(load, shape, start=MONDAY, seconds=seconds, step=step, seed=seed)
        load = replace(load, replicas=counts)
        services += _ordinals(load, pods) if _has_own_claims(first) else [load]
    notes = tuple(
        f"{counted(count, 'pod')} left out: {obstacle}"
        for obstacle, count in sorted(left_out.items())
    )
    base = replace(snapshot, cluster=_bare(cluster, used))
    return Scenario(
        base, tuple(services), tuple(batches), seconds=seconds, seed=seed, left_out=notes
    )


def keys_by_owner(snapshot: Snapshot) -> dict[tuple[str, int], tuple[str, ...]]:
    """Return the input's pods, by namespace/name, that each workload of its scenario stands for.

    Workloads are named as in kubestow.simulation.pods (Owner).
    """
    keys: dict[tuple[str, int], tuple[str, ...]] = {}
    services = batches = 0
    groups, _ = _groups(with_resolved_claims(snapshot.cluster))
    for group, pods in groups.items():
        if group.owner[0] == "Job":
            keys["batch", batches] = tuple(pod.key for pod in pods)
            batches += 1
            continue
        own = _has_own_claims(pods[0])
        for together in [[pod] for pod in _by_ordinal(pods)] if own else [pods]:
            keys["service", services] = tuple(pod.key for pod in together)
            services += 1
    return keys


def _groups(cluster: Cluster) -> tuple[dict[_PodGroup, list[Pod]], Counter[str]]:
    """Return the pods to simulate by what they are replicas of, and why others are left out."""
    left_out: Counter[str] = Counter()
    groups: dict[_PodGroup, list[Pod]] = {}
    for pod in cluster.pods:
        if pod.daemonset or pod.terminating:
            continue
        obstacle = _obstacle(pod, cluster)
        if obstacle:
            left_out[obstacle] += 1
        else:
            groups.setdefault(_group(pod), []).append(pod)
    return groups, left_out


def _has_own_claims(pod: Pod) -> bool:
    owner = pod.lifecycle.owner
    return bool(pod.volume_claims) and owner is not None and owner[0] == "StatefulSet"


def _group(pod: Pod) -> _PodGroup:
    own = _has_own_claims(pod)
    return _PodGroup(
        pod.lifecycle.owner or ("", ""),
        pod.namespace,
        pod.template,
        () if own else pod.labels,  # those of a StatefulSet's pods may hold their names
        pod.lifecycle.eviction,
        () if own else pod.volume_claims,
    )


def _ordinals(load: ServiceLoad, pods: Sequence[Pod]) -> Iterator[ServiceLoad]:
    """Yield a load for each pod of a StatefulSet: it is there while more replicas are wanted."""
    for position, pod in enumerate(_by_ordinal(pods)):
        changes: list[tuple[int, int]] = []
        for at, count in load.replicas:
            wanted = int(count > position)
            if not changes or changes[-1][1] != wanted:
                changes.append((at, wanted))
        yield replace(
            load,
            name=f"{load.name}-{position}",
            labels=pod.labels,
            replicas=tuple(changes),
            claims=pod.volume_claims,
            pod_name=pod.name,
        )


def _by_ordinal(pods: Iterable[Pod]) -> list[Pod]:
    return sorted(pods, key=lambda pod: (_ordinal(pod), pod.name))


def _ordinal(pod: Pod) -> int:
    number = pod.name.rpartition("-")[2]
    return int(number) if number.isascii() and number.isdigit() else 0


def _bare(cluster: Cluster, used: Collection[tuple[str, str]]) -> Cluster:
    """Return a cluster without pods and nodes, with the claims that are used and their volumes."""
    claims = {  # the node that a volume was to be made for is not there
        key: claim if claim.volume_name else replace(claim, selected_node=None)
        for key, claim in cluster.claims.items()
        if key in used
    }
    bound = {claim.volume_name for claim in claims.values()}
    volumes = {
        name: volume
        for name, volume in sorted(cluster.volumes.items())
        if name in bound or volume.claim is None or volume.claim[:2] in used
    }
    return replace(
        cluster,
        pods=(),
        nodes=(),
        workloads=(),
        attachments=(),
        claims=claims,
        volumes=volumes,
        storage_capacities=(),
        capacity_drivers=(),
    )


def _obstacle(pod: Pod, cluster: Cluster) -> str:
    """Return why a pod is not simulated; an empty string if it is."""
    if pod.rejected:
        return "admission refuses them"
    if is_node_bound(pod):
        return "static pods are not simulated"
    if pod.template.scheduling_gates:
        return "they are gated"
    if pod.ephemeral_claims:
        return "generic ephemeral volumes are not simulated"
    if any((pod.namespace, name) not in cluster.claims for name in pod.volume_claims):
        return "a volume claim of theirs is not in the input"
    if pod.volume_claims and pod.lifecycle.owner is not None and pod.lifecycle.owner[0] == "Job":
        return "volume claims of Jobs are not simulated"
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
    base = replace(snapshot, cluster=_bare(snapshot.cluster, ()))
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
