"""Which share of each class goes to which cell before packing."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from kubestow.provisioning.demand import Demand
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.domains import Cells, Dealer, Dealt, masks_apart, topology_keys


def deal(
    prepared: PreparedSnapshot,
    demand: Demand,
    most: Mapping[tuple[int, int], int] | None = None,
) -> tuple[Cells | None, Dealt]:
    """Deal pods constrained over domains to cells; the others stay free.

    ``most`` is what each (class, cell) may be given, if not just anything.
    """
    keys = topology_keys(prepared.classes)
    if not keys:
        free = tuple((index, None, pods) for index, pods in enumerate(demand.pods) if pods)
        return None, Dealt(free, (), ())
    apart = masks_apart(prepared.classes, prepared.selection, prepared.filters)
    cells = Cells(prepared.filters, keys, apart)
    dealer = Dealer(
        prepared.classes,
        prepared.selection,
        prepared.filters,
        cells,
        prepared.carries,
        demand=demand.pods,
        bound_pods=prepared.bound_pods,
        room=_existing_room(prepared, demand, cells) | demand.room | _quotas(demand, cells, most),
        is_given=most is not None,
    )
    return cells, dealer.deal()


def _quotas(
    demand: Demand, cells: Cells, most: Mapping[tuple[int, int], int] | None
) -> dict[tuple[int, int], int]:
    """Return what each class may be given in each cell, if that is said."""
    if most is None:
        return {}
    return {
        (index, cell): most.get((index, cell), 0)
        for index, pods in enumerate(demand.pods)
        if pods
        for cell in range(len(cells.first))
    }


def evened(prepared: PreparedSnapshot, cells: Cells, dealt: Dealt) -> Dealt:
    """Return shares in which pods that may run anywhere are dealt evenly too, the rest left free.

    Only over cells where something can be launched for them; what no cell gets stays free.
    """
    counts: Counter[tuple[int, int | None]] = Counter()
    for index, cell, count in dealt.shares:
        if cell is None:
            launchable = prepared.carries(index)[prepared.existing :]
            open_cells = np.unique(cells.of_candidate[prepared.existing :][launchable]).tolist()
            each = count // max(len(open_cells), 1)
            for open_cell in open_cells:
                counts[index, open_cell] += each
            count -= each * len(open_cells)
        counts[index, cell] += count
    shares = tuple((index, cell, n) for (index, cell), n in counts.items() if n)
    return Dealt(shares, dealt.refused, dealt.order)


def _existing_room(
    prepared: PreparedSnapshot, demand: Demand, cells: Cells
) -> dict[tuple[int, int], int]:
    """Return, for cells where nothing can be launched for a class, what existing nodes take."""
    room: dict[tuple[int, int], int] = {}
    first = prepared.existing
    for index, pods in enumerate(demand.pods if first else ()):
        if not pods:
            continue
        carries = prepared.carries(index)
        there, launchable = (
            np.bincount(cells.of_candidate[part][carries[part]], minlength=len(cells.first)) > 0
            for part in (slice(first), slice(first, None))
        )
        for cell in np.flatnonzero(there & ~launchable).tolist():
            inside = carries[:first] & (cells.of_candidate[:first] == cell)
            request = prepared.requests[index]
            asked = request > 0
            free = prepared.free[:first][inside][:, asked]
            room[index, cell] = int((free // request[asked]).min(axis=1).clip(0).sum())
    return room
