"""The most value that a node can carry, from prices of its resources.

Exact. Money is scaled by 2^40 in Python's integers and, rounded up, by 2^16 in arrays. A load
is worth a whole number of nano-USD, so its bound is rounded down at the very end.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kubestow.model.certificate import EXCLUSIVE_AXIS, PRICE_SHIFT, CertificateGrid
from kubestow.model.resources import CPU, CPU_USE, MEMORY, PODS

Free = Mapping[str, int]
_ARRAY_SHIFT = 16
_DROPPED = PRICE_SHIFT - _ARRAY_SHIFT
_SAFE = 2**62
_INT64_MAX = 2**63 - 1
_FEW_CELLS = 4
_CELLS_MAX = 2**24
_WORK_MAX = 2**32


@dataclass(frozen=True, slots=True)
class Ware:
    """Pods that are equal for a load: each has this value and these requests.

    ``lists`` are the exclusive lists that contain all of them.
    """

    value: int
    count: int
    asks: tuple[tuple[str, int], ...]
    lists: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourcePrices:
    """Prices of resources, and each ware's margin: its value less the price of its requests."""

    prices: Mapping[str, int]
    constant: int  # the exclusive lists, of which every node has one each
    margins: tuple[int, ...]
    gains: tuple[tuple[int, int], ...]  # the positive margins, with their wares

    def of(self, free: Free, but: frozenset[str] = frozenset()) -> int:
        """Return the price of everything that is free, except some resources."""
        return self.constant + sum(
            price * free.get(name, 0) for name, price in self.prices.items() if name not in but
        )


def priced(
    prices: Mapping[str, int], wares: Sequence[Ware], but: frozenset[str] = frozenset()
) -> ResourcePrices:
    """Return the prices without some of the axes, with each ware's margin."""
    priced_axes = {name: price for name, price in prices.items() if price and name not in but}
    lists = {name: price for name, price in priced_axes.items() if name.startswith(EXCLUSIVE_AXIS)}
    plain = {name: price for name, price in priced_axes.items() if name not in lists}
    margins = tuple(
        (ware.value << PRICE_SHIFT)
        - sum(plain.get(name, 0) * amount for name, amount in ware.asks)
        - sum(lists.get(f"{EXCLUSIVE_AXIS}{index}", 0) for index in ware.lists)
        for ware in wares
    )
    gains = tuple((index, margin) for index, margin in enumerate(margins) if margin > 0)
    return ResourcePrices(plain, sum(lists.values()), margins, gains)


