"""Where kube-scheduler itself would put the pods that wait, on the nodes that are expected.

They go through its own cycle (kubestow.scheduling.cycle) in one order of arrival. In another order
a pod may be left that is not left here, but no placement is ever illegal.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from kubestow.model.snapshot import Snapshot
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_kinds import PodKindsCache
from kubestow.scheduling.rehearsal import with_resolved_claims
from kubestow.scheduling.scheduler_cache import build_cache


@dataclass(frozen=True, slots=True)
class Arrival:
    """The snapshot afterwards, (pod, node) in binding order, and the pods still pending."""

    snapshot: Snapshot
    placed: tuple[tuple[str, str], ...]
    left: tuple[str, ...]


def arrive(
    snapshot: Snapshot,
    pods: Collection[str],
    seed: int = 0,
    pod_kinds: PodKindsCache | None = None,
) -> Arrival:
    """Schedule some of the pending pods, which come in this order."""
    cluster = with_resolved_claims(snapshot.cluster)
    order = {key: number for number, key in enumerate(pods)}
    numbers = [n for n, pod in enumerate(cluster.pods) if not pod.node_name and pod.key in order]
    numbers.sort(key=lambda number: order[cluster.pods[number].key])
    cache = build_cache(cluster, (pod_kinds or PodKindsCache()).of(cluster))
    cycle = Cycle(cache, seed)
    cycle.run(numbers)
    placed = {n: cache.nodes[cache.node_of[n]].name for n in numbers if n in cache.node_of}
    after = tuple(
        pod.on(placed[n]) if n in placed else pod for n, pod in enumerate(snapshot.cluster.pods)
    )
    left = tuple(cluster.pods[n].key for n in numbers if n not in placed)
    bound = tuple((cluster.pods[n].key, placed[n]) for n in cycle.bound if n in placed)
    return Arrival(replace(snapshot, cluster=replace(snapshot.cluster, pods=after)), bound, left)
