"""Common mixtures: some pods on a node group or Fargate, the rest on Karpenter.

The parts are planned separately, so constraints between pods of different parts are not considered,
and both parts' nodes run the DaemonSets. Pods that one part cannot run are not tried on the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kubestow.compute import fargate, karpenter, managed_node_group
from kubestow.compute.case import ComparisonCase
from kubestow.compute.managed_node_group import NodeGroups
from kubestow.model.fargate_profile import FargateProfile, selecting
from kubestow.model.option import (
    CONTROL_PLANE,
    ComputeOption,
    Operation,
    OptionDescription,
    Settlement,
)
from kubestow.model.pod import Pod

SYSTEM_NAMESPACES = ("kube-system",)
_APART = "planned separately: constraints between pods of different parts are not considered"


def obstacles(case: ComparisonCase) -> tuple[str, ...]:
    """Say why no mixtures are planned, if their parts would share something."""
    cluster = case.snapshot.cluster
    if cluster.nodes:
        return ("mixtures are not compared: their parts would share the nodes of the input",)
    if any(pool.limits for pool in cluster.nodepools):
        return ("mixtures are not compared: their parts would share NodePool limits",)
    return ()


def system_on_node_group(case: ComparisonCase, groups: NodeGroups) -> ComputeOption | None:
    """Return system pods on a managed node group of one type and the rest on Karpenter.

    None if there are no system pods to run, or no others.
    """
    split = _split(case, lambda pod: pod.namespace in SYSTEM_NAMESPACES)
    if split is None:
        return None
    return _both(
        "system-and-karpenter",
        "kube-system on a managed node group, the rest on Karpenter",
        managed_node_group.option(split.selected, replace(groups, most=1)),
        karpenter.option(split.rest),
    )


def namespaces_on_fargate(
    case: ComparisonCase, profiles: Sequence[FargateProfile]
) -> ComputeOption | None:
    """Return the pods that Fargate profiles select on Fargate and the rest on Karpenter.

    None if the profiles select no pods or all pods, or if Fargate has no price.
    """
    split = _split(case, lambda pod: bool(selecting(profiles, pod.namespace, dict(pod.labels))))
    if split is None:
        return None
    on_fargate = fargate.option(split.selected, profiles)
    if on_fargate is None:
        return None
    return _both(
        "fargate-and-karpenter",
        "Pods of Fargate profiles on Fargate, the rest on Karpenter",
        on_fargate,
        karpenter.option(split.rest),
    )


@dataclass(frozen=True, slots=True)
class _Split:
    """A case with some of the pods, and with the others."""

    selected: ComparisonCase
    rest: ComparisonCase


def _split(case: ComparisonCase, selects: Callable[[Pod], bool]) -> _Split | None:
    """Return the case in two; None if it cannot be split or a part has no pods to run."""
    if obstacles(case):
        return None
    selected = _part(case, selects)
    rest = _part(case, lambda pod: not selects(pod))
    return _Split(selected, rest) if _has_pending(selected) and _has_pending(rest) else None


def _part(case: ComparisonCase, selects: Callable[[Pod], bool]) -> ComparisonCase:
    """Return the case with the pods that are selected."""
    cluster = case.snapshot.cluster
    cluster = replace(cluster, pods=tuple(filter(selects, cluster.pods)))
    return replace(case, snapshot=replace(case.snapshot, cluster=cluster))


def _has_pending(case: ComparisonCase) -> bool:
    return any(not pod.node_name for pod in case.snapshot.cluster.pods)


def _both(identity: str, title: str, first: ComputeOption, second: ComputeOption) -> ComputeOption:
    """Return two options as one, with a single control plane."""
    costs = tuple(part for part in first.costs if part.part != CONTROL_PLANE)
    notes = dict.fromkeys((_APART, *first.description.notes, *second.description.notes))
    return ComputeOption(
        OptionDescription(identity, title, _operation(first, second), tuple(notes)),
        (*first.fleet, *second.fleet),
        (*costs, *second.costs),
        (*first.cannot_run, *second.cannot_run),
        first.pods + second.pods,
        None if second.stranded is None else (first.stranded or 0) + second.stranded,
        (*first.plans, *second.plans),
        settlement=_settlement(first, second),
    )


def _settlement(first: ComputeOption, second: ComputeOption) -> Settlement | None:
    """Return how both parts settled side by side; a part that cannot change is there at once."""
    one, other = first.settlement, second.settlement
    if other is None or (one is None and first.plans):
        return None
    unchanged = first.nano_usd_per_hour, first.nodes
    before = unchanged if one is None else (one.first_nano_usd_per_hour, one.first_nodes)
    once = first.part(CONTROL_PLANE)
    return Settlement(
        before[0] - once + other.first_nano_usd_per_hour,
        before[1] + other.first_nodes,
        max(one.seconds if one else 0, other.seconds),
        (one.evictions if one else 0) + other.evictions,
        other.rests and (one is None or one.rests),
        other.limit_seconds,
    )


def _operation(first: ComputeOption, second: ComputeOption) -> Operation:
    one, other = first.description.operation, second.description.operation
    return Operation(
        f"{first.title}: {one.patches}; {second.title}: {other.patches}",
        f"{first.title}: {one.first_pod}; {second.title}: {other.first_pod}",
        f"{first.title}: {one.node_life}; {second.title}: {other.node_life}",
    )
