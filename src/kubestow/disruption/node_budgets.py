"""Node budgets: how many more nodes of a NodePool may be disrupted now, and for which reason.

The strictest active budget counts, and a percentage is rounded up. Only nodes that have been ready
are counted; those already going use the budget up. Source: kubernetes-sigs/karpenter v1.14
pkg/apis/v1/nodepool.go (MustGetAllowedDisruptions, GetAllowedDisruptionsByReason, IsActive) and
pkg/controllers/disruption/helpers.go (BuildDisruptionBudgetMapping).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cronsim import CronSim

from kubestow.disruption.expected import is_going
from kubestow.model.decision import EMPTY, UNDERUTILIZED
from kubestow.model.nodeclaim import THERE, NodeClaim, Phase
from kubestow.model.nodepool import NodeBudget, NodePool

UNLIMITED = 2**31
Node = TypeVar("Node")


def is_active(budget: NodeBudget, at: int) -> bool:
    """Return whether a budget is active at an instant (seconds, UTC)."""
    if not budget.schedule:
        return True
    now = datetime.fromtimestamp(at, UTC)
    before = now - timedelta(seconds=budget.duration_seconds)
    return bool(next(CronSim(budget.schedule, before)) <= now)


def allowed(
    pool: NodePool, claims: Iterable[NodeClaim], reason: str, at: int, taken: Iterable[str] = ()
) -> int:
    """Return how many more nodes of a pool may be disrupted for a reason.

    ``taken`` are nodes that a pending disruption has chosen and not begun to drain. A pool keeps
    its ``least_nodes``; what is replaced first is no fewer.
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
    if pool.least_nodes and reason in (EMPTY, UNDERUTILIZED):
        least = min(least, len(own) - pool.least_nodes)
    return max(0, least - going)


def allowed_by_pool(
    pools: Iterable[NodePool],
    claims: Collection[NodeClaim],
    reason: str,
    at: int,
    taken: Collection[str] = (),
) -> dict[str, int]:
    """Return how many more nodes of each pool may be disrupted for a reason, by its name."""
    return {pool.name: allowed(pool, claims, reason, at, taken) for pool in pools}


def let_go(
    nodes: Iterable[Node], pool_of: Callable[[Node], str], allowed: Mapping[str, int]
) -> list[Node]:
    """Return as many of some nodes, in order, as are ``allowed`` of the NodePool of each."""
    left, found = dict(allowed), []
    for node in nodes:
        pool = pool_of(node)
        if left.get(pool, 0) > 0:
            left[pool] -= 1
            found.append(node)
    return found


def next_change(pools: Iterable[NodePool], at: int, reason: str = "") -> int | None:
    """Return when a scheduled budget, of a reason or of any, next becomes active or inactive.

    None if none is scheduled.
    """
    now, changes = datetime.fromtimestamp(at, UTC), []
    for pool in pools:
        for budget in pool.disruption.budgets:
            if budget.schedule and not (reason and budget.reasons and reason not in budget.reasons):
                window = timedelta(seconds=budget.duration_seconds)
                changes.append(next(CronSim(budget.schedule, now)))
                last_start = next(CronSim(budget.schedule, now - window))
                changes += [last_start + window] if last_start <= now else []
    return min((int(instant.timestamp()) for instant in changes), default=None)


_COUNTED = (*THERE, Phase.DRAINING)


def _nodes(budget: NodeBudget, nodes: int) -> int:
    """Return the nodes a budget allows; a percentage is rounded up."""
    if isinstance(budget.nodes, int):
        return budget.nodes
    share = int(budget.nodes.removesuffix("%"))
    return -(-share * nodes // 100)
