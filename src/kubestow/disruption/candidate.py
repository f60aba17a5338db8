"""Candidate: a node that may be taken away of free will, or why it may not.

Law: a node with a pod that must not be disturbed, or that its budget does not let go now, stays; so
does one that is not there yet. One that is younger than its pool's consolidateAfter is kept from
consolidation, not from drift; its age counts from when it was ready (Karpenter begins anew with
every pod that comes or goes). A pod that no controller makes anew stays where it is, unless
``loses_bare``: Karpenter evicts it. Sources: kubernetes-sigs/karpenter v1.14
pkg/controllers/disruption/types.go (NewCandidate), pkg/controllers/state/statenode.go
(ValidatePodsDisruptable) and the eviction API (disruption.pod_budgets).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kubestow.disruption.expected import claims_of, is_going, moves
from kubestow.disruption.pod_budgets import Budgets
from kubestow.model.decision import Kept
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.snapshot import Snapshot

COMING, GOING, YOUNG, POD, BUDGET, BARE, NO_POOL, UNKNOWN, ROOM, NOMINATED = (
    "it is coming",
    "it is going",
    "it is younger than the pool's consolidateAfter",
    "a pod must not be disrupted",
    "a PodDisruptionBudget allows no eviction",
    "a pod that no controller would make anew",
    "no NodePool looks after it",
    "its price is not known",
    "a pod finds no room elsewhere",
    "a pod that waits is planned on it",
)


@dataclass(frozen=True, slots=True)
class DisruptionCandidate:
    """A node with what it takes to empty it: the pods that must move, by position in the input."""

    claim: NodeClaim
    pods: tuple[int, ...]

    @property
    def name(self) -> str:
        """The node's name."""
        return self.claim.name

    def keys(self, snapshot: Snapshot) -> frozenset[str]:
        """Return namespace/name of the pods that must move."""
        pods = snapshot.cluster.pods
        return frozenset(pods[number].key for number in self.pods)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The nodes that may go, in the snapshot's order, and why the others may not.

    ``young`` are those that only their age keeps: drift does not wait for it.
    """

    able: tuple[DisruptionCandidate, ...]
    kept: tuple[Kept, ...]
    young: tuple[DisruptionCandidate, ...] = ()

    def without(self, nominated: Collection[str]) -> "Candidates":
        """Return the candidates without the nodes that pods which wait are planned on."""
        if not nominated:
            return self
        able, young = (
            tuple(c for c in some if c.name not in nominated) for some in (self.able, self.young)
        )
        kept = (Kept(c.name, NOMINATED) for c in self.able if c.name in nominated)
        return Candidates(able, (*self.kept, *kept), young)


def within(
    some: Iterable[DisruptionCandidate], allowed: Mapping[str, int]
) -> list[DisruptionCandidate]:
    """Return as many candidates, in order, as their NodePools' budgets let go."""
    left = dict(allowed)
    found = []
    for candidate in some:
        pool = candidate.claim.nodepool
        if left.get(pool, 0) > 0:
            left[pool] -= 1
            found.append(candidate)
    return found


def candidates(
    snapshot: Snapshot,
    pools: Mapping[str, NodePool],
    *,
    any_pool: bool = False,
    ages: bool = True,
    loses_bare: bool = False,
) -> Candidates:
    """Return the candidates; with ``any_pool`` also nodes that no NodePool looks after.

    Without ``ages`` no node is too young; with ``loses_bare`` pods without a controller may go.
    """
    able, young, kept = [], [], []
    cluster = snapshot.cluster
    there: dict[str, list[int]] = {node.name: [] for node in cluster.nodes}
    for number, pod in enumerate(cluster.pods):
        if pod.node_name in there:
            there[pod.node_name].append(number)
    budgets = Budgets(cluster, cluster.pods) if cluster.disruption_budgets else None
    counted: dict[str, int] = {}
    claims = claims_of(snapshot)
    known = {claim.name for claim in claims}
    kept += [Kept(node.name, UNKNOWN) for node in cluster.nodes if node.name not in known]
    for claim in claims:
        pods = there.get(claim.name, [])
        pool = pools.get(claim.nodepool)
        refusal = _lifecycle(claim, pool, any_pool=any_pool)
        if refusal is None:
            obstacles = _obstacles(snapshot, claim, pods, budgets, counted, bare=not loses_bare)
            refusal = next(obstacles, None)
        if refusal is not None:
            kept.append(refusal)
            continue
        found = DisruptionCandidate(claim, tuple(n for n in pods if moves(cluster.pods[n])))
        youth = _youth(claim, pool, snapshot.at) if ages and pool is not None else None
        if youth is None:
            able.append(found)
        else:
            kept.append(youth)
            young.append(found)
    return Candidates(tuple(able), tuple(kept), tuple(young))


def _lifecycle(claim: NodeClaim, pool: NodePool | None, *, any_pool: bool) -> Kept | None:
    if claim.is_coming:
        return Kept(claim.name, COMING)
    if is_going(claim):
        return Kept(claim.name, GOING, claim.reason)
    if pool is None:
        return None if any_pool else Kept(claim.name, NO_POOL, claim.nodepool)
    return None


def _youth(claim: NodeClaim, pool: NodePool, at: int) -> Kept | None:
    after = pool.disruption.consolidate_after
    ready = claim.ready_at or 0
    if claim.phase is Phase.READY and after is not None and at - ready < after:
        return Kept(claim.name, YOUNG, f"{after} s")
    return None


def _obstacles(
    snapshot: Snapshot,
    claim: NodeClaim,
    pods: Sequence[int],
    budgets: Budgets | None,
    counted: dict[str, int],
    *,
    bare: bool,
) -> Iterator[Kept]:
    """Yield what keeps a node's pods from being evicted now."""
    everything = snapshot.cluster.pods

    def is_healthy(number: int) -> bool:
        pod = everything[number]
        return bool(pod.node_name) and pod.lifecycle.is_ready and not pod.terminating

    for number in pods:
        pod = everything[number]
        if pod.lifecycle.do_not_disrupt and not pod.terminating:
            yield Kept(claim.name, POD, pod.key)
        if not moves(pod):
            continue
        if bare and pod.lifecycle.owner is None:
            yield Kept(claim.name, BARE, pod.key)
        refusing = budgets.refusing(number, is_healthy, counted) if budgets is not None else ()
        if refusing:
            yield Kept(claim.name, BUDGET, refusing[0].key)
