"""The linear programs. The only file that knows the solver.

Law: whatever the solver answers is a hint; kubestow.provisioning.bound re-derives every bound from
the duals by its own arithmetic.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]
_ROUNDS_MAX = 30
_TOLERANCE = 1e-6


def compact_duals(
    requests: Floats,
    demand: Floats,
    capacity: Floats,
    prices: Floats,
    fits: Floats,
    *,
    once: int = 0,
) -> tuple[Floats, Floats]:
    """Solve the compact relaxation (L2); return class values (n,) and resource prices (m, R).

    Shapes: requests (n, R), demand (n,), capacity (m, R), prices (m,), fits (n, m): how many of a
    class one node of a bin takes, 0 where it may not. min sum p n; every class placed; capacity of
    each bin type respected in total; x_jo <= fits_jo n_o, these rows only where violated. The last
    ``once`` bins can be used once only. Zeros if the solver fails: they prove nothing.
    """
    import highspy

    classes, bins = np.nonzero(fits > 0)
    n, m, axes = len(demand), len(prices), requests.shape[1]
    solver: Any = _solver(highspy)
    model = _model(highspy, requests, demand, capacity, prices, (classes, bins))
    upper = np.array(model.col_upper_)
    upper[m - once : m] = 1.0
    model.col_upper_ = upper
    solver.passModel(model)
    most = fits[classes, bins]
    for _ in range(_ROUNDS_MAX):
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(n), np.zeros((m, axes))
        solution = np.array(solver.getSolution().col_value)
        over = np.nonzero(solution[m:] > most * solution[bins] + _TOLERANCE)[0]
        if not len(over):
            break
        starts = np.arange(0, 2 * len(over), 2, dtype=np.int32)
        columns = np.column_stack([bins[over], m + over]).astype(np.int32).ravel()
        values = np.column_stack([-most[over], np.ones(len(over))]).ravel()
        solver.addRows(
            len(over),
            np.full(len(over), -np.inf),
            np.zeros(len(over)),
            len(values),
            starts,
            columns,
            values,
        )
    duals = np.array(solver.getSolution().row_dual)
    resource = np.maximum(-duals[n : n + m * axes], 0.0).reshape(m, axes)
    return np.maximum(duals[:n], 0.0), resource / np.maximum(capacity, 1.0)


def resource_price_duals(
    requests: Floats, demand: Floats, capacity: Floats, prices: Floats
) -> Floats:
    """Solve L1: the resource prices (R,) that value the demand highest while no bin is worth
    more than its price. Zeros if the solver fails."""
    import highspy

    scale = np.maximum(capacity.max(axis=0), 1.0)
    worth = (demand @ requests) / scale
    rows = capacity / scale
    m, axes = rows.shape
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = axes, m
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = worth
    model.col_lower_, model.col_upper_ = np.zeros(axes), np.full(axes, np.inf)
    model.row_lower_, model.row_upper_ = np.full(m, -np.inf), prices
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.arange(0, m * axes + 1, axes, dtype=np.int32)
    model.a_matrix_.index_ = np.tile(np.arange(axes, dtype=np.int32), m)
    model.a_matrix_.value_ = rows.ravel()
    solver: Any = _solver(highspy)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.zeros(axes)
    weights: Floats = np.maximum(np.array(solver.getSolution().col_value), 0.0) / scale
    return weights


def _solver(highspy: Any) -> Any:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    return solver


def _model(
    highspy: Any,
    requests: Floats,
    demand: Floats,
    capacity: Floats,
    prices: Floats,
    pairs: tuple[Indexes, Indexes],
) -> Any:
    """Build the model column by column: the n_o first, then the x_jo; rows scaled by capacity."""
    classes, bins = pairs
    n, m, axes = len(demand), len(prices), requests.shape[1]
    scale = np.maximum(capacity, 1.0)
    bin_rows = n + np.arange(m * axes).reshape(m, axes)
    x_values = np.concatenate([np.ones((len(classes), 1)), requests[classes] / scale[bins]], axis=1)
    x_rows = np.concatenate([classes[:, None], bin_rows[bins]], axis=1)
    kept = x_values != 0
    lengths = np.concatenate([np.full(m, axes), kept.sum(axis=1)])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = m + len(classes), n + m * axes
    model.col_cost_ = np.concatenate([prices, np.zeros(len(classes))])
    model.col_lower_ = np.zeros(m + len(classes))
    model.col_upper_ = np.full(m + len(classes), np.inf)
    model.row_lower_ = np.concatenate([demand, np.full(m * axes, -np.inf)])
    model.row_upper_ = np.concatenate([demand, np.zeros(m * axes)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    model.a_matrix_.index_ = np.concatenate([bin_rows.ravel(), x_rows[kept]]).astype(np.int32)
    model.a_matrix_.value_ = np.concatenate([-(capacity / scale).ravel(), x_values[kept]])
    return model
