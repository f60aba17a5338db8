"""Candidate: a node that may be disrupted voluntarily, or why it may not.

A node that is not there yet stays, and so does one with a pod that must not be disrupted
(disruption.protection) or that its PodDisruptionBudget does not let go now. A node younger than its
pool's consolidateAfter is not consolidated, but may drift; its age counts from when it became ready
(Karpenter starts again with every pod that comes or goes). A pod that no controller would recreate
stays where it is, unless ``loses_bare``: Karpenter evicts it. A node may itself be annotated with
karpenter.sh/do-not-disrupt. Sources: kubernetes-sigs/karpenter v1.14
pkg/controllers/disruption/types.go (NewCandidate), pkg/controllers/state/statenode.go
(ValidateNodeDisruptable, ValidatePodsDisruptable) and the eviction API (disruption.pod_budgets).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubestow.disruption.expected import claims_of, is_going, moves
from kubestow.disruption.node_budgets import let_go
from kubestow.disruption.pod_budgets import Budgets
from kubestow.disruption.protection import KUBESTOW, Heeds
from kubestow.model.decision import Kept
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot

COMING, GOING, YOUNG, POD, BUDGET, BARE, NO_POOL, UNKNOWN, ROOM, NOMINATED, HELD, PROTECTED = (
    "it is coming",
    "it is going",
    "it is younger than the pool's consolidateAfter",
    "a pod must not be disrupted",
    "a PodDisruptionBudget allows no eviction",
    "a pod that no controller would recreate",
    "no NodePool manages it",
    "its price is unknown",
    "a pod does not fit on any other node",
    "a pending pod is planned on it",
    "it is held for pods",
    "the node must not be disrupted",
)


@dataclass(frozen=True, slots=True)
class DisruptionCandidate:
    """A node, and the pods that must move to empty it, by position in the input."""

    claim: NodeClaim
    pods: tuple[int, ...]

    @property
    def name(self) -> str:
        """The node's name."""
        return self.claim.name

    def keys(self, snapshot: Snapshot) -> frozenset[str]:
        """Return the namespace/name of the pods that must move."""
        pods = snapshot.cluster.pods
        return frozenset(pods[number].key for number in self.pods)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The nodes that may go, in the snapshot's order, and why the others may not.

    ``young`` are those kept by their age alone: drift does not wait for it. ``protected_until`` is
    when the first node is free that pods protect up to an age; None if there is none.
    """

    able: tuple[DisruptionCandidate, ...]
    kept: tuple[Kept, ...]
    young: tuple[DisruptionCandidate, ...] = ()
    protected_until: int | None = None

    def old_enough_at(self, pools: Mapping[str, NodePool]) -> int | None:
        """Return when the first of the young nodes has its pool's age; None if there is none."""
        ends = (
            (candidate.claim.ready_at or 0)
            + (pools[candidate.claim.nodepool].disruption.consolidate_after or 0)
            for candidate in self.young
        )
        return min(ends, default=None)

    def without(self, nominated: Collection[str]) -> "Candidates":
        """Return the candidates without the nodes that pending pods are planned on."""
        if not nominated:
            return self
        able, young = (
            tuple(candidate for candidate in nodes if candidate.name not in nominated)
            for nodes in (self.able, self.young)
        )
        planned_on = (Kept(c.name, NOMINATED) for c in self.able if c.name in nominated)
        return Candidates(able, (*self.kept, *planned_on), young, self.protected_until)


def within(
    nodes: Iterable[DisruptionCandidate], allowed: Mapping[str, int]
) -> list[DisruptionCandidate]:
    """Return as many candidates, in order, as their NodePools' budgets let go."""
    return let_go(nodes, lambda candidate: candidate.claim.nodepool, allowed)


