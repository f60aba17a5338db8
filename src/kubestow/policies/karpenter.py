"""Karpenter: batching, its scheduler, and its disruption, one command at a time.

Pods are gathered for a moment (pod_batching) and packed as Karpenter packs (karpenter_packing).
Every ten seconds, if nothing else is under way, it disrupts nodes: empty ones, then a drifted one,
then the longest run of nodes that one cheaper node or none can replace, then a single node. Nodes
that cost most for the pods on them come first. Where Karpenter stops after one or three minutes,
this model stops after as many candidates as Karpenter was seen to look at. Feature gates are off.
Sources: kubernetes-sigs/karpenter v1.14 pkg/controllers/disruption (controller.go, types.go,
emptiness.go), and those of pod_batching, karpenter_packing and karpenter_disruption.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from kubestow.disruption.candidate import DisruptionCandidate, candidates, within
from kubestow.disruption.drift import drift
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import claims_of
from kubestow.disruption.node_budgets import allowed_by_pool, next_change
from kubestow.disruption.protection import KARPENTER, without_staying
from kubestow.model.decision import DRIFTED, EMPTY, UNDERUTILIZED, Action, Decision, Drain
from kubestow.model.digest import digest
from kubestow.model.memory import Memory
from kubestow.model.nodepool import Disruption, NodePool
from kubestow.model.policy_memory import KarpenterMemory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.policies.karpenter_disruption import (
    KarpenterDisruption,
    NodeReplacement,
    by_disruption_cost,
)
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.policies.lifecycle import (
    forced,
    next_deadline,
    progress,
    replaced_first,
    soonest,
)
from kubestow.policies.pod_batching import batch_reasons, batched, due_at
from kubestow.policies.provisioner import needs
from kubestow.provisioning.preparation.planning_cache import PlanningCache

MULTI_NODE_MAX = 100
"""Nodes that multi-node consolidation looks at (MultiNodeConsolidationMaxCandidates)."""
SINGLE_NODE_MAX = 40
"""Nodes it gets through in a round on a large cluster, as measured: 37 to 49 of 1,000."""


@dataclass(frozen=True, slots=True)
class Karpenter:
    """Karpenter v1.14 with its default settings."""

    pools: tuple[NodePool, ...]
    name: str = "karpenter"
    period_seconds: int = 10
    multi_node_most: int = MULTI_NODE_MAX
    single_node_most: int = SINGLE_NODE_MAX
    spot_to_spot: bool = False
    cache: PlanningCache = field(default_factory=PlanningCache, compare=False, repr=False)

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
        snapshot = without_staying(snapshot, KARPENTER)
        pools = {pool.name: pool for pool in self.pools}
        drains = forced(snapshot, pools)
        going = progress(snapshot, memory, (drain.node for drain in drains))
        own = batched(snapshot, memory.own_as(KarpenterMemory))
        memory = replace(memory, disruptions=going.disruptions, own=own)
        leaving = {drain.node for drain in drains} | going.chosen
        actions: list[Action] = [*drains, *going.actions]
        again = next_deadline(snapshot, pools)
        if own.batch is not None:
            waiting = batch_reasons(snapshot, memory, leaving)
            return Decision(tuple(actions), (), waiting, soonest(again, due_at(own.batch))), memory
        packing = KarpenterPacking(self.pools)
        wanted = needs(
            snapshot, memory, self.pools, without=leaving, strategy=packing, cache=self.cache
        )
        actions += wanted.launches
        if drains or going.actions:  # what they leave is for the next round
            again = soonest(again, snapshot.at + self.period_seconds)
        if actions or going.disruptions:
            return Decision(tuple(actions), (), wanted.waiting, again), wanted.memory
        decision, memory = self._disrupt(snapshot, wanted.memory, wanted.nominated)
        again = soonest(again, decision.look_again_at)
        return replace(decision, waiting=wanted.waiting, look_again_at=again), memory

    def _disrupt(
        self, snapshot: Snapshot, memory: Memory, nominated: Collection[str]
    ) -> tuple[Decision, Memory]:
        """Try the methods in Karpenter's order; the first that finds something ends the round.

        ``nominated`` are nodes that pods are planned on: they stay (statenode.go, Nominated).
        """
        pools, at = {pool.name: pool for pool in self.pools}, snapshot.at
        claims = claims_of(snapshot)
        budgets = {
            reason: allowed_by_pool(self.pools, claims, reason, at)
            for reason in (EMPTY, DRIFTED, UNDERUTILIZED)
        }

        def settings(candidate: DisruptionCandidate) -> Disruption:
            return pools[candidate.claim.nodepool].disruption

        nodes = candidates(snapshot, pools, loses_bare=True, heeds=KARPENTER).without(nominated)
        consolidated = [c for c in nodes.able if settings(c).consolidate_after is not None]
        drains = [Drain(c.name, EMPTY) for c in within(empty(consolidated), budgets[EMPTY])]
        if drains:
            return Decision(tuple(drains), nodes.kept), memory

        disruption = KarpenterDisruption(
            snapshot, memory, self.pools, self.spot_to_spot, self.cache
        )
        drifted = [
            candidate
            for candidate in (*nodes.able, *nodes.young)
            if budgets[DRIFTED][candidate.claim.nodepool]
            and drift(candidate.claim, pools[candidate.claim.nodepool])
        ]
        replacement = disruption.first_schedulable(drifted)
        if replacement is not None:
            return _command(replacement, DRIFTED, at)

        left = budgets[UNDERUTILIZED]
        loads = sorted((candidate.name, len(candidate.pods)) for candidate in consolidated)
        situation = digest((loads, sorted(left.items())))
        own = memory.own_as(KarpenterMemory)
        again = soonest(
            next_change(self.pools, at), nodes.protected_until, nodes.old_enough_at(pools)
        )
        nothing = Decision((), nodes.kept, look_again_at=again)
        if own.idle_digest == situation:
            return nothing, memory
        underutilized = [c for c in consolidated if settings(c).when_underutilized]
        ordered = by_disruption_cost(underutilized, snapshot.cluster.pods)
        single = [candidate for candidate in ordered if left[candidate.claim.nodepool] > 0]
        replacement = disruption.multi_node(within(ordered, left), self.multi_node_most)
        replacement = replacement or disruption.single_node(single, self.single_node_most)
        if replacement is None:
            return nothing, replace(memory, own=replace(own, idle_digest=situation))
        return _command(replacement, UNDERUTILIZED, at)


def _command(replacement: NodeReplacement, reason: str, at: int) -> tuple[Decision, Memory]:
    """Return the command for some nodes; the next round looks at everything anew."""
    names = tuple(candidate.name for candidate in replacement.nodes)
    wanted = replacement.needs
    own = replace(wanted.memory.own_as(KarpenterMemory), idle_digest="")
    memory = replace(wanted.memory, own=own)
    actions, memory = replaced_first(names, wanted.launches, memory, reason, at)
    return Decision(actions), memory
