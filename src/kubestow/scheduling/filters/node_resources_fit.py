"""NodeResourcesFit: requests within what is free, and one more pod slot.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go (Kubernetes 1.34): a resource the pod
does not request is not compared, so a zero request fits on an over-committed node.
"""

import numpy as np

from kubestow.model.resources import PODS
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal
from kubestow.scheduling.scheduler_cache import Nodes, Tracked, at_nodes

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
    cache, request = context.cache, context.cache.requests[context.number]

    def tracked() -> Tracked[np.bool_]:
        axes = int(np.flatnonzero(request)[-1]) + 1
        free = cache.free[:axes]
        least = np.where(request > 0, request, _ANY)[:axes, None]

        def compute(nodes: Nodes) -> Mask:
            enough: Mask = np.logical_and.reduce(at_nodes(free, nodes) >= least)
            return enough

        return Tracked(cache, compute)

    tracked_fits = context.once(
        "fits", lambda _: cache.shared(("fits", request.tobytes()), tracked)
    )
    return tracked_fits.value()
