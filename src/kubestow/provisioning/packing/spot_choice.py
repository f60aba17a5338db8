"""Spot nodes that several instance types could stand in for, where their NodePool wishes for it.

A bin on spot is held to what enough types on spot of its pool all have, and to the items they all
may take. A wish makes no item unplaceable: items that no bin is left for get bins of their own, of
as many types as they allow. A pool with too few types on spot for an empty node is left as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from kubestow.model import labels as names
from kubestow.model.arrays import Booleans, Integers
from kubestow.model.instance_type import SPOT
from kubestow.provisioning.packing.problem import Bin, Item, PlacedNode
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot


@dataclass(slots=True)
class DraftBins:
    """Bins under construction: what each has room for, and which items may go there."""

    bins: list[Bin]
    capacity: Integers  # bins x axes
    compatible: Booleans  # items x bins

    def fitting(self, requests: Integers) -> Booleans:
        """Return items x bins: where one unit of each finds room."""
        fits = self.compatible.copy()
        for axis in range(requests.shape[1]):
            asked = requests[:, axis, None]
            fits &= (asked <= self.capacity[None, :, axis]) | (asked == 0)
        return fits


def with_spot_choice(
    prepared: PreparedSnapshot,
    items: Sequence[Item],
    requests: Integers,
    draft: DraftBins,
    decided: Sequence[PlacedNode],
) -> DraftBins:
    """Return the bins with those on spot held to the wishes of their pools."""
    wished = [i for i, pool in enumerate(prepared.pools) if pool.spot_types > 1]
    choices = [_Choice(prepared, pool, items) for pool in wished]
    before = draft.fitting(requests)
    for choice in choices:
        for position, b in enumerate(draft.bins):
            placed = decided[position] if position < len(decided) else None
            if choice.concerns(b.candidates[0]):
                _hold(choice, draft, position, placed)
    launchable = np.array([not b.exists for b in draft.bins], dtype=bool)
    after = draft.fitting(requests)
    had, has = before[:, launchable].any(axis=1), after[:, launchable].any(axis=1)
    for row in np.flatnonzero(had & ~has).tolist():
        for choice in choices:
            own = [p for p in np.flatnonzero(before[row] & launchable).tolist()
                   if choice.concerns(draft.bins[p].candidates[0])]  # fmt: skip
            draft = _with_own(choice, draft, own, row, requests[row])
    return draft


def _hold(choice: "_Choice", draft: DraftBins, position: int, placed: PlacedNode | None) -> None:
    """Hold one bin to what enough types have; a node decided on keeps room for its load."""
    b = draft.bins[position]
    load = choice.load(placed)
    rows = choice.rows_for(b.candidates[0])
    if choice.has_too_few(rows):
        return
    for index, _ in placed.load if placed else ():
        rows = rows[choice.prepared.filters.passing(choice.prepared.classes[index])[rows]]
    rows = rows[((choice.prepared.free[rows] >= load) | (load == 0)).all(axis=1)]
    if choice.has_too_few(rows):
        draft.compatible[:, position] = False  # a single pod of it leaves too little choice
        return
    chosen = choice.best(b.candidates[0], rows, draft.compatible[:, position])
    room = choice.prepared.free[chosen].min(axis=0) - load
    draft.capacity[position] = np.minimum(draft.capacity[position], room)
    draft.compatible[:, position] &= choice.may_run[:, chosen].all(axis=1)


def _with_own(
    choice: "_Choice", draft: DraftBins, positions: Sequence[int], row: int, request: Integers
) -> DraftBins:
    """Return the bins with some more, for one item alone that none of them is left for."""
    if not positions:
        return draft
    only = np.zeros(len(draft.compatible), dtype=bool)
    only[row] = True
    prepared, capacities = choice.prepared, []
    for position in positions:
        own = draft.bins[position].candidates[0]
        rows = choice.rows_for(own)
        rows = rows[choice.may_run[row, rows]]
        rows = rows[((prepared.free[rows] >= request) | (request == 0)).all(axis=1)]
        chosen = [own] if choice.has_too_few(rows) else choice.best(own, rows, only)
        capacities.append(prepared.free[chosen].min(axis=0))
    columns = np.repeat(only[:, None], len(positions), axis=1)
    return DraftBins(
        [*draft.bins, *(draft.bins[position] for position in positions)],
        np.concatenate([draft.capacity, np.array(capacities)]),
        np.concatenate([draft.compatible, columns], axis=1),
    )


@dataclass(slots=True)
class _Choice:
    """What one pool has on spot, and which items could run there."""

    prepared: PreparedSnapshot
    pool: int
    items: Sequence[Item]
    may_run: Booleans = field(init=False)  # items x candidates: zones dealt and tiers aside
    _rows: Integers = field(init=False)
    _types: Integers = field(init=False)
    _zones: Integers = field(init=False)

    def __post_init__(self) -> None:
        prepared = self.prepared
        index = prepared.filters.index
        on_spot = np.array([c.capacity_type == SPOT for c in prepared.candidates], dtype=bool)
        holds = (prepared.free >= 0).all(axis=1)
        self._rows = np.flatnonzero((prepared.pool_of == self.pool) & on_spot & holds)
        self._types = index.column(names.INSTANCE_TYPE)[0].astype(np.int64)
        self._zones = index.column(names.ZONE)[0].astype(np.int64)
        self.may_run = np.zeros((len(self.items), len(prepared.candidates)), dtype=bool)
        for row, item in enumerate(self.items):
            self.may_run[row] = np.logical_and.reduce(
                [prepared.filters.passing(prepared.classes[i]) for i, _ in item.parts]
            )

    def concerns(self, candidate: int) -> bool:
        """Return whether a candidate is one of the pool's on spot."""
        return bool((self._rows == candidate).any())

    def has_too_few(self, rows: Integers) -> bool:
        """Return whether these offerings are of fewer types than the pool wishes for."""
        return len(np.unique(self._types[rows])) < self.prepared.pools[self.pool].spot_types

    def load(self, placed: PlacedNode | None) -> Integers:
        """Return what is on a node that was decided on."""
        total = np.zeros(len(self.prepared.axes), dtype=np.int64)
        for index, pods in placed.load if placed else ():
            total += self.prepared.requests[index] * pods
        return total

    def rows_for(self, own: int) -> Integers:
        """Return the pool's offerings on spot that carry the same custom labels as a candidate."""
        rows = self._rows
        for key in self._custom_keys():
            codes, _ = self.prepared.filters.index.column(key)
            rows = rows[codes[rows] == codes[own]]
        return rows

    def _custom_keys(self) -> Iterator[str]:
        keys = self.prepared.pools[self.pool].requirements.by_key
        return (key for key in keys if key not in names.WELL_KNOWN)

    def best(self, own: int, rows: Integers, compatible: Booleans) -> list[int]:
        """Return a candidate and offerings of other types, as many as the pool wishes for.

        Those first that take most of the items the candidate takes, then those in its zone, then
        types that are in enough zones, then those that come closest to what it has.
        """
        pool, prepared = self.prepared.pools[self.pool], self.prepared
        taken = self.may_run[np.ix_(compatible, rows)].sum(axis=0)
        zone = self._zones[own]
        zones = np.unique(self._zones[rows])
        counts = [len(np.unique(self._types[rows[self._zones[rows] == z]])) for z in zones]
        order = sorted(range(len(zones)), key=lambda i: (zones[i] != zone, -counts[i], zones[i]))
        wide: set[int] | None = None
        for i in order[: pool.spot_zones]:
            there = set(self._types[rows[self._zones[rows] == zones[i]]].tolist())
            wide = there if wide is None else wide & there
        is_wide = np.isin(self._types[rows], sorted(wide or ()))
        free = np.maximum(prepared.free[own], 1)
        closeness = np.minimum(prepared.free[rows] / free, 1.0).min(axis=1)
        ranked = np.lexsort((-closeness, ~is_wide, self._zones[rows] != zone, -taken))
        chosen = {int(self._types[own]): own}
        for i in ranked:
            if len(chosen) >= pool.spot_types:
                break
            chosen.setdefault(int(self._types[rows[i]]), int(rows[i]))
        return list(chosen.values())
