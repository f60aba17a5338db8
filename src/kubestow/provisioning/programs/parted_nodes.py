"""Nodes made cheaper part by part, where all of them are too many for one program.

Bins and the rows that fit them fall into parts, the zones of a cluster, which share nothing but
what is dealt to each. One or two parts at a time are solved anew with what is dealt to the others
held (a neighbourhood search, Shaw 1998). The cost only falls, and nothing is proven.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.provisioning.programs.whole_nodes import (
    Bins,
    CellShare,
    DealtDemand,
    LinearRow,
    NodeLimit,
    slotted_nodes,
)

_LESS = 1e-4  # of its cost: what parts must become cheaper by
_TREE = 5  # nodes of the solver's tree for each group of parts
_LOOKS = 40  # of the solver at each group of parts
_MADE_LOOKS = 60  # at each part that has no nodes yet

WholeNode = tuple[int, Integers]
"""The bin of a node and its load by row."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows and bins that fit no others."""

    rows: Integers
    bins: Integers


@dataclass(slots=True)
class PartedNodes:
    """Nodes of some bins for what is dealt, with no more ``copies`` of each bin than given.

    ``work`` is what was done so far (``WholeProgram.work``).
    """

    bins: Bins
    dealt: DealtDemand
    copies: Integers
    work: int = 0
    parts: list[_Part] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = _parts(self.bins)

    def cost(self, nodes: Sequence[WholeNode]) -> float:
        """Return what nodes cost, with what is above soft capacities."""
        return sum(self._cost(b, load) for b, load in nodes)

    def made(self, shares: Integers) -> list[WholeNode] | None:
        """Return nodes for what each share gets; None if some part has no solution."""
        nodes: list[WholeNode] = []
        for part in self.parts:
            found = self._solved([part], shares, np.inf)
            if found is None:
                return None
            nodes += found[0]
        return nodes

    def improved(
        self, nodes: Sequence[WholeNode], shares: Integers, work_limit: float
    ) -> tuple[list[WholeNode], Integers]:
        """Return cheaper nodes, and what each share gets then.

        Parts are solved alone and then by two, until so much work is done or nothing becomes
        cheaper.
        """
        current, shares = list(nodes), shares.copy()
        groups = [group for size in (1, 2) for group in combinations(range(len(self.parts)), size)]
        if self.work:
            groups = groups[len(self.parts) :]  # each part was made alone
        open_groups, end = deque(groups), self.work + work_limit
        while open_groups and self.work < end:
            numbers = open_groups.popleft()
            group = [self.parts[number] for number in numbers]
            inside = np.concatenate([part.bins for part in group])
            own = [node for node in current if node[0] in inside]
            found = self._solved(group, shares, self.cost(own) * (1 - _LESS)) if own else None
            if found is not None and self.cost(found[0]) < self.cost(own):
                current = [node for node in current if node[0] not in inside] + found[0]
                shares = found[1]
                changed = [each for each in groups if len(each) > 1 and {*each} & {*numbers}]
                open_groups += [each for each in changed if each not in open_groups]
        return current, shares

    def _cost(self, b: int, load: Integers) -> float:
        bins, cost = self.bins, float(self.bins.prices[b])
        if bins.ceilings is not None:
            above = np.maximum(load @ bins.requests - bins.capacity[b], 0.0)
            soft = np.isfinite(bins.ceilings[b])
            cost += float(above[soft] @ bins.ceilings[b][soft])
        return cost

    def _solved(
        self, group: Sequence[_Part], shares: Integers, most: float
    ) -> tuple[list[WholeNode], Integers] | None:
        """Return nodes of some parts that cost no more than ``most``, and all shares then."""
        rows = np.sort(np.concatenate([part.rows for part in group]))
        inside = np.concatenate([part.bins for part in group])
        copies = np.zeros_like(self.copies)
        copies[inside] = self.copies[inside]
        free = [i for i, share in enumerate(self.dealt.shares) if share.row in set(rows.tolist())]
        some = self.bins._replace(requests=self.bins.requests[rows], fits=self.bins.fits[rows])
        dealt = _held(self.dealt, free, {int(row): i for i, row in enumerate(rows)}, shares)
        looks = _LOOKS if most < np.inf else _MADE_LOOKS
        found = slotted_nodes(
            some, dealt, copies.tolist(), low=0.0, high=most, nodes=_TREE, looks=looks
        )
        self.work += found.work
        if found.shares is None:
            return None
        nodes: list[WholeNode] = []
        for b, load in found.nodes:
            whole = np.zeros(len(self.bins.requests), dtype=np.int64)
            whole[rows] = load
            nodes.append((b, whole))
        changed = shares.copy()
        changed[free] = found.shares
        return nodes, changed


def _parts(bins: Bins) -> list[_Part]:
    """Return the connected parts of rows and bins, in the order of their first bin."""
    fits = bins.fits > 0
    left = set(np.flatnonzero(fits.any(axis=0)).tolist())
    parts: list[_Part] = []
    while left:
        inside = np.zeros(fits.shape[1], dtype=np.bool_)
        inside[min(left)] = True
        while True:
            rows = fits[:, inside].any(axis=1)
            wider = np.asarray(fits[rows].any(axis=0))
            if (wider == inside).all():
                break
            inside = wider
        parts.append(_Part(np.flatnonzero(rows), np.flatnonzero(inside)))
        left -= set(np.flatnonzero(inside).tolist())
    return parts


def _held(
    dealt: DealtDemand, free: Sequence[int], row_of: Mapping[int, int], shares: Integers
) -> DealtDemand:
    """Return what is dealt to the ``free`` shares, if the others stay as they are.

    ``row_of`` are the rows of the free shares by their rows in all.
    """
    position = {share: i for i, share in enumerate(free)}
    totals = list(dealt.totals)
    for i, share in enumerate(dealt.shares):
        if i not in position:
            totals[share.total] -= int(shares[i])
    kept = sorted({dealt.shares[i].total for i in free})
    renumbered = {total: i for i, total in enumerate(kept)}
    limits: list[LinearRow] = []
    for row in dealt.limits:
        pairs = list(zip(row.shares, row.factors, strict=True))
        own = [(position[i], factor) for i, factor in pairs if i in position]
        held = sum(factor * int(shares[i]) for i, factor in pairs if i not in position)
        if own:
            at, factors = zip(*own, strict=True)
            limits.append(LinearRow(row.low - held, row.high - held, at, factors))
    some = [dealt.shares[i] for i in free]
    return DealtDemand(
        [CellShare(row_of[s.row], renumbered[s.total], s.most) for s in some],
        [totals[total] for total in kept],
        limits,
        tuple(_limits(dealt.on_nodes, row_of)),
    )


def _limits(limits: Sequence[NodeLimit], row_of: Mapping[int, int]) -> Iterator[NodeLimit]:
    for limit in limits:
        if limit.owner in row_of:
            counted = tuple((row_of[row], w) for row, w in limit.counted if row in row_of)
            yield NodeLimit(row_of[limit.owner], counted, limit.most)
