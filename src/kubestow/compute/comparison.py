"""All options on the same pods, side by side.

Every option gets the same pods and the same prices. None depends on another, so they may be worked
out in several processes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

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
from kubestow.compute.optimum import Optimum, optimum
from kubestow.compute.settlement import FIRST_FLEET, obstacle_of
from kubestow.model.fargate_profile import FargateProfile
from kubestow.model.machine import Machine
from kubestow.model.option import Comparison, ComputeOption
from kubestow.model.reporter import EnoughError, Reporter, SilentReporter
from kubestow.model.work_item import RunItems, WorkItem, one_after_another


@dataclass(frozen=True, slots=True)
class OptionChoices:
    """The user's choices for the options."""

    node_groups: NodeGroups = field(default_factory=NodeGroups)
    fargate_profiles: Sequence[FargateProfile] = ()
    machines: Sequence[Machine] = ()


_Result = Optimum | ComputeOption | None

_KARPENTER, _TYPES_CHOSEN, _SETTLED, _PLANNED = 6, 8, 2, 1
"""About how many milliseconds a pod takes: where Karpenter is left alone, where several sets of
types are, where Cluster Autoscaler is with one, and where nobody is."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a comparison, which can be sent to another process.

    ``option`` returns None if the option does not apply.
    """

    case: ComparisonCase
    progress: str
    option: Callable[[ComparisonCase], _Result]

    def __call__(self, reporter: Reporter) -> _Result:
        reporter.progress(self.progress, 0, 0)
        return self.option(replace(self.case, reporter=reporter))


def compare(
    case: ComparisonCase, choices: OptionChoices, run: RunItems = one_after_another
) -> Comparison:
    """Return every option for the case's pods; Hybrid Nodes only if there are machines.

    If the reporter interrupts it, the options that are done are returned.
    """
    return _comparison(case, _steps(case, choices), run)


def compare_types(
    case: ComparisonCase, types: Sequence[str], run: RunItems = one_after_another
) -> Comparison:
    """Return kubestow's fleet and fleets of one instance type each."""
    per_pod = _SETTLED if _is_settled(case) else _PLANNED
    options = (
        _item(case, f"planning {name}", partial(homogeneous.option, instance_type=name), per_pod)
        for name in types
    )
    return _comparison(case, options, run)


def _steps(case: ComparisonCase, choices: OptionChoices) -> Iterator[WorkItem[_Result]]:
    groups, profiles, machines = choices.node_groups, choices.fargate_profiles, choices.machines
    item = partial(_item, case)
    karpenter_takes = _KARPENTER if _is_settled(case) else _PLANNED
    yield item("planning Karpenter's fleet", karpenter.option, karpenter_takes)
    yield item(
        "planning node groups with Cluster Autoscaler",
        partial(managed_node_group.option, groups=groups),
        _TYPES_CHOSEN if managed_node_group.tries_several(case, groups) else _SETTLED,
    )
    yield item("planning EKS Auto Mode", auto_mode.option, karpenter_takes)
    yield item("sizing pods for Fargate", partial(fargate.option, profiles=profiles), 0)
    if machines:
        option = partial(hybrid.option, machines=machines)
        yield item("placing pods on machines", option, _PLANNED)
    on_group = partial(mixture.system_on_node_group, groups=groups)
    yield item("planning mixtures", on_group, karpenter_takes)
    if profiles:
        on_fargate = partial(mixture.namespaces_on_fargate, profiles=profiles)
        yield item("planning mixtures", on_fargate, karpenter_takes)


def _is_settled(case: ComparisonCase) -> bool:
    return not obstacle_of(case)


def _item(
    case: ComparisonCase,
    progress: str,
    option: Callable[[ComparisonCase], _Result],
    milliseconds_per_pod: int,
) -> WorkItem[_Result]:
    pods = len(pods_to_run(case.snapshot))
    quiet = replace(case, reporter=SilentReporter())
    return WorkItem(_Step(quiet, progress, option), milliseconds_per_pod * pods)


def _comparison(
    case: ComparisonCase, options: Iterable[WorkItem[_Result]], run: RunItems
) -> Comparison:
    """Return kubestow's fleet and the options, until interrupted."""
    items = (_item(case, "planning kubestow's fleet", optimum, 0), *options)
    results: dict[int, _Result] = {}
    interrupted = False
    try:
        results.update(run(items, case.reporter))  # which keeps what there was before an interrupt
        case.reporter.progress("comparing", 0, 0)  # a search that was interrupted ends in a value
    except EnoughError:
        if 0 not in results:
            raise
        interrupted = True
    cheapest = results.pop(0)
    assert isinstance(cheapest, Optimum), "the first item is kubestow's fleet"
    assumptions = [
        *cheapest.plan.assumptions,
        *mixture.obstacles(case),
        *fargate.unpriced(case),
    ]
    if interrupted:
        assumptions.append("interrupted: options that were not finished are left out")
    if obstacle := obstacle_of(case):
        assumptions.append(f"Karpenter and Cluster Autoscaler: {FIRST_FLEET}: {obstacle}")
    ignored = case.snapshot.cluster.ignored
    assumptions += [f"left out: {item.count} {item.kind}: {item.reason}" for item in ignored]
    return Comparison(
        (cheapest.option, *_options(results)),
        cheapest.lower_bound,
        len(pods_to_run(case.snapshot)),
        tuple(dict.fromkeys(assumptions)),
        cheapest.plan.empty_pools,
        interrupted,
    )


def _options(results: Mapping[int, _Result]) -> Iterator[ComputeOption]:
    """Yield the options in their order; self-managed nodes follow managed node groups."""
    for _, option in sorted(results.items(), key=lambda item: item[0]):
        if isinstance(option, ComputeOption):
            yield option
            if option.id == managed_node_group.MANAGED_NODE_GROUPS.id:
                yield self_managed.option(option)
