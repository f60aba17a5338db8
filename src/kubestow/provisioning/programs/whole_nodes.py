"""Programs of whole nodes: how many of each bin hold some pods, in total or node by node.

What each cell gets of the pods is part of both (``CellShare``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kubestow.model.arrays import Floats, Integers
from kubestow.provisioning.programs.solver import WHOLE_GAP, WholeProgram

_PARTS = (1, 2, 3)  # of dual feasible functions
_LARGER = 0.02  # of a node: functions that make no pod so much larger are left out


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


class NodeLimit(NamedTuple):
    """Where a node has any of the row ``owner``, the ``counted`` weigh at most ``most`` on it.

    ``counted`` are (row, weight).
    """

    owner: int
    counted: tuple[tuple[int, int], ...]
    most: int


class DealtDemand(NamedTuple):
    """The shares, what those of each class add up to, and what they and each node keep to."""

    shares: Sequence[CellShare]
    totals: Sequence[int]
    limits: Sequence[LinearRow]
    on_nodes: Sequence[NodeLimit] = ()


class CountedNodes(NamedTuple):
    """What whole numbers of nodes cost at least, and the best numbers found, by bin.

    ``least`` is the solver's lower limit; ``counts`` are None if it found none, ``shares`` are what
    it deals.
    """

    least: float
    counts: Integers | None
    shares: Integers | None = None


class SlottedNodes(NamedTuple):
    """Nodes, as (bin, load), and what each share gets of the pods; none if no fleet was found.

    ``least`` is the solver's lower limit of what nodes of these copies cost, ``work`` what the
    search took (``WholeProgram.work``).
    """

    least: float
    nodes: list[tuple[int, Integers]]
    shares: Integers | None
    work: int = 0


class Bins(NamedTuple):
    """Bins as in ``CompactProgram``: requests (n, R), capacity (m, R), prices (m,), fits (n, m).

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

    def of(self, kept: Integers) -> "Bins":
        """Return some of the bins."""
        return self._replace(
            capacity=self.capacity[kept],
            prices=self.prices[kept],
            fits=self.fits[:, kept],
            ceilings=None if self.ceilings is None else self.ceilings[kept],
        )


def counted_nodes(
    bins: Bins,
    dealt: DealtDemand,
    copies: Sequence[int],
    nodes: int,
    work_limit: float = np.inf,
) -> CountedNodes:
    """Return the least cost of whole numbers of nodes whose bins hold what is dealt, in total.

    The rows of ``dealt`` are those of the requests; there are at most so many ``copies`` of each
    bin, and the search ends after so many ``nodes`` of its tree, or its work.
    """
    model = WholeProgram()
    shares = _deal(model, dealt)
    placed: list[list[int]] = [[] for _ in bins.requests]
    counts: dict[int, int] = {}
    for b in range(len(bins.prices)):
        rows = np.flatnonzero(bins.fits[:, b] > 0).tolist()
        if rows:
            counts[b] = model.column(float(bins.prices[b]), float(copies[b]), is_whole=True)
            held = {row: model.column(0.0, np.inf, is_whole=False) for row in rows}
            _hold(model, bins, b, counts[b], held)
            _tighten(model, bins, b, counts[b], held)
            for limit in dealt.on_nodes:
                if limit.owner in held:
                    owned = {held[limit.owner]: 1.0 / float(bins.fits[limit.owner, b])}
                    _limit(model, bins.fits[:, b], counts[b], held, limit, owned)
            for row, column in held.items():
                placed[row].append(column)
    _place(model, dealt, shares, placed)
    # Where what is above a capacity is paid, few solutions are found on the way.
    looks = work_limit / model.size
    found = model.run(nodes, refines=bins.ceilings is not None, looks=looks)
    if found is None:
        return CountedNodes(model.least, None)
    numbers = np.zeros(len(bins.prices), dtype=np.int64)
    for b, column in counts.items():
        numbers[b] = round(found[column])
    return CountedNodes(model.least, numbers, np.round(found[shares]).astype(np.int64))


def slotted_nodes(
    bins: Bins,
    dealt: DealtDemand,
    copies: Sequence[int],
    *,
    low: float,
    high: float,
    nodes: int,
    looks: float = np.inf,
) -> SlottedNodes:
    """Return the cheapest nodes, of at most so many copies of each bin, that hold what is dealt.

    They cost between ``low`` and ``high``; the search ends after so many ``nodes`` of its tree, or
    so many ``looks`` (``WholeProgram.run``).
    """
    model = WholeProgram()
    shares = _deal(model, dealt)
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
            _hold(model, bins, b, node, held)
            _limit_each(model, bins, b, node, held, dealt.on_nodes)
            for row, column in held.items():
                placed[row].append(column)
            slots.append((b, node, held))
    _place(model, dealt, shares, placed)
    model.cost_between(low * (1 - WHOLE_GAP), high * (1 + WHOLE_GAP))
    found = model.run(nodes, looks=looks)
    if found is None:
        return SlottedNodes(high if model.is_infeasible else low, [], None, model.work)
    chosen = []
    for b, _, held in slots:
        load = np.zeros(len(bins.requests), dtype=np.int64)
        for row, column in held.items():
            load[row] = round(found[column])
        if load.any():
            chosen.append((b, load))
    dealt_to = np.round(found[shares]).astype(np.int64)
    return SlottedNodes(model.least, chosen, dealt_to, model.work)


