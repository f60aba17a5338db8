"""Managed node groups scaled by Cluster Autoscaler: of given types, or of the best types found.

A group launches one instance type, with the labels and taints of the NodePool it stands for. EKS
caps its pods at 110 (up to 30 vCPU) or 250. The fleet is what Cluster Autoscaler makes of the
groups and rests with, not an optimum. Sources: AWS EKS user guide, managed node groups and
"choosing an instance type"; kubestow.policies.cluster_autoscaler and its packing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kubestow.catalog.density import MANAGED_PODS_AT_MOST
from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_group_search import NodeGroupSearch
from kubestow.compute.settlement import settled_option
from kubestow.model import labels as names
from kubestow.model.nodepool import DEFAULT_SOURCE, NodePool
from kubestow.model.option import ComputeOption, Operation, OptionDescription, PlanWithInput
from kubestow.model.requirements import Requirements, requirement
from kubestow.policies.cluster_autoscaler import ClusterAutoscaler
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking, Expander
from kubestow.provisioning.preparation.offerings import pools_of

MANAGED_NODE_GROUPS = OptionDescription(
    "managed-node-groups",
    "Managed node groups with Cluster Autoscaler",
    Operation(
        "AWS builds the AMIs, you start the updates; a drain respects PodDisruptionBudgets for 15 "
        "minutes per node, then fails unless forced",
        "a minute or two: Cluster Autoscaler scales up the Auto Scaling group, which launches a "
        "node",
        "until an update or scale-down; a scale-down by the Auto Scaling group ignores "
        "PodDisruptionBudgets",
    ),
)
GROUPS_MOST = 3
_SMALL = 1_000
"""Of so many pods several sets of groups are left alone."""

_KEYS_OF_TYPES = (names.INSTANCE_TYPE, names.ARCH, names.CURRENT_GENERATION)
_PREFIXES_OF_TYPES = (names.AWS_PREFIX, names.AUTO_MODE_PREFIX + "instance-")


@dataclass(frozen=True, slots=True)
class NodeGroups:
    """Node groups of the given types or, without any, of the best types, at most ``most``."""

    types: Sequence[str] = ()
    most: int = GROUPS_MOST
    expander: Expander = "least-waste"


_FOUND = NodeGroups()


def option(case: ComparisonCase, groups: NodeGroups = _FOUND) -> ComputeOption:
    """Return the option: groups of the given types, or of the best types found.

    Types are searched for by the fleet that is launched first. Of small clusters several sets of
    types are left alone, and the one that rests with the least is the option.
    """
    own = pools_of(case.snapshot.cluster)
    autoscaler = ClusterAutoscalerPacking(groups.expander)
    if groups.types:
        planned = case.planned(grouped(own, groups.types), autoscaler)
        return _settled(case, planned, groups.expander, "given")
    found = _found(case, own, groups, autoscaler)
    options = [_settled(case, planned, groups.expander, "found") for planned in found]
    return min(options, key=lambda each: ((each.stranded or 0) - each.pods, each.nano_usd_per_hour))


def tries_several(case: ComparisonCase, groups: NodeGroups) -> bool:
    """Return whether several sets of types are left alone: of small clusters, if none is given."""
    is_small = len(case.snapshot.cluster.pods) <= _SMALL
    return not groups.types and is_small and case.settler is not None


def _settled(
    case: ComparisonCase, planned: PlanWithInput, expander: Expander, origin: str
) -> ComputeOption:
    """Return the option of groups of the types that a plan launches, as it rests."""
    types = _types_of(planned)
    description = MANAGED_NODE_GROUPS.noting(
        f"groups ({origin}), one per zone: {', '.join(types) or 'none'}; expander {expander}",
        "nodes have none of Karpenter's labels: rewrite selectors on them",
        "Cluster Autoscaler's own pod is not counted (100m and 600 MiB in its example for AWS)",
    )
    policy = ClusterAutoscaler(grouped(pools_of(case.snapshot.cluster), types), expander=expander)
    return settled_option(case, description, planned, policy)


def _found(
    case: ComparisonCase,
    own: Iterable[NodePool],
    groups: NodeGroups,
    autoscaler: ClusterAutoscalerPacking,
) -> list[PlanWithInput]:
    """Return first fleets of the best groups, the best first; one alone of large clusters.

    The others are of fewer groups, and of types that the first does not have.
    """
    pools = grouped(own)
    best = case.planned(pools, NodeGroupSearch(autoscaler, groups.most))
    if not tries_several(case, groups):
        return [best]
    first = frozenset(_types_of(best))
    others = case.snapshot.catalog.narrowed(lambda offering: offering.instance_type not in first)
    tried = [(case.snapshot, most) for most in range(1, groups.most)]
    tried.append((replace(case.snapshot, catalog=others), groups.most))
    found = {first: best}
    for snapshot, most in tried:
        planned = case.planned(pools, NodeGroupSearch(autoscaler, most), snapshot)
        found.setdefault(frozenset(_types_of(planned)), planned)
    return list(found.values())


def _types_of(planned: PlanWithInput) -> list[str]:
    return sorted({node.instance_type for node in planned.plan.nodes if not node.existing})


def grouped(pools: Iterable[NodePool], types: Sequence[str] = ()) -> tuple[NodePool, ...]:
    """Return the NodePools as node groups launch them, restricted to ``types`` if any are given.

    Given types replace all that the pool requires of types: naming an arm64 type implies that the
    images run on it, and one of a previous generation that it is wanted.
    """
    groups = [_grouped(pool, types) for pool in pools]
    alike = types and all(pool.source == DEFAULT_SOURCE for pool in groups)
    return tuple(groups[:1] if alike else groups)


def _grouped(pool: NodePool, types: Sequence[str]) -> NodePool:
    node_class = replace(pool.node_class, pods_at_most=MANAGED_PODS_AT_MOST)
    if not types:
        return replace(pool, node_class=node_class)
    others = [item for key, item in pool.requirements.by_key.items() if not _describes_type(key)]
    requirements = Requirements.of([*others, requirement(names.INSTANCE_TYPE, "In", types)])
    return replace(pool, requirements=requirements, opt_in_keys=(), node_class=node_class)


def _describes_type(key: str) -> bool:
    return key in _KEYS_OF_TYPES or key.startswith(_PREFIXES_OF_TYPES)
