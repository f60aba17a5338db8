"""Draft: a set of moves with values, as a changed template and changed NodePools.

Each value is the smallest change that helps, given the other moves: the largest request that fits,
the cheapest offering let in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubestow.explanation.adjustments import (
    Adjustment,
    relaxed,
    template_change,
    widened,
)
from kubestow.explanation.planned_cluster import usage
from kubestow.explanation.prescreen import Prescreen
from kubestow.model import explanation as kinds
from kubestow.model.explanation import Change
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.pod import PodTemplate
from kubestow.model.quantity import format_milli
from kubestow.model.resources import CPU, MEMORY, USD_PER_HOUR, format_amount
from kubestow.model.snapshot import Snapshot

_GIB = 2**30
_CENT = 10**7  # nano-USD
_BUILT_IN = "built-in default"


@dataclass(frozen=True, slots=True)
class Draft:
    """The template and the NodePools after a set of moves.

    ``raised`` are (pool, resource) limits that are removed: a plan without them shows how far they
    must be raised. ``offerings`` are those that could then run a pod of the workload, so its plan
    needs no others.
    """

    template: PodTemplate
    pools: tuple[NodePool, ...]
    changes: tuple[Change, ...]
    raised: tuple[tuple[str, str], ...] = ()
    offerings: frozenset[tuple[str, str, str]] = frozenset()


def draft(screen: Prescreen, moves: Sequence[Adjustment], template: PodTemplate) -> Draft | None:
    """Return the moves with their values; None if the prescreen shows that they cannot help."""
    mask = screen.mask(moves)
    if not mask.any():
        return None
    lowered = [m.subject for m in moves if m.kind == kinds.LOWER_REQUEST]
    allowed = [m for m in moves if m.kind == kinds.ALLOW_IN_POOL]
    raised = tuple((m.nodepool, m.subject) for m in moves if m.kind == kinds.RAISE_LIMIT)
    pools, changes = dict(screen.pools), []
    template = relaxed(template, moves)
    requests: dict[str, int] = {}
    if lowered:
        largest = screen.lowered(mask, lowered)
        if largest is None:
            return None
        requests = largest
        for name in requests:
            axis = screen.prepared.axes.index(name)
            mask = mask & (screen.prepared.free[:, axis] >= requests[name])
    chosen = screen.candidates[screen.cheapest(mask)] if allowed else None
    for move in moves:
        if move.kind == kinds.LOWER_REQUEST:
            changes.append(_lowered(template, move.subject, requests[move.subject]))
        elif move.kind == kinds.ALLOW_IN_POOL and chosen is not None:
            pool, value = pools[move.nodepool], chosen.labels[move.subject]
            pools[pool.name] = widened(pool, move.subject, value)
            changes.append(_allowed(pool, pools[pool.name], move.subject, value))
        elif move.kind != kinds.RAISE_LIMIT:
            changes.append(template_change(move))
    for name, resource in raised:
        pool = pools[name]
        limits = tuple(pair for pair in pool.limits if pair[0] != resource)
        pools[name] = replace(pool, limits=limits)
    useful = mask | screen.mask([m for m in moves if m.kind != kinds.ALLOW_IN_POOL])
    return Draft(
        screen.with_requests(template, requests),
        tuple(pools.values()),
        tuple(changes),
        raised,
        screen.offerings(useful),
    )


def _lowered(template: PodTemplate, resource: str, amount: int) -> Change:
    before = dict(template.requests)[resource]
    return Change(
        kinds.LOWER_REQUEST,
        resource,
        format_amount(resource, before),
        format_amount(resource, amount),
    )


def _allowed(pool: NodePool, wider: NodePool, key: str, value: str) -> Change:
    return Change(
        kinds.ALLOW_IN_POOL,
        key,
        pool.requirements.by_key[key].describe(),
        wider.requirements.by_key[key].describe(),
        pool.name,
        value,
        pool_kind=pool.kind,
        builtin=pool.source == _BUILT_IN,
    )


def with_limits(
    unlimited: Draft, pools: Sequence[NodePool], snapshot: Snapshot, plan: Plan
) -> Draft | None:
    """Return the draft with the limits that its plan needs; None if one need not be raised."""
    fresh = tuple(node for node in plan.nodes if not node.existing)
    used = usage(snapshot, snapshot.cluster.nodes, fresh)
    limits = {pool.name: dict(pool.limits) for pool in pools}
    changes, after = list(unlimited.changes), {pool.name: pool for pool in unlimited.pools}
    for name, resource in unlimited.raised:
        before, needed = limits[name][resource], used.get(name, {}).get(resource, 0)
        if needed <= before:
            return None
        unit = {CPU: 1000, MEMORY: _GIB, USD_PER_HOUR: _CENT}.get(resource, 1)
        limits[name][resource] = amount = -(-needed // unit) * unit
        changes.append(
            Change(
                kinds.RAISE_LIMIT,
                resource,
                _limit(resource, before),
                _limit(resource, amount),
                name,
                pool_kind=after[name].kind,
            )
        )
    for name in dict.fromkeys(name for name, _ in unlimited.raised):
        after[name] = replace(after[name], limits=tuple(sorted(limits[name].items())))
    return replace(unlimited, pools=tuple(after.values()), changes=tuple(changes), raised=())


def _limit(resource: str, amount: int) -> str:
    """Return a limit as a quantity, in GiB if it is a whole number of GiB."""
    if resource == MEMORY and amount % _GIB == 0:
        return f"{amount // _GIB}Gi"
    return format_milli(amount) if resource == CPU else format_amount(resource, amount)
