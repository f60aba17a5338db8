"""Mixtures that users run: part of the namespaces elsewhere, the rest on Karpenter.

Law: the parts are planned apart, so constraints between pods of different parts do not hold; nodes
of both parts carry the DaemonSets. What one part cannot run, the other is not asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from kubestow.compute import case as common
from kubestow.compute import fargate, karpenter, managed_node_group
from kubestow.model.fargate_profile import FargateProfile, selecting
from kubestow.model.option import CONTROL_PLANE, ComputeOption, Operation
from kubestow.model.pod import Pod
from kubestow.policies.cluster_autoscaler_packing import Expander

SYSTEM_NAMESPACES = ("kube-system",)
_APART = "planned apart: constraints between pods of both parts are not looked at"


def obstacles(case: common.ComparisonCase) -> tuple[str, ...]:
    """Say why no mixtures are planned, if they are not: their parts would share something."""
    cluster = case.snapshot.cluster
    if cluster.nodes:
        return ("no mixtures are compared: their parts would share the nodes of the input",)
    if any(pool.limits for pool in cluster.nodepools):
        return ("no mixtures are compared: their parts would share the limits of NodePools",)
    return ()


def system_on_node_group(
    case: common.ComparisonCase, given: tuple[Sequence[str], int, Expander] = ((), 1, "least-waste")
) -> ComputeOption | None:
    """Return system pods on a managed node group of one type and the rest on Karpenter.

    ``given`` are the types of node groups, how many may be searched for, and the expander. None
    where the input has no system pods to run, or nothing else.
    """
    if obstacles(case):
        return None
    inside, outside = _split(case, lambda pod: pod.namespace in SYSTEM_NAMESPACES)
    if not _pending(inside) or not _pending(outside):
        return None
    return _both(
        "system-and-karpenter",
        "kube-system on a managed node group, the rest on Karpenter",
        managed_node_group.option(inside, given[0], 1, given[2]),
        karpenter.option(outside),
    )


def namespaces_on_fargate(
    case: common.ComparisonCase, profiles: Sequence[FargateProfile]
) -> ComputeOption | None:
    """Return what Fargate profiles select on Fargate and the rest on Karpenter.

    None where the profiles select nothing, or everything, or Fargate has no price.
    """
    if obstacles(case) or fargate.unpriced(case):
        return None
    inside, outside = _split(
        case, lambda pod: bool(selecting(profiles, pod.namespace, dict(pod.labels)))
    )
    if not _pending(inside) or not _pending(outside):
        return None
    first = fargate.option(inside, profiles)
    assert first is not None, "it has a price, as was asked before"
    title = "What the Fargate profiles select on Fargate, the rest on Karpenter"
    return _both("fargate-and-karpenter", title, first, karpenter.option(outside))


def _pending(case: common.ComparisonCase) -> bool:
    return any(not pod.node_name for pod in case.snapshot.cluster.pods)


def _split(
    case: common.ComparisonCase, is_inside: Callable[[Pod], bool]
) -> tuple[common.ComparisonCase, common.ComparisonCase]:
    """Return the case with the pods that are inside, and with the others."""
    cluster = case.snapshot.cluster
    found = []
    for wanted in (True, False):
        pods = tuple(pod for pod in cluster.pods if is_inside(pod) == wanted)
        snapshot = replace(case.snapshot, cluster=replace(cluster, pods=pods))
        found.append(replace(case, snapshot=snapshot))
    return found[0], found[1]


def _both(identity: str, title: str, first: ComputeOption, second: ComputeOption) -> ComputeOption:
    """Return two options as one, with one control plane."""
    once = tuple(part for part in first.costs if part.part != CONTROL_PLANE)
    return ComputeOption(
        identity,
        title,
        (*first.fleet, *second.fleet),
        (*once, *second.costs),
        (*first.cannot_run, *second.cannot_run),
        first.pods + second.pods,
        Operation(
            f"{first.title}: {first.operation.patches}; {second.title}: {second.operation.patches}",
            f"{first.title}: {first.operation.first_pod}; {second.title}: "
            f"{second.operation.first_pod}",
            f"{first.title}: {first.operation.node_life}; {second.title}: "
            f"{second.operation.node_life}",
        ),
        tuple(dict.fromkeys((_APART, *first.notes, *second.notes))),
        None if second.stranded is None else (first.stranded or 0) + second.stranded,
        judged=(*first.judged, *second.judged),
    )
