"""The linear programs. The only file that knows the solver.

What the solver answers is only a hint: provisioning.proof.lower_bound derives every lower bound
again from the duals by its own arithmetic.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Floats

Indexes = NDArray[np.int64]
_ROUNDS_MAX = 30
_TOLERANCE = 1e-6
_A_LOOK = 5_000  # factors of a program: what takes as long as a look at a small one
WHOLE_GAP = 1e-5  # of an integer program: when it ends


class CompactSolution(NamedTuple):
    """A solution of the compact program: nodes by bin, and units of each class in each bin."""

    cost: float
    nodes: Floats
    placed: Floats  # classes x bins


class CompactProgram:
    """The compact relaxation (L2): nodes of each bin, and what all nodes of a bin hold together.

    Shapes: requests (n, R), demand (n,), capacity (m, R), prices (m,), fits (n, m): how many of a
    class one node of a bin takes, 0 where it may not. min sum p n; every class placed; capacity of
    each bin type respected in total; x_jo <= fits_jo n_o, these rows only where violated. The last
    ``once`` bins can be used once only. ``ceilings`` (m, R) are what a unit beyond the capacity
    costs, infinite where it cannot be exceeded.
    """

    def __init__(
        self,
        requests: Floats,
        demand: Floats,
        capacity: Floats,
        prices: Floats,
        fits: Floats,
        *,
        once: int = 0,
        ceilings: Floats | None = None,
    ) -> None:
        import highspy

        self._highspy = highspy
        self._solver: Any = _solver(highspy)
        self._classes, self._bins = np.nonzero(fits > 0)
        self._most, self._capacity = fits[self._classes, self._bins], capacity
        self._shape = fits.shape
        self.pivots = 0
        model = _model(
            highspy, requests, demand, capacity, prices, classes=self._classes, bins=self._bins
        )
        m = len(prices)
        upper = np.array(model.col_upper_)
        upper[m - once : m] = 1.0
        model.col_upper_ = upper
        self._solver.passModel(model)
        if ceilings is not None:
            _soften(self._solver, len(demand), capacity, ceilings)

    def fix(self, bin_index: int, nodes: float) -> None:
        """Hold the number of nodes of a bin."""
        self._solver.changeColBounds(bin_index, nodes, nodes)

    def solve(self) -> CompactSolution | None:
        """Return the least cost; None if there is no solution, or the solver fails."""
        m = self._shape[1]
        columns = slice(m, m + len(self._classes))
        for rounds in range(1, _ROUNDS_MAX + 1):
            self._solver.run()
            self.pivots += max(int(self._solver.getInfo().simplex_iteration_count), 0)
            if self._solver.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
                return None
            solution = np.array(self._solver.getSolution().col_value)
            over = np.nonzero(solution[columns] > self._most * solution[self._bins] + _TOLERANCE)[0]
            if not len(over) or rounds == _ROUNDS_MAX:  # a row more, and nothing is solved
                break
            self._limit(over)
        placed = np.zeros(self._shape)
        placed[self._classes, self._bins] = solution[columns]
        return CompactSolution(self._solver.getObjectiveValue(), solution[:m], placed)

    def _limit(self, over: Indexes) -> None:
        """Add the rows x_jo <= fits_jo n_o of some x_jo."""
        count = len(over)
        starts = np.arange(0, 2 * count, 2, dtype=np.int32)
        columns = np.column_stack([self._bins[over], self._shape[1] + over]).ravel()
        values = np.column_stack([-self._most[over], np.ones(count)]).ravel()
        self._solver.addRows(
            count, np.full(count, -np.inf), np.zeros(count), 2 * count, starts,
            columns.astype(np.int32), values,
        )  # fmt: skip

    def duals(self) -> tuple[Floats, Floats]:
        """Return class values (n,) and resource prices (m, R) of the last solution."""
        (n, m), axes = self._shape, self._capacity.shape[1]
        duals = np.array(self._solver.getSolution().row_dual)
        resource = np.maximum(-duals[n : n + m * axes], 0.0).reshape(m, axes)
        return np.maximum(duals[:n], 0.0), resource / np.maximum(self._capacity, 1.0)


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


class WholeProgram:
    """An integer program, made column by column and row by row."""

    def __init__(self) -> None:
        import highspy

        self.highspy, self.solver = highspy, _solver(highspy)
        self._whole: list[int] = []
        self._looks = 0

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

    def run(
        self, nodes: int, *, refines: bool = True, looks: float = np.inf
    ) -> NDArray[np.float64] | None:
        """Search so many nodes of the tree; return the best solution, None if there is none.

        Unless it ``refines``, smaller programs near a solution are not searched for better ones:
        where the bound is what matters, they take a third of the time. Cuts at the root, which no
        number of nodes limits, end after so many ``looks``: the solver looks whether to go on after
        each round of cuts, each smaller program and several times a node.
        """
        kinds = np.array([self.highspy.HighsVarType.kInteger] * len(self._whole))
        at = np.array(self._whole, dtype=np.int32)
        self.solver.changeColsIntegrality(len(at), at, kinds)
        self.solver.setOptionValue("mip_max_nodes", nodes)
        self.solver.setOptionValue("mip_rel_gap", WHOLE_GAP)
        for neighbourhood in ("rins", "rens"):
            self.solver.setOptionValue(f"mip_heuristic_run_{neighbourhood}", refines)

        def look(event: Any) -> None:
            self._looks += 1
            if self._looks > looks:
                event.interrupt()

        self.solver.cbMipInterrupt.subscribe(look)
        self.solver.run()
        self.solver.cbMipInterrupt.unsubscribe(look)
        status = self.solver.getInfo().primal_solution_status
        if status != int(self.highspy.SolutionStatus.kSolutionStatusFeasible):
            return None
        return np.array(self.solver.getSolution().col_value)

    @property
    def size(self) -> int:
        """How many factors the rows have."""
        return max(int(self.solver.getNumNz()), 1)

    @property
    def work(self) -> int:
        """What the search took: looks, times its size and what each costs however small it is."""
        return self._looks * (self.size + _A_LOOK)

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
