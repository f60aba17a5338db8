"""What is true of a node or a pod at the last entry of a journal, and why.

The policy decides once more on what was observed last, so that its own reasons are told. Where it
found nothing to do before, and therefore looked no closer, it is made to look again.
"""

from collections.abc import Mapping
from dataclasses import replace

from kubestow import engine
from kubestow.disruption.candidate import candidates
from kubestow.disruption.consolidation import NODE_BUDGET, Prices
from kubestow.disruption.drift import drift
from kubestow.disruption.expected import claims_of, is_going, is_node_bound
from kubestow.disruption.node_budgets import allowed
from kubestow.model.decision import DRIFTED, EMPTY, PROVISIONING, Cordon, Decision, Drain, Kept
from kubestow.model.memory import Memory
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodePool
from kubestow.model.pod import Pod
from kubestow.model.policy_memory import KarpenterMemory, OptimalMemory
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.story import (
    NODES_COME,
    NODES_LEAVE,
    NODES_REPLACED,
    NOT_BEGUN,
    PODS_WAIT,
    FilterRefusal,
    NodePresent,
    PodPresent,
    WhyKept,
)
from kubestow.policies.hindrances import Hindrances
from kubestow.policies.policy import Policy
from kubestow.policies.provisioner import PLANNED
from kubestow.scheduling import filtering
from kubestow.scheduling.candidate_index import Mask
from kubestow.scheduling.cycle import Cycle
from kubestow.scheduling.pod_kinds import PodKindsCache
from kubestow.scheduling.rehearsal import with_resolved_claims
from kubestow.scheduling.scheduler_cache import build_cache
from kubestow.usecases.node_history import ToldTurn

NOT_CONSOLIDATED = "its NodePool is not consolidated"
NO_REASON = "the policy finds nothing to gain, and tells no more"
OPTIMAL = "optimal"
CLOSE = "all nodes cost so little more than the proven minimum that nothing is tried"
PUT_OFF = "what was decided for it was not begun"
_LOOKS_MOST, _HORIZON_SECONDS = 4, 3_600


def node_now(name: str, turn: ToldTurn, policy: Policy, reporter: Reporter) -> NodePresent | None:
    """Return what is true of a node at a turn; None if it is not there."""
    snapshot = turn.snapshot
    claim = next((item for item in claims_of(snapshot) if item.name == name), None)
    pods = sum(pod.node_name == name and not is_node_bound(pod) for pod in snapshot.cluster.pods)
    if claim is None:
        is_there = any(node.name == name for node in snapshot.cluster.nodes)
        return NodePresent("", pods, _kept_by_policy(name, turn, policy)) if is_there else None
    phase = claim.phase.value
    if claim.is_coming or claim.phase is Phase.HELD or is_going(claim):
        return NodePresent(phase, pods)
    under_way = _under_way(turn) if policy.name == OPTIMAL else ()
    goes = _action_on(name, turn.decision)
    if goes:
        return NodePresent(phase, pods, (), under_way, goes)
    kept = _put_off(name, turn.memory) or _obstacle(claim, turn, policy)
    if not kept and not under_way:
        kept, goes = _looked_closely(name, turn, policy, reporter)
    if not kept and not goes and not under_way:
        kept = (WhyKept(NO_REASON),)
    return NodePresent(phase, pods, kept, under_way, goes)


def _kept_by_policy(name: str, turn: ToldTurn, policy: Policy) -> tuple[WhyKept, ...]:
    found = candidates(turn.snapshot, {pool.name: pool for pool in policy.pools})
    return _told(name, found.kept) or (WhyKept(NO_REASON),)


def _told(name: str, kept: tuple[Kept, ...]) -> tuple[WhyKept, ...]:
    return tuple(dict.fromkeys(WhyKept(k.reason, k.subject) for k in kept if k.node == name))


def _action_on(name: str, decision: Decision) -> str:
    """Return the reason for which a decision lets a node go; empty if it does not."""
    return next(
        (a.reason for a in decision.actions if isinstance(a, Cordon | Drain) and a.node == name), ""
    )


def _put_off(name: str, memory: Memory) -> tuple[WhyKept, ...]:
    return tuple(
        WhyKept(f"{PUT_OFF} ({item.reason})", item.event or NOT_BEGUN)
        for item in memory.put_off
        if item.subject == name
    )


def _under_way(turn: ToldTurn) -> tuple[tuple[str, int], ...]:
    """Return what kubestow's own policy lets be over before it disrupts nodes voluntarily.

    What was put off does not count (policies.hindrances), nor do pods that nothing is planned for.
    """
    memory, decision = turn.memory, turn.decision
    hindrances = Hindrances.of(memory, turn.at)
    drains = [action for action in decision.actions if isinstance(action, Drain)]
    planned = {item.pod: item.subject for item in decision.waiting if item.reason == PLANNED}
    promising = hindrances.promising(planned, drains, turn.snapshot.cluster.pods)
    counts = {
        PODS_WAIT: len(promising),
        NODES_COME: sum(c.is_coming or c.phase is Phase.HELD for c in turn.snapshot.nodeclaims),
        NODES_REPLACED: sum(len(item.nodes) for item in memory.disruptions),
        NODES_LEAVE: len(hindrances.under_way(drains, planned, promising)),
    }
    return tuple((what, count) for what, count in counts.items() if count)


