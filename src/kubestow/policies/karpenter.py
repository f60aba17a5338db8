"""Karpenter: batching, its scheduler, and its disruption, one command at a time.

Law: pods are gathered for a moment and packed as Karpenter packs (karpenter_packing). Every ten
seconds, where nothing else is under way: empty nodes, then drifted ones, then the longest run of
the cheapest-to-disrupt nodes that one cheaper node or none can replace, then single nodes in that
order. Its clocks of one and three minutes are limits on candidates here, as many as its own code
was seen to look at. Sources: kubernetes-sigs/karpenter v1.14
pkg/controllers/provisioning/batcher.go, pkg/utils/disruption/disruption.go,
pkg/controllers/disruption (controller.go, emptiness.go, drift.go, multinodeconsolidation.go,
singlenodeconsolidation.go, consolidation.go).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kubestow.disruption.candidate import Candidate, candidates
from kubestow.disruption.drift import drift
from kubestow.disruption.emptiness import empty
from kubestow.disruption.expected import claims_of, expected
from kubestow.disruption.node_budgets import allowed
from kubestow.disruption.room import Room
from kubestow.model.decision import (
    DRIFTED,
    EMPTY,
    UNDERUTILIZED,
    Action,
    Cordon,
    Decision,
    Drain,
    Launch,
)
from kubestow.model.digest import digest
from kubestow.model.instance_type import SPOT
from kubestow.model.memory import Command, Memory
from kubestow.model.nodepool import NodePool
from kubestow.model.reporter import Reporter
from kubestow.model.resources import CPU, MEMORY, PODS
from kubestow.model.snapshot import Snapshot
from kubestow.policies.karpenter_packing import KarpenterPacking
from kubestow.policies.lifecycle import forced, next_deadline, progress, soonest
from kubestow.policies.provisioner import Needs, is_waiting, needs
from kubestow.provisioning.offerings import pool_offerings

BATCH_IDLE_SECONDS, BATCH_MOST_SECONDS = 1, 10
MULTI_NODE_MOST = 100
"""Nodes that multi-node consolidation looks at (MultiNodeConsolidationMaxCandidates)."""
SINGLE_NODE_MOST = 40
"""Nodes it gets through in a round on a large cluster, as measured: 37 to 49 of 1,000."""
SPOT_TYPES_LEAST = 15
"""Cheaper types there must be for one spot node to replace another (feature SpotToSpot)."""
_FIRST, _LAST, _COUNT = "batch first", "batch last", "batch pods"


@dataclass(frozen=True, slots=True)
class Karpenter:
    """Karpenter v1.14 with its default settings."""

    pools: tuple[NodePool, ...]
    name: str = "karpenter"
    period_seconds: int = 10
    multi_node_most: int = MULTI_NODE_MOST
    single_node_most: int = SINGLE_NODE_MOST
    spot_to_spot: bool = False

    def decide(
        self, snapshot: Snapshot, memory: Memory, reporter: Reporter
    ) -> tuple[Decision, Memory]:
        """Return what to do now, and what to remember."""
        pools = {pool.name: pool for pool in self.pools}
        drains = forced(snapshot, pools)
        going = progress(snapshot, memory, (drain.node for drain in drains))
        memory = replace(memory, commands=going.commands)
        without = {drain.node for drain in drains} | going.chosen
        actions: list[Action] = [*drains, *going.actions]
        again = next_deadline(snapshot, pools)
        memory, due = _batched(snapshot, memory)
        if due is not None and due > snapshot.at:
            return Decision(tuple(actions), look_again_at=soonest(again, due)), memory
        wanted = self._needs(snapshot, memory, without)
        actions += wanted.launches
        memory = wanted.memory
        if wanted.launches or going.commands:
            return Decision(tuple(actions), (), wanted.waiting, again), memory
        decision, memory = self._disrupt(snapshot, memory, pools)
        again = soonest(again, decision.look_again_at)
        actions += decision.actions
        return Decision(tuple(actions), decision.kept, wanted.waiting, again), memory

    def _needs(self, snapshot: Snapshot, memory: Memory, without: set[str]) -> Needs:
        packing = KarpenterPacking(self.pools)
        return needs(snapshot, memory, self.pools, without=without, strategy=packing)

    def _disrupt(
        self, snapshot: Snapshot, memory: Memory, pools: dict[str, NodePool]
    ) -> tuple[Decision, Memory]:
        """Try the methods in Karpenter's order; the first that finds something ends the round."""
        found = candidates(snapshot, pools)
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
        gone = _within(list(empty(able)), left[EMPTY])
        if gone:
            return Decision(tuple(Drain(c.name, EMPTY) for c in gone), found.kept), memory
        drifted = [c for c in found.able if drift(c.claim, pools[c.claim.nodepool])]
        for candidate in _within(drifted, left[DRIFTED])[:1]:
            return self._command(snapshot, memory, [candidate], DRIFTED)
        mark = digest(sorted((c.name, len(c.pods)) for c in able))
        if memory.settled == mark:
            return Decision((), found.kept), memory
        ordered = sorted(
            (c for c in able if c.pods and pools[c.claim.nodepool].disruption.when_underutilized),
            key=lambda c: (_disruption_cost(c, pools[c.claim.nodepool], at), c.name),
        )
        sale = _Sale(snapshot, self.pools)
        several = _within(ordered, left[UNDERUTILIZED])
        alone = [c for c in ordered if left[UNDERUTILIZED].get(c.claim.nodepool, 0) > 0]
        chosen = self._several(snapshot, memory, several, sale)
        chosen = chosen or self._single(snapshot, memory, alone, sale)
        if chosen is None:
            return Decision((), found.kept), replace(memory, settled=mark)
        return self._command(snapshot, memory, chosen, UNDERUTILIZED)

    def _several(
        self, snapshot: Snapshot, memory: Memory, ordered: Sequence[Candidate], sale: "_Sale"
    ) -> list[Candidate] | None:
        """Return the longest run from the front that one cheaper node or none can replace."""
        least, most = 1, min(len(ordered), self.multi_node_most) - 1
        best: list[Candidate] | None = None
        while least <= most:
            middle = (least + most) // 2
            some = list(ordered[: middle + 1])
            if self._pays(snapshot, memory, some, sale):
                best, least = some, middle + 1
            else:
                most = middle - 1
        return best

    def _single(
        self, snapshot: Snapshot, memory: Memory, ordered: Sequence[Candidate], sale: "_Sale"
    ) -> list[Candidate] | None:
        for candidate in ordered[: self.single_node_most]:
            if self._pays(snapshot, memory, [candidate], sale):
                return [candidate]
        return None

    def _pays(
        self, snapshot: Snapshot, memory: Memory, some: Sequence[Candidate], sale: "_Sale"
    ) -> bool:
        """Tell whether some nodes can go for nothing, or for one cheaper node."""
        names = [candidate.name for candidate in some]
        room = sale.room
        trial = room.vacate(names)
        price = sum(candidate.claim.nano_usd_per_hour for candidate in some)
        worth_trying = bool(trial.left) and sale.has(room, trial.left, price)
        room.undo(trial, names)
        if not trial.left:
            return True
        if not worth_trying:
            return False
        wanted = self._needs(snapshot, memory, set(names))
        if len(wanted.launches) != 1:
            return False
        return self._is_cheaper(snapshot, some, wanted.launches[0], price)

    def _is_cheaper(
        self, snapshot: Snapshot, some: Sequence[Candidate], launch: Launch, price: int
    ) -> bool:
        """Tell whether Karpenter would take a replacement (consolidation.go, filterByPrice)."""
        claim = launch.claim
        if len(some) > 1:  # a type that is there already must be cheaper than the nodes of it
            same = [c.claim.nano_usd_per_hour for c in some
                    if c.claim.instance_type == claim.instance_type]  # fmt: skip
            price = min([price, *same])
        if claim.nano_usd_per_hour >= price:
            return False
        if claim.capacity_type == SPOT and all(c.claim.capacity_type == SPOT for c in some):
            if not self.spot_to_spot:
                return False
            cheaper = {
                o.instance_type
                for o in snapshot.catalog.offerings
                if o.capacity_type == SPOT
                and o.price is not None
                and o.price.nano_usd_per_hour < price
            }
            return len(some) > 1 or len(cheaper) >= SPOT_TYPES_LEAST
        return True

    def _command(
        self, snapshot: Snapshot, memory: Memory, chosen: Sequence[Candidate], reason: str
    ) -> tuple[Decision, Memory]:
        """Return the command for some nodes: replacements first, else the drains at once."""
        names = tuple(candidate.name for candidate in chosen)
        wanted = self._needs(snapshot, memory, set(names))
        memory = replace(wanted.memory, settled="")
        if not wanted.launches:
            return Decision(tuple(Drain(name, reason) for name in names)), memory
        fresh = tuple(launch.claim.name for launch in wanted.launches)
        command = Command(names, fresh, reason, snapshot.at)
        launches = tuple(replace(launch, reason=reason) for launch in wanted.launches)
        cordons = tuple(Cordon(name, reason) for name in names)
        return Decision((*launches, *cordons)), replace(
            memory, commands=(*memory.commands, command)
        )