def _limit_each(
    model: WholeProgram,
    bins: Bins,
    b: int,
    node: int,
    held: Mapping[int, int],
    limits: Sequence[NodeLimit],
) -> None:
    """Keep the limits of one node, by whether it has any of an owner."""
    there: dict[int, int] = {}
    for limit in limits:
        owner, most = limit.owner, 0.0
        if owner in held and any(row in held for row, _ in limit.counted if row != owner):
            most = float(bins.fits[owner, b])
        if most == 1.0:
            there[owner] = held[owner]
        elif most and owner not in there:
            there[owner] = model.column(0.0, 1.0, is_whole=True)
            model.row(-np.inf, 0.0, (held[owner], there[owner]), (1.0, -most))
        if most:
            _limit(model, bins.fits[:, b], node, held, limit, {there[owner]: 1.0})


def _limit(
    model: WholeProgram,
    fits: Floats,
    node: int,
    held: Mapping[int, int],
    limit: NodeLimit,
    owned: Mapping[int, float],
) -> None:
    """Keep a limit on nodes of a bin; ``owned`` (factors by column) of them have any of the owner.

    No more than the limit weighs on those, and no more than ``fits`` on the others.
    """
    counted = [(row, weight) for row, weight in limit.counted if row in held]
    groups = [[each] for each in counted if each[0] != limit.owner]
    if limit.most and len(counted) > 1:
        groups.append(counted)
    for group in groups:
        most = sum(weight * float(fits[row]) for row, weight in group)
        if most > limit.most:
            factors = Counter({held[row]: float(weight) for row, weight in group})
            factors.update({c: (most - limit.most) * share for c, share in owned.items()})
            model.row(-np.inf, 0.0, [*factors, node], [*factors.values(), -most])


def _place(
    model: WholeProgram, dealt: DealtDemand, shares: list[int], placed: Sequence[list[int]]
) -> None:
    """Have every share placed: the columns of its row hold no less."""
    for column, share in zip(shares, dealt.shares, strict=True):
        own = placed[share.row]
        model.row(0.0, np.inf, [*own, column], [*([1.0] * len(own)), -1.0])


def _deal(model: WholeProgram, dealt: DealtDemand) -> list[int]:
    """Add the shares and their rows; return the shares' columns."""
    shares = [model.column(0.0, float(share.most), is_whole=True) for share in dealt.shares]
    for number, total in enumerate(dealt.totals):
        own = [c for c, share in zip(shares, dealt.shares, strict=True) if share.total == number]
        model.row(float(total), float(total), own, [1.0] * len(own))
    for limit in dealt.limits:
        model.row(limit.low, limit.high, [shares[i] for i in limit.shares], limit.factors)
    return shares


def _hold(model: WholeProgram, bins: Bins, b: int, node: int, held: Mapping[int, int]) -> None:
    """Keep what nodes of a bin hold (columns by row) within their capacity.

    ``node`` is the column of how many nodes there are. What is above a soft capacity is paid.
    """
    for row, column in held.items():
        model.row(-np.inf, 0.0, (column, node), (1.0, -float(bins.fits[row, b])))
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
            columns.append(model.column(ceiling * scale, np.inf, is_whole=False))
            factors.append(-1.0)
        model.row(-np.inf, 0.0, columns, factors)


def _tighten(model: WholeProgram, bins: Bins, b: int, node: int, held: Mapping[int, int]) -> None:
    """Add rows that hold for each node, and so for all nodes of a bin together.

    By no dual feasible function of one axis do pods take more than a node (Fekete and Schepers
    2001). The rows of capacity alone let large pods share a node by halves.
    """
    for axis in range(bins.requests.shape[1]):
        room = float(bins.capacity[b, axis])
        asked = {row: float(bins.requests[row, axis]) for row in held if bins.requests[row, axis]}
        if room <= 0 or bins.ceiling(b, axis) < np.inf:
            continue
        for parts in _PARTS:
            sizes = {row: _stepped(size, room, parts) for row, size in asked.items()}
            if any(sizes[row] > size / room + _LARGER for row, size in asked.items()):
                counted = {held[row]: size for row, size in sizes.items() if size}
                model.row(-np.inf, 0.0, [*counted, node], [*counted.values(), -1.0])


def _stepped(size: float, room: float, parts: int) -> float:
    """Return a share of a node in whole parts, one fewer of which fill it than would if even."""
    pieces, rest = divmod((parts + 1) * size, room)
    return pieces / parts if rest else size / room
