"""All options on the same pods, side by side.

Law: every option is asked for the same pods and paid at the same prices; which can run them at
all, and what they cost, is each option's own affair.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubestow.compute import (
    auto_mode,
    fargate,
    hybrid,
    karpenter,
    managed_node_group,
    mixture,
    optimum,
    self_managed,
)
from kubestow.compute import (
    homogeneous as one_type,
)
from kubestow.compute.case import ComparisonCase, waiting
from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.machine import Machine
from kubestow.model.option import Comparison, ComputeOption
from kubestow.model.reporter import EnoughError
from kubestow.policies.cluster_autoscaler_packing import Expander


@dataclass(frozen=True, slots=True)
class OptionChoices:
    """What the options are made of, as the user chooses."""

    node_group_types: Sequence[str] = ()
    node_groups: int = managed_node_group.GROUPS_MOST
    expander: Expander = "least-waste"
    fargate_profiles: Sequence[FargateProfile] = ()
    machines: Sequence[Machine] = ()


def compare(case: ComparisonCase, choices: OptionChoices) -> Comparison:
    """Return every option for the case's pods; Hybrid Nodes only where there are machines.

    Ends with the options that are done when the reporter asks for it.
    """
    given = (choices.node_group_types, choices.node_groups, choices.expander)
    steps: list[tuple[str, Callable[[], ComputeOption | None]]] = [
        ("planning Karpenter's fleet", lambda: karpenter.option(case)),
        ("planning node groups with Cluster Autoscaler", lambda: managed_node_group.option(
            case, *given
        )),
        ("planning EKS Auto Mode", lambda: auto_mode.option(case)),
        ("sizing pods for Fargate", lambda: fargate.option(case, choices.fargate_profiles)),
    ]  # fmt: skip
    if choices.machines:
        steps.append(("filling machines", lambda: hybrid.option(case, choices.machines)))
    steps.append(("planning mixtures", lambda: mixture.system_on_node_group(case, given)))
    if choices.fargate_profiles:
        profiles = choices.fargate_profiles
        steps.append(("planning mixtures", lambda: mixture.namespaces_on_fargate(case, profiles)))
    return _comparison(case, steps)


def homogeneous(case: ComparisonCase, types: Sequence[str]) -> Comparison:
    """Return fleets of one type each, and kubestow's beside them."""
    return _comparison(
        case, [(f"planning {n}", functools.partial(one_type.option, case, n)) for n in types]
    )


def _comparison(
    case: ComparisonCase, steps: Sequence[tuple[str, Callable[[], ComputeOption | None]]]
) -> Comparison:
    """Return kubestow's fleet and what the steps yield, as far as time is given."""
    case.reporter.progress("planning kubestow's fleet", 0, 0)
    cheapest, bound, plan = optimum.option(case)
    found: list[ComputeOption] = [cheapest]
    more = [*plan.assumptions, *mixture.obstacles(case), *fargate.unpriced(case)]
    try:
        for step, option_of in steps:
            case.reporter.progress(step, 0, 0)
            option = option_of()
            if option is not None:
                found.append(option)
            if option is not None and option.id == managed_node_group.ID:
                found.append(self_managed.option(option))
    except EnoughError:
        more.append("interrupted: the options that were not done yet are left out")
    cluster = case.snapshot.cluster
    more += [f"left out: {i.count} {i.kind}: {i.reason}" for i in cluster.ignored]
    pods = len(waiting(case.snapshot))
    return Comparison(tuple(found), bound, pods, tuple(dict.fromkeys(more)), plan.empty_pools)
