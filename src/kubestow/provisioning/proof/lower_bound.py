"""The lower bound: no fleet that carries these pods costs less.

It is valid by construction. From any class values y >= 0 and any resource prices w_o >= 0, a
node of bin o carries at most K_o = w_o.A_o + sum_j fits_jo max(0, y_j - w_o.c_j), so every fleet
costs at least y.D / theta with theta = max_o K_o / p_o (Farley 1990); an existing node e takes at
most K_e off that. The solver only proposes y and w. Floating error is covered by a relative margin.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Floats
from kubestow.model.plan import LowerBound
from kubestow.provisioning.programs.relaxation import Relaxation
from kubestow.provisioning.programs.solver import CompactProgram, resource_price_duals
from kubestow.provisioning.proof.proof import Proof

_ROUND = 1e-7  # for whoever derives it again in integers, rounding upwards
_MARGIN = 1e-9  # far above the rounding of a few thousand float64 additions
_COMPACT_COLUMNS_MAX = 500_000  # beyond this the compact program takes longer than it is worth
_NANO = 1e9
_BINS_A_ROUND = 24
_ROUNDS_MAX = 8
_TIGHT = 1.0 + 1e-6
_USED = 1e-6


def prove(relaxation: Relaxation) -> Proof:
    """Return the proof of the better lower bound of L1 and L2."""
    r = relaxation
    if not len(r.demand) or not len(r.prices):
        return _nothing(r, "L1")
    hard = ~r.soft_axes  # of other axes no price holds for all bins
    weight = np.zeros(len(hard))
    weight[hard] = _NANO * resource_price_duals(
        r.requests[:, hard], r.demand, r.capacity[:, hard], r.prices / _NANO
    )
    values = r.requests @ weight
    best, _ = _certified(r, values, np.tile(weight, (len(r.prices), 1)), weight[None], "L1")
    chosen = _most_useful(r, weight)
    for _ in range(_ROUNDS_MAX):
        if np.count_nonzero(r.fits[:, chosen]) > _COMPACT_COLUMNS_MAX:
            break
        values, weights, pooled, used = _compact(r, chosen)
        proof, excess = _certified(r, values, weights, pooled, "L2")
        if proof.proven >= best.proven:
            best = replace(proof, used=used)
        missed = np.nonzero(excess > _TIGHT)[0]
        missed = missed[~np.isin(missed, chosen)]
        if not len(missed) or not values.any():
            break
        worst = missed[np.argsort(-excess[missed], kind="stable")[:_BINS_A_ROUND]]
        chosen = np.union1d(chosen, worst)
    return best


def bound_of(proof: Proof) -> LowerBound:
    """Return what a proof proves, in nano-USD rounded down."""
    return LowerBound(max(0, int(proof.proven * (1 - _MARGIN))), proof.rung)


def _nothing(r: Relaxation, rung: str) -> Proof:
    """Return the proof of nothing."""
    none = np.zeros_like(r.capacity)
    return Proof(rung, 0.0, np.zeros(len(r.demand)), 1.0, none, (None,) * len(none), none[:1])


def largest_alone(r: Relaxation) -> LowerBound:
    """Return what the dearest class costs if it were alone, in whole nodes (rung L0).

    The pods the existing nodes cannot take need at least demand / (the most a node takes) new
    nodes, each at least at the price of the cheapest that carries one.
    """
    left = r.demand - r.existing_fits.sum(axis=1)
    most = r.fits.max(axis=1, initial=0)
    cheapest = np.where(r.fits > 0, r.prices, np.inf).min(axis=1, initial=np.inf)
    alone = (left > 0) & (most > 0)
    if not alone.any():
        return LowerBound(0, "L0")
    nodes = np.ceil(left[alone] / most[alone])
    return LowerBound(int((nodes * cheapest[alone]).max() * (1 - _MARGIN)), "L0")


def _most_useful(r: Relaxation, weight: Floats) -> NDArray[np.int64]:
    """Return the bins to start the compact program with: the best value for money, and for each
    class one bin that carries it."""
    use = (r.capacity @ weight) / r.prices
    chosen = set(np.argsort(-use, kind="stable")[:_BINS_A_ROUND].tolist())
    cheapest = np.where(r.fits > 0, r.prices / np.maximum(r.fits, 1), np.inf)
    reachable = np.isfinite(cheapest.min(axis=1))
    chosen |= set(cheapest[reachable].argmin(axis=1).tolist())
    return np.array(sorted(chosen), dtype=np.int64)


def _compact(
    r: Relaxation, chosen: NDArray[np.int64]
) -> tuple[Floats, Floats, Floats, tuple[int, ...]]:
    """Solve L2 over some bins, the existing nodes pooled into one free bin used at most once.

    Returns class values, resource prices for every bin (those of the most similar chosen bin for
    the others), all distinct resource prices, and the bins with nodes. Values are zero, which
    proves nothing, if the solver fails.
    """
    capacity, prices, fits, once = r.capacity[chosen], r.prices[chosen], r.fits[:, chosen], 0
    ceilings = None if r.ceilings is None else r.ceilings[chosen] / _NANO
    if len(r.existing):
        if ceilings is not None:
            ceilings = np.vstack([ceilings, np.where(r.soft_axes, 0.0, np.inf)])
        once = 1
        capacity = np.vstack([capacity, np.maximum(r.existing, 0).sum(axis=0)])
        prices = np.append(prices, 0.0)
        fits = np.column_stack([fits, r.existing_fits.sum(axis=1)])
    program = CompactProgram(
        r.requests, r.demand, capacity, prices / _NANO, fits, once=once, ceilings=ceilings
    )
    solved = program.solve()
    if solved is None:
        values, weights, used = np.zeros(len(r.demand)), np.zeros(capacity.shape), chosen[:0]
    else:
        values, weights = (duals * _NANO for duals in program.duals())
        used = chosen[solved.nodes[: len(chosen)] > _USED]
    pooled = np.unique(weights, axis=0)
    own = _best_weights(r, values, pooled)
    own[chosen] = weights[: len(chosen)]
    own = r.clipped(own)
    return values, own, pooled, tuple(used.tolist())


def _best_weights(r: Relaxation, values: Floats, pooled: Floats) -> Floats:
    """Return for each bin those of the resource prices that limit its value most tightly."""
    best = np.full(len(r.prices), np.inf)
    own = np.zeros_like(r.capacity)
    for weight in pooled:
        if r.ceilings is None:
            each = np.broadcast_to(weight, r.capacity.shape)
            surplus = np.maximum(values - r.requests @ weight, 0.0)
            most = r.capacity @ weight + surplus @ r.fits
        else:
            each = r.clipped(weight)
            most = _most(r, values, each)
        better = most < best
        best[better], own[better] = most[better], each[better]
    return own


def _most(r: Relaxation, values: Floats, weights: Floats) -> Floats:
    """Return what each bin carries at most in value (m,), by its own resource prices (m, R)."""
    surplus = np.maximum(values[:, None] - r.requests @ weights.T, 0.0)
    most: Floats = (r.capacity * weights).sum(axis=1) + (r.fits * surplus).sum(axis=0)
    return most


def _certified(
    r: Relaxation, values: Floats, weights: Floats, pooled: Floats, rung: str
) -> tuple[Proof, Floats]:
    """Return the proof by values and per-bin resource prices.

    Also returns by how much each bin's value may exceed its price: 1 means not at all.
    """
    if not values.any():
        return _nothing(r, rung), np.zeros(len(r.prices))
    weights = r.clipped(weights)
    excess = _most(r, values, weights) / r.prices
    theta = float(excess.max()) * (1 + _ROUND)
    if r.ceilings is not None:
        theta = max(theta, 1.0)  # what a load costs beside the price is not scaled
    if theta <= 0 or not np.isfinite(theta):
        return _nothing(r, rung), excess
    proven = float(values @ r.demand) / theta
    if len(r.existing):
        proven -= absorbed(r, values / theta, pooled / theta)
    grids = (None,) * len(r.prices)
    return Proof(rung, max(0.0, proven), values, theta, weights, grids, pooled), excess


def absorbed(r: Relaxation, values: Floats, pooled: Floats) -> float:
    """Return at most how much value existing nodes take, each under the best of the prices."""
    most = np.full(len(r.existing), float(values @ r.demand))
    free = np.maximum(r.existing, 0.0)
    for weight in np.where(r.soft_axes, 0.0, pooled):  # no limit of an existing node is soft
        surplus = np.maximum(values - r.requests @ weight, 0.0)
        most = np.minimum(most, free @ weight + surplus @ r.existing_fits)
    return float(most.sum()) * (1 + _MARGIN)
