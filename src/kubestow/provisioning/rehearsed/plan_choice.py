"""Choosing which plan to mend: the one that was asked for, or a variant of it.

What a plan costs in the end is known only once it is mended. A guess from two orders of arrival
ranks the plans; the best is mended. Of a small cluster the best few are, the cheapest is believed
after many orders more, and cheaper fleets are looked for from there.
"""

from collections.abc import Sequence
from dataclasses import replace

from kubestow.model.kinds import FEW, KindsCurve, KindsWish
from kubestow.model.plan import Plan, PlannedNode
from kubestow.model.reporter import Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.provisioning.assemble import empty_nodes
from kubestow.provisioning.chosen_plan import of_types, within_kinds
from kubestow.provisioning.load_prices import with_load_prices
from kubestow.provisioning.node_notes import renoted
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.preparation.prepared_snapshot import prepare
from kubestow.provisioning.rehearsed.descent import Descent
from kubestow.provisioning.rehearsed.fleet_nodes import cost_of
from kubestow.provisioning.rehearsed.growth import grown, grown_on
from kubestow.provisioning.rehearsed.mended_fleet import MendedFleet, soundest
from kubestow.provisioning.rehearsed.mending import Mender
from kubestow.provisioning.rehearsed.variants import variants

ORDERS = 3
_SMALL = 300  # pods: for fewer, several of the plans that promise most are mended
_TRIED = 5
_DEAR = 1.12  # times the plan: above it, nodes more of its own are not all that is tried
_LARGER = 2  # times the price of the dearest node of a plan: larger nodes are not tried
_STRANDED_COSTS = 1.8  # times their share of the fleet: what mending costs, as measured


def mend(
    snapshot: Snapshot,
    plan: Plan,
    *,
    reporter: Reporter,
    orders: int = ORDERS,
    seed: int = 0,
    kinds: KindsCurve | None = None,
    wish: KindsWish | None = None,
    others: Sequence[Plan] = (),
) -> Plan:
    """Rehearse a plan and mend it; a plan without pods to place is returned as it is.

    ``kinds`` and ``wish`` are those that the plan was chosen by: it keeps to few types where they
    do. ``others`` are plans for the same pods that kube-scheduler may fill better. What the plan
    assumes stays; its notes on nodes are made again for those it ends with.
    """
    wish = wish or KindsWish()
    cache = PlanningCache()
    first = Mender(
        within_kinds(snapshot, kinds, wish),
        plan,
        orders=orders,
        seed=seed,
        reporter=reporter,
        cache=cache,
    )
    if not first.rehearsal.pods:
        return plan
    mended = _mended(first, snapshot, others, wish)
    mended = _priced(snapshot, mended, plan)
    return renoted(snapshot, replace(mended, assumptions=plan.assumptions), plan)


def _mended(first: Mender, snapshot: Snapshot, others: Sequence[Plan], wish: KindsWish) -> Plan:
    """Return the cheapest fleet found that passes many orders."""
    nodes, runs = first.plan.nodes, first.trial(first.plan.nodes)
    if not runs[-1].pending:
        runs += first.confirming(nodes)
    stranded = len(runs[-1].pending)
    if not stranded:
        return _told(first.rehearsed(nodes, runs), first, 0)
    first.stranded = stranded
    small = len(first.rehearsal.pods) < _SMALL
    exchangeable = _exchangeable(snapshot)
    rivals = (first.like(plan, of_types(snapshot, _types(plan))) for plan in others)
    fleets = grown((first, *rivals)) if exchangeable else []
    if small:
        fleets += [MendedFleet(m, *m.drafted()) for m in _ranked(first)[:_TRIED]]
    elif not fleets:
        return _told(_ranked(first)[0].mend(), first, stranded)
    elif min(fleet.rank[1] for fleet in fleets) > _DEAR * first.plan.cost_nano_usd_per_hour:
        mender = _ranked(first)[0]
        fleets.append(MendedFleet(mender, *mender.drafted()))
    best = soundest(fleets, grown_on)
    if small and exchangeable and not best.runs[-1].pending:
        best = _descended(best, first.plan, snapshot, wish, first.cache)
    return _told(best.mender.rehearsed(best.nodes, best.runs), first, stranded)


def _descended(
    fleet: MendedFleet, plan: Plan, snapshot: Snapshot, wish: KindsWish, cache: PlanningCache
) -> MendedFleet:
    """Return a cheaper fleet, if one is found by exchanging nodes."""
    descent = Descent(
        fleet.mender,
        _palette(snapshot, plan, cache),
        least=plan.cost_nano_usd_per_hour,
        kinds_most=wish.most or max(FEW, len(_types(plan))),
    )
    nodes, runs = descent.run(fleet.nodes, fleet.runs)
    return MendedFleet(fleet.mender, nodes, runs)


def _exchangeable(snapshot: Snapshot) -> bool:
    """Return whether nodes may be exchanged for others: nothing but their pods and cost counts.

    It does where a NodePool has limits, a weight of its own or a choice of types to keep.
    """
    pools = pools_of(snapshot.cluster)
    bound = any(pool.limits or pool.wants_choice for pool in pools)
    return not bound and len({pool.weight for pool in pools}) <= 1


def _ranked(mender: Mender) -> list[Mender]:
    """Return the plan and its variants, the one that promises most first."""
    others = (
        mender.like(plan)
        for plan in variants(mender.snapshot, mender.plan, mender.seed, mender.cache)
    )
    return sorted((mender, *others), key=_expected)


def _palette(snapshot: Snapshot, plan: Plan, cache: PlanningCache) -> list[PlannedNode]:
    """Return nodes like those of a plan: of their families, where they are.

    None is of a burstable type, whose price depends on its pods.
    """
    new = [node for node in plan.nodes if not node.existing]
    families = {_family(node) for node in new}
    places = {(node.nodepool, node.zone, node.capacity_type) for node in new}
    most = _LARGER * max((node.price.nano_usd_per_hour for node in new), default=0)
    types = snapshot.catalog.instance_types
    return [
        node
        for node in empty_nodes(prepare(snapshot, pools_of(snapshot.cluster), cache=cache))
        if _family(node) in families
        and (node.nodepool, node.zone, node.capacity_type) in places
        and node.price.nano_usd_per_hour <= most
        and not types[node.instance_type].burstable
    ]


def _types(plan: Plan) -> set[str]:
    return {node.instance_type for node in plan.nodes if not node.existing}


def _family(node: PlannedNode) -> str:
    return node.instance_type.partition(".")[0]


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


def _told(best: Plan, mender: Mender, stranded: int) -> Plan:
    """Return a mended plan with what it cost and what was stranded, told of the plan itself."""
    assert best.rehearsed is not None, "it was rehearsed just now"
    rehearsed = replace(
        best.rehearsed,
        stranded=max(stranded, best.rehearsed.stranded),
        pending_as_planned=mender.pending_as_planned,
    )
    return replace(best, rehearsed=rehearsed)


def _expected(mender: Mender) -> float:
    """Return what a plan is likely to cost when it is mended: a guess, from two orders."""
    mender.reporter.progress("rehearsing", 0, 0)
    worst = 0
    for order in mender.orders.known[:2]:
        run = mender.play(mender.plan.nodes, order)
        worst = max(worst, mender.worth(run) if run.pending else 0)
    return cost_of(mender.plan.nodes) * (1 + _STRANDED_COSTS * worst / 1e6)
