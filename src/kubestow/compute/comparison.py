"""All options on the same pods, side by side.

Every option is asked for the same pods and paid at the same prices; which pods it can run, and what
they cost on it, is each option's own affair.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kubestow.compute import (
    auto_mode,
    fargate,
    homogeneous,
    hybrid,
    karpenter,
    managed_node_group,
    mixture,
    self_managed,
)
from kubestow.compute.case import ComparisonCase, pods_to_run
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.compute.optimum import optimum
from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.machine import Machine
from kubestow.model.option import Comparison, ComputeOption
from kubestow.model.reporter import EnoughError


@dataclass(frozen=True, slots=True)
class OptionChoices:
    """What the options are made of, as the user chooses."""

    node_groups: NodeGroups = field(default_factory=NodeGroups)
    fargate_profiles: Sequence[FargateProfile] = ()
    machines: Sequence[Machine] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """What is planned next; ``option`` returns None where the option does not apply."""

    progress: str
    option: Callable[[], ComputeOption | None]


def compare(case: ComparisonCase, choices: OptionChoices) -> Comparison:
    """Return every option for the case's pods; Hybrid Nodes only where there are machines.

    Ends with the options that are done when the reporter asks for it.
    """
    return _comparison(case, _steps(case, choices))


def compare_types(case: ComparisonCase, types: Sequence[str]) -> Comparison:
    """Return fleets of one type each, and kubestow's beside them."""
    return _comparison(
        case,
        [_Step(f"planning {name}", functools.partial(homogeneous.option, case, name))
         for name in types],
    )  # fmt: skip


def _steps(case: ComparisonCase, choices: OptionChoices) -> Iterator[_Step]:
    groups, profiles = choices.node_groups, choices.fargate_profiles
    yield _Step("planning Karpenter's fleet", lambda: karpenter.option(case))
    yield _Step(
        "planning node groups with Cluster Autoscaler",
        lambda: managed_node_group.option(case, groups),
    )
    yield _Step("planning EKS Auto Mode", lambda: auto_mode.option(case))
    yield _Step("sizing pods for Fargate", lambda: fargate.option(case, profiles))
    if choices.machines:
        yield _Step("filling machines", lambda: hybrid.option(case, choices.machines))
    yield _Step("planning mixtures", lambda: mixture.system_on_node_group(case, groups))
    if profiles:
        yield _Step("planning mixtures", lambda: mixture.namespaces_on_fargate(case, profiles))


def _comparison(case: ComparisonCase, steps: Iterable[_Step]) -> Comparison:
    """Return kubestow's fleet and what the steps yield, as far as time is given."""
    case.reporter.progress("planning kubestow's fleet", 0, 0)
    cheapest = optimum(case)
    options = [cheapest.option]
    assumptions = [
        *cheapest.plan.assumptions,
        *mixture.obstacles(case),
        *fargate.unpriced(case),
    ]
    try:
        for step in steps:
            case.reporter.progress(step.progress, 0, 0)
            option = step.option()
            if option is None:
                continue
            options.append(option)
            if option.id == managed_node_group.MANAGED_NODE_GROUPS.id:
                options.append(self_managed.option(option))
    except EnoughError:
        assumptions.append("interrupted: the options that were not done yet are left out")
    ignored = case.snapshot.cluster.ignored
    assumptions += [f"left out: {item.count} {item.kind}: {item.reason}" for item in ignored]
    return Comparison(
        tuple(options),
        cheapest.lower_bound,
        len(pods_to_run(case.snapshot)),
        tuple(dict.fromkeys(assumptions)),
        cheapest.plan.empty_pools,
    )
