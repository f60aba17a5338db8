"""The array types of the core, and the amount that means no limit."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]
UNLIMITED = 2**31
