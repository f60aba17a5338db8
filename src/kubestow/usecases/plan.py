"""Plan: the cheapest fleet for a snapshot's pods, rehearsed and judged.

There are two plans: the one whose pods kubestow has to land, and the rehearsed one, which
kube-scheduler fills alone. Both are judged; the request says which is shown.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from kubestow import engine
from kubestow.compute.node_parts import node_parts
from kubestow.model.certificate import Certificate
from kubestow.model.kinds import KindsCurve, KindsWish
from kubestow.model.nodepool import NodePool
from kubestow.model.option import CostPart
from kubestow.model.placements import KUBE_SCHEDULER, KUBESTOW, Placements, Placer, placements_of
from kubestow.model.plan import Plan
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.warm_start import WarmStart
from kubestow.model.wishes import Wishes
from kubestow.provisioning.load_prices import with_load_prices
from kubestow.provisioning.node_notes import renoted
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT
from kubestow.provisioning.provision import GAP
from kubestow.provisioning.rehearsed.plan_choice import landed
from kubestow.provisioning.wishes.desired_nodes import (
    as_launched,
    on_existing_nodes,
    without_desired_nodes,
)
from kubestow.usecases.empty_pools import notes_on_empty_pools
from kubestow.usecases.judged import judged
from kubestow.usecases.paid_nodes import with_paid_nodes
from kubestow.usecases.wishes import with_alternatives, with_wishes

NOT_REHEARSED = "interrupted: this is the best plan so far, and its rehearsal is incomplete"


NOT_FEW = "--kinds has no effect: no node is launched, or some of a desired size, or pods are left"


def _no_clock() -> float:
    return 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRequest:
    """What is planned, and how far.

    The search ends at ``gap`` above the proven minimum (0.01 is one percent) or when ``work_limit``
    node fillings are done. ``kinds`` tells how many instance types new nodes may be of; if it
    ``holds_gap``, fewer do not take the cost above the gap. ``placed_by`` says who places the pods
    of the plan that is shown; that is kubestow if ``rehearse`` is False. Prices a month, of
    volumes, become prices an hour by ``hours_per_month``. ``clock`` returns seconds; it is only
    read to say how long steps took.
    """

    snapshot: Snapshot
    wishes: Wishes = field(default_factory=Wishes)
    seed: int = 0
    rehearse: bool = True
    placed_by: Placer = KUBE_SCHEDULER
    work_limit: int = WORK_LIMIT
    gap: float = GAP
    hours_per_month: float = 730.0
    start: WarmStart | None = None
    kinds: KindsWish | None = None
    holds_gap: bool = False
    clock: Callable[[], float] = _no_clock


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanAnswer:
    """A plan that the judge accepts, and the snapshot it is for.

    ``landed`` is the plan whose pods kubestow has to land, ``rehearsed`` the one that
    kube-scheduler fills alone, None without a complete rehearsal; ``plan`` is the one of them that
    is shown, and ``placements`` what both cost. ``plan_with_alternatives`` also lists what else
    could be launched, where a wish needs that; ``beside`` is what new nodes cost that is not in
    their price: root volumes, fees. ``certificate`` proves the minimum and ``warm_start`` is a
    start for the next plan, both made when they are asked for. ``kinds`` is what other numbers of
    instance types cost.
    """

    snapshot: Snapshot
    plan: Plan
    landed: Plan
    rehearsed: Plan | None
    placements: Placements
    plan_with_alternatives: Plan
    pools: tuple[NodePool, ...]
    beside: tuple[CostPart, ...]
    certificate: Callable[[], Certificate]
    warm_start: Callable[[], WarmStart]
    kinds: KindsCurve | None = None
    notes: tuple[str, ...] = ()
    solve_seconds: float = 0.0
    rehearsal_seconds: float = 0.0


def plan(request: PlanRequest, reporter: Reporter) -> PlanAnswer:
    """Plan, rehearse and judge.

    Raises InputError for what cannot be planned as given, RefusedPlanError for a bug of kubestow's.
    """
    wished = with_wishes(with_paid_nodes(request.snapshot), request.wishes)
    # Nodes of a desired size exist while the rest is planned, and are new nodes of the plan.
    snapshot, planned_for = wished.snapshot, without_desired_nodes(wished.snapshot)
    started = request.clock()
    solved = engine.solve(
        snapshot,
        work_limit=request.work_limit,
        seed=request.seed,
        reporter=reporter,
        gap=request.gap,
        start=request.start,
        kinds=request.kinds,
        holds_gap=request.holds_gap,
    )
    planned = on_existing_nodes(snapshot, solved.plan, request.seed)
    mended: Plan | None = None
    solved_at = request.clock()
    pools, notes = engine.pools_of(snapshot), wished.notes
    if request.kinds is not None and request.kinds.most is not None and solved.kinds is None:
        notes = (*notes, NOT_FEW)
    if any(pool.wants_choice for pool in pools):  # a rehearsal moves pods without regard to it
        judged(snapshot, planned, pools)
    if request.rehearse:
        try:
            mended = engine.rehearse(
                snapshot,
                planned,
                seed=request.seed,
                reporter=reporter,
                kinds=solved.kinds,
                wish=request.kinds,
                others=solved.others,
            )
        except EnoughError:
            notes = (*notes, NOT_REHEARSED)
    with suppress(EnoughError):  # after an interrupt the judge is asked all the same
        reporter.progress("judging the plan", 0, 0)
    rehearsed_at = request.clock()
    finished = partial(_launched, snapshot, planned_for, pools)
    rehearsed = None if mended is None else finished(mended)
    to_land = planned if mended is None else landed(snapshot, planned, mended)
    on_landing = rehearsed if rehearsed and to_land is mended else finished(to_land)
    placements = placements_of(on_landing, rehearsed, request.placed_by)
    final = on_landing if rehearsed is None or placements.by == KUBESTOW else rehearsed
    notes += notes_on_empty_pools(final.empty_pools, planned_for.cluster, final.region)
    return PlanAnswer(
        snapshot=planned_for,
        plan=final,
        landed=on_landing,
        rehearsed=rehearsed,
        placements=placements,
        plan_with_alternatives=with_alternatives(planned_for, final, request.wishes),
        pools=pools,
        beside=node_parts(final, pools, snapshot.catalog, request.hours_per_month),
        certificate=solved.certificate,
        warm_start=solved.warm_start,
        kinds=solved.kinds,
        notes=notes,
        solve_seconds=solved_at - started,
        rehearsal_seconds=rehearsed_at - solved_at,
    )


def _launched(
    snapshot: Snapshot, planned_for: Snapshot, pools: tuple[NodePool, ...], fleet: Plan
) -> Plan:
    """Return a fleet with its desired nodes as new ones, judged."""
    launched = with_load_prices(planned_for, as_launched(snapshot, fleet))
    return judged(planned_for, renoted(planned_for, launched, fleet), pools)
