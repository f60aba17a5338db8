"""Proof: what a bound is derived from, so that anyone can derive it again.

Law: data only. Values y >= 0 and K_o, the most that one node of bin o can carry in value, prove
that every fleet costs at least y.D / theta, theta = max_o K_o / p_o (Farley 1990).
"""

from dataclasses import dataclass

from kubestow.provisioning.relaxation import Floats


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one bin: the size of a cell (0: pods are not counted) and how many there are."""

    units: tuple[int, int, int]
    cells: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """By row of the relaxation and by bin.

    ``values`` are nano-USD an hour of one pod of each row; no bin carries more than ``theta`` times
    its price, as ``weights`` (bins x R; nano-USD a unit) and ``grids`` show; ``prices`` are all
    distinct weights, of which existing nodes take the best. ``proven`` is the bound in nano-USD.
    """

    rung: str
    proven: float
    values: Floats
    theta: float
    weights: Floats
    grids: tuple[Grid | None, ...]
    prices: Floats
