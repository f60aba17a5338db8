"""NodeResourcesFit: requests within what is free, and one more pod slot.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go (Kubernetes 1.34): a resource the pod
does not request is not compared, so a zero request fits on an over-committed node.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kubestow.model.resources import PODS, Amounts

NAME = "NodeResourcesFit"
Vector = NDArray[np.int64]
UNLIMITED = 2**62
_AMOUNT_MAX = 2**53  # nine petabytes, or nine trillion cores: sums of thousands still fit int64


def vector(amounts: Amounts, axes: Sequence[str]) -> Vector:
    """Return resource amounts along the axes."""
    found = dict(amounts)
    return np.array([min(found.get(name, 0), _AMOUNT_MAX) for name in axes], dtype=np.int64)


def request_vector(requests: Amounts, axes: Sequence[str]) -> Vector:
    """Return one pod's requests along the axes, its pod slot included."""
    found = vector(requests, axes)
    found[list(axes).index(PODS)] = 1
    return found


def units(request: Vector, free: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of one request fit in each row of free amounts.

    ``request`` has shape (R,), ``free`` (n, R); the result (n,) is at least zero.
    """
    asked = request > 0
    if not asked.any():
        return np.full(len(free), UNLIMITED, dtype=np.int64)
    found: NDArray[np.int64] = (free[:, asked] // request[asked]).min(axis=1)
    return np.maximum(found, 0)
