"""The search for the smallest set of changes that lets a pod run: one, two or three changes.

The number of trial plans is limited. The prescreen drops sets that cannot help. The others
are tried by planning the changed snapshot, the cheapest first; only plans that the judge accepts
count.
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
    with_planned_nodes,
)
from kubestow.explanation.prescreen import Prescreen
from kubestow.model import explanation as kinds
from kubestow.model.explanation import NodePlace, Remedy, Trials
from kubestow.model.option import PlanWithInput
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.verify import judge

_SIZE_MAX = 3
_PLANS_MAX = 24  # for each size
_REMEDIES_MAX = 5
_WORK_LIMIT = 200
_OF_POOLS = (kinds.ALLOW_IN_POOL, kinds.RAISE_LIMIT)
_RELEVANT = {
    "PodTopologySpread": (kinds.RELAX_SPREAD,),
    "InterPodAffinity": (kinds.RELAX_AFFINITY, kinds.RELAX_ANTI_AFFINITY),
    "NodePoolLimits": (kinds.RAISE_LIMIT,),
}
"""Kinds of change that are tried first if this constraint is the reason."""


@dataclass(frozen=True, slots=True)
class PodInQuestion:
    """A pod, the pods of its workload, and the plan that leaves it out."""

    snapshot: Snapshot
    plan: Plan
    pod: int
    siblings: tuple[int, ...]

    @property
    def key(self) -> str:
        """The pod's namespace/name."""
        return self.snapshot.cluster.pods[self.pod].key


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The remedies, and what was tried to find them."""

    remedies: tuple[Remedy, ...]
    trials: Trials


@dataclass(frozen=True, slots=True)
class _RankedDraft:
    """A draft that may help, and what decides how soon it is tried."""

    is_beside_the_point: bool
    price: int
    draft: Draft

    @property
    def rank(self) -> tuple[int, int]:
        """Drafts that address the reason come first, then the cheapest."""
        return int(self.is_beside_the_point), self.price


class RemedySearch:
    """Searches for the smallest sets of changes that let a pod run."""

    def __init__(self, case: PodInQuestion, reporter: Reporter) -> None:
        self.case, self.reporter = case, reporter
        pods = case.snapshot.cluster.pods
        pending = sum(not pods[position].node_name for position in case.siblings)
        self.base = with_planned_nodes(case.snapshot, case.plan, case.siblings)
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

    def run(self) -> SearchResult:
        """Return the remedies of the smallest size that has any, cheapest first."""
        remedies: list[Remedy] = []
        size = 0
        for size in range(1, min(_SIZE_MAX, len(self.moves)) + 1):
            remedies = self._of_size(size)
            if remedies:
                break
        trials = Trials(
            self.plans,
            self.combinations,
            size,
            tuple(dict.fromkeys(move.kind for move in self.moves)),
            self.complete,
        )
        return SearchResult(tuple(remedies[:_REMEDIES_MAX]), trials)

    def _of_size(self, size: int) -> list[Remedy]:
        drafts = sorted(self._drafts(size), key=lambda item: item.rank)
        self.complete = len(drafts) <= _PLANS_MAX
        remedies: list[Remedy] = []
        for number, ranked in enumerate(drafts[:_PLANS_MAX]):
            self.reporter.progress(f"trying {size} changes at once", number, len(drafts))
            remedy = self._attempt(ranked.draft)
            if remedy is not None:
                remedies.append(remedy)
        return sorted(remedies, key=lambda r: (r.still_pending, r.extra_nano_usd_per_hour))

    def _drafts(self, size: int) -> Iterator[_RankedDraft]:
        """Yield the sets of moves that the prescreen allows."""
        for moves in itertools.combinations(self.moves, size):
            if not _belong_together(moves):
                continue
            self.combinations += 1
            worked_out = draft(self.screen, moves, self._template)
            if worked_out is not None:
                cheapest = self.screen.cheapest(self.screen.mask(moves))
                price = int(self.screen.prices[cheapest])
                yield _RankedDraft(self._is_beside_the_point(moves), price, worked_out)

    def _is_beside_the_point(self, moves: Sequence[Adjustment]) -> bool:
        """Return whether no move addresses the constraints that are the reason."""
        item = next(u for u in self.case.plan.unschedulable if u.pod == self.case.key)
        wanted = [k for r in item.reasons for k in _RELEVANT.get(r.constraint, ())]
        return bool(wanted) and not any(move.kind in wanted for move in moves)

    def _attempt(self, item: Draft) -> Remedy | None:
        """Plan the changed snapshot; return the remedy if the pod runs and the plan is legal."""
        planned = self._planned(item)
        if item.raised and self.case.key in _placed(planned.plan):
            limited = with_limits(item, self.pools, self.base, planned.plan)
            if limited is None:
                return None
            item = limited
            planned = self._planned(item)
        placed = _placed(planned.plan)
        if self.case.key not in placed:
            return None
        if judge(planned.snapshot, planned.plan, planned.pools):
            return None
        return self._remedy(item, planned.plan, placed)

    def _planned(self, item: Draft) -> PlanWithInput:
        """Plan the changed snapshot, with only the draft's offerings if no other pod needs more."""
        self.plans += 1
        snapshot = changed(self.base, self.case.siblings, item.template, item.pools)
        looked_at = only(snapshot, item.offerings) if self._is_alone else snapshot
        plan = engine.plan(looked_at, work_limit=_WORK_LIMIT, cache=self._cache)
        return PlanWithInput(snapshot, plan, item.pools)

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
        original = node if name is None else self._prices[name]
        return place(original, planned=name is not None)


def _placed(plan: Plan) -> dict[str, PlannedNode]:
    return {pod: node for node in plan.nodes for pod in node.pods}


def _belong_together(moves: Sequence[Adjustment]) -> bool:
    """Return whether moves can work together: they may concern only one NodePool."""
    return len({move.nodepool for move in moves if move.kind in _OF_POOLS}) <= 1


def place(node: PlannedNode, *, planned: bool = False) -> NodePlace:
    """Return the place that a node of a plan is."""
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
