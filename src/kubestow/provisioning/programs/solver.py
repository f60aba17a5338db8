"""The linear programs. The only file that knows the solver.

What the solver answers is only a hint: provisioning.proof.lower_bound derives every lower bound
again from the duals by its own arithmetic.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Floats, Integers

Indexes = NDArray[np.int64]
_ROUNDS_MAX = 30
_TOLERANCE = 1e-6
_WHOLE_GAP = 1e-5  # of an integer program: when it ends


def compact_duals(
    requests: Floats,
    demand: Floats,
    capacity: Floats,
    prices: Floats,
    fits: Floats,
    *,
    once: int = 0,
    ceilings: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Solve the compact relaxation (L2); return class values (n,) and resource prices (m, R).

    Shapes: requests (n, R), demand (n,), capacity (m, R), prices (m,), fits (n, m): how many of a
    class one node of a bin takes, 0 where it may not. min sum p n; every class placed; capacity of
    each bin type respected in total; x_jo <= fits_jo n_o, these rows only where violated. The last
    ``once`` bins can be used once only. ``ceilings`` (m, R) are what a unit beyond the capacity
    costs, infinite where it cannot be exceeded. Zeros if the solver fails: they prove nothing.
    """
    import highspy

    classes, bins = np.nonzero(fits > 0)
    n, m, axes = len(demand), len(prices), requests.shape[1]
    solver: Any = _solver(highspy)
    model = _model(highspy, requests, demand, capacity, prices, classes=classes, bins=bins)
    upper = np.array(model.col_upper_)
    upper[m - once : m] = 1.0
    model.col_upper_ = upper
    solver.passModel(model)
    if ceilings is not None:
        _soften(solver, n, capacity, ceilings)
    most = fits[classes, bins]
    columns_x = slice(m, m + len(classes))
    for _ in range(_ROUNDS_MAX):
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(n), np.zeros((m, axes))
        solution = np.array(solver.getSolution().col_value)
        over = np.nonzero(solution[columns_x] > most * solution[bins] + _TOLERANCE)[0]
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


class FractionalKnapsack:
    """One bin's knapsack in fractions, solved anew each time."""

    def __init__(self) -> None:
        import highspy

        self._highspy = highspy
        self._solver = _solver(highspy)

    def solve(
        self,
        requests: Floats,
        values: Floats,
        most: Floats,
        capacity: Floats,
        ceilings: Floats | None = None,
    ) -> tuple[Floats, Floats]:
        """Return resource prices (R,) and how much of each class (n,) is worth most together.

        Shapes: requests (n, R), values (n,), most (n,) of each class, capacity (R,), ceilings (R,):
        what a unit beyond the capacity costs, infinite where it cannot be exceeded.
        """
        highspy = self._highspy
        scale = np.maximum(capacity, 1.0)
        matrix = requests / scale
        nonzero = matrix != 0
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(values), len(capacity)
        model.sense_ = highspy.ObjSense.kMaximize
        model.col_cost_ = values
        model.col_lower_, model.col_upper_ = np.zeros(len(values)), most
        model.row_lower_ = np.full(len(capacity), -np.inf)
        model.row_upper_ = capacity / scale
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(nonzero.sum(axis=1))]).astype(
            np.int32
        )
        model.a_matrix_.index_ = np.nonzero(nonzero)[1].astype(np.int32)
        model.a_matrix_.value_ = matrix[nonzero]
        self._solver.passModel(model)
        for axis, ceiling in enumerate(() if ceilings is None else ceilings.tolist()):
            if ceiling < np.inf:
                row, unit = np.array([axis], dtype=np.int32), np.array([-1.0 / scale[axis]])
                self._solver.addCol(-ceiling, 0.0, np.inf, 1, row, unit)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.zeros(len(capacity)), np.zeros(len(values))
        solution = self._solver.getSolution()
        weights: Floats = np.maximum(np.array(solution.row_dual), 0.0) / scale
        if ceilings is not None:
            weights = np.minimum(weights, ceilings)
        return weights, np.array(solution.col_value)[: len(values)]


class MasterSolution(NamedTuple):
    """A solution of the restricted master: ``used`` is how often each load is."""

    cost: float
    duals: Floats  # by class
    used: Floats
    is_boxed: bool  # the box of the duals binds


