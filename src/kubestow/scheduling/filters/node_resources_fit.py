"""NodeResourcesFit: requests within what is free, and one more pod slot.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go (Kubernetes 1.34): a resource the pod
does not request is not compared, so a zero request fits on an over-committed node.
"""

from collections.abc import Callable

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.resources import PODS
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.kept_values import Table, Tracked, at_nodes
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.scheduler_cache import SchedulerCache

NAME = "NodeResourcesFit"
TOO_MANY_PODS = "Too many pods"
_ANY = np.iinfo(np.int64).min  # what is free is at least that


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes that lack a pod slot or a resource: all that is lacking, each by itself."""
    cache, request = context.cache, context.cache.requests[context.number]
    refused = []
    for axis, name in enumerate(cache.axes):
        short = cache.free[axis] < request[axis]
        if name == PODS:
            refused.append(Refusal(TOO_MANY_PODS, short))
        elif request[axis] > 0:
            never = cache.allocatable[axis] < request[axis]
            refused.append(Refusal(f"Insufficient {name}", short, never))
    return refused


def fits(context: PodContext) -> Mask:
    """Return the nodes with room for the pod: ``refusals`` in one mask, kept up to date."""
    return context.once("fits", kept_fits)()


def kept_fits(context: PodContext) -> Callable[[], Mask]:
    """Return what returns ``fits``; the mask changes as pods come and go."""
    cache, number = context.cache, context.number
    if cache.contents is None:
        request = cache.requests[[number]]
        tracked = cache.shared(
            (NAME, request.tobytes()),
            lambda: Tracked(cache, lambda nodes: _enough(request, at_nodes(cache.free, nodes))[0]),
        )
        return tracked.value
    table = cache.shared(NAME, lambda: Table(cache, NAME, _fits_of_sizes(cache)))
    size = cache.sorting.size_of[number]
    return lambda: table.rows()[size]


def _fits_of_sizes(cache: SchedulerCache) -> Callable[[int], Mask]:
    """Return what tells which sizes of pods a node has room for."""
    least = _least(cache.requests[cache.sorting.sizes])

    def column(node: int) -> Mask:
        fitting: Mask = np.logical_and.reduce(cache.free[:, node, None] >= least)
        return fitting

    return column


def _least(requests: Integers) -> Integers:
    """Return what must be free at least of each resource, a row, for each request, a column."""
    return np.where(requests > 0, requests, _ANY).T


def _enough(requests: Integers, free: Integers) -> Mask:
    """Return for each request, a row, and each node whether what is free is enough."""
    enough: Mask = np.logical_and.reduce(free[:, None] >= _least(requests)[:, :, None])
    return enough
