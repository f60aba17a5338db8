"""NodeResourcesFit: requests within what is free, and one more pod slot.

Source: pkg/scheduler/framework/plugins/noderesources/fit.go (Kubernetes 1.34): a resource the pod
does not request is not compared, so a zero request fits on an over-committed node.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kubestow.model.resources import Amounts

NAME = "NodeResourcesFit"
Vector = NDArray[np.int64]
_AMOUNT_MAX = 2**53  # nine petabytes, or nine trillion cores: sums of thousands still fit int64


def vector(amounts: Amounts, axes: Sequence[str]) -> Vector:
    """Return resource amounts along the axes."""
    found = dict(amounts)
    return np.array([min(found.get(name, 0), _AMOUNT_MAX) for name in axes], dtype=np.int64)
