"""Dealings: what each cell may get of each class, as linear rows that every legal dealing keeps.

A row that is left out only makes room, so that a minimum over the dealings stays one over the
legal ones. Only for clusters without nodes: counts start from zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kubestow.model.labels import HOSTNAME
from kubestow.model.pod import SpreadConstraint
from kubestow.provisioning.packing.problem import Item
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.programs.whole_nodes import LinearRow
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.domains import Cells, eligible_for
from kubestow.scheduling.filters import pod_topology_spread
from kubestow.scheduling.filters.inter_pod_affinity import affinity_targets


@dataclass(frozen=True, slots=True)
class Dealings:
    """The classes and cells that go together, and the rows over their shares.

    ``shares`` are (class, cell); ``pods`` is the demand of each class.
    """

    cells: Cells
    pods: dict[int, int]
    shares: tuple[tuple[int, int], ...]
    rows: tuple[LinearRow, ...]

    def items(self) -> list[Item]:
        """Return an item for each share, of all the pods that it could be of."""
        return [Item(((index, 1),), self.pods[index], cell) for index, cell in self.shares]


def dealings_of(prepared: PreparedSnapshot, cells: Cells, pods: dict[int, int]) -> Dealings:
    """Return the dealings of so many pods of each class."""
    shares = tuple(
        (index, cell)
        for index in pods
        for cell in np.unique(cells.of_candidate[prepared.carries(index)]).tolist()
    )
    maker = _Rows(prepared, cells, pods, {share: i for i, share in enumerate(shares)})
    return Dealings(cells, pods, shares, tuple(maker.all()))


@dataclass(frozen=True, slots=True)
class _Rows:
    prepared: PreparedSnapshot
    cells: Cells
    pods: dict[int, int]
    position: dict[tuple[int, int], int]

    def all(self) -> Iterator[LinearRow]:
        """Yield the rows of every class."""
        for index in self.pods:
            own = self.prepared.classes[index]
            for constraint in own.template.spread:
                if not pod_topology_spread.counts_nothing(constraint):
                    yield from self._spread(own, constraint)
            yield from self._affinity(own)
            yield from self._apart(own)

    def _domains(self, key: str, index: int) -> dict[str, list[int]]:
        """Return the shares of a class by domain of a topology key."""
        column = self.cells.keys.index(key)
        domains: dict[str, list[int]] = {}
        for cell in range(len(self.cells.first)):
            value, share = self.cells.value(cell, column), self.position.get((index, cell))
            if value is not None and share is not None:
                domains.setdefault(value, []).append(share)
        return domains

    def _spread(self, own: PodClass, constraint: SpreadConstraint) -> Iterator[LinearRow]:
        """Yield what maxSkew leaves each domain of pods that are all under the same constraint.

        The last pod to come to a domain found no domain with fewer than its count less maxSkew; no
        pod leaves.
        """
        if constraint.topology_key == HOSTNAME:
            return
        selection, prepared = self.prepared.selection, self.prepared
        group = selection.same_namespace(constraint.selector, own.key.namespace)
        eligible = eligible_for(constraint, own.template, prepared.filters)
        alike = all(
            other in self.pods
            and constraint in prepared.classes[other].template.spread
            and np.array_equal(
                eligible,
                eligible_for(constraint, prepared.classes[other].template, prepared.filters),
            )
            for other in group
        )
        if own.index not in group or own.index != min(group) or not alike:
            return
        codes, names = prepared.filters.index.column(constraint.topology_key)
        declared = [names[code] for code in np.unique(codes[eligible]).tolist() if code >= 0]
        of_class = [self._domains(constraint.topology_key, other) for other in group]
        inside = {d: [s for domains in of_class for s in domains.get(d, ())] for d in declared}
        total, skew, count = sum(self.pods[i] for i in group), constraint.max_skew, len(declared)
        if count < constraint.min_domains or not all(inside.values()):
            least, most = 0, skew  # some domain stays empty, or is taken to be
        else:
            least = max(0, -(-(total - (count - 1) * skew) // count))
            most = (total + (count - 1) * skew) // count
        for shares in inside.values():
            if shares:
                yield _row(least, most, shares)
        if least < most:
            for one in declared:
                for other in declared:
                    if one != other and inside[one] and inside[other]:
                        yield _row(
                            -np.inf, skew, inside[one] + inside[other],
                            [1.0] * len(inside[one]) + [-1.0] * len(inside[other]),
                        )  # fmt: skip

    def _affinity(self, own: PodClass) -> Iterator[LinearRow]:
        """Yield that pods are only in domains with pods that they have an affinity to."""
        template, namespace = own.template, own.key.namespace
        targets = affinity_targets(template, namespace, self.prepared.selection)
        if own.index in targets:
            return  # the first may go anywhere
        for term in template.affinity:
            if term.topology_key == HOSTNAME:
                continue
            of_target = [self._domains(term.topology_key, t) for t in targets if t in self.pods]
            for domain, shares in self._domains(term.topology_key, own.index).items():
                there = [s for domains in of_target for s in domains.get(domain, ())]
                factors = [1.0] * len(shares) + [-float(self.pods[own.index])] * len(there)
                yield _row(-np.inf, 0, shares + there, factors)

    def _apart(self, own: PodClass) -> Iterator[LinearRow]:
        """Yield that pods with anti-affinity to each other are alone in their domain."""
        for term in own.template.anti_affinity:
            if term.topology_key == HOSTNAME:
                continue
            if own.index in self.prepared.selection.by_term(term, own.key.namespace):
                for shares in self._domains(term.topology_key, own.index).values():
                    yield _row(0, 1, shares)


def _row(
    low: float, high: float, shares: list[int], factors: list[float] | None = None
) -> LinearRow:
    return LinearRow(float(low), float(high), tuple(shares), tuple(factors or [1.0] * len(shares)))
