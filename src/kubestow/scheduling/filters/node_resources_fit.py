"""NodeResourcesFit: requests within what is free, and one more pod slot.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go (Kubernetes 1.34): a resource the pod
does not request is not compared, so a zero request fits on an over-committed node.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kubestow.model.resources import PODS, Amounts
from kubestow.scheduling.index import Mask
from kubestow.scheduling.refusal import Refusal

if TYPE_CHECKING:
    from kubestow.scheduling.state import Nodes
    from kubestow.scheduling.view import View

NAME = "NodeResourcesFit"
TOO_MANY_PODS = "Too many pods"
Vector = NDArray[np.int64]
_AMOUNT_MAX = 2**53  # nine petabytes, or nine trillion cores: sums of thousands still fit int64


def vector(amounts: Amounts, axes: Sequence[str]) -> Vector:
    """Return resource amounts along the axes."""
    found = dict(amounts)
    return np.array([min(found.get(name, 0), _AMOUNT_MAX) for name in axes], dtype=np.int64)


def refusals(view: "View") -> list[Refusal]:
    """Return the nodes that lack a pod slot or a resource: all that is lacking, each by itself."""
    state, request = view.state, view.state.requests[view.number]
    found = []
    for axis, name in enumerate(state.axes):
        short = state.free[axis] < request[axis]
        if name == PODS:
            found.append(Refusal(TOO_MANY_PODS, short))
        elif request[axis] > 0:
            never = state.allocatable[axis] < request[axis]
            found.append(Refusal(f"Insufficient {name}", short, never))
    return found


def fits(view: "View") -> Mask:
    """Return the nodes with room for the pod: ``refusals`` in one mask, kept up to date."""
    from kubestow.scheduling.state import Tracked

    state, request = view.state, view.state.requests[view.number]

    def tracked() -> "Tracked[np.bool_]":
        asked = [(axis, int(request[axis])) for axis in np.flatnonzero(request).tolist()]

        def compute(nodes: "Nodes") -> Mask:
            found: Mask = state.free[asked[0][0], nodes] >= asked[0][1]
            for axis, amount in asked[1:]:
                found &= state.free[axis, nodes] >= amount
            return found

        return Tracked(state, compute)

    held = view.kept("fits", lambda _: state.shared(("fits", request.tobytes()), tracked))
    return held.value()
