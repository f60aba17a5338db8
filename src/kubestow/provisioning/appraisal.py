"""Appraisal: what pods are worth, and what any fleet for them costs at least.

Law: the minimum is that of a cluster planned from nothing; it holds for any fleet of nodes that the
pools offer at no lower price. Constraints between pods are dropped, which is safe.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Bound
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.problem import Item
from kubestow.provisioning.prover import Prover
from kubestow.provisioning.world import prepare


@dataclass(frozen=True, slots=True)
class Appraisal:
    """``values`` are nano-USD an hour by pod; pods that nothing offered carries have none."""

    bound: Bound
    values: Mapping[str, float]


def appraise(snapshot: Snapshot, pools: tuple[NodePool, ...]) -> Appraisal:
    """Appraise all pods of a snapshot, bound or not, DaemonSets' apart."""
    pods = tuple(
        replace(pod, node_name="") if pod.node_name else pod
        for pod in snapshot.cluster.pods
        if not pod.daemonset and not pod.terminating
    )
    cluster = replace(snapshot.cluster, pods=pods, nodes=())
    world = prepare(replace(snapshot, cluster=cluster), pools)
    able = [c for c in world.pod_classes if c.demand and world.carries(c.index).any()]
    items = [Item(((c.index, 1),), c.demand) for c in able]
    prover = Prover(world, items, [frozenset(range(len(pools)))])
    values = prover.values
    found = {pods[p].key: values[c.index] for c in able for p in c.pending}
    return Appraisal(prover.bound, found)
