"""Packs items stage by stage and keeps the nodes decided on.

Normally there is one stage. Where NodePools have limits, pods go by priority, so that the limits
leave out what matters least; where NodePools have weights, a tier at a time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from kubestow.model.arrays import Integers
from kubestow.model.reporter import Reporter
from kubestow.provisioning.packing.bundles import targets_of
from kubestow.provisioning.packing.fleet_search import FleetSearch, SearchAim
from kubestow.provisioning.packing.problem import (
    Item,
    Packing,
    PackingProblem,
    PackingStrategy,
    PlacedNode,
)
from kubestow.provisioning.packing.problem_builder import Tier, build_problem
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.domains import Cells

NODEPOOL_LIMITS = "NodePoolLimits"
NO_ROOM = "NodeResourcesFit"
LeftOut = Counter[tuple[int, int | None, str]]
"""Pods that found no place, by class, cell (None: any) and the constraint behind it."""


class Packer:
    """Packs the items of one prepared snapshot."""

    def __init__(
        self,
        prepared: PreparedSnapshot,
        cells: Cells | None,
        tiers: Sequence[Tier],
        values: Mapping[int, float],
        aim: SearchAim,
        strategy: PackingStrategy | None = None,
        *,
        types: Set[str] | None = None,
    ) -> None:
        """``types`` are the instance types of new nodes, if not all of them may be used."""
        self.types = types
        self.prepared, self.cells, self.tiers, self.values = prepared, cells, tiers, values
        self.aim = aim
        self._strategy = strategy
        self.nodes: list[PlacedNode] = []
        self._existing = [PlacedNode(i, ()) for i in range(prepared.existing)]
        self._zone_turn: Counter[tuple[int, ...]] = Counter()

    def pack(self, items: list[Item], work_limit: int, seed: int, reporter: Reporter) -> LeftOut:
        """Pack all items; return the pods left out.

        Of a bundle those are the pods that need the others: their hosts can go without them.
        """
        left_out: LeftOut = Counter()
        stages = self._stages(items)
        for stage in stages:
            left = stage
            for tier in range(len(self.tiers)):
                if left:
                    allowed = frozenset().union(*self.tiers[: tier + 1])
                    left = self._pack_stage(
                        left, allowed, work_limit // len(stages), seed, reporter
                    )
            for item in left:
                bundled = len(item.parts) > 1 or bool(item.needs)
                for index, pods in item.parts:
                    needy = targets_of(index, self.prepared) is not None
                    if needy or not bundled:
                        reason = "InterPodAffinity" if needy else self._limiting()
                        left_out[index, item.cell, reason] += pods * item.units
        return left_out

    def _limiting(self) -> str:
        return NODEPOOL_LIMITS if any(p.limits for p in self.prepared.pools) else NO_ROOM

    @property
    def all_nodes(self) -> list[PlacedNode]:
        """Existing nodes, loaded or not, then the new ones."""
        return [*self._existing, *self.nodes]

    def placed_items(self) -> list[Item]:
        """Return what was placed, as items of one class each."""
        total: Counter[int] = Counter()
        for node in self.all_nodes:
            for index, pods in node.load:
                total[index] += pods
        return [Item(((index, 1),), count) for index, count in sorted(total.items())]

    def _stages(self, items: list[Item]) -> list[list[Item]]:
        scarce = any(pool.limits for pool in self.prepared.pools) or any(
            not self.prepared.carries(index)[self.prepared.existing :].any()
            for item in items
            for index, _ in item.parts
        )
        if not scarce:
            return [items]
        by_priority: dict[int, list[Item]] = {}
        for item in items:
            top = max(self.prepared.classes[index].template.priority for index, _ in item.parts)
            by_priority.setdefault(top, []).append(item)
        return [by_priority[priority] for priority in sorted(by_priority, reverse=True)]

    def _pack_stage(
        self, items: list[Item], allowed: Tier, work_limit: int, seed: int, reporter: Reporter
    ) -> list[Item]:
        """Pack items into what exists, what was opened and new nodes; return what is left."""
        problem = build_problem(
            self.prepared,
            items,
            self.cells,
            [allowed] * len(items),
            self.all_nodes,
            prune=self._strategy is None,
            types=self.types,
        )
        values = np.array(
            [
                sum(pods * self.values.get(index, 0.0) for index, pods in item.parts)
                for item in items
            ]
        )
        if self._strategy is None:
            packing = FleetSearch(problem, values, seed, self.aim).run(work_limit, reporter)
        else:
            packing = self._strategy(problem)
        self._commit(problem, packing)
        return self._leftover(items, packing.left)

    def _leftover(self, items: list[Item], left: Integers) -> list[Item]:
        return [
            replace(item, units=int(units))
            for item, units in zip(items, left, strict=True)
            if units
        ]

    def _commit(self, problem: PackingProblem, packing: Packing) -> None:
        fresh: list[PlacedNode] = []
        opened = len(self.nodes)
        for pattern, count in packing.nodes:
            load = self._class_load(problem, pattern.load)
            if pattern.bin < self.prepared.existing:
                node = self._existing[pattern.bin]
                self._existing[pattern.bin] = _with(node, load)
            elif pattern.bin < self.prepared.existing + opened:
                position = pattern.bin - self.prepared.existing
                self.nodes[position] = _with(self.nodes[position], load)
            else:
                candidates = problem.bins[pattern.bin].candidates
                for _ in range(count):
                    turn = self._zone_turn[candidates]
                    self._zone_turn[candidates] += 1
                    fresh.append(PlacedNode(candidates[turn % len(candidates)], load))
        self.nodes += fresh

    def _class_load(
        self, problem: PackingProblem, load: tuple[tuple[int, int], ...]
    ) -> tuple[tuple[int, int], ...]:
        total: Counter[int] = Counter()
        for item, units in load:
            for index, pods in problem.items[item].parts:
                total[index] += pods * units
        return tuple(sorted(total.items()))


def _with(node: PlacedNode, load: tuple[tuple[int, int], ...]) -> PlacedNode:
    total = Counter(dict(node.load))
    for index, pods in load:
        total[index] += pods
    return PlacedNode(node.candidate, tuple(sorted(total.items())))
