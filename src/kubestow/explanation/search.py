"""The smallest set of changes that lets a pod run: singles, then pairs, then triples.

Law: bounded and deterministic. The screen drops what cannot help; what is left is tried by really
planning the changed snapshot, cheapest first; only a plan the judge accepts counts.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubestow import engine
from kubestow.explanation.adjustments import Adjustment
from kubestow.explanation.draft import Draft, draft, with_limits
from kubestow.explanation.generate import generate
from kubestow.explanation.planned_cluster import (
    changed,
    only,
    planned_name,
    standing,
)
from kubestow.explanation.prescreen import Prescreen
from kubestow.model import explanation as kinds
from kubestow.model.explanation import NodePlace, Remedy, Trials
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.verify import judge

_SIZE_MAX = 3
_PLANS_MAX = 24  # at each size
_REMEDIES_MAX = 5
_WORK_LIMIT = 200
_OF_POOLS = (kinds.ALLOW_IN_POOL, kinds.RAISE_LIMIT)
_RELEVANT = {
    "PodTopologySpread": (kinds.RELAX_SPREAD,),
    "InterPodAffinity": (kinds.RELAX_AFFINITY, kinds.RELAX_ANTI_AFFINITY),
    "NodePoolLimits": (kinds.RAISE_LIMIT,),
}
"""Kinds of change that are tried first where this constraint is the reason."""


@dataclass(frozen=True, slots=True)
class PodInQuestion:
    """The pod in question, its workload, and the plan it is left out of."""

    snapshot: Snapshot
    plan: Plan
    pod: int
    siblings: tuple[int, ...]

    @property
    def key(self) -> str:
        """The pod's namespace/name."""
        return self.snapshot.cluster.pods[self.pod].key


class RemedySearch:
    """Searches the smallest sets of changes for one pod."""

    def __init__(self, case: PodInQuestion, reporter: Reporter) -> None:
        self.case, self.reporter = case, reporter
        pods = case.snapshot.cluster.pods
        pending = sum(not pods[position].node_name for position in case.siblings)
        self.base = standing(case.snapshot, case.plan, case.siblings)
        self.pools = engine.pools_of(case.snapshot)
        self.screen = Prescreen(self.base, self.pools, case.pod, pending)
        self.moves = generate(self.screen)
        self.plans = self.combinations = 0
        self.complete = True
        self._template = pods[case.pod].template
        self._cache = PlanningCache()
        self._unscheduled = frozenset(item.pod for item in case.plan.unschedulable)
        self._workload = frozenset(pods[position].key for position in case.siblings)
        self._is_alone = self._unscheduled <= self._workload and not any(
            pool.wants_choice for pool in self.pools
        )
        self._prices = {node.name: node for node in case.plan.nodes if not node.existing}

    def run(self) -> tuple[tuple[Remedy, ...], Trials]:
        """Return the working sets of the smallest size, cheapest first, and what was tried."""
        found: list[Remedy] = []
        size = 0
        for size in range(1, min(_SIZE_MAX, len(self.moves)) + 1):
            found = self._of_size(size)
            if found:
                break
        tried = Trials(
            self.plans,
            self.combinations,
            size,
            tuple(dict.fromkeys(move.kind for move in self.moves)),
            self.complete,
        )
        return tuple(found[:_REMEDIES_MAX]), tried

    def _of_size(self, size: int) -> list[Remedy]:
        worth = sorted(self._worth_trying(size), key=lambda item: item[:2])
        self.complete = len(worth) <= _PLANS_MAX
        found: list[Remedy] = []
        for number, (_, _, item) in enumerate(worth[:_PLANS_MAX]):
            self.reporter.progress(f"trying {size} changes at once", number, len(worth))
            remedy = self._attempt(item)
            if remedy is not None:
                found.append(remedy)
        return sorted(found, key=lambda r: (r.still_pending, r.extra_nano_usd_per_hour))

    def _worth_trying(self, size: int) -> Iterator[tuple[tuple[int, int, int], int, Draft]]:
        """Yield the sets the screen allows, with their rank: relevance, money, order."""
        for number, moves in enumerate(itertools.combinations(self.moves, size)):
            if not _belong_together(moves):
                continue
            self.combinations += 1
            found = draft(self.screen, moves, self._template)
            if found is None:
                continue
            mask = self.screen.mask(moves)
            best = self.screen.cheapest(mask)
            yield (
                (self._irrelevance(moves), int(self.screen.prices[best]), len(moves)),
                number,
                found,
            )

    def _irrelevance(self, moves: Sequence[Adjustment]) -> int:
        item = next(u for u in self.case.plan.unschedulable if u.pod == self.case.key)
        wanted = [k for r in item.reasons for k in _RELEVANT.get(r.constraint, ())]
        return int(bool(wanted) and not any(move.kind in wanted for move in moves))

    def _attempt(self, item: Draft) -> Remedy | None:
        """Plan the changed snapshot; return the remedy if the pod runs and the plan is legal."""
        plan, snapshot = self._planned(item)
        if item.raised and self.case.key in _placed(plan):
            limited = with_limits(item, self.pools, self.base, plan)
            if limited is None:
                return None
            item = limited
            plan, snapshot = self._planned(item)
        placed = _placed(plan)
        if self.case.key not in placed or judge(snapshot, plan, item.pools):
            return None
        return self._remedy(item, plan, placed)

    def _planned(self, item: Draft) -> tuple[Plan, Snapshot]:
        """Plan with the changes; of the catalog only what could carry the pods, if they are all."""
        self.plans += 1
        snapshot = changed(self.base, self.case.siblings, item.template, item.pools)
        looked_at = only(snapshot, item.offerings) if self._is_alone else snapshot
        return engine.plan(looked_at, work_limit=_WORK_LIMIT, cache=self._cache), snapshot

    def _remedy(self, item: Draft, plan: Plan, placed: dict[str, PlannedNode]) -> Remedy:
        pods = self.case.snapshot.cluster.pods
        mine = [pods[position] for position in self.case.siblings]
        left = frozenset(u.pod for u in plan.unschedulable)
        emptied = sum(
            self._prices[name].price.nano_usd_per_hour
            for node in plan.nodes
            if (name := planned_name(node.name)) in self._prices and not node.pods
            if name is not None
        )
        return Remedy(
            item.changes,
            len(mine),
            plan.cost_nano_usd_per_hour - emptied,
            self._place(placed[self.case.key]),
            sum(bool(pod.node_name) for pod in mine),
            len(self._workload & left),
            len(self._unscheduled - self._workload - left),
        )

    def _place(self, node: PlannedNode) -> NodePlace:
        name = planned_name(node.name)
        known = node if name is None else self._prices[name]
        return place(known, planned=name is not None)


def _placed(plan: Plan) -> dict[str, PlannedNode]:
    return {pod: node for node in plan.nodes for pod in node.pods}


def _belong_together(moves: Sequence[Adjustment]) -> bool:
    """Tell whether moves can add up: a pod needs one node, and that is of one NodePool."""
    return len({move.nodepool for move in moves if move.kind in _OF_POOLS}) <= 1


def place(node: PlannedNode, *, planned: bool = False) -> NodePlace:
    """Return a node of a plan as a place."""
    return NodePlace(
        node.name,
        node.instance_type,
        node.zone,
        node.capacity_type,
        node.nodepool,
        node.price.nano_usd_per_hour,
        node.existing,
        planned,
        node.price.is_estimate,
        node.reservation,
    )
