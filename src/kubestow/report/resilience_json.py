"""Launch lists, spot diversity and headroom as parts of the plan's document.

Law: as in plan_json: the plan's word in the documented shape, money out of the integers.
"""

from kubestow.model.headroom import is_headroom
from kubestow.model.plan import NARROWING, Alternative, LaunchList, Plan, PlannedNode
from kubestow.model.resources import CPU, MEMORY, format_amount
from kubestow.model.snapshot import Snapshot
from kubestow.report.catalog_json import Document

_WIDER = {
    "NodePool": "its NodePool offers too few on spot: widen the NodePool's requirements",
    "Pods": "its pods allow too few: loosen their node selectors, affinity, tolerations or volumes",
    "Resources": "too few are large enough for its pods within the limits of its NodePool: allow "
    "larger types there, or raise the limits",
    "Topology": "constraints between its pods and others hold it in its zone: make them "
    "preferences, or ask for one zone",
}


def headroom(plan: Plan, snapshot: Snapshot) -> Document | None:
    """Return what is held as headroom; None where none was asked for."""
    pods = [pod for pod in snapshot.cluster.pods if is_headroom(pod.key)]
    if not pods:
        return None
    each = dict(pods[0].template.requests)
    total = {name: format_amount(name, each.get(name, 0) * len(pods)) for name in (CPU, MEMORY)}
    return {
        "pods": len(pods),
        "unplaced": sum(is_headroom(item.pod) for item in plan.unschedulable),
        "cpu": total[CPU],
        "memory": total[MEMORY],
        "podRequests": {name: format_amount(name, amount) for name, amount in each.items()},
    }


def launch(found: LaunchList) -> Document:
    """Return a node's launch list."""
    return {
        "count": found.count,
        "alternatives": [_alternative(item) for item in found.alternatives],
    }


def spot_diversity(plan: Plan, types: int, zones: int) -> Document:
    """Return the spot nodes that cannot be launched as so many types in each of so many zones."""
    spot = [node for node in plan.nodes if node.launch is not None and node.launch.spot_types]
    short = [(node, _narrowed_by(node, types, zones)) for node in spot]
    return {
        "types": types,
        "zones": zones,
        "spotNodes": len(spot),
        "nodes": [_short(node, step) for node, step in short if step is not None],
    }


def _narrowed_by(node: PlannedNode, types: int, zones: int) -> int | None:
    """Return the first step that leaves a spot node too few types or zones; None if none does."""
    steps = node.launch.spot_types if node.launch else ()
    for number, by_zone in enumerate(steps):
        if sum(count >= types for _, count in by_zone) < zones:
            return number
    return None


def _short(node: PlannedNode, step: int) -> Document:
    found = node.launch
    assert found is not None, "only nodes with a launch list are looked at"
    return {
        "node": node.name,
        "nodePool": node.nodepool,
        "typesByZone": dict(found.spot_types[-1]),
        "narrowedBy": NARROWING[step],
        "message": _WIDER[NARROWING[step]],
        "onDemand": None if found.on_demand is None else _alternative(found.on_demand),
    }


def _alternative(item: Alternative) -> Document:
    return {
        "instanceType": item.instance_type,
        "zone": item.zone,
        "capacityType": item.capacity_type,
        "usdPerHour": item.price.usd_per_hour,
        "priceIsEstimate": item.price.is_estimate,
    }
