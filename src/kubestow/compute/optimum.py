"""kubestow's own fleet: the cheapest found, with its proven minimum.

Its nodes are self-managed or launched by Karpenter, so there are no fees beyond the instances.
"""

from contextlib import suppress
from dataclasses import dataclass, replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_option import option_of
from kubestow.model.counted import counted
from kubestow.model.instance_type import NANO_USD
from kubestow.model.option import ComputeOption, Operation, OptionDescription, PlanWithInput
from kubestow.model.plan import LowerBound, Plan, Rehearsed
from kubestow.model.reporter import EnoughError
from kubestow.provisioning.preparation.offerings import pools_of
from kubestow.provisioning.rehearsed.plan_choice import mend

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
    """Return kubestow's fleet, rehearsed and mended if the case asks for it."""
    planned = case.planned(pools_of(case.snapshot.cluster))
    bound = planned.plan.lower_bound
    if case.rehearses:
        with suppress(EnoughError):  # interrupted: keep the plan as it is
            planned = _mended(case, planned)
    rehearsed = planned.plan.rehearsed
    if rehearsed is None:
        option = option_of(case, OPTIMUM, planned, stranded=None)
    else:
        description = OPTIMUM.noting(_rehearsal_note(rehearsed))
        option = option_of(case, description, planned, stranded=rehearsed.pending)
    return Optimum(option, planned.plan, bound)


def _mended(case: ComparisonCase, planned: PlanWithInput) -> PlanWithInput:
    plan = mend(planned.snapshot, planned.plan, reporter=case.reporter, seed=case.seed)
    return replace(planned, plan=plan)


def _rehearsal_note(rehearsed: Rehearsed) -> str:
    extra = rehearsed.extra_nano_usd_per_hour / NANO_USD
    return (
        f"rehearsed in {counted(rehearsed.orders, 'arrival order')}, "
        f"{counted(rehearsed.pending, 'pod')} Pending in the worst; this adds {extra:.4f} USD/h"
    )
