"""Desired nodes: what NodePools run in any case, made part of the snapshot before planning.

While planning they are nodes like any that exist, filled first. In the finished plan they are new
nodes again, at their price.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kubestow.catalog.usage import capacity_type
from kubestow.model import labels as names
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.node import Node
from kubestow.model.nodepool import DesiredNodes, NodePool, owner_of
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.provisioning.preparation.offerings import pool_offerings
from kubestow.provisioning.rehearsed.fleet_nodes import as_placed
from kubestow.provisioning.wishes.reservations import launched_candidate
from kubestow.scheduling.candidate_node import CandidateNode
from kubestow.scheduling.rehearsal import Rehearsal

_ORDERS = 8
Offered = tuple[str, str, str, str]
"""NodePool, instance type, zone and capacity type."""


class DesiredNodesError(ValueError):
    """Nodes that their NodePool cannot run: which pool's, what is wrong, a hint."""

    def __init__(self, pool: NodePool, message: str, hint: str) -> None:
        super().__init__(message)
        self.pool, self.message, self.hint = pool, message, hint


def with_desired_nodes(snapshot: Snapshot) -> Snapshot:
    """Add the nodes that NodePools are to run and that are not in the input.

    Raise DesiredNodesError where a pool does not launch one of them.
    """
    there = _running(snapshot.cluster)
    added: list[Node] = []
    for pool in snapshot.cluster.nodepools:
        number = 0
        candidates = _candidates(snapshot, pool)
        static = _fixed(snapshot, pool, candidates)
        for item in pool.desired or static:
            in_zone = {c.zone: c for key, c in candidates.items() if _is_of(item, key)}
            if not in_zone:
                raise _not_launched(snapshot, pool, item)
            for zone in _dealt(pool.name, item, sorted(in_zone), Counter() if static else there):
                number += 1
                node = launched_candidate(in_zone[zone], f"{pool.name}-desired-{number:03d}")
                added.append(replace(node, desired=True))
    if not added:
        return snapshot
    nodes = (*snapshot.cluster.nodes, *added)
    return replace(snapshot, cluster=replace(snapshot.cluster, nodes=nodes))