class RestrictedMaster:
    """The covering program over the loads found so far: min price, every class covered.

    Its duals may be kept in a box: each class has a column that supplies it at the upper end of
    the box and one that takes it back at the lower end (du Merle and others 1999).
    """

    def __init__(self, demand: Floats) -> None:
        import highspy

        self._highspy = highspy
        self._solver = _solver(highspy)
        count = len(demand)
        empty = np.array([], dtype=np.int32)
        rows = np.zeros(count, dtype=np.int32)
        self._solver.addRows(
            count, demand, np.full(count, np.inf), 0, rows, empty, np.array([], dtype=np.float64)
        )
        for row in range(count):
            for sign in (1.0, -1.0):
                at = np.array([row], dtype=np.int32)
                self._solver.addCol(0.0, 0.0, np.inf, 1, at, np.array([sign]))
        self._count = count
        self._added: set[tuple[int, bytes]] = set()
        self.loads: list[tuple[int, Floats]] = []

    def add(self, bin_index: int, price: float, load: Floats) -> bool:
        """Add a load of a bin; return whether it is new."""
        key = (bin_index, load.tobytes())
        if key in self._added:
            return False
        self._added.add(key)
        rows = np.flatnonzero(load).astype(np.int32)
        self._solver.addCol(price, 0.0, np.inf, len(rows), rows, load[rows])
        self.loads.append((bin_index, load))
        return True

    def set_box(self, low: Floats, high: Floats) -> None:
        """Keep each class's dual between low and high."""
        columns = np.arange(2 * self._count, dtype=np.int32)
        costs = np.column_stack([high, -low]).ravel()
        self._solver.changeColsCost(len(columns), columns, costs)

    def set_demand(self, demand: Floats) -> None:
        """Change how many of each class must be covered."""
        for row, amount in enumerate(demand.tolist()):
            self._solver.changeRowBounds(row, amount, np.inf)

    def solve(self) -> MasterSolution | None:
        """Return the least cost at which the loads found so far cover the demand."""
        self._solver.run()
        if self._solver.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._solver.getSolution()
        used = np.array(solution.col_value)
        edge = 2 * self._count
        duals = np.maximum(np.array(solution.row_dual), 0.0)
        cost = float(self._solver.getObjectiveValue())
        return MasterSolution(cost, duals, used[edge:], bool(used[:edge].max(initial=0.0) > 1e-7))


