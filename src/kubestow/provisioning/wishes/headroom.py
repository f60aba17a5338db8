"""Headroom: room held for pods yet to come, by placeholder pods that are planned with the rest.

From then on placeholders are pods like any other: the proven minimum counts them, the rehearsal
plays them, the judge judges them.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil
from statistics import median_low

from kubestow.model.headroom import NAMESPACE
from kubestow.model.nodepool import MIB, NodePool
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.resources import CPU, MEMORY, amounts
from kubestow.model.snapshot import Snapshot
from kubestow.model.taints import Toleration

_LOWEST_PRIORITY = -(2**31)
_UNITS = {CPU: 1, MEMORY: MIB}
"""What a placeholder's requests are rounded up to."""


def with_headroom(snapshot: Snapshot, share: Fraction, pools: tuple[NodePool, ...]) -> Snapshot:
    """Add placeholders for this share of what the pods to plan ask of cpu and memory.

    They are as many as pods of the median size make up, at most as many as there are pods, of the
    lowest priority, and tolerate the taints of every NodePool. The snapshot itself is returned
    where the pods ask for nothing.
    """
    cluster = snapshot.cluster
    planned = [pod for pod in cluster.pods if _is_planned(pod)]
    asked = {name: [dict(p.template.requests).get(name, 0) for p in planned] for name in _UNITS}
    held = {name: ceil(sum(each) * share) for name, each in asked.items()}
    sizes = {name: median_low(sorted(filter(None, asked[name]))) for name in held if held[name]}
    if not sizes:
        return snapshot
    count = min(len(planned), max(ceil(held[name] / sizes[name]) for name in sizes))
    lowest = min(0, *(pod.template.priority for pod in cluster.pods))
    template = PodTemplate(
        requests=amounts((name, _portion(held[name], count, _UNITS[name])) for name in sizes),
        tolerations=_tolerations(pools),
        priority=max(lowest - 1, _LOWEST_PRIORITY),
        preempts=False,
    )
    placeholders = tuple(Pod(NAMESPACE, f"headroom-{n}", template) for n in range(count))
    return replace(snapshot, cluster=replace(cluster, pods=(*cluster.pods, *placeholders)))


def _is_planned(pod: Pod) -> bool:
    barred = pod.rejected or pod.template.scheduling_gates or pod.template.unsupported
    return not (pod.node_name or pod.daemonset or pod.terminating or barred)


def _portion(amount: int, count: int, unit: int) -> int:
    """Return an equal part of an amount, rounded up to whole units."""
    return -(-amount // (count * unit)) * unit


def _tolerations(pools: Sequence[NodePool]) -> tuple[Toleration, ...]:
    taints = sorted({taint for pool in pools for taint in pool.taints})
    return tuple(Toleration(t.key, "Equal", t.value, t.effect) for t in taints)
