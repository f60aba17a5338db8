"""On-demand share: how many replicas of every workload survive when all spot nodes are lost.

The pods that are held on demand get a required node affinity, as if their manifest had it. They are
planned, rehearsed and judged like any other.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np

from kubestow.model.counted import agreeing, counted
from kubestow.model.instance_type import ON_DEMAND, SPOT
from kubestow.model.labels import (
    CAPACITY_TYPE,
    CAPACITY_TYPES,
    EKSCTL_LIFECYCLE,
    MANAGED_CAPACITY_TYPE,
)
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod, PodTemplate
from kubestow.model.selectors import NodeSelectorTerm, SelectorRequirement
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot, prepare
from kubestow.provisioning.wishes.share_per_node import Workload, workload_of

_LASTING = (ON_DEMAND, "reserved")
"""Capacity types that are not taken away; Karpenter calls a capacity reservation's reserved."""
_ON_DEMAND = SelectorRequirement(CAPACITY_TYPE, "In", _LASTING)
_MANAGED = SelectorRequirement(MANAGED_CAPACITY_TYPE, "In", ("ON_DEMAND",))
_NAMED = 6


def with_on_demand_share(
    snapshot: Snapshot, share: Fraction, pools: tuple[NodePool, ...]
) -> Snapshot:
    """Hold this share of every workload's replicas, rounded up, to on-demand nodes.

    A workload is what ``share_per_node`` takes for one; a pod without labels is one of its own.
    Nodes count whose labels say that they are on demand, Karpenter's or a managed node group's.
    Replicas there count, none that run are moved, and pods that no such node or offering could take
    are only named. The snapshot itself is returned where nothing is or could be on spot.
    """
    prepared = prepare(snapshot, pools)
    if all(candidate.capacity_type != SPOT for candidate in prepared.candidates):
        return snapshot
    cluster = snapshot.cluster
    lasting = {
        c.name for c in prepared.candidates[: prepared.existing] if c.capacity_type in _LASTING
    }
    may, could = _choices(prepared)
    held: list[int] = []
    barred: list[str] = []
    running: list[str] = []
    workloads = _workloads(cluster.pods)
    for replicas in workloads:
        pending = [p for p in replicas if not cluster.pods[p].node_name]
        there = sum(cluster.pods[p].node_name in lasting for p in replicas)
        needed = max(ceil(len(replicas) * share) - there, 0)
        chosen = [p for p in pending if p in may][:needed]
        held += chosen
        short = needed - len(chosen)
        refused = [cluster.pods[p].key for p in pending if p in could and p not in may][:short]
        barred += refused
        if short > len(refused) and len(pending) < len(replicas):
            running.append(cluster.pods[replicas[0]].key)
    terms = ((_ON_DEMAND,), *([(_MANAGED,)] if _has_managed(snapshot) else []))
    pods, amended = list(cluster.pods), dict[PodTemplate, PodTemplate]()
    for position in held:
        template = pods[position].template
        if template not in amended:
            amended[template] = _held(template, terms)
        pods[position] = replace(pods[position], template=amended[template])
    notes = _notes(share, len(held), len(workloads), barred, running)
    assumptions = (*cluster.assumptions, *notes)
    return replace(snapshot, cluster=replace(cluster, pods=tuple(pods), assumptions=assumptions))


def _workloads(pods: Sequence[Pod]) -> list[list[int]]:
    """Return the positions of each workload's replicas: those that run or can be planned."""
    positions: dict[Workload | str, list[int]] = {}
    for position, pod in enumerate(pods):
        barred = pod.rejected or pod.template.scheduling_gates or pod.template.unsupported
        if pod.daemonset or pod.terminating or (barred and not pod.node_name):
            continue
        positions.setdefault(workload_of(pod) or pod.key, []).append(position)
    return list(positions.values())


def _choices(prepared: PreparedSnapshot) -> tuple[set[int], set[int]]:
    """Return the pending pods that some on-demand place could take, and those that any could."""
    on_demand = np.array([c.capacity_type in _LASTING for c in prepared.candidates], dtype=bool)
    may: set[int] = set()
    could: set[int] = set()
    for pod_class in prepared.pod_classes:
        places = prepared.carries(pod_class.index)
        if places.any():
            could.update(pod_class.pending)
        if (places & on_demand).any():
            may.update(pod_class.pending)
    return may, could


def _has_managed(snapshot: Snapshot) -> bool:
    return any(MANAGED_CAPACITY_TYPE in dict(node.labels) for node in snapshot.cluster.nodes)


def held_on_demand(template: PodTemplate) -> PodTemplate:
    """Return a template that runs on demand alone, as far as nodes' labels tell.

    A node that says nothing of its capacity type, as of a self-managed node group, counts as such.
    """
    silent = tuple(SelectorRequirement(key, "DoesNotExist") for key in CAPACITY_TYPES)
    lasting = SelectorRequirement(EKSCTL_LIFECYCLE, "In", (ON_DEMAND,))
    return _held(template, ((_ON_DEMAND,), (_MANAGED,), (lasting,), silent))


def _held(template: PodTemplate, terms: Sequence[tuple[SelectorRequirement, ...]]) -> PodTemplate:
    """Return a template whose own node affinity terms each demand one of the labels as well."""
    own = (NodeSelectorTerm(),) if template.node_affinity is None else template.node_affinity
    amended = tuple(
        replace(term, expressions=(*term.expressions, *more))
        for term in own
        for more in terms
        if template.node_affinity is None or not term.is_empty  # an empty term matches nothing
    )
    return replace(template, node_affinity=amended)


def _notes(
    share: Fraction, pods: int, workloads: int, barred: Sequence[str], running: Sequence[str]
) -> list[str]:
    """Say what was done, what the user must do, and where the share is not reached."""
    percent = f"{float(100 * share):g} %"
    notes = [
        f"at least {percent} of each workload's replicas, rounded up, are planned on demand "
        f"({counted(pods, 'pod')} of {counted(workloads, 'workload')} "
        f"{agreeing(pods, 'is', 'are')} held there); kube-scheduler keeps to it if "
        f"each workload is split in two, one part with the required node affinity {CAPACITY_TYPE} "
        f"In [{ON_DEMAND}], or is spread over a label such as capacity-spread, with that share of "
        "its values on nodes of the on-demand NodePool"
    ]
    if barred:
        notes.append(
            f"{counted(len(barred), 'pod')} {agreeing(len(barred), 'is', 'are')} not held on "
            f"demand, because no on-demand node may take {agreeing(len(barred), 'it', 'them')}: "
            f"{_some(barred)}"
        )
    if running:
        notes.append(
            f"{counted(len(running), 'workload')} {agreeing(len(running), 'stays', 'stay')} below "
            f"{percent} on demand, because running replicas are not moved: those of "
            f"{_some(running)}"
        )
    return notes


def _some(pods: Sequence[str]) -> str:
    more = f" and {len(pods) - _NAMED} more" if len(pods) > _NAMED else ""
    return ", ".join(pods[:_NAMED]) + more