def candidates(
    snapshot: Snapshot,
    pools: Mapping[str, NodePool],
    *,
    any_pool: bool = False,
    ages: bool = True,
    loses_bare: bool = False,
    heeds: Heeds = KUBESTOW,
) -> Candidates:
    """Return the candidates; with ``any_pool`` also nodes that no NodePool manages.

    Without ``ages`` no node is too young; with ``loses_bare`` pods without a controller may go.
    ``heeds`` are the annotations of pods that count.
    """
    able, young, kept, ends = [], [], [], []
    cluster, claims = snapshot.cluster, claims_of(snapshot)
    pods_on: dict[str, list[int]] = {node.name: [] for node in cluster.nodes}
    for number, pod in enumerate(cluster.pods):
        if pod.node_name in pods_on:
            pods_on[pod.node_name].append(number)
    obstacles = _PodObstacles(snapshot, heeds, loses_bare=loses_bare)
    priced = {claim.name for claim in claims}
    kept += [Kept(node.name, UNKNOWN) for node in cluster.nodes if node.name not in priced]
    for claim in claims:
        pods = pods_on.get(claim.name, [])
        pool = pools.get(claim.nodepool)
        refusal = _lifecycle(claim, pool, any_pool=any_pool)
        if refusal is None:
            refusal = _most_lasting(obstacles.on(claim, pods))
        if refusal is not None:
            kept.append(refusal)
            if refusal.reason == POD:
                ends.append(heeds.ends_at([cluster.pods[n] for n in pods], snapshot.at))
            continue
        candidate = DisruptionCandidate(claim, tuple(n for n in pods if moves(cluster.pods[n])))
        youth = _youth(claim, pool, snapshot.at) if ages and pool is not None else None
        if youth is None:
            able.append(candidate)
        else:
            kept.append(youth)
            young.append(candidate)
    until = min((end for end in ends if end is not None), default=None)
    return Candidates(tuple(able), tuple(kept), tuple(young), until)


def _most_lasting(found: Iterator[Kept]) -> Kept | None:
    """Return the first of some obstacles that is more than a budget's, for the moment, if any."""
    first = next(found, None)
    if first is None or first.reason != BUDGET:
        return first
    return next((kept for kept in found if kept.reason != BUDGET), first)


def _lifecycle(claim: NodeClaim, pool: NodePool | None, *, any_pool: bool) -> Kept | None:
    if claim.is_coming:
        return Kept(claim.name, COMING)
    if claim.phase is Phase.HELD:
        return Kept(claim.name, HELD)
    if is_going(claim):
        return Kept(claim.name, GOING, claim.reason)
    if claim.protection:
        return Kept(claim.name, PROTECTED, claim.protection)
    if pool is None:
        return None if any_pool else Kept(claim.name, NO_POOL, claim.nodepool)
    return None


def _youth(claim: NodeClaim, pool: NodePool, at: int) -> Kept | None:
    after = pool.disruption.consolidate_after
    ready = claim.ready_at or 0
    if claim.phase is Phase.READY and after is not None and at - ready < after:
        return Kept(claim.name, YOUNG, f"{after} s")
    return None


class _PodObstacles:
    """What keeps the pods of a snapshot from being evicted now."""

    def __init__(self, snapshot: Snapshot, heeds: Heeds, *, loses_bare: bool) -> None:
        cluster, self._at, self._heeds = snapshot.cluster, snapshot.at, heeds
        self._pods, self._loses_bare = cluster.pods, loses_bare
        self._budgets = Budgets(cluster, cluster.pods) if cluster.disruption_budgets else None
        self._healthy_of: dict[str, int] = {}  # by budget
        self._are_free = self._budgets is None and not any(map(self._may_stay, cluster.pods))

    @staticmethod
    def _may_stay(pod: Pod) -> bool:
        """Return whether something other than a budget could keep a pod where it is."""
        life = pod.lifecycle
        return life.eviction is not None or life.owner is None

    def on(self, claim: NodeClaim, pods: Sequence[int]) -> Iterator[Kept]:
        """Yield the obstacles among the pods of a node."""
        if self._are_free:
            return
        for number in pods:
            pod = self._pods[number]
            if self._heeds.protects(pod, self._at):
                yield Kept(claim.name, POD, pod.key)
            if not moves(pod):
                continue
            is_bare = pod.lifecycle.owner is None and not self._loses_bare
            if is_bare and not self._heeds.lifts(pod):
                yield Kept(claim.name, BARE, pod.key)
            if self._budgets is not None:
                refusing = self._budgets.refusing(number, self._is_healthy, self._healthy_of)
                if refusing:
                    yield Kept(claim.name, BUDGET, refusing[0].key)

    def _is_healthy(self, number: int) -> bool:
        pod = self._pods[number]
        return bool(pod.node_name) and pod.lifecycle.is_ready and not pod.terminating
