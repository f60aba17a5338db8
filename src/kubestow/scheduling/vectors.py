"""Resource amounts as integer vectors along fixed axes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kubestow.model.resources import Amounts

Vector = NDArray[np.int64]
AMOUNT_MAX = 2**53  # nine petabytes, or nine trillion cores: sums of thousands still fit int64


def vector(amounts: Amounts, axes: Sequence[str]) -> Vector:
    """Return resource amounts along the axes; a resource without an amount is zero."""
    by_name = dict(amounts)
    return np.array([min(by_name.get(name, 0), AMOUNT_MAX) for name in axes], dtype=np.int64)
