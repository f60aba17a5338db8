"""Dominance: which of many rows no earlier row makes useless."""

import numpy as np

_BLOCK = 256  # rows compared at once


def unbeaten(figures: bytes, takes: bytes, count: int) -> tuple[int, ...]:
    """Return the rows that no earlier row equals or exceeds in every figure, taking as much.

    ``figures`` are int64 and ``takes`` bits, ``count`` rows of each; as bytes, so that a cache can
    tell them apart.
    """
    rows = np.frombuffer(figures, dtype=np.int64).reshape(count, -1)
    bits = np.frombuffer(takes, dtype=np.uint8).reshape(count, -1)
    columns = [np.ascontiguousarray(column) for column in rows.T]
    taken_by = [np.ascontiguousarray(column) for column in bits.T]
    chosen: list[int] = []
    for start in range(0, count, _BLOCK):
        block = list(range(start, min(start + _BLOCK, count)))
        rivals = chosen + block
        beats = ~np.tri(len(rivals), len(block), -len(chosen), dtype=bool)  # no later one
        for column in columns:  # an axis at a time is several times as fast as all at once
            beats &= column[rivals][:, None] >= column[block]
        for taken in taken_by:
            beats &= (taken[block] & ~taken[rivals][:, None]) == 0
        chosen += [block[row] for row in np.flatnonzero(~beats.any(axis=0)).tolist()]
    return tuple(chosen)