def how_many(
    wares: Sequence[Ware],
    frees: Sequence[Free],
    but: frozenset[str] = frozenset(),
    *,
    exclusive: bool = True,
) -> NDArray[np.int64]:
    """Return how many of each ware (columns) fit alone in each free amount (rows).

    Axes in ``but`` do not limit, and lists only where they are ``exclusive``.
    """
    most = [1 if ware.lists and exclusive else ware.count for ware in wares]
    counts = np.tile(np.array(most, dtype=np.int64), (len(frees), 1))
    for name in axes_of(wares):
        if name not in but:
            asks = np.array([min(dict(w.asks).get(name, 0), _INT64_MAX) for w in wares])
            askers = np.flatnonzero(asks)
            room = np.array([free.get(name, 0) for free in frees], dtype=np.int64)
            counts[:, askers] = np.minimum(counts[:, askers], room[:, None] // asks[askers])
    return counts


def most_valuable(
    wares: Sequence[Ware],
    frees: Sequence[Free],
    fits: NDArray[np.int64],
    but: frozenset[str] = frozenset(),
    *,
    exclusive: bool = True,
) -> NDArray[np.int64]:
    """Return how many of each ware the most valuable load may need (rows as in ``fits``).

    Of wares with equal requests, the more valuable ones come first: those that do not fit beside as
    many of these as possible are in no better load.
    """
    same: dict[object, list[int]] = {}
    for index, ware in enumerate(wares):
        same.setdefault((ware.asks, ware.lists), []).append(index)
    counts = fits.copy()
    for members in same.values():
        if len(members) > 1:
            members.sort(key=lambda index: -wares[index].value)
            total = replace(wares[members[0]], count=sum(wares[i].count for i in members))
            room = how_many([total], frees, but, exclusive=exclusive)
            before = fits[:, members].cumsum(axis=1) - fits[:, members]
            counts[:, members] = np.minimum(fits[:, members], np.maximum(room - before, 0))
    return counts


def axes_of(wares: Sequence[Ware]) -> tuple[str, ...]:
    """Return the resources that the wares request, sorted."""
    return tuple(sorted({name for ware in wares for name, _ in ware.asks}))


def likely_best(
    frees: Sequence[Free], fits: NDArray[np.int64], choice: Sequence[ResourcePrices]
) -> list[int]:
    """Return for each row the prices that probably bound it best: a floating-point guess."""
    if not frees:
        return []
    names = sorted({name for at in choice for name in at.prices})
    weights = np.array([[float(at.prices.get(name, 0)) for at in choice] for name in names])
    room = np.array([[float(free.get(name, 0)) for name in names] for free in frees])
    gains = np.array([[float(max(0, margin)) for margin in at.margins] for at in choice])
    total = np.array([float(at.constant) for at in choice]) + fits.astype(float) @ gains.T
    if names:
        total = total + room @ weights
    return [int(index) for index in total.argmin(axis=1)]


def _fractional(free: Free, fits: Sequence[int], at: ResourcePrices) -> int:
    """Return the scaled bound by prices alone: everything free, plus positive margins."""
    return at.of(free) + sum(fits[index] * margin for index, margin in at.gains)


def fractional_bound(free: Free, fits: Sequence[int], at: ResourcePrices) -> int:
    """Return a bound on the value of any load, in nano-USD per hour."""
    return _fractional(free, fits, at) >> PRICE_SHIFT if any(fits) else 0


@dataclass(frozen=True, slots=True)
class _Item:
    """Up to ``count`` units of a ware that may be in a load: cells, scaled worth, exactness."""

    cells: tuple[int, ...]
    worth: int
    count: int
    margin: int
    is_exact: bool
    ware: int = 0

    @property
    def is_small(self) -> bool:
        return max(self.cells[:2]) < _FEW_CELLS


def grid_bound(
    wares: Sequence[Ware],
    free: Free,
    fits: Sequence[int],
    at: ResourcePrices,
    grid: CertificateGrid,
    *,
    target: int,
    rate: int = 0,
) -> int | None:
    """Return a bound on the value of any load worth more than the target, otherwise the target.

    cpu and memory (and pods, if the grid counts them) are counted in whole cells by a dynamic
    program; everything else is priced. With a ``rate``, in nano-USD per millicpu and hour, a load
    is worth so much less for each millicpu that it uses beyond what is free of that; ``at`` does
    not price it then. None if that would take too much work.
    """
    axes = {CPU: grid.cpu, MEMORY: grid.memory} | ({PODS: 1} if grid.count_pods else {})
    if _fractional(free, fits, at) >> _DROPPED >= _SAFE:
        return None
    items = list(_items(wares, free, fits, at, axes, target=target))
    if not items:
        return target  # no pod is part of a load worth more
    items = [item for item in items if item.worth > 0]
    constant = at.of(free, frozenset(axes))
    shape = tuple(max(0, free.get(name, 0)) // cell + 1 for name, cell in axes.items())
    is_exact = grid.count_pods or all(item.is_exact for item in items)
    best: int | None = None
    for linear in (False,) if is_exact else (True, False):
        small = [item for item in items if linear and item.is_small]
        large = [item for item in items if not (linear and item.is_small)]
        table = _packed(large, shape)
        if table is None:
            continue
        if linear:
            table += _left_over(free, at, grid, shape)
        if rate:
            charges = _charges(wares, large, free, grid.cpu, shape[0], rate)
            table -= charges.reshape(-1, *([1] * (len(shape) - 1)))
        gains = sum(item.count * max(0, item.margin) for item in small)
        scaled = (int(table.max()) << _DROPPED) + constant + gains
        value = max(target, scaled >> PRICE_SHIFT)
        best = value if best is None else min(best, value)
        if best == target:
            break
    return best


def _items(
    wares: Sequence[Ware],
    free: Free,
    fits: Sequence[int],
    at: ResourcePrices,
    axes: Mapping[str, int],
    *,
    target: int,
) -> Iterator[_Item]:
    """Yield what may be in a load worth more than the target.

    A unit with a negative margin reduces the bound by prices by that much.
    """
    room = _fractional(free, fits, at) - (target << PRICE_SHIFT)
    for number, (ware, most, margin) in enumerate(zip(wares, fits, at.margins, strict=True)):
        asks = dict(ware.asks)
        worth = margin + sum(at.prices.get(name, 0) * asks.get(name, 0) for name in axes)
        count = most if margin >= 0 else min(most, room // -margin)
        if count > 0:
            cells = tuple(asks.get(name, 0) // cell for name, cell in axes.items())
            is_exact = all(asks.get(name, 0) % cell == 0 for name, cell in axes.items())
            yield _Item(cells, worth, count, margin, is_exact, number)


def _packed(items: Sequence[_Item], shape: tuple[int, ...]) -> NDArray[np.int64] | None:
    """Return the most that items are worth within the cells, scaled by 2^16 and rounded up."""
    size = 1
    for length in shape:
        size *= length
    parts = sum(item.count.bit_length() for item in items)
    worth = sum(item.count * item.worth for item in items) >> _DROPPED
    if size > _CELLS_MAX or size * parts > _WORK_MAX or worth + parts >= _SAFE:
        return None
    table = np.zeros(shape, dtype=np.int64)
    for item in items:
        for units in _doubling(item.count):
            steps = tuple(cells * units for cells in item.cells)
            more = table[tuple(slice(0, n - s) for n, s in zip(shape, steps, strict=True))]
            rest = table[tuple(slice(s, None) for s in steps)]
            np.maximum(rest, more + -(-item.worth * units >> _DROPPED), out=rest)
    return table


def _doubling(count: int) -> Iterator[int]:
    """Yield parts such that every number up to the count is a sum of some of them."""
    part = 1
    while count > 0:
        yield min(part, count)
        count -= part
        part *= 2


def _charges(
    wares: Sequence[Ware], items: Sequence[_Item], free: Free, cell: int, count: int, rate: int
) -> NDArray[np.int64]:
    """Return what cells of cpu are charged at least, scaled by 2^16 and rounded down.

    Each of the items uses at least the smallest share of its cpu that any of them uses.
    """
    shares = [
        Fraction(asks.get(CPU_USE, 0), asks[CPU])
        for asks in (dict(wares[item.ware].asks) for item in items)
        if asks.get(CPU)
    ]
    share, there = min(shares, default=Fraction(0)), free.get(CPU_USE, 0)
    used = (share * cell * cells for cells in range(count))
    over = (max(0, math.floor(each) - there) for each in used)
    return np.array([min(rate * each << _ARRAY_SHIFT, _SAFE) for each in over], dtype=np.int64)


def _left_over(
    free: Free, at: ResourcePrices, grid: CertificateGrid, shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """Return the price of cpu and memory outside the cells, scaled by 2^16 and rounded up."""
    columns = [
        np.array(
            [
                -(-at.prices.get(name, 0) * max(0, free.get(name, 0) - cell * used) >> _DROPPED)
                for used in range(length)
            ],
            dtype=np.int64,
        )
        for name, cell, length in zip((CPU, MEMORY), (grid.cpu, grid.memory), shape, strict=True)
    ]
    return columns[0][:, None] + columns[1][None, :]