def _soften(solver: Any, first: int, capacity: Floats, ceilings: Floats) -> None:
    """Let each bin's capacity be exceeded at its ceiling; its rows begin at ``first``."""
    axes = capacity.shape[1]
    for b, axis in np.argwhere(np.isfinite(ceilings)).tolist():
        row = np.array([first + b * axes + axis], dtype=np.int32)
        unit = np.array([-1.0 / max(float(capacity[b, axis]), 1.0)])
        solver.addCol(float(ceilings[b, axis]), 0.0, np.inf, 1, row, unit)


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
    *,
    classes: Indexes,
    bins: Indexes,
) -> Any:
    """Build the model column by column: the n_o first, then the x_jo; rows scaled by capacity.

    ``classes`` and ``bins`` are the j and the o of each x_jo.
    """
    n, m, axes = len(demand), len(prices), requests.shape[1]
    scale = np.maximum(capacity, 1.0)
    bin_rows = n + np.arange(m * axes).reshape(m, axes)
    x_values = np.concatenate([np.ones((len(classes), 1)), requests[classes] / scale[bins]], axis=1)
    x_rows = np.concatenate([classes[:, None], bin_rows[bins]], axis=1)
    nonzero = x_values != 0
    lengths = np.concatenate([np.full(m, axes), nonzero.sum(axis=1)])
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = m + len(classes), n + m * axes
    model.col_cost_ = np.concatenate([prices, np.zeros(len(classes))])
    model.col_lower_ = np.zeros(m + len(classes))
    model.col_upper_ = np.full(m + len(classes), np.inf)
    model.row_lower_ = np.concatenate([demand, np.full(m * axes, -np.inf)])
    model.row_upper_ = np.concatenate([demand, np.zeros(m * axes)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    model.a_matrix_.index_ = np.concatenate([bin_rows.ravel(), x_rows[nonzero]]).astype(np.int32)
    model.a_matrix_.value_ = np.concatenate([-(capacity / scale).ravel(), x_values[nonzero]])
    return model


class LinearRow(NamedTuple):
    """A row over shares: low <= sum of factors times shares <= high."""

    low: float
    high: float
    shares: tuple[int, ...]
    factors: tuple[float, ...]


class CellShare(NamedTuple):
    """How many pods of a class are dealt to a cell: which row they demand, and at most how many."""

    row: int
    total: int
    most: int


class DealtDemand(NamedTuple):
    """The shares, the pods that those of each class add up to, and rows that they keep to."""

    shares: Sequence[CellShare]
    totals: Sequence[int]
    limits: Sequence[LinearRow]


class CountedNodes(NamedTuple):
    """What whole numbers of nodes cost at least, and the best numbers found, by bin.

    ``least`` is the solver's lower limit; ``counts`` are None if it found none.
    """

    least: float
    counts: Integers | None


class SlottedNodes(NamedTuple):
    """Nodes, as (bin, load), and what each share gets of the pods; none if no fleet was found.

    ``least`` is the solver's lower limit of what nodes of these copies cost.
    """

    least: float
    nodes: list[tuple[int, Integers]]
    shares: Integers | None


class Bins(NamedTuple):
    """Bins as in ``compact_duals``: requests (n, R), capacity (m, R), prices (m,), fits (n, m).

    ``ceilings`` (m, R) are what a unit beyond the capacity costs, infinite where there is no more;
    None if there never is.
    """

    requests: Floats
    capacity: Floats
    prices: Floats
    fits: Floats
    ceilings: Floats | None = None

    def ceiling(self, b: int, axis: int) -> float:
        """Return what a unit beyond a bin's capacity costs."""
        return np.inf if self.ceilings is None else float(self.ceilings[b, axis])


class _Model:
    """A program with whole columns, row by row."""

    def __init__(self) -> None:
        import highspy

        self.highspy, self.solver = highspy, _solver(highspy)
        self._whole: list[int] = []

    def column(self, price: float, most: float, *, is_whole: bool) -> int:
        """Add a column; return its position."""
        none = np.array([], dtype=np.int32)
        self.solver.addCol(price, 0.0, most, 0, none, np.array([]))
        position = int(self.solver.getNumCol()) - 1
        if is_whole:
            self._whole.append(position)
        return position

    def row(
        self, low: float, high: float, columns: Sequence[int], factors: Sequence[float]
    ) -> None:
        """Add a row: low <= factors times columns <= high."""
        at = np.array(columns, dtype=np.int32)
        self.solver.addRow(low, high, len(at), at, np.array(factors, dtype=np.float64))

    def deal(self, dealt: DealtDemand) -> list[int]:
        """Add the shares and their rows; return the shares' columns."""
        shares = [self.column(0.0, float(share.most), is_whole=True) for share in dealt.shares]
        for number, total in enumerate(dealt.totals):
            own = [
                c for c, share in zip(shares, dealt.shares, strict=True) if share.total == number
            ]
            self.row(float(total), float(total), own, [1.0] * len(own))
        for limit in dealt.limits:
            self.row(limit.low, limit.high, [shares[i] for i in limit.shares], limit.factors)
        return shares

    def hold(self, bins: Bins, b: int, node: int, held: Mapping[int, int]) -> None:
        """Keep what nodes of a bin hold (columns by row) within their capacity.

        ``node`` is the column of how many nodes there are. What is above a soft capacity is paid.
        """
        for row, column in held.items():
            self.row(-np.inf, 0.0, (column, node), (1.0, -float(bins.fits[row, b])))
        for axis in range(bins.requests.shape[1]):
            asking = [row for row in held if bins.requests[row, axis]]
            ceiling = bins.ceiling(b, axis)
            if not asking or not ceiling:
                continue
            scale = max(abs(float(bins.capacity[b, axis])), 1.0)
            columns = [*(held[row] for row in asking), node]
            factors = [float(bins.requests[row, axis]) / scale for row in asking]
            factors.append(-float(bins.capacity[b, axis]) / scale)
            if ceiling < np.inf:
                columns.append(self.column(ceiling * scale, np.inf, is_whole=False))
                factors.append(-1.0)
            self.row(-np.inf, 0.0, columns, factors)

    def run(self, nodes: int) -> NDArray[np.float64] | None:
        """Search so many nodes of the tree; return the best solution, None if there is none."""
        kinds = np.array([self.highspy.HighsVarType.kInteger] * len(self._whole))
        at = np.array(self._whole, dtype=np.int32)
        self.solver.changeColsIntegrality(len(at), at, kinds)
        self.solver.setOptionValue("mip_max_nodes", nodes)
        self.solver.setOptionValue("mip_rel_gap", _WHOLE_GAP)
        self.solver.run()
        status = self.solver.getInfo().primal_solution_status
        if status != int(self.highspy.SolutionStatus.kSolutionStatusFeasible):
            return None
        return np.array(self.solver.getSolution().col_value)

    def cost_between(self, low: float, high: float) -> None:
        """Add a row that keeps the cost between two values."""
        prices = np.array(self.solver.getLp().col_cost_)
        paid = np.flatnonzero(prices)
        self.row(low, high, paid.tolist(), prices[paid].tolist())

    @property
    def is_infeasible(self) -> bool:
        """Whether the search has shown that there is no solution."""
        return bool(self.solver.getModelStatus() == self.highspy.HighsModelStatus.kInfeasible)

    @property
    def least(self) -> float:
        """The solver's lower limit of the cost; 0 if it has none."""
        bound = float(self.solver.getInfo().mip_dual_bound)
        return bound if np.isfinite(bound) else 0.0


def counted_nodes(
    bins: Bins, dealt: DealtDemand, copies: Sequence[int], nodes: int
) -> CountedNodes:
    """Return the least cost of whole numbers of nodes whose bins hold what is dealt, in total.

    The rows of ``dealt`` are those of the requests; there are at most so many ``copies`` of each
    bin, and the search ends after so many ``nodes`` of its tree.
    """
    model = _Model()
    shares = model.deal(dealt)
    placed: list[list[int]] = [[] for _ in bins.requests]
    counts: dict[int, int] = {}
    for b in range(len(bins.prices)):
        rows = np.flatnonzero(bins.fits[:, b] > 0).tolist()
        if rows:
            counts[b] = model.column(float(bins.prices[b]), float(copies[b]), is_whole=True)
            held = {row: model.column(0.0, np.inf, is_whole=False) for row in rows}
            model.hold(bins, b, counts[b], held)
            for row, column in held.items():
                placed[row].append(column)
    _place(model, dealt, shares, placed)
    found = model.run(nodes)
    if found is None:
        return CountedNodes(model.least, None)
    numbers = np.zeros(len(bins.prices), dtype=np.int64)
    for b, column in counts.items():
        numbers[b] = round(found[column])
    return CountedNodes(model.least, numbers)


def slotted_nodes(
    bins: Bins, dealt: DealtDemand, copies: Sequence[int], *, low: float, high: float, nodes: int
) -> SlottedNodes:
    """Return the cheapest nodes, of at most so many copies of each bin, that hold what is dealt.

    They cost between ``low`` and ``high``; the search ends after so many ``nodes`` of its tree.
    """
    model = _Model()
    shares = model.deal(dealt)
    placed: list[list[int]] = [[] for _ in bins.requests]
    slots: list[tuple[int, int, dict[int, int]]] = []
    for b, count in enumerate(copies):
        rows = np.flatnonzero(bins.fits[:, b] > 0).tolist()
        before: int | None = None
        for _ in range(count if rows else 0):
            node = model.column(float(bins.prices[b]), 1.0, is_whole=True)
            if before is not None:  # like nodes are opened in order
                model.row(0.0, np.inf, (before, node), (1.0, -1.0))
            before = node
            held = {row: model.column(0.0, float(bins.fits[row, b]), is_whole=True) for row in rows}
            model.hold(bins, b, node, held)
            for row, column in held.items():
                placed[row].append(column)
            slots.append((b, node, held))
    _place(model, dealt, shares, placed)
    model.cost_between(low * (1 - _WHOLE_GAP), high * (1 + _WHOLE_GAP))
    found = model.run(nodes)
    if found is None:
        return SlottedNodes(high if model.is_infeasible else low, [], None)
    chosen = []
    for b, _, held in slots:
        load = np.zeros(len(bins.requests), dtype=np.int64)
        for row, column in held.items():
            load[row] = round(found[column])
        if load.any():
            chosen.append((b, load))
    return SlottedNodes(model.least, chosen, np.round(found[shares]).astype(np.int64))


def _place(
    model: _Model, dealt: DealtDemand, shares: list[int], placed: Sequence[list[int]]
) -> None:
    """Have every share placed: the columns of its row hold no less."""
    for column, share in zip(shares, dealt.shares, strict=True):
        own = placed[share.row]
        model.row(0.0, np.inf, [*own, column], [*([1.0] * len(own)), -1.0])
