"""The relaxation: classes and bin types with every constraint between pods dropped, in numbers.

What it drops, it drops for every fleet, so that a lower bound of it is one of every fleet.
"""

from dataclasses import dataclass

from kubestow.model.arrays import Floats


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Classes and bin types with every constraint between pods dropped.

    Shapes: requests (n, R), demand (n,), capacity (m, R), prices (m,) in nano-USD, fits (n, m);
    existing (e, R) free amounts of existing nodes and existing_fits (n, e).
    """

    requests: Floats
    demand: Floats
    capacity: Floats
    prices: Floats
    fits: Floats
    existing: Floats
    existing_fits: Floats
