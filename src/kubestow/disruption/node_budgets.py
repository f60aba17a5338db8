"""Node budgets: how many more nodes of a NodePool may be disrupted now, and for which reason.

Law: the strictest active budget counts; a share is rounded up; only nodes that have been ready are
counted, and those already going against the budget. Source: kubernetes-sigs/karpenter v1.14
pkg/apis/v1/nodepool.go (MustGetAllowedDisruptions, GetAllowedDisruptionsByReason, IsActive) and
pkg/controllers/disruption/helpers.go (BuildDisruptionBudgetMapping).
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

from kubestow.disruption.expected import is_going
from kubestow.model.nodeclaim import NodeClaim, Phase
from kubestow.model.nodepool import NodeBudget, NodePool

UNLIMITED = 2**31


def is_active(budget: NodeBudget, at: int) -> bool:
    """Tell whether a budget holds at an instant (seconds, UTC)."""
    if not budget.schedule:
        return True
    now = datetime.fromtimestamp(at, UTC)
    before = now - timedelta(seconds=budget.duration_seconds)
    return bool(next(CronSim(budget.schedule, before)) <= now)


def allowed(
    pool: NodePool, claims: Iterable[NodeClaim], reason: str, at: int, taken: Iterable[str] = ()
) -> int:
    """Return how many more nodes of a pool may be disrupted for a reason.

    ``taken`` are nodes that a disruption under way has chosen and not yet begun to drain.
    """
    own = [claim for claim in claims if claim.nodepool == pool.name and claim.phase in _COUNTED]
    chosen = set(taken)
    going = sum(is_going(claim) or claim.name in chosen for claim in own)
    least = UNLIMITED
    for budget in pool.disruption.budgets:
        if budget.reasons and reason not in budget.reasons:
            continue
        if is_active(budget, at):
            least = min(least, _nodes(budget, len(own)))
    return max(0, least - going)


def allowed_by_pool(
    pools: Iterable[NodePool], claims: Collection[NodeClaim], reason: str, at: int
) -> dict[str, int]:
    """Return how many more nodes of each pool may be disrupted for a reason, by its name."""
    return {pool.name: allowed(pool, claims, reason, at) for pool in pools}


def next_change(pools: Iterable[NodePool], at: int) -> int | None:
    """Return when a scheduled budget next begins or ends to hold; None where none ever does."""
    now, found = datetime.fromtimestamp(at, UTC), []
    for pool in pools:
        for budget in pool.disruption.budgets:
            if budget.schedule:
                window = timedelta(seconds=budget.duration_seconds)
                found.append(next(CronSim(budget.schedule, now)))
                begun = next(CronSim(budget.schedule, now - window))
                found += [begun + window] if begun <= now else []
    return min((int(instant.timestamp()) for instant in found), default=None)


_COUNTED = (Phase.READY, Phase.DRAINING)


def _nodes(budget: NodeBudget, nodes: int) -> int:
    """Return a budget's number of nodes; a share of them is rounded up."""
    if isinstance(budget.nodes, int):
        return budget.nodes
    share = int(budget.nodes.removesuffix("%"))
    return -(-share * nodes // 100)
