"""Decisions: what every decision of an autoscaler must explain, and what it may not disrupt.

A decision is judged by its own snapshot and memory: a late snapshot or a lost memory excuses
what follows from it. NodePool budgets apply to voluntary disruption (VOLUNTARY) when it starts:
with a Drain, or with the Cordon of a node that waits for its replacement; kubestow's own policy
closes nodes that it consolidates, and drains them as budgets let it. Source:
Karpenter's documentation of disruption budgets; kubernetes-sigs/karpenter v1.14
pkg/apis/v1/nodepool.go.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeGuard

from cronsim import CronSim

from kubestow.model.decision import (
    EMPTY,
    UNDERUTILIZED,
    VOLUNTARY,
    Action,
    Cordon,
    Decision,
    Drain,
    Launch,
    Uncordon,
)
from kubestow.model.nodeclaim import Phase
from kubestow.model.nodepool import NodeBudget, NodePool
from kubestow.model.snapshot import Snapshot

_PLANNED = "planned"
_THERE = (Phase.HELD, Phase.READY, Phase.DRAINING)


def _leaving(snapshot: Snapshot) -> set[str]:
    """Return the nodes that are draining or that EC2 reclaims."""
    return {
        claim.name
        for claim in snapshot.nodeclaims
        if claim.phase in (Phase.DRAINING, Phase.GONE) or claim.notice_at is not None
    }


def unexplained(snapshot: Snapshot, decision: Decision) -> Iterator[str]:
    """Yield waiting pods that a decision does not mention exactly once."""
    said = Counter(item.pod for item in decision.waiting)
    for pod in snapshot.cluster.pods:
        if pod.node_name or pod.daemonset or pod.terminating:
            continue
        count = said[pod.key]
        if count != 1:
            yield f"pod {pod.key} waits, but the decision explains it {count} times"
    if not decision.waiting:
        return
    leaving = _leaving(snapshot)
    leaving |= {action.node for action in decision.actions if isinstance(action, Drain)}
    there = {node.name for node in snapshot.cluster.nodes}
    there |= {claim.name for claim in snapshot.nodeclaims}
    there |= {action.claim.name for action in decision.actions if isinstance(action, Launch)}
    there -= leaving
    for item in decision.waiting:
        if not item.reason:
            yield f"pod {item.pod} waits without a reason"
        if item.reason == _PLANNED and item.subject not in there:
            yield f"pod {item.pod} is planned on {item.subject!r}, which will not exist"


def over_budget(
    snapshot: Snapshot,
    decision: Decision,
    pools: Iterable[NodePool],
    awaiting: Collection[str] = (),
    *,
    in_waves: bool = False,
) -> Iterator[str]:
    """Yield nodes whose disruption starts although NodePool budgets allow no more.

    ``awaiting`` are nodes of earlier decisions whose replacements are not ready yet. Those that are
    consolidated ``in_waves`` are cordoned together, and count when they are drained.
    """
    by_name = {pool.name: pool for pool in pools}
    claims = {claim.name: claim for claim in snapshot.nodeclaims}
    going = _leaving(snapshot) | set(awaiting)
    for action in decision.actions:
        if not _begins(action, in_waves=in_waves) or action.node in going:
            continue
        claim = claims.get(action.node)
        pool = None if claim is None else by_name.get(claim.nodepool)
        going.add(action.node)
        if pool is None or action.reason not in VOLUNTARY:
            continue
        own = [c.name for c in claims.values() if c.nodepool == pool.name and c.phase in _THERE]
        count = sum(name in going for name in own)
        for budget in pool.disruption.budgets:
            if budget.reasons and action.reason not in budget.reasons:
                continue
            most = _most(budget, len(own), snapshot.at)
            if most is not None and count > most:
                yield (
                    f"node {action.node} is disrupted ({action.reason}), number {count} of "
                    f"{len(own)} in NodePool {pool.name}, whose budget allows {most}"
                )


def _begins(action: Action, *, in_waves: bool) -> TypeGuard[Cordon | Drain]:
    """Return whether budgets count a node from an action on."""
    if isinstance(action, Cordon):
        return not (in_waves and action.reason == UNDERUTILIZED)
    return isinstance(action, Drain)


def _most(budget: NodeBudget, nodes: int, at: int) -> int | None:
    """Return how many nodes a budget allows to be disrupted; None while it is not active."""
    if budget.schedule and not holds(budget, at):
        return None
    if isinstance(budget.nodes, int):
        return budget.nodes
    return (int(budget.nodes.rstrip("%")) * nodes + 99) // 100


def holds(budget: NodeBudget, at: int) -> bool:
    """Return whether a scheduled budget is active: for its duration after each scheduled time."""
    minute = datetime.fromtimestamp(at // 60 * 60 + 60, UTC)
    begun = next(CronSim(budget.schedule, minute, reverse=True))
    return at - begun.timestamp() < budget.duration_seconds


def commanded(
    awaiting: Collection[str], decision: Decision, *, in_waves: bool = False
) -> frozenset[str]:
    """Return the nodes that wait for replacements after a decision, and count meanwhile."""
    waiting = set(awaiting)
    for action in decision.actions:
        match action:
            case Cordon() if _begins(action, in_waves=in_waves):
                waiting.add(action.node)
            case Uncordon() | Drain():
                waiting.discard(action.node)
    return frozenset(waiting)


def too_many_at_once(
    snapshot: Snapshot, decision: Decision, most: int, with_pods: int
) -> Iterator[str]:
    """Yield violations if Cluster Autoscaler removes too many nodes at once.

    At most ``most``, and ``with_pods`` that are not empty: --max-scale-down-parallelism and
    --max-drain-parallelism, which take the place of budgets.
    """
    going = {c.name: c.reason for c in snapshot.nodeclaims if c.phase is Phase.DRAINING}
    begun = {a.node: a.reason for a in decision.actions
             if isinstance(a, Drain) and a.reason in VOLUNTARY and a.node not in going}  # fmt: skip
    if not begun:
        return
    counts = Counter((*going.values(), *begun.values()))
    if counts[EMPTY] + counts[UNDERUTILIZED] > most:
        yield f"{counts[EMPTY] + counts[UNDERUTILIZED]} nodes removed at once, at most {most}"
    if UNDERUTILIZED in begun.values() and counts[UNDERUTILIZED] > with_pods:
        yield f"{counts[UNDERUTILIZED]} nodes with pods removed at once, at most {with_pods}"
