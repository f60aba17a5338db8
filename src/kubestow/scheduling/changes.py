"""The nodes that changed, in the order they changed.

Whoever keeps a value of every node computes it anew only for those that changed since.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Positions = NDArray[np.intp]
_FIRST = 64


class ChangeLog:
    """Positions of nodes; one is written down in time that does not grow with the log."""

    def __init__(self) -> None:
        self._nodes: Positions = np.empty(_FIRST, dtype=np.intp)
        self.length = 0

    def append(self, node: int) -> None:
        """Write down that a node changed."""
        if self.length == len(self._nodes):
            self._grow(1)
        self._nodes[self.length] = node
        self.length += 1

    def extend(self, nodes: Positions | Sequence[int]) -> None:
        """Write down that several nodes changed."""
        if self.length + len(nodes) > len(self._nodes):
            self._grow(len(nodes))
        self._nodes[self.length : self.length + len(nodes)] = nodes
        self.length += len(nodes)

    @property
    def last(self) -> int:
        """The node that changed last."""
        return self._nodes.item(self.length - 1)

    def since(self, seen: int) -> Positions:
        """Return the nodes that changed after the first ``seen`` changes; not to be changed."""
        return self._nodes[seen : self.length]

    def _grow(self, more: int) -> None:
        longer = np.empty(2 * (self.length + more), dtype=np.intp)
        longer[: self.length] = self._nodes[: self.length]
        self._nodes = longer
