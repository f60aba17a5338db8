"""Burstable bins: the cpu that is used as an axis, and what a load above the baseline costs.

A burstable offering is two bins: one whose pods use no more than it sustains, at its price, and one
without that limit, whose load pays for the rest. Together they are every load at its true price.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kubestow.model.arrays import UNLIMITED, Integers
from kubestow.model.resources import CPU_USE
from kubestow.provisioning.packing.problem import Bin, Item, PlacedNode
from kubestow.provisioning.packing.spot_choice import DraftBins
from kubestow.provisioning.preparation.cpu_usage import CpuUsage
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot


@dataclass(frozen=True, slots=True)
class UsedCpu:
    """The axes, requests (items x axes) and bins of a problem, with the cpu that is used."""

    axes: tuple[str, ...]
    requests: Integers
    draft: DraftBins


def with_cpu_use(
    prepared: PreparedSnapshot,
    items: Sequence[Item],
    requests: Integers,
    draft: DraftBins,
    decided: Sequence[PlacedNode],
    *,
    splits: bool,
) -> UsedCpu:
    """Return a problem's numbers with the used cpu as the last axis, where it matters.

    Unless it ``splits``, an offering that charges for its load is only the bin that pays. One that
    would be throttled, or was decided on before, is kept within its baseline.
    """
    usage = prepared.cpu_usage
    if usage is None:
        return UsedCpu(prepared.axes, requests, draft)
    used = [sum(int(usage.used[index]) * pods for index, pods in item.parts) for item in items]
    column = np.minimum(np.array(used, dtype=np.int64), UNLIMITED)
    bins: list[Bin] = []
    limits: list[int] = []
    origin: list[int] = []
    for position, b in enumerate(draft.bins):
        placed = decided[position] if position < len(decided) else None
        for variant, limit in _variants(usage, b, placed, splits=splits):
            bins.append(variant)
            limits.append(limit)
            origin.append(position)
    capacity = np.column_stack([draft.capacity[origin], np.array(limits, dtype=np.int64)])
    return UsedCpu(
        (*prepared.axes, CPU_USE),
        np.column_stack([requests, column]),
        DraftBins(bins, capacity, draft.compatible[:, origin]),
    )


def _variants(
    usage: CpuUsage, b: Bin, placed: PlacedNode | None, *, splits: bool
) -> Iterator[tuple[Bin, int]]:
    """Yield the bins that one is, each with the millicpu that its pods may use."""
    candidate = b.candidates[0]
    left, rate = int(usage.left[candidate]), int(usage.rate[candidate])
    if placed is not None:
        taken = sum(int(usage.used[index]) * pods for index, pods in placed.load)
        yield b, UNLIMITED if left >= UNLIMITED else max(0, left - taken)
    elif left >= UNLIMITED:
        yield b, UNLIMITED
    else:
        if left >= 0 and (splits or not rate):
            yield b, left
        if rate:
            yield replace(b, rate=rate, sustained=left), UNLIMITED