def without_desired_nodes(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot as it was before the desired nodes were added."""
    nodes = tuple(node for node in snapshot.cluster.nodes if not node.desired)
    return replace(snapshot, cluster=replace(snapshot.cluster, nodes=nodes))


def on_existing_nodes(snapshot: Snapshot, plan: Plan, seed: int = 0) -> Plan:
    """Return the plan with its pods on the nodes that exist, if kube-scheduler fits them in.

    Desired nodes are often a tight fit for their pods, and packing finds few of those on nodes that
    exist. The rehearsal may: a fleet will do if some order of arrival strands nothing that the plan
    runs.
    """
    there = tuple(node for node in plan.nodes if node.existing)
    is_whole = len(there) == len(plan.nodes) and not plan.unschedulable
    if is_whole or not any(node.desired for node in snapshot.cluster.nodes):
        return plan
    pods = [pod.key for pod in snapshot.cluster.pods if not pod.node_name]
    rehearsal = Rehearsal(snapshot.cluster, pods)
    refused = {item.pod for item in plan.unschedulable}
    best, chosen = (len(refused), len(plan.nodes)), plan
    for number, order in enumerate(rehearsal.orders(_ORDERS, seed)):
        run = rehearsal.play(there, order, seed + number)
        pending = {run.cluster.pods[pod].key for pod in run.pending}
        rank = (len(pending), len(there))
        if pending <= refused and rank < best:
            left = tuple(item for item in plan.unschedulable if item.pod in pending)
            best = rank
            chosen = replace(as_placed(plan, there, run), unschedulable=left)
    return chosen


def as_launched(snapshot: Snapshot, plan: Plan) -> Plan:
    """Return a plan of the snapshot with desired nodes as one that launches them.

    They cost what they cost in any fleet of these pools, so the minimum rises by the same amount.
    """
    desired = {node.name for node in snapshot.cluster.nodes if node.desired}
    if not desired:
        return plan
    candidates = {
        key: candidate
        for pool in snapshot.cluster.nodepools
        for key, candidate in _candidates(snapshot, pool).items()
    }
    nodes, committed, idle = [], 0, 0
    for node in plan.nodes:
        if node.name in desired:
            own = _launched_as(node, candidates)
            committed += own.price.nano_usd_per_hour
            idle += not node.pods
            node = replace(
                node,
                capacity_type=own.capacity_type,
                price=own.price,
                allocatable=own.allocatable,
                existing=False,
            )
        nodes.append(node)
    least = plan.lower_bound
    least = replace(least, nano_usd_per_hour=least.nano_usd_per_hour + committed)
    static = {pool.name for pool in snapshot.cluster.nodepools if pool.replicas is not None}
    fixed = sum(node.name in desired and node.nodepool in static for node in plan.nodes)
    notes = []
    if fixed:
        notes.append(f"of static NodePools (spec.replicas), whether pods need them or not: {fixed} "
                     "of the new nodes")  # fmt: skip
    if len(desired) > fixed:
        notes.append(f"desired nodes of the NodePools or node groups in the input: "
                     f"{len(desired) - fixed} of the new nodes; --from-scratch plans without "
                     "them")  # fmt: skip
    if idle:
        notes.append(f"{idle} of these nodes would carry no pods")
    return replace(
        plan, nodes=tuple(nodes), lower_bound=least, assumptions=(*plan.assumptions, *notes)
    )


def _launched_as(node: PlannedNode, candidates: Mapping[Offered, CandidateNode]) -> CandidateNode:
    """Return a desired node's offering; its labels may not tell its capacity type."""
    place = (node.nodepool, node.instance_type, node.zone)
    capacity_types = (node.capacity_type, ON_DEMAND, SPOT)
    keys = ((*place, capacity_type) for capacity_type in capacity_types)
    return next(candidates[key] for key in keys if key in candidates)


def _fixed(
    snapshot: Snapshot, pool: NodePool, candidates: dict[Offered, CandidateNode]
) -> tuple[DesiredNodes, ...]:
    """Return what a static NodePool still launches: the cheapest nodes it may, evenly over zones.

    Source: Karpenter pkg/controllers/static/provisioning; the instance type is EC2 Fleet's choice
    by price.
    """
    there = sum(pool.owns(dict(node.labels)) for node in snapshot.cluster.nodes)
    missing = (pool.replicas or 0) - there
    if missing <= 0 or not candidates:
        return ()
    cheapest = min(candidates.values(), key=lambda c: (c.price.nano_usd_per_hour, c.name))
    return (DesiredNodes(cheapest.instance_type, "", cheapest.capacity_type, missing),)


def _is_of(item: DesiredNodes, key: Offered) -> bool:
    _, instance_type, zone, capacity_type = key
    own = (item.instance_type, item.capacity_type)
    return own == (instance_type, capacity_type) and item.zone in ("", zone)


def _dealt(
    pool: str, item: DesiredNodes, zones: list[str], there: Counter[Offered]
) -> Iterator[str]:
    """Yield the zone of each node that is left, always that with the fewest; use up those there."""
    keys = {zone: (pool, item.instance_type, zone, item.capacity_type) for zone in zones}
    left = item.count
    in_zone: Counter[str] = Counter()
    for zone, key in keys.items():
        in_zone[zone] = min(left, there[key])
        there[key] -= in_zone[zone]
        left -= in_zone[zone]
    for _ in range(left):
        zone = min(zones, key=lambda name: in_zone[name])
        in_zone[zone] += 1
        yield zone


def _running(cluster: Cluster) -> Counter[Offered]:
    """Count the nodes of the input by NodePool or node group and offering."""
    running: Counter[Offered] = Counter()
    for node in cluster.nodes:
        labels = dict(node.labels)
        where = labels.get(names.INSTANCE_TYPE, ""), labels.get(names.ZONE, "")
        owner = owner_of(labels, cluster.nodepools)
        running[owner, *where, capacity_type(labels) or ON_DEMAND] += 1
    return running


def _candidates(snapshot: Snapshot, pool: NodePool) -> dict[Offered, CandidateNode]:
    """Return the offerings that a pool's desired nodes are of, the first variant of each."""
    catalog = snapshot.catalog
    if not pool.replicas:
        wanted = {item.instance_type for item in pool.desired}
        if not wanted:
            return {}
        catalog = catalog.narrowed(lambda offering: offering.instance_type in wanted)
    offered = pool_offerings(pool, catalog, snapshot.networking, {}).candidates
    return {_key(candidate): candidate for candidate in reversed(offered)}


def _key(candidate: CandidateNode) -> Offered:
    return (
        candidate.nodepool,
        candidate.instance_type,
        candidate.zone,
        candidate.capacity_type,
    )


def _not_launched(snapshot: Snapshot, pool: NodePool, item: DesiredNodes) -> DesiredNodesError:
    name, zone, capacity_type = item.instance_type, item.zone, item.capacity_type
    sold = sorted(_zones_of(snapshot, name, capacity_type))
    region = snapshot.catalog.region
    if sold and zone in ("", *sold):
        hint = "its requirements refuse them: widen them, or plan anew with --from-scratch"
    elif sold:
        hint = f"{name} is sold {capacity_type} in {', '.join(sold)}"
    else:
        hint = f"'kubestow catalog list --region {region}' shows what is on offer in {region}"
    return DesiredNodesError(
        pool, f"{name} in {zone or region}, {capacity_type}, is not on offer", hint
    )


def _zones_of(snapshot: Snapshot, name: str, capacity_type: str) -> Iterator[str]:
    for offering in snapshot.catalog.offerings:
        if (offering.instance_type, offering.capacity_type) == (name, capacity_type):
            yield offering.zone
