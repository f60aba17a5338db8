"""Karpenter: batching, its scheduler, and its disruption, one command at a time.

Law: pods are gathered for a moment and packed as Karpenter packs (karpenter_packing). Every ten
seconds, where nothing else is under way: empty nodes, then a drifted one, then the longest run of
nodes that one cheaper node or none can replace, those that cost most for the pods on them first,
then single nodes in that order, the NodePools by turns. Its clocks of one and three minutes are
limits on candidates here, as many as its own code was seen to look at. Its feature gates are off.
Sources: kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/batcher.go,
pkg/utils/disruption/disruption.go, pkg/controllers/disruption (controller.go, types.go,
emptiness.go, drift.go, multinodeconsolidation.go, singlenodeconsolidation.go, consolidation.go).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kubestow.disruption.candidate import DisruptionCandidate, candidates, within
from kubestow.disruption.drift import drift
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import claims_of, expected
from kubestow.disruption.node_budgets import allowed, next_change
from kubestow.disruption.relocation import Relocation
from kubestow.model.arrays import Integers
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    UNDERUTILIZED,
    Action,
    Decision,
    Drain,
    Waiting,
)
from kubestow.model.digest import digest
from kubestow.model.instance_type import SPOT
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import KarpenterMemory, PodBatch
from kubestow.model.reporter import Reporter
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.policies.lifecycle import (
    forced,
    next_deadline,
    progress,
    replaced_first,
    soonest,
)
from kubestow.policies.provisioner import PLANNED, Needs, needs, nominations, planned, waiting_pods
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.wishes.launch_lists import with_launch_lists

Change = tuple[Sequence[DisruptionCandidate], Needs]
"""Nodes to take away, and what to launch for that."""

BATCH_IDLE_SECONDS, BATCH_MOST_SECONDS = 1, 10
BATCHED = "it is gathered with the pods that come after it"
MULTI_NODE_MOST = 100
"""Nodes that multi-node consolidation looks at (MultiNodeConsolidationMaxCandidates)."""
SINGLE_NODE_MOST = 40
"""Nodes it gets through in a round on a large cluster, as measured: 37 to 49 of 1,000."""
SPOT_TYPES_LEAST = 15
"""Cheaper types there must be for one spot node to replace another (feature SpotToSpot)."""
NODE_COST = 1.0
"""What draining a node disrupts beside its pods, of which one of no priority counts as much."""
PRIORITY_OF_ONE = 2**25
"""The priority that makes a pod count for one more."""
POD_COST_MOST = 10.0


@dataclass(frozen=True, slots=True)
class Karpenter:
    """Karpenter v1.14 with its default settings."""

    pools: tuple[NodePool, ...]
    name: str = "karpenter"
    period_seconds: int = 10
    multi_node_most: int = MULTI_NODE_MOST
    single_node_most: int = SINGLE_NODE_MOST
    spot_to_spot: bool = False
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
        pools = {pool.name: pool for pool in self.pools}
        drains = forced(snapshot, pools)
        going = progress(snapshot, memory, (drain.node for drain in drains))
        own = _batched(snapshot, memory.own_as(KarpenterMemory))
        memory = replace(memory, disruptions=going.disruptions, own=own)
        without = {drain.node for drain in drains} | going.chosen
        actions: list[Action] = [*drains, *going.actions]
        again = next_deadline(snapshot, pools)
        if own.batch is not None:
            gathered = _gathered(snapshot, memory, without)
            again = soonest(again, _batch_due_at(own.batch))
            return Decision(tuple(actions), (), gathered, again), memory
        wanted = self._needs(snapshot, memory, without)
        actions += wanted.launches
        memory = wanted.memory
        if drains or going.actions:  # what they leave is for the next round
            again = soonest(again, snapshot.at + self.period_seconds)
        if actions or going.disruptions:
            return Decision(tuple(actions), (), wanted.waiting, again), memory
        decision, memory = self._disrupt(snapshot, memory, pools, wanted.nominated)
        again = soonest(again, decision.look_again_at)
        actions += decision.actions
        return Decision(tuple(actions), decision.kept, wanted.waiting, again), memory

    def _needs(self, snapshot: Snapshot, memory: Memory, without: set[str]) -> Needs:
        packing = KarpenterPacking(self.pools)
        return needs(
            snapshot, memory, self.pools, without=without, strategy=packing, cache=self.cache
        )

    def _disrupt(
        self, snapshot: Snapshot, memory: Memory, pools: dict[str, NodePool], nominated: set[str]
    ) -> tuple[Decision, Memory]:
        """Try the methods in Karpenter's order; the first that finds something ends the round.

        ``nominated`` are nodes that pods are planned on: they stay (statenode.go, Nominated).
        """
        found = candidates(snapshot, pools, loses_bare=True).without(nominated)
        claims, at = claims_of(snapshot), snapshot.at
        left = {
            reason: {n: allowed(pool, claims, reason, at) for n, pool in pools.items()}
            for reason in (EMPTY, DRIFTED, UNDERUTILIZED)
        }
        able = [
            c
            for c in found.able
            if pools[c.claim.nodepool].disruption.consolidate_after is not None
        ]
        gone = within(empty(able), left[EMPTY])
        if gone:
            return Decision(tuple(Drain(c.name, EMPTY) for c in gone), found.kept), memory
        going = self._drifted(snapshot, memory, [*found.able, *found.young], pools, left[DRIFTED])
        if going is not None:
            return going
        may_go = sorted(left[UNDERUTILIZED].items())
        situation = digest((sorted((c.name, len(c.pods)) for c in able), may_go))
        own = memory.own_as(KarpenterMemory)
        nothing = Decision((), found.kept, look_again_at=next_change(self.pools, at))
        if own.idle_digest == situation:
            return nothing, memory
        pods = snapshot.cluster.pods
        ordered = sorted(
            (c for c in able if c.pods and pools[c.claim.nodepool].disruption.when_underutilized),
            key=lambda c: (-c.claim.nano_usd_per_hour / _disruption_cost(c, pods), c.name),
        )
        sale = _Sale(snapshot, self.pools, self.cache)
        some = within(ordered, left[UNDERUTILIZED])
        each = [c for c in ordered if left[UNDERUTILIZED][c.claim.nodepool] > 0]
        chosen = self._several(snapshot, memory, some, sale)
        chosen = chosen or self._single(snapshot, memory, each, sale)
        if chosen is None:
            return nothing, replace(memory, own=replace(own, idle_digest=situation))
        return _command(*chosen, UNDERUTILIZED, at)

    def _drifted(
        self,
        snapshot: Snapshot,
        memory: Memory,
        able: Sequence[DisruptionCandidate],
        pools: dict[str, NodePool],
        left: dict[str, int],
    ) -> tuple[Decision, Memory] | None:
        """Return the command for the first drifted node whose pods all find a place elsewhere."""
        found = [
            c for c in able if left[c.claim.nodepool] and drift(c.claim, pools[c.claim.nodepool])
        ]
        for candidate in sorted(found, key=lambda c: bool(c.pods)):  # empty ones first
            wanted = self._needs(snapshot, memory, {candidate.name})
            if wanted.places(candidate.keys(snapshot)):
                return _command([candidate], wanted, DRIFTED, snapshot.at)
        return None

    def _several(
        self,
        snapshot: Snapshot,
        memory: Memory,
        ordered: Sequence[DisruptionCandidate],
        sale: "_Sale",
    ) -> Change | None:
        """Return the longest run from the front that one cheaper node or none can replace."""
        least, most = 1, min(len(ordered), self.multi_node_most) - 1
        best: Change | None = None
        while least <= most:
            middle = (least + most) // 2
            some = ordered[: middle + 1]
            wanted = self._pays(snapshot, memory, some, sale)
            if wanted is not None:
                best, least = (some, wanted), middle + 1
            else:
                most = middle - 1
        return best

    def _single(
        self,
        snapshot: Snapshot,
        memory: Memory,
        ordered: Sequence[DisruptionCandidate],
        sale: "_Sale",
    ) -> Change | None:
        """Return the first node, the pools by turns, that a cheaper one or none can replace."""
        for candidate in _by_turns(ordered)[: self.single_node_most]:
            wanted = self._pays(snapshot, memory, [candidate], sale)
            if wanted is not None:
                return [candidate], wanted
        return None

    def _pays(
        self, snapshot: Snapshot, memory: Memory, some: Sequence[DisruptionCandidate], sale: "_Sale"
    ) -> Needs | None:
        """Return what to launch if some nodes can go for nothing, or for one cheaper node."""
        names = [candidate.name for candidate in some]
        relocation = sale.relocation
        price = sum(candidate.claim.nano_usd_per_hour for candidate in some)
        # From spot to spot is refused below; what would be, need not be planned.
        off_spot = not self.spot_to_spot and all(c.claim.capacity_type == SPOT for c in some)
        if not sale.may_hold(names, price, off_spot=off_spot):
            return None
        trial = relocation.vacate(names)
        worth_trying = bool(trial.left) and sale.has(trial.left, price, off_spot=off_spot)
        relocation.undo(trial, names)
        if not trial.left:
            return Needs((), (), memory)
        if not worth_trying:
            return None
        wanted = self._needs(snapshot, memory, set(names))
        if len(wanted.launches) > 1 or not all(wanted.places(c.keys(snapshot)) for c in some):
            return None
        if wanted.launches and not self._is_cheaper(snapshot, memory, some, wanted, price):
            return None
        return wanted

    def _is_cheaper(
        self,
        snapshot: Snapshot,
        memory: Memory,
        some: Sequence[DisruptionCandidate],
        wanted: Needs,
        price: int,
    ) -> bool:
        """Tell whether Karpenter would take a replacement (consolidation.go, filterByPrice)."""
        claim = wanted.launches[0].claim
        if len(some) > 1:  # a type that is there already must be cheaper than the nodes of it
            same = [c.claim.nano_usd_per_hour for c in some
                    if c.claim.instance_type == claim.instance_type]  # fmt: skip
            price = min([price, *same])
        if claim.nano_usd_per_hour >= price:
            return False
        if claim.capacity_type == SPOT and all(c.claim.capacity_type == SPOT for c in some):
            if not self.spot_to_spot:
                return False
            if len(some) == 1:
                names = {candidate.name for candidate in some}
                state = expected(snapshot, names)
                return self._spot_types(state, memory, price) >= SPOT_TYPES_LEAST
        return True

    def _spot_types(self, state: Snapshot, memory: Memory, price: int) -> int:
        """Return how many types on spot for less would carry the pods of the one new node.

        They are counted in the zone that has most of them.
        """
        cheaper = state.catalog.narrowed(
            lambda o: (
                o.capacity_type == SPOT
                and o.price is not None
                and o.price.nano_usd_per_hour < price
            )
        )
        state = replace(state, catalog=cheaper)
        packing = KarpenterPacking(self.pools)
        plan = planned(state, memory, self.pools, strategy=packing, cache=self.cache)
        plan = with_launch_lists(state, plan, self.pools, self.cache)
        lists = [node.launch for node in plan.nodes if node.launch is not None]
        counts = [count for found in lists[:1] for _, count in found.spot_types[-1]]
        return max(counts, default=0)


def _command(
    chosen: Sequence[DisruptionCandidate], wanted: Needs, reason: str, at: int
) -> tuple[Decision, Memory]:
    """Return the command for some nodes; the next round looks at everything anew."""
    names = tuple(candidate.name for candidate in chosen)
    own = replace(wanted.memory.own_as(KarpenterMemory), idle_digest="")
    memory = replace(wanted.memory, own=own)
    actions, memory = replaced_first(names, wanted.launches, memory, reason, at)
    return Decision(actions), memory


class _Sale:
    """The room there is, and what could be launched, by its price and what it has for pods."""

    def __init__(self, snapshot: Snapshot, pools: Sequence[NodePool], cache: PlanningCache) -> None:
        self.relocation = Relocation(expected(snapshot), cache.pod_kinds)
        everywhere = [
            dict(daemonset.template.requests)
            for daemonset in snapshot.cluster.daemonsets
            if not daemonset.template.node_selector and daemonset.template.node_affinity is None
        ]
        held = [sum(asked.get(name, 0) for asked in everywhere) for name in (CPU, MEMORY)]
        rows = []
        for pool in pools:
            offered = cache.offerings.of(pool, snapshot.catalog, snapshot.networking, {})
            for found in offered.candidates:
                has = dict(found.allocatable)
                room = (has.get(CPU, 0) - held[0], has.get(MEMORY, 0) - held[1])
                is_spot = found.capacity_type == SPOT
                rows.append((found.price.nano_usd_per_hour, *room, has.get(PODS, 0), is_spot))
        self._rows = np.array(rows, dtype=np.int64).reshape(len(rows), 5)

    def may_hold(self, nodes: Sequence[str], price: int, *, off_spot: bool) -> bool:
        """Tell at a first look whether others, and an offering below a price, may take some nodes'
        pods: those that have no room anywhere else, and what there is no room for all together."""
        cache, others = self.relocation.cache, self.relocation.open.copy()
        positions = [cache.position[name] for name in nodes]
        others[positions] = False
        kinds = Counter(
            cache.kind_of[pod] for node in positions for pod in self.relocation.movers[node]
        )
        asked = np.zeros(2, dtype=np.int64)
        alone, homeless = np.zeros(2, dtype=np.int64), 0
        for kind, count in kinds.items():
            requests = count * cache.requests[kind, :2]
            asked += requests
            if not (self.relocation.roomy(kind) & others).any():
                alone += requests
                homeless += count
        short = asked - np.maximum(cache.free[:2, others], 0).sum(axis=1)
        if not homeless and (short <= 0).all():
            return True
        return self._has(np.maximum(alone, short), homeless, price, off_spot=off_spot)

    def has(self, pods: Sequence[int], price: int, *, off_spot: bool) -> bool:
        """Tell whether some offering below a price may have room for some pods together."""
        kinds, requests = self.relocation.cache.kind_of, self.relocation.cache.requests
        asked = sum(requests[kinds[pod], :2] for pod in pods)
        return self._has(np.asarray(asked), len(pods), price, off_spot=off_spot)

    def _has(self, asked: Integers, pods: int, price: int, *, off_spot: bool) -> bool:
        rows = self._rows
        able = (rows[:, 0] < price) & (rows[:, 1] >= asked[0]) & (rows[:, 2] >= asked[1])
        if off_spot:
            able &= rows[:, 4] == 0
        return bool((able & (rows[:, 3] >= pods)).any())


def _batched(snapshot: Snapshot, own: KarpenterMemory) -> KarpenterMemory:
    """Return the memory with the pods that have come since; a batch that is due is closed."""
    at, waiting, batch = snapshot.at, len(waiting_pods(snapshot.cluster)), own.batch
    if waiting > own.waiting_pods:
        batch = PodBatch(batch.first_pod_at if batch else at, at)
    if not waiting or (batch is not None and _batch_due_at(batch) <= at):
        batch = None
    return replace(own, batch=batch, waiting_pods=waiting)


def _batch_due_at(batch: PodBatch) -> int:
    """Return when a batch is packed: soon after its last pod, and not long after its first."""
    return min(batch.last_pod_at + BATCH_IDLE_SECONDS, batch.first_pod_at + BATCH_MOST_SECONDS)


def _gathered(snapshot: Snapshot, memory: Memory, without: Collection[str]) -> tuple[Waiting, ...]:
    """Return what pods wait for that are not packed yet: the node planned before, or others."""
    planned_on = nominations(snapshot, memory, without)
    return tuple(
        Waiting(pod.key, PLANNED, planned_on[pod.key])
        if pod.key in planned_on
        else Waiting(pod.key, BATCHED)
        for pod in waiting_pods(snapshot.cluster)
    )


def _disruption_cost(candidate: DisruptionCandidate, pods: Sequence[Pod]) -> float:
    """Return what a node's end disrupts: its pods, more for those of a higher priority."""
    cost = NODE_COST
    for number in candidate.pods:
        each = 1 + pods[number].template.priority / PRIORITY_OF_ONE
        cost += min(max(each, 0.0), POD_COST_MOST)
    return cost


def _by_turns(ordered: Sequence[DisruptionCandidate]) -> list[DisruptionCandidate]:
    """Return the candidates so that each NodePool has its turn, in the order of their best."""
    turns: dict[str, int] = {}
    ranks = []
    for place, candidate in enumerate(ordered):
        pool = candidate.claim.nodepool
        turns[pool] = turns.get(pool, -1) + 1
        ranks.append((turns[pool], list(turns).index(pool), place))
    return [ordered[place] for _, _, place in sorted(ranks)]
