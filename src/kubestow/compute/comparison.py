"""All options on the same pods, side by side.

Every option gets the same pods and the same prices.
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
from kubestow.compute.settlement import FIRST_FLEET, obstacle_of
from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.machine import Machine
from kubestow.model.option import Comparison, ComputeOption
from kubestow.model.reporter import EnoughError


@dataclass(frozen=True, slots=True)
class OptionChoices:
    """The user's choices for the options."""

    node_groups: NodeGroups = field(default_factory=NodeGroups)
    fargate_profiles: Sequence[FargateProfile] = ()
    machines: Sequence[Machine] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a comparison; ``option`` returns None if the option does not apply."""

    progress: str
    option: Callable[[], ComputeOption | None]


def compare(case: ComparisonCase, choices: OptionChoices) -> Comparison:
    """Return every option for the case's pods; Hybrid Nodes only if there are machines.

    If the reporter interrupts it, the options that are done are returned.
    """
    return _comparison(case, _steps(case, choices))


def compare_types(case: ComparisonCase, types: Sequence[str]) -> Comparison:
    """Return kubestow's fleet and fleets of one instance type each."""
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
        yield _Step("placing pods on machines", lambda: hybrid.option(case, choices.machines))
    yield _Step("planning mixtures", lambda: mixture.system_on_node_group(case, groups))
    if profiles:
        yield _Step("planning mixtures", lambda: mixture.namespaces_on_fargate(case, profiles))


def _comparison(case: ComparisonCase, steps: Iterable[_Step]) -> Comparison:
    """Return kubestow's fleet and the options of the steps, until interrupted."""
    case.reporter.progress("planning kubestow's fleet", 0, 0)
    cheapest = optimum(case)
    options = [cheapest.option]
    assumptions = [
        *cheapest.plan.assumptions,
        *mixture.obstacles(case),
        *fargate.unpriced(case),
    ]
    interrupted = False
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
        interrupted = True
        assumptions.append("interrupted: options that were not finished are left out")
    if obstacle := obstacle_of(case):
        assumptions.append(f"Karpenter and Cluster Autoscaler: {FIRST_FLEET}: {obstacle}")
    ignored = case.snapshot.cluster.ignored
    assumptions += [f"left out: {item.count} {item.kind}: {item.reason}" for item in ignored]
    return Comparison(
        tuple(options),
        cheapest.lower_bound,
        len(pods_to_run(case.snapshot)),
        tuple(dict.fromkeys(assumptions)),
        cheapest.plan.empty_pools,
        interrupted,
    )