class _Sale:
    """The room there is, and what could be launched, by its price and what it has for pods."""

    def __init__(self, snapshot: Snapshot, pools: Sequence[NodePool]) -> None:
        self.room = Room(expected(snapshot))
        self.room.place(self.room.waiting)
        everywhere = [
            dict(daemonset.template.requests)
            for daemonset in snapshot.cluster.daemonsets
            if not daemonset.template.node_selector and daemonset.template.node_affinity is None
        ]
        held = [sum(asked.get(name, 0) for asked in everywhere) for name in (CPU, MEMORY)]
        rows = []
        for pool in pools:
            for found in pool_offerings(pool, snapshot.catalog, snapshot.networking, {}).candidates:
                has = dict(found.allocatable)
                room = (has.get(CPU, 0) - held[0], has.get(MEMORY, 0) - held[1])
                rows.append((found.price.nano_usd_per_hour, *room, has.get(PODS, 0)))
        self._rows = np.array(rows, dtype=np.int64).reshape(len(rows), 4)

    def has(self, room: Room, pods: Sequence[int], price: int) -> bool:
        """Tell whether some offering below a price may have room for some pods together."""
        kinds, requests = room.state.kind_of, room.state.requests
        cpu, memory = sum(requests[kinds[pod]][:2] for pod in pods)
        rows = self._rows
        able = (rows[:, 0] < price) & (rows[:, 1] >= cpu) & (rows[:, 2] >= memory)
        return bool((able & (rows[:, 3] >= len(pods))).any())


