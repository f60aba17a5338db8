"""Variants of a plan that kube-scheduler may fill better than the cheapest one.

Each is a whole plan for the same pods; a rehearsal tells which is cheapest in the end. Two things
make a tight fleet waste what it has. Nodes of several proportions (2 and 4 GiB a core): pods do not
sort themselves, so some nodes run out of memory and others of cpu. And domains of unequal size:
pods that may go anywhere take the place of those that must be spread.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

from kubestow.model.instance_type import InstanceType
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.resources import CPU, MEMORY
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.quick_plan import quick_plan

_EFFORT = 4_000
_SMALL = 300  # pods: for fewer, one node more of each kind is tried
_KINDS_MOST = 8
_DEARER_MOST = 1.25  # than the cheapest plan: what is dearer before the rehearsal is not tried
_GIB = 2**30


def variants(
    snapshot: Snapshot, plan: Plan, seed: int, cache: PlanningCache | None = None
) -> Iterator[Plan]:
    """Yield other plans for the pods that a plan runs; its proof and the pods it refuses stay."""
    planned = _planned(plan)
    seen = {plan.nodes}
    pools = pools_of(snapshot.cluster)
    choosy = any(pool.wants_choice for pool in pools)  # fewer types on sale would leave less of it
    for families in (None, *(() if choosy else _families(snapshot, planned))):
        state = snapshot if families is None else _only(snapshot, families)
        other = quick_plan(
            state, pools, cache, work_limit=_EFFORT, seed=seed, even=True, every_node=True
        )
        dear = other.cost_nano_usd_per_hour > _DEARER_MOST * plan.cost_nano_usd_per_hour
        if not dear and other.nodes not in seen and _planned(other) == planned:
            seen.add(other.nodes)
            yield replace(plan, nodes=other.nodes, witness=other.witness)
    limited = {pool.name for pool in pools if pool.limits}
    if len(_planned(plan)) <= _SMALL:
        yield from (_with(plan, node) for node in _kinds(plan) if node.nodepool not in limited)


def _kinds(plan: Plan) -> list[PlannedNode]:
    """Return one new node of each type and place, the cheapest first, but not many."""
    alike = {
        (n.nodepool, n.instance_type, n.zone, n.capacity_type): n
        for n in plan.nodes
        if not n.existing
    }
    ranked = sorted(alike.values(), key=lambda n: (n.price.nano_usd_per_hour, n.name))
    return ranked[:_KINDS_MOST]


def _with(plan: Plan, node: PlannedNode) -> Plan:
    """Return the plan with one more node like one of its own, and nothing on it."""
    taken = {each.name for each in plan.nodes}
    free = (f"{node.nodepool}-{number:03d}" for number in itertools.count(1))
    name = next(each for each in free if each not in taken)
    return replace(plan, nodes=(*plan.nodes, replace(node.renamed(name), pods=())))


def _planned(plan: Plan) -> set[str]:
    return {pod for node in plan.nodes for pod in node.pods}


def _families(snapshot: Snapshot, planned: set[str]) -> tuple[frozenset[int], ...]:
    """Return sets of proportions worth trying alone, by what the pods ask for in all."""
    cores = gibibytes = 0.0
    for pod in snapshot.cluster.pods:
        if pod.key in planned and not pod.node_name:
            requests = dict(pod.template.requests)
            cores += requests.get(CPU, 0) / 1000
            gibibytes += requests.get(MEMORY, 0) / _GIB
    if not cores or not gibibytes:
        return ()
    asked = math.log2(gibibytes / cores)
    low, high = math.floor(asked), math.ceil(asked)
    return tuple(dict.fromkeys(map(frozenset, ((high,), (high, high + 1), (low,)))))


def _only(snapshot: Snapshot, families: frozenset[int]) -> Snapshot:
    """Return the snapshot with offerings of these proportions alone."""
    types = snapshot.catalog.instance_types
    catalog = snapshot.catalog.narrowed(lambda o: _family(types[o.instance_type]) in families)
    return replace(snapshot, catalog=catalog)


def _family(instance_type: InstanceType) -> int:
    """Return the power of two next to its GiB a vCPU: 1 of the c types, 2 of m, 3 of r."""
    return round(math.log2(instance_type.memory_mib / 1024 / instance_type.vcpu))
