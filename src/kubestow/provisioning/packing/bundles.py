"""Required affinity over the hostname: pods that must share a node become one unit.

A bundle is placed whole and fits some candidate. A pod whose targets already run somewhere
(bound pods, DaemonSets) joins them there; otherwise it is bundled with a pending pod it aims at,
or, if it matches its own terms and nothing else does, with the pods that need each other (the
scheduler's first-pod rule). What finds no place in a bundle is refused; its host is not.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.labels import HOSTNAME
from kubestow.provisioning.packing.problem import Item
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.domains import Cells
from kubestow.scheduling.filters.inter_pod_affinity import affinity_targets

Share = tuple[int, int | None, int]
"""class, cell, count."""


class Bundler:
    """Turns shares into items."""

    def __init__(
        self, shares: Sequence[Share], prepared: PreparedSnapshot, cells: Cells | None
    ) -> None:
        self._shares, self._prepared, self._cells = shares, prepared, cells
        self._left: Counter[tuple[int, int | None]] = Counter(
            {(index, cell): count for index, cell, count in shares}
        )
        targets = {index: targets_of(index, prepared) for index, _, _ in shares}
        self._needy = {index: wanted for index, wanted in targets.items() if wanted is not None}
        self._dealt = {index for index, cell, _ in shares if cell is not None}
        self._grouped: set[int] = set()
        self._refused: Counter[int] = Counter()

    def items(self) -> tuple[list[Item], Counter[int]]:
        """Return the items, and the pods of each class whose affinity nothing satisfies."""
        there: set[int] = set()
        if self._needy:
            there = {index for content in self._prepared.content for index, _ in content}
        items: list[Item] = []
        for index, cell, _ in self._shares:
            count = self._left[index, cell]
            if index not in self._needy or not count:
                continue
            self._left[index, cell] = 0
            if self._needy[index] & there:
                items.append(Item(((index, 1),), count, cell, frozenset(self._needy[index])))
                continue
            hosted, count = self._with_hosts(index, cell, count)
            items += hosted
            if count and not hosted and self._may_come_first(index):
                items += self._group(index, cell, count)
            elif count:
                self._refused[index] += count
        items += [
            Item(((index, 1),), self._left[index, cell], cell)
            for index, cell, _ in self._shares
            if self._left[index, cell] > 0
        ]
        return items, self._refused

    def _with_hosts(self, index: int, cell: int | None, count: int) -> tuple[list[Item], int]:
        """Bundle pods with pending pods they aim at; return the bundles and the pods left."""
        items: list[Item] = []
        for target in sorted(self._needy[index] - set(self._needy) - self._spread_over(index)):
            places = [place for (host, place), n in self._left.items() if host == target and n > 0]
            if cell is not None:
                places = [place for place in places if place in (cell, None)]
            hosts = sum(self._left[target, place] for place in places)
            if not hosts:
                continue
            for place in sorted(places, key=lambda p: (p is not None, p or 0)):
                where = cell if place is None else place
                room = self._most(index, {target: 1}, where)
                size = min(-(-count // hosts), room)
                while count and size and self._left[target, place]:
                    bundles = min(self._left[target, place], max(1, count // size))
                    each = min(size, count)
                    self._left[target, place] -= bundles
                    count -= each * bundles
                    parts = tuple(sorted(((index, each), (target, 1))))
                    items.append(Item(parts, bundles, where))
        return items, count

    def _spread_over(self, index: int) -> set[int]:
        """Return the classes a pod's own wider spread counts: as hosts they would upset it."""
        pod_class = self._prepared.classes[index]
        counted: set[int] = set()
        for constraint in pod_class.template.spread:
            if constraint.topology_key != HOSTNAME:
                counted |= set(
                    self._prepared.selection.same_namespace(
                        constraint.selector, pod_class.key.namespace
                    )
                )
        return counted

    def _may_come_first(self, index: int) -> bool:
        """Return whether the first-pod rule can apply: it matches itself and nothing precedes."""
        return index in self._needy[index] and not self._needy[index] & self._grouped

    def _group(self, index: int, cell: int | None, count: int) -> list[Item]:
        """Bundle all pods that must be on the first pod's node, as many as one node holds."""
        wanted = {index: count}
        grown = True
        while grown:
            grown = False
            for other in sorted(self._needy):
                waiting = self._left[other, cell]
                if other not in wanted and waiting > 0 and self._needy[other] & set(wanted):
                    wanted[other] = waiting
                    self._left[other, cell] = 0
                    grown = True
        if self._needy[index] & (set(self._needy) | self._dealt) - set(wanted):
            self._refused.update(wanted)  # its first pod would not be first: a target is elsewhere
            return []
        taken: dict[int, int] = {}
        for member, pods in wanted.items():
            fitting = min(pods, self._most(member, taken, cell))
            if fitting:
                taken[member] = fitting
            self._refused[member] += pods - fitting
        self._grouped |= set(wanted)
        return [Item(tuple(sorted(taken.items())), 1, cell)] if taken else []

    def _most(self, index: int, beside: dict[int, int], cell: int | None) -> int:
        """Return how many pods of a class the roomiest candidate takes beside others."""
        prepared = self._prepared
        mask = prepared.carries(index)
        used: Integers = np.zeros(len(prepared.axes), dtype=np.int64)
        for other, pods in beside.items():
            mask = mask & prepared.carries(other)
            used = used + np.minimum(prepared.requests[other], 2**53 // max(pods, 1)) * pods
        if self._cells is not None and cell is not None:
            mask = mask & (self._cells.of_candidate == cell)
        request = prepared.requests[index]
        asked = request > 0
        room = (prepared.free[mask][:, asked] - used[asked]) // request[asked]
        return max(0, int(room.min(axis=1).max(initial=0)))


def targets_of(index: int, prepared: PreparedSnapshot) -> set[int] | None:
    """Return the classes a pod must share its node with one of; None if it need not."""
    template = prepared.classes[index].template
    if not any(term.topology_key == HOSTNAME for term in template.affinity):
        return None
    return affinity_targets(template, prepared.classes[index].key.namespace, prepared.selection)
