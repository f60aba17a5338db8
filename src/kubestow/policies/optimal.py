"""Optimal: kubestow's own policy: the cheapest fleet for what waits, and consolidation that pays.

Law: pods that wait come first. What is disrupted of free will is disrupted only when no pod waits
and nothing is under way, as far as the pools' budgets let it, and when the saving pays for every
eviction. Replacements are ready before the first pod is evicted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kubestow.disruption.candidate import (
    Candidates,
    DisruptionCandidate,
    candidates,
    within,
)
from kubestow.disruption.consolidation import NODE_BUDGET, Consolidation, Prices, consolidate
from kubestow.disruption.drift import drift
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import claims_of, expected
from kubestow.disruption.interruption import is_at_risk
from kubestow.disruption.node_budgets import allowed, next_change
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    REBALANCED,
    UNDERUTILIZED,
    Action,
    Decision,
    Drain,
    Launch,
)
from kubestow.model.digest import digest
from kubestow.model.memory import Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.policy_memory import OptimalMemory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.lifecycle import (
    UNREADY,
    forced,
    next_deadline,
    progress,
    replaced_first,
    soonest,
)
from kubestow.policies.provisioner import PLANNED, claim_of, needs
from kubestow.policies.steadiness import Steadiness
from kubestow.provisioning.preparation.planning_cache import PlanningCache

_SETTLES_AFTER = 20  # seconds without a change before nodes are consolidated
_EVERY = 900  # seconds from one consolidation to the next, where the load changes


@dataclass(frozen=True, slots=True)
class Optimal:
    """kubestow's policy. ``work_limit`` bounds each search, in fillings of a node."""

    pools: tuple[NodePool, ...]
    name: str = "optimal"
    period_seconds: int = 5
    prices: Prices = field(default_factory=Prices)
    work_limit: int = 300
    seed: int = 0
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
        pools = {pool.name: pool for pool in self.pools}
        drains = forced(snapshot, pools, gives_up=UNREADY)
        going = progress(snapshot, memory, (drain.node for drain in drains))
        without = {drain.node for drain in drains} | going.chosen
        actions: list[Action] = [*drains, *going.actions]
        wanted = needs(
            snapshot, memory, self.pools,
            without=without, work_limit=self.work_limit, seed=self.seed, rehearses=True,
            cache=self.cache,
        )  # fmt: skip
        actions += wanted.launches
        memory = replace(wanted.memory, disruptions=going.disruptions)
        again = next_deadline(snapshot, pools, gives_up=UNREADY)
        cooled = min((until for _, until in memory.cooling), default=None)
        if wanted.waiting:
            again = soonest(again, cooled)
        busy = any(item.reason == PLANNED for item in wanted.waiting)
        if busy or actions or going.disruptions or any(c.is_coming for c in snapshot.nodeclaims):
            return Decision(tuple(actions), (), wanted.waiting, again), memory
        found, memory = self._disrupt(snapshot, memory, pools, reporter)
        again = soonest(again, found.look_again_at)
        return replace(found, waiting=wanted.waiting, look_again_at=again), memory

    def _disrupt(
        self,
        snapshot: Snapshot,
        memory: Memory,
        pools: dict[str, NodePool],
        reporter: Reporter,
    ) -> tuple[Decision, Memory]:
        """Take away what is empty, replace what is at risk or drifted, else consolidate."""
        found = candidates(snapshot, pools)
        actions: list[Action] = [
            Drain(candidate.name, EMPTY)
            for candidate in self._within(snapshot, pools, empty(found.able), EMPTY)
        ]
        if actions:
            return Decision(tuple(actions), found.kept), memory
        able = (*found.able, *found.young)
        at_risk = [c for c in able if is_at_risk(c.claim)]
        drifted = [c for c in able if drift(c.claim, pools[c.claim.nodepool])]
        for reason, some in ((REBALANCED, at_risk), (DRIFTED, drifted)):
            for candidate in self._within(snapshot, pools, some, reason):
                going = self._replace(snapshot, memory, candidate, reason)
                if going is not None:
                    return going
        return self._consolidate(snapshot, memory, pools, found, reporter)

    def _consolidate(
        self,
        snapshot: Snapshot,
        memory: Memory,
        pools: dict[str, NodePool],
        found: Candidates,
        reporter: Reporter,
    ) -> tuple[Decision, Memory]:
        claims = claims_of(snapshot)
        room = {
            pool.name: allowed(pool, claims, UNDERUTILIZED, snapshot.at)
            for pool in self.pools
            if pool.disruption.when_underutilized and pool.disruption.consolidate_after is not None
        }
        own = memory.own_as(OptimalMemory)
        steady = Steadiness.of(snapshot.cluster.pods, own.load, snapshot.at)
        own = replace(own, load=steady.history)
        situation = _situation(snapshot, found, room, steady)
        change = soonest(next_change(self.pools, snapshot.at), steady.next_at)
        if own.idle_digest == situation:
            return Decision((), found.kept, (), change), replace(memory, own=own)
        if own.situation_digest != situation:
            own = replace(own, situation_digest=situation, situation_at=snapshot.at)
        due_at = _due_at(own, steady)
        if snapshot.at < due_at:
            look_again_at = soonest(due_at, steady.next_at)
            return Decision((), found.kept, (), look_again_at), replace(memory, own=own)
        result = consolidate(
            expected(snapshot), found, self.pools, self.prices.over(steady.times),
            allowed=room, work_limit=self.work_limit, seed=self.seed, reporter=reporter,
            cache=self.cache,
        )  # fmt: skip
        own = replace(own, load=steady.after_consolidation(), consolidated_at=snapshot.at)
        if not result.drop:
            memory = replace(memory, own=replace(own, idle_digest=situation))
            return Decision((), result.kept, (), change, result.bound), memory
        if any(kept.reason == NODE_BUDGET for kept in result.kept):  # there is more to gain: soon
            own = replace(own, consolidated_at=snapshot.at - _EVERY + _SETTLES_AFTER)
        return self._carry_out(snapshot, replace(memory, own=own), result)

    def _carry_out(
        self, snapshot: Snapshot, memory: Memory, result: Consolidation
    ) -> tuple[Decision, Memory]:
        launches = []
        for number, node in enumerate(result.launch, start=memory.counter + 1):
            claim = claim_of(node, snapshot.cluster, number, snapshot.at)
            launches.append(Launch(claim, UNDERUTILIZED))
        memory = replace(memory, counter=memory.counter + len(launches))
        actions, memory = replaced_first(result.drop, launches, memory, UNDERUTILIZED, snapshot.at)
        return Decision(actions, result.kept, (), None, result.bound), memory

    def _replace(
        self, snapshot: Snapshot, memory: Memory, candidate: DisruptionCandidate, reason: str
    ) -> tuple[Decision, Memory] | None:
        """Return what replaces a node; None where a pod of it would find no place."""
        names = (candidate.name,)
        wanted = needs(
            snapshot, memory, self.pools,
            without=names, work_limit=self.work_limit, seed=self.seed, cache=self.cache,
        )  # fmt: skip
        if not wanted.places(candidate.keys(snapshot)):
            return None
        own = replace(memory.own_as(OptimalMemory), idle_digest="")
        memory = replace(wanted.memory, own=own)
        actions, memory = replaced_first(names, wanted.launches, memory, reason, snapshot.at)
        return Decision(actions), memory

    def _within(
        self,
        snapshot: Snapshot,
        pools: dict[str, NodePool],
        some: Iterable[DisruptionCandidate],
        reason: str,
    ) -> list[DisruptionCandidate]:
        """Return as many of some candidates as their pools' budgets let go."""
        claims = claims_of(snapshot)
        left = {
            name: allowed(pool, claims, reason, snapshot.at)
            for name, pool in pools.items()
            if pool.disruption.consolidate_after is not None or reason in (DRIFTED, REBALANCED)
        }
        return within(some, left)


def _due_at(own: OptimalMemory, steady: Steadiness) -> int:
    """Return when nodes are to be consolidated, if the situation stays as it is."""
    unchanged_at = own.situation_at + _SETTLES_AFTER
    if steady.is_due or own.consolidated_at is None:
        return unchanged_at
    return max(unchanged_at, own.consolidated_at + _EVERY)


def _situation(
    snapshot: Snapshot, found: Candidates, room: Mapping[str, int], steady: Steadiness
) -> str:
    """Return a digest that changes when anything does that consolidation looks at."""
    pods = Counter(pod.node_name for pod in snapshot.cluster.pods)
    free = sorted((c.name, pods[c.name], c.claim.nano_usd_per_hour) for c in found.able)
    return digest((free, len(found.kept), sorted(room.items()), steady.load_millicpu, steady.times))