def _batched(snapshot: Snapshot, memory: Memory) -> tuple[Memory, int | None]:
    """Return when the pods that wait are to be packed: a second after the last, ten at most."""
    since = dict(memory.since)
    pods = sum(is_waiting(pod) for pod in snapshot.cluster.pods)
    if not pods:
        for name in (_FIRST, _LAST, _COUNT):
            since.pop(name, None)
        return memory.with_since(since), None
    at = snapshot.at
    since.setdefault(_FIRST, at)
    if since.get(_COUNT) != pods:
        since |= {_COUNT: pods, _LAST: at}
    due = min(since[_LAST] + BATCH_IDLE_SECONDS, since[_FIRST] + BATCH_MOST_SECONDS)
    return memory.with_since(since), due


def _disruption_cost(candidate: Candidate, pool: NodePool, at: int) -> float:
    """Return what orders candidates: its pods, by the share of its life that is left."""
    expire = pool.disruption.expire_after
    share = 1.0
    if expire:
        share = max(0.0, 1 - (at - candidate.claim.created_at) / expire)
    return len(candidate.pods) * share


def _within(some: Sequence[Candidate], left: dict[str, int]) -> list[Candidate]:
    """Return as many candidates, in order, as their pools' budgets let go."""
    room = dict(left)
    found = []
    for candidate in some:
        pool = candidate.claim.nodepool
        if room.get(pool, 0) > 0:
            room[pool] -= 1
            found.append(candidate)
    return found
