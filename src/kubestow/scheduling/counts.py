"""Counts of pods per topology domain or per node, kept as pods come and go.

A count knows which kinds of pods it counts and over which nodes; adding a pod is one addition.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kubestow.model.arrays import Integers
from kubestow.scheduling.candidate_index import Mask

Codes = NDArray[np.intp]


@dataclass(slots=True)
class DomainCounts:
    """Pods by domain. ``codes`` is each node's domain, -1 where it has none.

    ``counted_codes`` are the same, and -1 also where the node's pods are not counted.
    ``by_domain`` has one entry a domain and one more, always zero, that code -1 picks.
    """

    codes: Codes
    counted_codes: Codes
    by_domain: Integers
    total: int = 0

    def add(self, node: int, pods: int) -> None:
        """Count pods that came to a node, or left it."""
        code = self.counted_codes.item(node)
        if code >= 0:
            self.by_domain[code] += pods
            self.total += pods

    def recount(self, placed: Iterable[Mapping[int, int]]) -> None:
        """Count these pods and no others: for each kind, pods by node."""
        if self.total:
            self.by_domain[:] = 0
            self.total = 0
        for by_node in placed:
            for node, pods in by_node.items():
                self.add(node, pods)

    def at_nodes(self) -> Integers:
        """Return the count of each node's domain; zero where it has none."""
        return self.by_domain.take(self.codes)

    def present(self) -> Mask:
        """Return the nodes in whose domain a pod is."""
        return (self.by_domain > 0).take(self.codes)


def domain_counts(
    codes: Codes, domains: int, counted: Mask | None, placed: Iterable[Mapping[int, int]]
) -> DomainCounts:
    """Return counts that hold the pods placed already: for each kind, pods by node."""
    counted_codes = codes if counted is None else np.where(counted, codes, -1)
    counts = DomainCounts(codes, counted_codes, np.zeros(domains + 1, dtype=np.int64))
    counts.recount(placed)
    return counts
