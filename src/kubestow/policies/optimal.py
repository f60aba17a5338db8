"""Optimal: kubestow's own policy: the cheapest fleet for pending pods, consolidation that pays.

Pending pods come first. Nodes are disrupted voluntarily only while no pod is pending and nothing is
under way, within the NodePools' budgets, and when the saving pays for every eviction. Replacements
are ready before the first pod is evicted. What could not be begun (policies.hindrances) is asked
for again, and nothing else waits for it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from kubestow.disruption.candidate import (
    Candidates,
    DisruptionCandidate,
    candidates,
    within,
)
from kubestow.disruption.consolidation import Consolidation, Prices, consolidate
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import claims_of, expected, is_going
from kubestow.disruption.interruption import is_at_risk
from kubestow.disruption.node_budgets import allowed_by_pool, next_change
from kubestow.disruption.protection import KUBESTOW, without_staying
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    REBALANCED,
    UNDERUTILIZED,
    Action,
    Avoid,
    Decision,
    DeletionOrder,
    Drain,
    Launch,
)
from kubestow.model.digest import digest
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.policy_memory import OptimalMemory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.drifting import Drifting
from kubestow.policies.foreseen import foresee, foreseen_moves
from kubestow.policies.hindrances import Hindrances
from kubestow.policies.landing import land
from kubestow.policies.lifecycle import (
    UNREADY,
    forced,
    next_deadline,
    progress,
    replaced_first,
    soonest,
)
from kubestow.policies.provisioner import JUMP, PLANNED, Needs, available, claim_of, needs
from kubestow.policies.steadiness import TOLERANCE, Steadiness, growth
from kubestow.policies.waves import BudgetWaves, is_consolidated
from kubestow.provisioning.preparation.planning_cache import PlanningCache

_SETTLES_AFTER = 20  # seconds without a change before nodes are consolidated
_LOOKS_AGAIN = 30  # seconds, while nodes are coming or held
_NO_WAVES = 21_600  # seconds, after some in which something was launched in vain
_WAVES_TAKE = 900  # seconds: budgets that change by then might keep those that wait
_EVERY = 900  # seconds from one consolidation to the next, where the load changes
_EVERY_RISING = 1_800  # where it rises: what comes next fills the room
_FILLS_FOR = 900  # seconds, from when its first pods were seen
_HEADROOM = Fraction(1, 4)  # of what waiting pods request, while the load grows


@dataclass(frozen=True, slots=True)
class Optimal:
    """kubestow's policy. ``work_limit`` limits each search, in fillings of a node;
    ``work_limit_of_fleets`` the search where at least 500 pods wait, half of all or more: it is
    shorter for less than a few thousand.
    """

    pools: tuple[NodePool, ...]
    name: str = "optimal"
    period_seconds: int = 5
    prices: Prices = field(default_factory=Prices)
    work_limit: int = 300
    work_limit_of_fleets: int = 30_000
    seed: int = 0
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
        observed, snapshot = snapshot, without_staying(snapshot, KUBESTOW)
        pools = {pool.name: pool for pool in self.pools}
        drains = forced(snapshot, pools, gives_up=UNREADY)
        forced_out = {drain.node for drain in drains}
        own = memory.own_as(OptimalMemory)
        hindrances = Hindrances.of(memory, snapshot.at)
        waves = BudgetWaves(snapshot, pools, forced_out, own.foreseen, hindrances)
        going = progress(snapshot, memory, forced_out, waves.next)
        if going.in_vain:
            own = replace(own, waves_again_at=snapshot.at + _NO_WAVES)
            memory = replace(memory, own=own)
        leaving = forced_out | going.leaving
        foreseen = foresee(memory, snapshot, leaving)
        memory = foreseen.memory
        wanted = needs(
            snapshot, memory, self.pools,
            without=leaving, work_limit=self.work_limit, seed=self.seed, lands=True,
            work_limit_of_fleets=self.work_limit_of_fleets, cache=self.cache,
            headroom=lambda: _headroom(snapshot, memory), foreseen=foreseen.on,
        )  # fmt: skip
        planned = {item.pod: item.subject for item in wanted.waiting if item.reason == PLANNED}
        promising = hindrances.promising(planned, drains, snapshot.cluster.pods)
        ending = hindrances.under_way((*drains, *going.actions), planned, promising)
        drained = any(isinstance(action, Drain) for action in ending)
        landing = land(
            observed, planned, leaving, self.cache.pod_kinds,
            more_come=drained or bool(going.disruptions),
        )  # fmt: skip
        actions: tuple[Action, ...] = (
            *drains, *going.actions, *wanted.launches, *landing.actions,
        )  # fmt: skip
        memory = replace(wanted.memory, disruptions=going.disruptions)
        before = memory.own_as(OptimalMemory)
        own = _after_planning(before, snapshot, wanted, is_moved=bool(leaving))
        if own is not before:
            memory = replace(memory, own=own)
        again = soonest(next_deadline(snapshot, pools, gives_up=UNREADY), landing.look_again_at)
        if wanted.waiting:
            again = soonest(again, *(until for _, until in memory.cooling))
        is_coming = any(c.is_coming or c.phase is Phase.HELD for c in snapshot.nodeclaims)
        if foreseen.waits_for_room:
            again = soonest(again, snapshot.at + self.period_seconds)
        if is_coming:  # what was observed may be late: no node is held for want of an event
            again = soonest(again, snapshot.at + _LOOKS_AGAIN)
        under_way = hindrances.under_way(actions, planned, promising)
        if promising or is_coming or under_way or going.disruptions:
            return Decision(actions, (), wanted.waiting, again), memory
        chosen = leaving.union(planned.values())
        decision, memory = self._disrupt(snapshot, memory, hindrances, chosen, reporter)
        again = soonest(again, decision.look_again_at)
        actions = (*actions, *decision.actions)
        decision = replace(decision, actions=actions, waiting=wanted.waiting, look_again_at=again)
        return decision, memory

    def _disrupt(
        self,
        snapshot: Snapshot,
        memory: Memory,
        hindrances: Hindrances,
        chosen: Collection[str],
        reporter: Reporter,
    ) -> tuple[Decision, Memory]:
        """Drain empty nodes; else replace one that is at risk or drifted; else consolidate.

        ``chosen`` are nodes that are to go and could not be drained, or that take their pods.
        """
        pools = {pool.name: pool for pool in self.pools}
        nodes = hindrances.free(candidates(snapshot, pools), EMPTY, chosen)
        empty_nodes = self._within_budgets(snapshot, empty(nodes.able), EMPTY)
        if empty_nodes:
            drains = tuple(Drain(candidate.name, EMPTY) for candidate in empty_nodes)
            return Decision(drains, nodes.kept), memory
        of_any_age = (*nodes.able, *nodes.young)
        at_risk = [c for c in of_any_age if is_at_risk(c.claim)]
        own = memory.own_as(OptimalMemory)
        drifting = Drifting.of(of_any_age, snapshot.nodeclaims, pools, own.replaced, snapshot.at)
        if drifting.replaced != own.replaced:
            memory = replace(memory, own=replace(own, replaced=drifting.replaced))
        for reason, outdated in ((REBALANCED, at_risk), (DRIFTED, drifting.due)):
            if hindrances.rests(reason):
                continue
            outdated = [c for c in outdated if not hindrances.stays(c.name, reason)]
            placed = hindrances.placed(snapshot) if outdated else snapshot
            for candidate in self._within_budgets(snapshot, outdated, reason):
                replacement = self._replace(snapshot, memory, placed, candidate, reason)
                if replacement is not None:
                    decision, memory = replacement
                    if reason == DRIFTED:
                        own = memory.own_as(OptimalMemory)
                        own = replace(own, replaced=drifting.begun(candidate))
                        memory = replace(memory, own=own)
                    return decision, memory
        nodes = hindrances.free(nodes, UNDERUTILIZED)
        decision, memory = self._consolidate(snapshot, memory, nodes, reporter)
        again = soonest(decision.look_again_at, nodes.protected_until, nodes.old_enough_at(pools))
        kept = (*drifting.left_alone, *decision.kept)
        return replace(decision, kept=kept, look_again_at=soonest(again, drifting.until)), memory

    def _consolidate(
        self, snapshot: Snapshot, memory: Memory, nodes: Candidates, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Consolidate if the situation has been the same for a while, and the last time is past.

        A fleet that was planned as a whole is left alone until the load or the prices change.
        """
        at, own = snapshot.at, memory.own_as(OptimalMemory)
        left = allowed_by_pool(
            (pool for pool in self.pools if is_consolidated(pool)),
            claims_of(snapshot), UNDERUTILIZED, at,
        )  # fmt: skip
        if not any(left.values()) and any(c.phase is Phase.DRAINING for c in snapshot.nodeclaims):
            return Decision((), nodes.kept, (), next_change(self.pools, at)), memory
        steady = Steadiness.of(snapshot.cluster.pods, own.load, at, own.jumped_at)
        own = replace(own, load=steady.history)
        closes_at = next_change(self.pools, at, UNDERUTILIZED) or at + _WAVES_TAKE
        in_waves = at >= own.waves_again_at and closes_at - at >= _WAVES_TAKE
        situation = _situation(snapshot, nodes, left, steady, in_waves=in_waves)
        again_at = own.waves_again_at if at < own.waves_again_at else None
        changes_at = soonest(next_change(self.pools, at), steady.next_at, again_at)
        asked = _avoided(snapshot, () if memory.put_off else own.avoided)
        if own.idle_digest == situation:
            return Decision(asked, nodes.kept, (), changes_at), replace(memory, own=own)
        if own.situation_digest != situation:
            own = replace(own, situation_digest=situation, situation_at=at)
        due_at = _due_at(own, steady, _cost(snapshot))
        if at < due_at:
            again = soonest(due_at, steady.next_at)
            return Decision(asked, nodes.kept, (), again), replace(memory, own=own)
        if _is_as_planned(own, snapshot):
            own = replace(own, idle_digest=situation, avoided=())
            asked = _avoided(snapshot, own.avoided)
            return Decision(asked, nodes.kept, (), changes_at), replace(memory, own=own)
        placed = available(Hindrances.of(memory, at).placed(snapshot), memory)
        result = consolidate(
            expected(placed), nodes, self.pools, self.prices.over(steady.times),
            allowed=left, replaces=not steady.is_falling,
            work_limit=self.work_limit, seed=self.seed, reporter=reporter,
            cache=self.cache, in_waves=in_waves,
        )  # fmt: skip
        order = own.deletion_order if steady.is_steady else result.next  # nothing is deleted then
        avoided = (*result.drop, *result.leaving) if result.leaving else ()
        asked = _avoided(snapshot, avoided)
        if order != own.deletion_order:
            asked = (*asked, DeletionOrder(order))
        own = replace(
            own, load=steady.after_consolidation(), consolidated_at=at, deletion_order=order,
            avoided=avoided, cost_then=_cost(snapshot),
        )  # fmt: skip
        if not result.drop:
            memory = replace(memory, own=replace(own, idle_digest=situation))
            if steady.is_falling:  # what is not replaced while it falls may be after that
                changes_at = soonest(changes_at, at + _EVERY)
            return Decision(asked, result.kept, (), changes_at, result.bound), memory
        if result.has_more:  # soon
            own = replace(own, consolidated_at=None, situation_digest="")
        decision, memory = self._carry_out(snapshot, replace(memory, own=own), result)
        return replace(decision, actions=(*asked, *decision.actions)), memory

    def _carry_out(
        self, snapshot: Snapshot, memory: Memory, result: Consolidation
    ) -> tuple[Decision, Memory]:
        """Return the actions of a consolidation, its launches as claims."""
        launches = [
            Launch(claim_of(node, snapshot.cluster, number, snapshot.at, holds=True), UNDERUTILIZED)
            for number, node in enumerate(result.launch, start=memory.counter + 1)
        ]
        named = {n.name: a.claim.name for n, a in zip(result.launch, launches, strict=True)}
        moves = {pod: named.get(node, node) for pod, node in result.moves}
        own = memory.own_as(OptimalMemory)
        own = replace(own, foreseen=foreseen_moves(moves, snapshot.cluster, result.drop))
        memory = replace(memory, counter=memory.counter + len(launches), own=own)
        actions, memory = replaced_first(
            result.drop, launches, memory, UNDERUTILIZED, snapshot.at, in_waves=True
        )
        return Decision(actions, result.kept, (), None, result.bound), memory

    def _replace(
        self,
        snapshot: Snapshot,
        memory: Memory,
        placed: Snapshot,
        candidate: DisruptionCandidate,
        reason: str,
    ) -> tuple[Decision, Memory] | None:
        """Return the replacement of a node; None if a pod of it would find no place."""
        names = (candidate.name,)
        wanted = needs(
            placed, memory, self.pools,
            without=names, work_limit=self.work_limit, seed=self.seed, cache=self.cache, lands=True,
        )  # fmt: skip
        if not wanted.places(candidate.keys(snapshot)):
            return None
        own = replace(memory.own_as(OptimalMemory), idle_digest="")
        planned = dict(memory.planned) | dict(wanted.memory.planned)
        memory = replace(wanted.memory, planned=tuple(planned.items()), own=own)
        actions, memory = replaced_first(names, wanted.launches, memory, reason, snapshot.at)
        return Decision(actions), memory

    def _within_budgets(
        self, snapshot: Snapshot, nodes: Iterable[DisruptionCandidate], reason: str
    ) -> list[DisruptionCandidate]:
        """Return as many nodes, in order, as their NodePools' budgets let go for a reason."""
        pools = (
            pool
            for pool in self.pools
            if pool.disruption.consolidate_after is not None or reason in (DRIFTED, REBALANCED)
        )
        return within(nodes, allowed_by_pool(pools, claims_of(snapshot), reason, snapshot.at))


