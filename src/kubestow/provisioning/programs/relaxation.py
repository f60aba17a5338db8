"""The relaxation: classes and bin types with every constraint between pods dropped, in numbers.

What it drops, it drops for every fleet, so that a lower bound of it is one of every fleet.
"""

from dataclasses import dataclass

import numpy as np

from kubestow.model.arrays import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Classes and bin types with every constraint between pods dropped.

    Shapes: requests (n, R), demand (n,), capacity (m, R), prices (m,) in nano-USD, fits (n, m);
    existing (e, R) free amounts of existing nodes and existing_fits (n, e).

    ``ceilings`` (m, R) are what a unit beyond the capacity costs, in nano-USD: infinite where there
    is no more than the capacity, and if they are None. A resource is worth no more than that.
    """

    requests: Floats
    demand: Floats
    capacity: Floats
    prices: Floats
    fits: Floats
    existing: Floats
    existing_fits: Floats
    ceilings: Floats | None = None

    @property
    def soft_axes(self) -> Booleans:
        """The axes (R,) on which some capacity can be exceeded."""
        if self.ceilings is None:
            return np.zeros(self.requests.shape[1], dtype=np.bool_)
        soft: Booleans = np.any(np.isfinite(self.ceilings), axis=0)
        return soft

    def hard(self, bin_index: int) -> Booleans:
        """Return the axes (R,) on which a bin's capacity cannot be exceeded."""
        if self.ceilings is None:
            return np.ones(self.requests.shape[1], dtype=np.bool_)
        hard: Booleans = np.isinf(self.ceilings[bin_index])
        return hard

    def clipped(self, weights: Floats) -> Floats:
        """Return resource prices, (R,) or (m, R), as (m, R) within the ceilings."""
        wide = np.broadcast_to(weights, self.capacity.shape)
        return wide if self.ceilings is None else np.minimum(wide, self.ceilings)

    def excess(self, bin_index: int, load: Floats) -> float:
        """Return the nano-USD an hour that a load (n,) costs on a bin beside its price."""
        if self.ceilings is None:
            return 0.0
        soft = ~self.hard(bin_index)
        over = np.maximum(load @ self.requests[:, soft] - self.capacity[bin_index, soft], 0.0)
        return float(over @ self.ceilings[bin_index, soft])
