"""The grid on which a node's cpu, memory and pods are counted in whole cells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellGrid:
    """The cells of one bin: the size of a cell (0: pods are not counted) and how many there are."""

    units: tuple[int, int, int]
    cells: tuple[int, int, int]