def _cost(snapshot: Snapshot) -> int:
    """Return what the nodes cost, in nano-USD an hour."""
    return sum(claim.nano_usd_per_hour for claim in claims_of(snapshot))


def _due_at(own: OptimalMemory, steady: Steadiness, cost: int) -> int:
    """Return when to consolidate if the situation stays as it is.

    What made the fleet cheaper goes on at once, while the load is the same.
    """
    unchanged_at = own.situation_at + _SETTLES_AFTER
    if steady.is_due or own.consolidated_at is None:
        return unchanged_at
    if steady.history.changed_at <= own.consolidated_at and cost < own.cost_then:
        return unchanged_at
    every = _EVERY_RISING if steady.has_risen else _EVERY
    return max(unchanged_at, own.consolidated_at + every)


def _prices(snapshot: Snapshot) -> str:
    """Return a digest of the prices in effect."""
    prices = snapshot.catalog.prices().items()  # thousands: one text is digested soonest
    return digest("\n".join(sorted(f"{'/'.join(place)}={price}" for place, price in prices)))


def _after_planning(
    own: OptimalMemory, snapshot: Snapshot, wanted: Needs, *, is_moved: bool
) -> OptimalMemory:
    """Return the memory of jumps of the load and of the last whole fleet.

    What ``is_moved`` from nodes that leave is no fleet that was planned as a whole.
    """
    at, pods = snapshot.at, snapshot.cluster.pods
    if wanted.is_jump and _has_risen(snapshot, own):
        own = replace(own, jumped_at=at)
    is_moved = is_moved or any(is_going(claim) for claim in snapshot.nodeclaims)
    grows = own.load is None or growth(pods, own.load) >= JUMP
    if wanted.is_fleet and grows and not is_moved:
        load = Steadiness.of(pods, own.load, at).history
        return replace(own, load=load, fleet_at=at, fleet_prices=_prices(snapshot))
    if wanted.launches:  # the fleet is no longer the one that was planned as a whole
        return replace(own, fleet_at=None)
    return own


