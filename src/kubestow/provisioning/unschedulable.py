"""Why pods of a fleet are left out: the constraint that refused them, or every reason there is."""

from collections.abc import Iterator

import numpy as np

from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Reason, Unschedulable
from kubestow.model.resources import format_amount
from kubestow.provisioning.demand import DAEMONSET_TOPOLOGY, NOWHERE
from kubestow.provisioning.packing.packer import NO_ROOM, NODEPOOL_LIMITS
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.provision import Fleet
from kubestow.provisioning.refusals import refusals
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.diagnosis import VOLUMES_HINT, nearest_miss
from kubestow.scheduling.filters import volume_binding


def unschedulable(fleet: Fleet, queues: dict[int, Iterator[int]]) -> Iterator[Unschedulable]:
    """Yield the pods that are left in the queues of their classes, with the reasons."""
    prepared = fleet.prepared
    pods = prepared.snapshot.cluster.pods
    refused: dict[int, list[tuple[str, int]]] = {}
    for (index, constraint), count in sorted(fleet.refused.items()):
        refused.setdefault(index, []).append((constraint, count))
    for pod_class in prepared.pod_classes:
        left = list(queues[pod_class.index])
        refusals = refused.get(pod_class.index, [])
        assert len(left) == sum(count for _, count in refusals), "a pod was lost"
        taken = 0
        for constraint, count in refusals:
            why, nearest = _explain(fleet, pod_class, constraint)
            for position in left[taken : taken + count]:
                yield Unschedulable(pods[position].key, tuple(why), nearest)
            taken += count


def _explain(
    fleet: Fleet, pod_class: PodClass, constraint: str
) -> tuple[list[Reason], dict[str, object]]:
    """Return why pods of a class are left out, and the nearest miss if all candidates refuse them.

    ``constraint`` is what the planning of pods together ran into, NOWHERE if it never came to that.
    """
    prepared = fleet.prepared
    every, nearest = len(prepared.candidates), dict[str, object]()
    if constraint == NOWHERE:
        why = refusals(prepared, pod_class)
        free, axes = prepared.free, prepared.axes
        request = prepared.requests[pod_class.index]
        nearest = nearest_miss(pod_class, prepared.filters, request, free, axes)
        if not nearest.get("refusedBy") and not nearest.get("short"):
            nearest = {}  # what is on the nodes is in the way
    elif constraint in (NODEPOOL_LIMITS, NO_ROOM) and not _is_launchable(prepared, pod_class):
        why = refusals(prepared, pod_class, fleet.nodes[: prepared.existing])
    else:
        message = _message(prepared, pod_class, constraint)
        why = [Reason(constraint, every, {"message": message} if message else {})]
        if constraint == volume_binding.NAME and pod_class.key.volumes.problem:
            why = [Reason(constraint, every, {"message": message, "hint": VOLUMES_HINT})]
    for offered in prepared.offerings:
        if not offered.candidates:
            detail = {"nodePool": offered.pool.name, "message": offered.emptied_by()}
            why.append(Reason("NodePool", offered.considered, detail))
    if not why:
        why = [Reason("NodeResourcesFit", every, {"message": "no node has room for it"})]
    return why, nearest


def _is_launchable(prepared: PreparedSnapshot, pod_class: PodClass) -> bool:
    """Return whether some new node could carry a pod of the class."""
    return bool(prepared.carries(pod_class.index)[prepared.existing :].any())


def _message(prepared: PreparedSnapshot, pod_class: PodClass, constraint: str) -> str:
    template = pod_class.template
    match constraint:
        case "Admission":
            return pod_class.key.rejected
        case "SchedulingGates":
            return f"gated by {', '.join(template.scheduling_gates)}"
        case "NotSupported":
            return "; ".join(template.unsupported)
        case "VolumeBinding":
            return pod_class.key.volumes.problem or "its shared volume is in another zone"
        case "VolumeRestrictions":
            return "its ReadWriteOncePod claim is used by another pod"
        case "PodTopologySpread":
            return "no domain can take another pod within maxSkew"
        case "InterPodAffinity":
            return "required pod affinity or anti-affinity leaves no domain"
        case _ if constraint == DAEMONSET_TOPOLOGY:
            return "its topology constraints select pods of a DaemonSet: not supported yet"
        case _ if constraint in (NODEPOOL_LIMITS, NO_ROOM):
            return _room_message(prepared, pod_class)
    return ""


def _limits(pool: NodePool) -> str:
    """Return a pool's limits as text."""
    return ", ".join(f"{name} {format_amount(name, most)}" for name, most in pool.limits)


def _room_message(prepared: PreparedSnapshot, pod_class: PodClass) -> str:
    carriers = np.flatnonzero(prepared.carries(pod_class.index)[prepared.existing :])
    carrying = {prepared.candidates[prepared.existing + c].nodepool for c in carriers.tolist()}
    limited = [
        f"{pool.kind} {pool.name} ({_limits(pool)})"
        for pool in prepared.pools
        if pool.limits and pool.name in carrying
    ]
    if limited:
        return f"the limits of {'; '.join(limited)} leave no room"
    flexible = [pool.name for pool in prepared.pools if pool.wants_choice]
    if flexible:
        return f"it leaves NodePool {', '.join(flexible)} fewer values than its minValues"
    return "the nodes it may use are full, and nothing that takes it can be launched"
