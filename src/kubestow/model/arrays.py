"""The array types that the core shares, and the amount that stands for no limit."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
UNLIMITED = 2**31