def _obstacle(claim: NodeClaim, turn: ToldTurn, policy: Policy) -> tuple[WhyKept, ...]:
    """Return what keeps a node whatever it costs: its pods, its age, its pool and their budgets."""
    told = _told(claim.name, turn.decision.kept)
    if told or policy.name != OPTIMAL:
        return told
    pools = {pool.name: pool for pool in policy.pools}
    found = candidates(turn.snapshot, pools)
    told = _told(claim.name, found.kept)
    pool = pools.get(claim.nodepool)
    if told or pool is None:
        return told
    able = next((c for c in found.able if c.name == claim.name), None)
    reason = EMPTY if able is not None and not able.pods else ""
    reason = DRIFTED if drift(claim, pool) else reason
    if reason and not allowed(pool, claims_of(turn.snapshot), reason, turn.at):
        return (WhyKept(NODE_BUDGET, claim.nodepool),)
    return () if reason == DRIFTED else _unconsolidated(pool, is_empty=reason == EMPTY)


def _unconsolidated(pool: NodePool, *, is_empty: bool) -> tuple[WhyKept, ...]:
    terms = pool.disruption
    if terms.consolidate_after is None or not (terms.when_underutilized or is_empty):
        return (WhyKept(NOT_CONSOLIDATED, pool.name),)
    return ()


def _looked_closely(
    name: str, turn: ToldTurn, policy: Policy, reporter: Reporter
) -> tuple[tuple[WhyKept, ...], str]:
    """Return why the policy keeps a node on a cluster that stays as it is, or why it goes."""
    snapshot, memory = turn.snapshot, _curious(turn.memory)
    for _ in range(_LOOKS_MOST):
        reporter.progress("deciding once more", 0, 0)
        decision, memory = engine.step(snapshot, memory, policy, reporter)
        goes, kept = _action_on(name, decision), _told(name, decision.kept)
        kept = kept or _close(snapshot, decision.bound)
        again = decision.look_again_at
        if goes or kept or again is None or again > turn.at + _HORIZON_SECONDS:
            return kept, goes
        snapshot = replace(snapshot, at=max(snapshot.at + 1, again))
    return (), ""


def _close(snapshot: Snapshot, bound: int | None) -> tuple[WhyKept, ...]:
    """Return that the nodes cost so little above the proven minimum that nothing is tried."""
    there = {node.name for node in snapshot.cluster.nodes}
    cost = sum(c.nano_usd_per_hour for c in claims_of(snapshot) if c.name in there)
    if not bound or cost > bound * (1 + Prices().least_share):
        return ()
    return (WhyKept(CLOSE, f"{100 * max(0, cost - bound) / bound:.1f} %"),)


def _curious(memory: Memory) -> Memory:
    """Return a memory without what lets a policy rest in a situation that it has seen before."""
    own = memory.own
    if isinstance(own, OptimalMemory):
        own = replace(own, idle_digest="", consolidated_at=None, fleet_at=None)
    elif isinstance(own, KarpenterMemory):
        own = replace(own, idle_digest="")
    return replace(memory, own=own)


def pod_now(key: str, turn: ToldTurn) -> PodPresent | None:
    """Return what is true of a pod at a turn; None if it is not there."""
    snapshot = turn.snapshot
    pod = next((item for item in snapshot.cluster.pods if item.key == key), None)
    if pod is None:
        return None
    if pod.node_name:
        return PodPresent(pod.node_name, pod.terminating, pod.lifecycle.is_ready)
    waiting = next((item for item in turn.decision.waiting if item.pod == key), None)
    refusals, free = _refused(snapshot, pod)
    put_off = [o.event or NOT_BEGUN for o in turn.memory.put_off
               if (o.reason, o.subject) == (PROVISIONING, key)]  # fmt: skip
    found = PodPresent(
        is_terminating=pod.terminating, refusals=refusals, free=free, put_off=(*put_off, "")[0]
    )
    if waiting is None:
        return found
    if waiting.reason != PLANNED:
        text = f"{waiting.reason} ({waiting.subject})" if waiting.subject else waiting.reason
        return replace(found, not_planned=text)
    claims: Mapping[str, NodeClaim] = {claim.name: claim for claim in snapshot.nodeclaims}
    claim = claims.get(waiting.subject)
    if claim is None:
        return replace(found, planned_on=waiting.subject)
    at = claim.ready_at if claim.phase in (Phase.HELD, Phase.READY) else claim.created_at
    return replace(
        found, planned_on=waiting.subject, phase=claim.phase.value, phase_at=at or claim.created_at
    )


def _refused(snapshot: Snapshot, pod: Pod) -> tuple[tuple[FilterRefusal, ...], tuple[str, ...]]:
    """Return the nodes that each filter of kube-scheduler refuses a pod, and the others."""
    cluster = with_resolved_claims(snapshot.cluster)
    cache = build_cache(cluster, PodKindsCache().of(cluster))
    number = cluster.pods.index(pod)
    result = filtering.judge(Cycle(cache).context(cache.kind_of[number]))
    names = [node.name for node in cache.nodes]
    if result.unsolvable is not None:
        plugin, reason = result.unsolvable
        return (FilterRefusal(plugin, reason, tuple(names)),), ()
    refusals = tuple(
        FilterRefusal(plugin, item.reason, _chosen(names, item.nodes))
        for plugin, item in result.refused
    )
    return refusals, _chosen(names, result.feasible)


def _chosen(names: list[str], mask: Mask) -> tuple[str, ...]:
    return tuple(name for name, yes in zip(names, mask, strict=True) if yes)
