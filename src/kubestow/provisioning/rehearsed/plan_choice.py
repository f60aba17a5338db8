"""Choosing which plan to mend: the one that was asked for, or a variant of it.

What a plan costs in the end is known only once it is mended. A guess from two orders of arrival
ranks the plans; the best is mended, or the best few of a small cluster.
"""

from dataclasses import replace

from kubestow.model.plan import Plan
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.load_prices import with_load_prices
from kubestow.provisioning.node_notes import renoted
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.rehearsed.mending import Mender, cost_of
from kubestow.provisioning.rehearsed.variants import variants

ORDERS = 3
_SMALL = 300  # pods: for fewer, several of the plans that promise most are mended
_TRIED = 5
_STRANDED_COSTS = 1.8  # times their share of the fleet: what mending costs, as measured


def mend(
    snapshot: Snapshot, plan: Plan, *, reporter: Reporter, orders: int = ORDERS, seed: int = 0
) -> Plan:
    """Rehearse a plan and mend it; a plan without pods to place is returned as it is.

    What the plan assumes stays; its notes on nodes are made again for those it ends with.
    """
    mended = _mended(snapshot, plan, reporter=reporter, orders=orders, seed=seed)
    if mended is plan:
        return plan
    mended = _priced(snapshot, mended, plan)
    return renoted(snapshot, replace(mended, assumptions=plan.assumptions), plan)


def _priced(snapshot: Snapshot, mended: Plan, plan: Plan) -> Plan:
    """Return a mended plan at the prices of what runs on its nodes now."""
    assert mended.rehearsed is not None, "it was rehearsed just now"
    priced = with_load_prices(snapshot, mended)
    extra = priced.cost_nano_usd_per_hour - plan.cost_nano_usd_per_hour
    return replace(priced, rehearsed=replace(mended.rehearsed, extra_nano_usd_per_hour=extra))


def landed(snapshot: Snapshot, plan: Plan, mended: Plan) -> Plan:
    """Return the plan whose pods are landed: the plan itself, or the mended one if it costs less.

    A mended plan moves pods without regard to a NodePool that wants a choice of spot types.
    """
    if mended.nodes == plan.nodes:
        return mended
    is_choosy = any(pool.wants_choice for pool in pools_of(snapshot.cluster))
    cheaper = mended.cost_nano_usd_per_hour < plan.cost_nano_usd_per_hour
    return mended if cheaper and not is_choosy else plan


def _mended(snapshot: Snapshot, plan: Plan, *, reporter: Reporter, orders: int, seed: int) -> Plan:
    cache = PlanningCache()
    mender = Mender(snapshot, plan, orders=orders, seed=seed, reporter=reporter, cache=cache)
    if not mender.rehearsal.pods:
        return plan
    stranded = mender.first()
    if not stranded:
        return _told(mender.mend(), plan, mender, 0)
    others = (
        Mender(snapshot, other, orders=orders, seed=seed, reporter=reporter, cache=cache)
        for other in variants(snapshot, plan, seed, cache)
    )
    ranked = sorted((mender, *others), key=_expected)
    tried = ranked[: _TRIED if len(mender.rehearsal.pods) < _SMALL else 1]
    best = min((each.mend() for each in tried), key=_rank)
    return _told(best, plan, mender, stranded)


def _told(best: Plan, plan: Plan, mender: Mender, stranded: int) -> Plan:
    """Return the mended plan with what it cost and what was stranded, told of the plan itself."""
    assert best.rehearsed is not None, "it was rehearsed just now"
    rehearsed = replace(
        best.rehearsed,
        extra_nano_usd_per_hour=best.cost_nano_usd_per_hour - plan.cost_nano_usd_per_hour,
        stranded=max(stranded, best.rehearsed.stranded),
        pending_as_planned=mender.pending_as_planned,
    )
    return replace(best, rehearsed=rehearsed)


def _expected(mender: Mender) -> float:
    """Return what a plan is likely to cost when it is mended: a guess, from two orders."""
    mender.reporter.progress("rehearsing", 0, 0)
    worst = 0
    for number, order in enumerate(mender.orders[:2]):
        run = mender.play(mender.plan.nodes, order, mender.seed + number)
        worst = max(worst, mender.worth(run) if run.pending else 0)
    return cost_of(mender.plan.nodes) * (1 + _STRANDED_COSTS * worst / 1e6)


def _rank(plan: Plan) -> tuple[int, int]:
    """Return what makes a mended plan better: fewer pods Pending, then less money."""
    pending = plan.rehearsed.pending if plan.rehearsed else 0
    return pending, plan.cost_nano_usd_per_hour
