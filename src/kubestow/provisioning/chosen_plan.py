"""The plan to show: the cheapest fleet found, or one of few kinds that costs little more."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from kubestow.model.kinds import FEW, KindsCurve, KindsWish
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Plan
from kubestow.model.reporter import Reporter, SilentReporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.warm_start import WarmStart
from kubestow.provisioning.assemble import assemble, assemble_unproven
from kubestow.provisioning.kinds import choose_kinds, types_of
from kubestow.provisioning.packing.fleet_search import WORK_LIMIT
from kubestow.provisioning.preparation.planning_cache import PlanningCache
from kubestow.provisioning.provision import GAP, Fleet, provision


@dataclass(frozen=True, slots=True)
class ChosenPlan:
    """A plan, the fleet it is of, and the costs by number of kinds where they were asked for.

    ``others`` are plans of few other kinds for the same pods.
    """

    plan: Plan
    fleet: Fleet
    kinds: KindsCurve | None
    others: tuple[Plan, ...] = ()


def chosen_plan(
    snapshot: Snapshot,
    pools: tuple[NodePool, ...],
    wish: KindsWish | None,
    *,
    work_limit: int = WORK_LIMIT,
    seed: int = 0,
    reporter: Reporter | None = None,
    gap: float = GAP,
    holds_gap: bool = False,
    start: WarmStart | None = None,
    cache: PlanningCache | None = None,
) -> ChosenPlan:
    """Plan the cheapest fleet found; with a wish, one of as few instance types as it says.

    If it ``holds_gap``, fewer kinds do not take the cost above the ``gap``. For the other settings
    see ``provision``.
    """
    reporter = reporter or SilentReporter()
    fleet = provision(
        snapshot,
        pools,
        work_limit=work_limit,
        seed=seed,
        reporter=reporter,
        gap=gap,
        start=start,
        cache=cache,
    )
    if wish is None:
        return ChosenPlan(assemble(fleet), fleet, None)
    chosen = choose_kinds(
        fleet,
        wish if not _prices_nodes(snapshot) else replace(wish, node_worth=0),
        gap=gap,
        holds_gap=holds_gap,
        work_limit=work_limit,
        seed=seed,
        reporter=reporter,
    )
    plan = replace(assemble(chosen.fleet), lower_bound=chosen.lower_bound)
    most = wish.most or FEW
    few = [each for each in chosen.others if len(types_of(each)) <= most]
    made = [assemble_unproven(each, every_node=True) for each in few]
    others = tuple(replace(plan, nodes=each.nodes, witness=each.witness) for each in made)
    return ChosenPlan(plan, chosen.fleet, chosen.curve, others)


def _prices_nodes(snapshot: Snapshot) -> bool:
    """Return whether the user tells what a node costs beside its instance."""
    costs = snapshot.catalog.costs
    return costs is not None and any(not extra.per_vcpu for extra in costs.extras)


def within_kinds(snapshot: Snapshot, curve: KindsCurve | None, wish: KindsWish) -> Snapshot:
    """Return the snapshot to rehearse a plan in: with the plan's types alone, if they are few."""
    if curve is None or curve.shown.kinds is None:
        return snapshot
    if len(curve.shown.types) > FEW and not wish.most:
        return snapshot
    return of_types(snapshot, curve.shown.types)


def of_types(snapshot: Snapshot, types: Collection[str]) -> Snapshot:
    """Return the snapshot with these instance types alone on sale."""
    catalog = snapshot.catalog.narrowed(lambda offering: offering.instance_type in types)
    return replace(snapshot, catalog=catalog)
