"""Values of every node, kept while pods come and go and computed anew only where nodes changed."""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Integers
from kubestow.scheduling.changes import Positions
from kubestow.scheduling.scheduler_cache import SchedulerCache

Nodes = slice | Positions
"""Some of the nodes, by position."""
Entry = TypeVar("Entry", bound=np.generic)
_EVERY = slice(None)


def at_nodes(matrix: Integers, nodes: Nodes) -> Integers:
    """Return the columns of some nodes."""
    return matrix[:, nodes] if isinstance(nodes, slice) else matrix.take(nodes, axis=1)


class Tracked(Generic[Entry]):
    """A value a node, computed anew only for the nodes that changed since it was asked for."""

    def __init__(self, cache: SchedulerCache, compute: Callable[[Nodes], NDArray[Entry]]) -> None:
        self._changed, self._compute = cache.changed, compute
        self._value = compute(_EVERY)
        self._seen = self._changed.length

    def value(self) -> NDArray[Entry]:
        """Return the value of every node as it is now; not to be changed."""
        behind = self._changed.length - self._seen
        if behind:
            if 2 * behind > len(self._value):
                self._value = self._compute(_EVERY)
            else:
                nodes = self._changed.since(self._seen)
                self._value[nodes] = self._compute(nodes)
            self._seen += behind
        return self._value


class Table(Generic[Entry]):
    """A row of values for each size of pod, a column for each node.

    A column depends on what its node holds alone, so that it is remembered (Contents).
    """

    def __init__(
        self, cache: SchedulerCache, name: Hashable, column: Callable[[int], NDArray[Entry]]
    ) -> None:
        self._changed, self._content_of, self._column = cache.changed, cache.content_of, column
        self._columns: dict[Hashable, NDArray[Entry]] = cache.told_apart.computed(name)
        self._seen = self._changed.length
        nodes = range(len(cache.nodes))
        shape = (len(cache.sorting.sizes), len(nodes))
        self._rows = np.zeros(shape, dtype=column(0).dtype if nodes else np.bool_)
        self._update(nodes)

    def rows(self) -> NDArray[Entry]:
        """Return the values as they are now; not to be changed."""
        behind = self._changed.length - self._seen
        if behind == 1:  # most often one pod came
            self._update((self._changed.last,))
        elif behind:
            self._update(dict.fromkeys(self._changed.since(self._seen).tolist()))
        self._seen += behind
        return self._rows

    def _update(self, nodes: Iterable[int]) -> None:
        rows, columns, content_of = self._rows, self._columns, self._content_of
        for node in nodes:
            content = content_of[node]
            column = columns.get(content)
            if column is None:
                column = columns[content] = self._column(node)
            rows[:, node] = column
