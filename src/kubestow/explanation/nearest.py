"""The nearest miss: the node, the offering or the limit that comes closest to taking a pod.

Ordered by the number of rejecting filters and short resources, then by the missing share, then by
price. Nodes that only the plan launches do not count: they were not meant for this pod.
"""

from dataclasses import replace

import numpy as np

from kubestow.catalog.usage import offering_usage
from kubestow.explanation.adjustments import Adjustment
from kubestow.explanation.planned_cluster import planned_name, usage
from kubestow.explanation.prescreen import Prescreen
from kubestow.model import explanation as kinds
from kubestow.model.explanation import NearestMiss, NodePlace, Shortfall
from kubestow.scheduling.candidate_node import CandidateNode

NODEPOOL_LIMITS = "NodePoolLimits"


def nearest_place(screen: Prescreen) -> NearestMiss | None:
    """Return the closest node or offering; None if one lacks nothing or if there is none."""
    prepared, request = screen.prepared, screen.request
    planned = np.array([planned_name(c.name) is not None for c in screen.candidates], dtype=bool)
    where = np.flatnonzero(screen.on_offer & ~planned)
    if not len(where):
        return None
    masks = prepared.filters.by_filter(screen.pod_class)
    refusals = np.sum([~mask[where] for mask in masks.values()], axis=0)
    asked = request > 0
    gaps = (request[asked] - prepared.free[where][:, asked]) / request[asked]
    short = np.maximum(gaps, 0.0).max(axis=1)
    lacking = (gaps > 0).sum(axis=1)
    best = int(where[np.lexsort((screen.prices[where], short, refusals + lacking))[0]])
    shortfalls = tuple(
        Shortfall(name, int(request[axis]), max(int(prepared.free[best, axis]), 0))
        for axis, name in enumerate(prepared.axes)
        if 0 < request[axis] > prepared.free[best, axis]
    )
    refused_by = tuple(name for name, mask in masks.items() if not mask[best])
    if not refused_by and not shortfalls:
        return None
    nodes = prepared.snapshot.cluster.nodes
    place = _place(screen.candidates[best])
    if place.existing:
        place = replace(place, reservation=nodes[best].reservation)
    return NearestMiss(place, refused_by, shortfalls)


def nearest_limit(screen: Prescreen) -> NearestMiss | None:
    """Return the NodePool limit that the cheapest node would exceed, and by how much."""
    raised = [
        Adjustment(kinds.RAISE_LIMIT, resource, pool.name)
        for pool in screen.pools.values()
        for resource, _ in pool.limits
    ]
    mask = screen.mask(raised) & ~screen.exists
    if not mask.any():
        return None
    candidate = screen.candidates[screen.cheapest(mask)]
    snapshot = screen.prepared.snapshot
    instance_type = snapshot.catalog.instance_types[candidate.instance_type]
    capacity = offering_usage(instance_type, candidate.price.nano_usd_per_hour)
    used = usage(snapshot, snapshot.cluster.nodes).get(candidate.nodepool, {})
    shortfalls = tuple(
        Shortfall(name, capacity.get(name, 0), max(limit - used.get(name, 0), 0))
        for name, limit in screen.pools[candidate.nodepool].limits
        if capacity.get(name, 0) > limit - used.get(name, 0)
    )
    return NearestMiss(_place(candidate), (NODEPOOL_LIMITS,), shortfalls) if shortfalls else None


def _place(candidate: CandidateNode) -> NodePlace:
    return NodePlace(
        candidate.name if candidate.exists else "",
        candidate.instance_type,
        candidate.zone,
        candidate.capacity_type,
        candidate.nodepool,
        candidate.price.nano_usd_per_hour,
        candidate.exists,
        is_estimate=candidate.price.is_estimate,
    )
