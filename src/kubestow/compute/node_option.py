"""An option made from a plan: its fleet, its costs and the pods it cannot run."""

from collections.abc import Iterable, Iterator, Sequence

from kubestow.compute.case import ComparisonCase, pods_to_run
from kubestow.compute.cost_parts import control_plane, instances, storage, storage_notes
from kubestow.compute.fleet_lines import fleet_lines
from kubestow.compute.pending_nodes import pending_nodes
from kubestow.model.nodepool import Launcher
from kubestow.model.option import (
    CannotRun,
    ComputeOption,
    CostPart,
    OptionDescription,
    PlanWithInput,
)
from kubestow.model.plan import Plan

_AUTO_MODE = "auto-mode"
_FIELDS = {
    "NodeAffinity": "spec.nodeSelector, spec.affinity.nodeAffinity",
    "TaintToleration": "spec.tolerations",
    "NodeResourcesFit": "spec.containers[].resources",
    "NodePorts": "spec.containers[].ports[].hostPort",
    "InterPodAffinity": "spec.affinity.podAffinity, podAntiAffinity",
    "PodTopologySpread": "spec.topologySpreadConstraints",
    "VolumeZone": "spec.volumes",
    "VolumeBinding": "spec.volumes",
    "VolumeRestrictions": "spec.volumes",
    "NodeVolumeLimits": "spec.volumes",
}
"""Where in a pod each constraint is stated."""


def option_of(
    case: ComparisonCase,
    description: OptionDescription,
    planned: PlanWithInput,
    *,
    stranded: Sequence[str] | None,
    fees: Iterable[CostPart] = (),
) -> ComputeOption:
    """Return the option for a plan; ``fees`` are costs that belong to no single node.

    The nodes that ``stranded`` pods would need are part of its costs.
    """
    costs = (
        *instances(planned.plan),
        *fees,
        *storage(case, planned),
        *pending_nodes(case, planned, stranded or ()),
        control_plane(case),
    )
    return ComputeOption(
        description.noting(*storage_notes(case), *_launcher_notes(description, planned)),
        fleet_lines(planned),
        costs,
        cannot_run(planned.plan),
        pods_run(planned),
        None if stranded is None else len(stranded),
        (planned,),
    )


def _launcher_notes(description: OptionDescription, planned: PlanWithInput) -> Iterator[str]:
    """Yield what differs on nodes of another launcher than the input's NodePools name."""
    is_auto = any(pool.launched_by is Launcher.AUTO_MODE for pool in planned.pools)
    if is_auto and description.id != _AUTO_MODE:
        yield (
            "the NodePools of the input are EKS Auto Mode's: aws-node and kube-proxy, which run on "
            "other nodes, are not counted here"
        )


def cannot_run(plan: Plan) -> tuple[CannotRun, ...]:
    """Return the pods a plan cannot run, by the constraint that rejects the most offerings."""
    pods_by_constraint: dict[str, list[str]] = {}
    for item in plan.unschedulable:
        most = max(item.reasons, key=lambda reason: reason.offerings, default=None)
        constraint = most.constraint if most else "no offering"
        pods_by_constraint.setdefault(constraint, []).append(item.pod)
    return tuple(
        CannotRun(
            tuple(pods),
            _FIELDS.get(constraint, ""),
            f"{constraint} rejects most of the offerings and nodes",
        )
        for constraint, pods in sorted(pods_by_constraint.items())
    )


def pods_run(planned: PlanWithInput) -> int:
    """Return how many of the pods to run have a node in the plan."""
    wanted = pods_to_run(planned.snapshot)
    return sum(pod in wanted for node in planned.plan.nodes for pod in node.pods)
