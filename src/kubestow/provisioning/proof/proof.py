"""A proof: what a lower bound is derived from, so that anyone can derive it again.

Values y >= 0 and K_o, the most that one node of bin o can carry in value, prove
that every fleet costs at least y.D / theta, theta = max_o K_o / p_o (Farley 1990).
"""

from dataclasses import dataclass

from kubestow.model.arrays import Floats
from kubestow.provisioning.programs.cell_grid import CellGrid


@dataclass(frozen=True, slots=True)
class Proof:
    """By row of the relaxation and by bin.

    ``values`` are nano-USD an hour of one pod of each row; no bin carries more than ``theta`` times
    its price, as ``weights`` (bins x R; nano-USD a unit) and ``grids`` show; ``prices`` are all
    distinct weights, of which existing nodes take the best. ``proven`` is the lower bound in
    nano-USD. ``used`` are the bins that the program behind the values has nodes of, if it counts
    nodes.
    """

    rung: str
    proven: float
    values: Floats
    theta: float
    weights: Floats
    grids: tuple[CellGrid | None, ...]
    prices: Floats
    used: tuple[int, ...] = ()
