"""The least that any fleet for the same pods costs, where nodes that exist do not cost less."""

from collections import Counter
from collections.abc import Mapping

from kubestow.disruption.expected import claims_of
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.resources import EBS_VOLUMES, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.model.volume import EBS_DRIVER
from kubestow.provisioning.proof.appraisal import Appraisal


def fleet_bound(
    snapshot: Snapshot, pools: tuple[NodePool, ...], appraisal: Appraisal
) -> int | None:
    """Return the proven minimum; None if a node is cheaper or larger than what is for sale."""
    listed: Mapping[tuple[str, str, str], int] = snapshot.catalog.prices()
    pool_names = {pool.name for pool in pools}
    taken: dict[str, Counter[str]] = {node.name: Counter() for node in snapshot.cluster.nodes}
    for pod in snapshot.cluster.pods:
        if pod.daemonset and pod.node_name in taken:
            taken[pod.node_name].update(dict(pod.template.requests))
            taken[pod.node_name][PODS] += 1
    for claim in claims_of(snapshot):
        if claim.name not in taken:
            continue
        price = listed.get(claim.offering)
        sold = appraisal.room.get((claim.nodepool, *claim.offering))
        if claim.nodepool not in pool_names or price is None or price > claim.nano_usd_per_hour:
            return None
        if sold is None or _exceeds(claim.node, taken[claim.name], sold):
            return None
    return appraisal.lower_bound.nano_usd_per_hour


def _exceeds(node: Node, taken: Mapping[str, int], sold: Mapping[str, int]) -> bool:
    """Return whether a node has more room beside its DaemonSets than a new one of its offering."""
    has = dict(node.allocatable)
    slots = dict(node.attach_limits).get(EBS_DRIVER)
    for axis, room in sold.items():
        if axis == EBS_VOLUMES:
            if slots is None or slots > room:
                return True
        elif has.get(axis, 0) - taken.get(axis, 0) > room:
            return True
    return False
