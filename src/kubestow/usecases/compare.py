"""Compare: the same pods on every compute option of EKS, each option's plan judged.

Karpenter and Cluster Autoscaler are left alone with the pods in a simulation, which judges every
binding, eviction and decision.
"""

from dataclasses import dataclass, field

from kubestow.compute.case import ComparisonCase
from kubestow.compute.comparison import OptionChoices, compare_types
from kubestow.compute.comparison import compare as compared
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import Catalog
from kubestow.model.kinds import KindsWish
from kubestow.model.option import Comparison
from kubestow.model.placements import KUBE_SCHEDULER, Placer
from kubestow.model.reporter import EnoughError, Reporter
from kubestow.model.snapshot import Snapshot
from kubestow.model.suggestion import did_you_mean
from kubestow.model.work_item import RunItems, one_after_another
from kubestow.usecases.empty_pools import notes_on_empty_pools
from kubestow.usecases.judged import judged
from kubestow.usecases.resting import left_alone

__all__ = ["CompareAnswer", "CompareRequest", "NodeGroups", "OptionChoices", "compare"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CompareRequest:
    """The pods, and what the options are made of.

    With ``types`` fleets of one instance type each are compared instead of compute options.
    ``placed_by`` says who places the pods of kubestow's fleet; that is kubestow if ``rehearse`` is
    False; ``kinds`` how many instance types it may be of. Unless autoscalers are to ``settle``,
    only their first fleets are compared.
    """

    snapshot: Snapshot
    choices: OptionChoices = field(default_factory=OptionChoices)
    types: tuple[str, ...] = ()
    hours_per_month: float = 730.0
    seed: int = 0
    rehearse: bool = True
    settle: bool = True
    placed_by: Placer = KUBE_SCHEDULER
    kinds: KindsWish = field(default_factory=KindsWish)


@dataclass(frozen=True, slots=True)
class CompareAnswer:
    """A comparison whose plans the judge accepts, and notes about the input."""

    comparison: Comparison
    notes: tuple[str, ...]


def compare(
    request: CompareRequest, reporter: Reporter, run: RunItems = one_after_another
) -> CompareAnswer:
    """Plan every option and judge each plan; ``run`` may plan them side by side.

    Raises InputError for types that are not sold, RefusedPlanError and BrokenRunError for a bug of
    kubestow's, and KeyboardInterrupt where there is nothing to show yet.
    """
    catalog = request.snapshot.catalog
    if catalog.costs is not None and catalog.costs.reservations:
        raise InputError(
            f"{catalog.costs.file}: Costs: reservations: a comparison does not support them",
            hint="omit them, or use 'kubestow plan'",
        )
    _check_sold(request.types, catalog, "--types")
    _check_sold(tuple(request.choices.node_groups.types), catalog, "--node-group-types")
    case = ComparisonCase(
        request.snapshot,
        request.hours_per_month,
        request.seed,
        rehearses=request.rehearse,
        placed_by=request.placed_by,
        kinds=request.kinds,
        reporter=reporter,
        settler=left_alone if request.settle else None,
    )
    try:
        if request.types:
            comparison = compare_types(case, request.types, run)
        else:
            comparison = compared(case, request.choices, run)
    except EnoughError as interrupt:  # before the first option was done
        raise KeyboardInterrupt from interrupt
    for option in comparison.options:
        for planned in (*option.plans, *([option.other] if option.other else ())):
            judged(planned.snapshot, planned.plan, planned.pools, option.title)
    cluster = request.snapshot.cluster
    notes = notes_on_empty_pools(comparison.empty_pools, cluster, catalog.region)
    if comparison.interrupted:
        notes += ("interrupted: options that were not finished are left out",)
    return CompareAnswer(comparison, notes)


def _check_sold(types: tuple[str, ...], catalog: Catalog, where: str) -> None:
    """Raise InputError for an instance type that is not sold in the catalog's region."""
    sold = {
        offering.instance_type
        for offering in catalog.offerings
        if offering.price is not None and not catalog.instance_types[offering.instance_type].macos
    }
    for name in types:
        if name not in sold:
            raise InputError(
                f"{where}: {name!r} is not sold in {catalog.region}",
                hint=did_you_mean(name, sorted(sold))
                or f"'kubestow catalog list --region {catalog.region}' lists the types that are",
            )
