"""kubestow's own fleet: the cheapest found, with its proven minimum.

Its nodes are self-managed or launched by Karpenter, so there are no fees beyond the instances. It
has two costs: one if kubestow lands the pods, one if kube-scheduler places them alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.model.counted import counted
from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import ComputeOption, Operation, OptionDescription, PlanWithInput
from kubestow.model.placements import KUBE_SCHEDULER, Placement, placements_of
from kubestow.model.plan import LowerBound, Plan, Rehearsed
from kubestow.model.reporter import EnoughError
from kubestow.provisioning.chosen_plan import ChosenPlan, chosen_plan
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.rehearsed.plan_choice import landed, mend

OPTIMUM = OptionDescription(
    "optimum",
    "kubestow's fleet",
    Operation(
        "you: AMIs and add-ons, by replacing nodes",
        "about a minute, the time EC2 takes to launch a node",
        "until you replace it",
    ),
    bounded=True,
)


@dataclass(frozen=True, slots=True)
class Optimum:
    """The option, its plan, and the proven minimum of what its instances cost."""

    option: ComputeOption
    plan: Plan
    lower_bound: LowerBound


def optimum(case: ComparisonCase) -> Optimum:
    """Return kubestow's fleet; if the case asks for a rehearsal, with what it costs both ways."""
    pools = pools_of(case.snapshot.cluster)
    chosen = chosen_plan(
        case.snapshot,
        pools,
        case.kinds,
        work_limit=case.work_limit,
        seed=case.seed,
        reporter=case.reporter,
        cache=case.cache,
    )
    planned = PlanWithInput(case.snapshot, chosen.plan, pools)
    mended = _mended(case, planned, chosen) if case.rehearses else None
    to_land = planned if mended is None else _landed(case, planned, mended)
    placements = placements_of(
        to_land.plan, None if mended is None else mended.plan, case.placed_by
    )
    on_landing = replace(_option(case, to_land, ()), stranded=placements.landed.pending)
    placements = replace(placements, landed=_whole(placements.landed, on_landing))
    shown, other = on_landing, mended
    if mended is not None and placements.rehearsed is not None:
        pending = placements.rehearsed.pending
        left = case.stranded(mended) if pending else ()
        alone = replace(_option(case, mended, left), stranded=pending)
        placements = replace(placements, rehearsed=_whole(placements.rehearsed, alone))
        if placements.by == KUBE_SCHEDULER:
            shown, other = alone, to_land
    if to_land is mended:
        other = None
    option = replace(shown, placements=placements, other=other)
    return Optimum(option, shown.plans[0].plan, planned.plan.lower_bound)


def _mended(
    case: ComparisonCase, planned: PlanWithInput, chosen: ChosenPlan
) -> PlanWithInput | None:
    """Return the plan rehearsed and mended; None if that is interrupted."""
    try:
        plan = mend(
            planned.snapshot,
            planned.plan,
            reporter=case.reporter,
            seed=case.seed,
            kinds=chosen.kinds,
            wish=case.kinds,
            others=chosen.others,
        )
    except EnoughError:
        return None
    return replace(planned, plan=plan)


def _landed(case: ComparisonCase, planned: PlanWithInput, mended: PlanWithInput) -> PlanWithInput:
    plan = landed(case.snapshot, planned.plan, mended.plan)
    return mended if plan is mended.plan else planned


def _option(
    case: ComparisonCase, planned: PlanWithInput, stranded: Sequence[str] | None
) -> ComputeOption:
    rehearsed = planned.plan.rehearsed
    description = OPTIMUM.noting(_rehearsal_note(rehearsed)) if rehearsed else OPTIMUM
    return option_of(case, description, planned, stranded=stranded)


def _whole(placement: Placement, option: ComputeOption) -> Placement:
    """Return a placement with the whole cost of its option."""
    return replace(placement, nano_usd_per_hour=option.nano_usd_per_hour, nodes=option.nodes)


def _rehearsal_note(rehearsed: Rehearsed) -> str:
    extra = rehearsed.extra_nano_usd_per_hour / NANO_USD
    return (
        f"rehearsed in {counted(rehearsed.orders, 'arrival order')}, "
        f"{counted(rehearsed.pending, 'pod')} Pending in the worst; this adds {extra:.4f} USD/h"
    )