def _headroom(snapshot: Snapshot, memory: Memory) -> Fraction | None:
    """Return the headroom of what is launched: while the load grows, more pods come soon.

    Pods that were evicted wait, too, but the load is no more than before.
    """
    load = memory.own_as(OptimalMemory).load
    grows = load is not None and growth(snapshot.cluster.pods, load) > 1 / TOLERANCE
    return _HEADROOM if grows else None


def _has_risen(snapshot: Snapshot, own: OptimalMemory) -> bool:
    """Return whether the load is a tenth more than it was: evicted pods come again, too.

    What comes to a cluster that was just filled is the rest of it.
    """
    if own.load is None or snapshot.at - own.load.began_at < _FILLS_FOR:
        return False
    return growth(snapshot.cluster.pods, own.load) >= JUMP


def _is_as_planned(own: OptimalMemory, snapshot: Snapshot) -> bool:
    """Return whether load and prices are those that the whole fleet was planned for."""
    if own.fleet_at is None or own.load is None or own.load.changed_at > own.fleet_at:
        return False
    return own.fleet_prices == _prices(snapshot)


def _avoided(snapshot: Snapshot, leaving: Collection[str]) -> tuple[Action, ...]:
    """Return what has kube-scheduler avoid the nodes that are to go next; nothing if it does."""
    own = {claim.name for claim in snapshot.nodeclaims if claim.nodepool}
    nodes = {node.name: node.is_avoided for node in snapshot.cluster.nodes if node.name in own}
    wanted = tuple(name for name in leaving if name in nodes)
    now = {name for name, is_avoided in nodes.items() if is_avoided}
    return (Avoid(wanted),) if now != set(wanted) else ()


def _situation(
    snapshot: Snapshot,
    nodes: Candidates,
    left: Mapping[str, int],
    steady: Steadiness,
    *,
    in_waves: bool,
) -> str:
    """Return a digest of everything that consolidation looks at."""
    pods = Counter(pod.node_name for pod in snapshot.cluster.pods)
    able = sorted((c.name, pods[c.name], c.claim.nano_usd_per_hour) for c in nodes.able)
    budgets = sorted(left.items())
    load = steady.load_millicpu, steady.times, steady.is_falling
    return digest((able, len(nodes.kept), budgets, in_waves, *load))
