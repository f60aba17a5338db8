"""An appraisal: what pods are worth, and what any fleet for them costs at least.

The minimum is that of a cluster planned from nothing. It holds for any fleet of nodes that the
pools do not offer for less. Constraints between pods are dropped, which can only lower it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from kubestow.model.nodepool import NodePool
from kubestow.model.plan import LowerBound
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.packing.problem import Item
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.proof.prover import Prover


@dataclass(frozen=True, slots=True)
class Appraisal:
    """``values`` are nano-USD an hour by pod; pods that nothing offered carries have none.

    ``room`` is what each offering (NodePool, instance type, zone, capacity type) has beside its
    DaemonSets, by every resource that pods ask for.
    """

    lower_bound: LowerBound
    values: Mapping[str, float]
    room: Mapping[tuple[str, str, str, str], Mapping[str, int]]


def appraise(
    snapshot: Snapshot, pools: tuple[NodePool, ...], cache: PlanningCache | None = None
) -> Appraisal:
    """Appraise all pods of a snapshot, bound or not, DaemonSets' apart."""
    pods = tuple(pod for pod in snapshot.cluster.pods if not pod.daemonset and not pod.terminating)
    cluster = replace(snapshot.cluster, pods=pods, nodes=())
    prepared = prepare(replace(snapshot, cluster=cluster), pools, afresh=True, cache=cache)
    able = [c for c in prepared.pod_classes if c.demand and prepared.carries(c.index).any()]
    items = [Item(((c.index, 1),), c.demand) for c in able]
    prover = Prover(prepared, items, [frozenset(range(len(pools)))])
    values = prover.values
    worth = {pods[p].key: values[c.index] for c in able for p in c.pending}
    return Appraisal(prover.lower_bound, worth, _room(prepared))


def _room(prepared: PreparedSnapshot) -> dict[tuple[str, str, str, str], dict[str, int]]:
    """Return each offering's room; of several sets of labels the largest counts."""
    rooms: dict[tuple[str, str, str, str], dict[str, int]] = {}
    asked = np.flatnonzero((prepared.requests > 0).any(axis=0))
    axes = [prepared.axes[axis] for axis in asked.tolist()]
    for candidate, free in zip(prepared.candidates, prepared.free[:, asked].tolist(), strict=True):
        key = (
            candidate.nodepool, candidate.instance_type, candidate.zone, candidate.capacity_type,
        )  # fmt: skip
        room = rooms.setdefault(key, dict(zip(axes, free, strict=True)))
        for axis, amount in zip(axes, free, strict=True):
            room[axis] = max(room[axis], amount)
    return rooms
