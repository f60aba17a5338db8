"""Managed node groups grown by Cluster Autoscaler: types given, or the best the search finds.

A group launches one instance type with the labels and taints of the user's NodePool it stands for;
EKS caps its pods at 110 (up to 30 vCPU) or 250. What counts is what Cluster Autoscaler does with
the groups, not what an optimiser could do with them. Sources: AWS EKS user guide, managed node
groups and "choosing an instance type"; kubestow.policies.cluster_autoscaler_packing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kubestow.compute.case import ComparisonCase
from kubestow.compute.node_group_search import NodeGroupSearch
from kubestow.compute.node_option import option_of
from kubestow.model import labels as names
from kubestow.model.nodepool import DEFAULT_SOURCE, NodePool
from kubestow.model.option import ComputeOption, Operation, OptionDescription
from kubestow.model.requirements import Requirements, requirement
from kubestow.policies.cluster_autoscaler_packing import ClusterAutoscalerPacking, Expander
from kubestow.provisioning.preparation.offerings import pools_of

MANAGED_NODE_GROUPS = OptionDescription(
    "managed-node-groups",
    "Managed node groups with Cluster Autoscaler",
    Operation(
        "AWS builds the AMIs, you start the update; it drains by PodDisruptionBudgets for 15 "
        "minutes a node and then fails, unless forced",
        "a minute or two: Cluster Autoscaler raises the Auto Scaling group, which launches a node",
        "until an update or a scale-down replaces it; scale-down by the Auto Scaling group ignores "
        "PodDisruptionBudgets",
    ),
)
GROUPS_MOST = 3
PODS_AT_MOST = (110, 250)
"""What EKS lets a managed node of up to 30 vCPU, and a larger one, run."""


@dataclass(frozen=True, slots=True)
class NodeGroups:
    """Which node groups there are: of the types given, or of the best ``most`` that are found."""

    types: Sequence[str] = ()
    most: int = GROUPS_MOST
    expander: Expander = "least-waste"


_FOUND = NodeGroups()


def option(case: ComparisonCase, groups: NodeGroups = _FOUND) -> ComputeOption:
    """Return the option: groups of the types given, or of the best types found."""
    pools = grouped(pools_of(case.snapshot.cluster), groups.types)
    autoscaler = ClusterAutoscalerPacking(groups.expander)
    strategy = autoscaler if groups.types else NodeGroupSearch(autoscaler, groups.most)
    planned = case.planned(pools, strategy)
    types = sorted({node.instance_type for node in planned.plan.nodes if not node.existing})
    origin = "given" if groups.types else "found"
    description = MANAGED_NODE_GROUPS.noting(
        f"groups ({origin}), one for each zone: {', '.join(types) or 'none'}; "
        f"expander {groups.expander}",
        "its nodes have no labels of Karpenter's: selectors on those must be rewritten",
    )
    return option_of(case, description, planned, stranded=case.stranded(planned))


def grouped(pools: Iterable[NodePool], types: Sequence[str] = ()) -> tuple[NodePool, ...]:
    """Return the pools as node groups launch them, of some types alone if any are given.

    Types replace what a pool requires of types, and stand for themselves: whoever names an arm64
    type says that the images run there.
    """
    groups = [_grouped(pool, types) for pool in pools]
    alike = types and all(pool.source == DEFAULT_SOURCE for pool in groups)
    return tuple(groups[:1] if alike else groups)


def _grouped(pool: NodePool, types: Sequence[str]) -> NodePool:
    node_class = replace(pool.node_class, pods_at_most=PODS_AT_MOST)
    if not types:
        return replace(pool, node_class=node_class)
    others = [item for key, item in pool.requirements.by_key.items() if not _describes_type(key)]
    requirements = Requirements.of([*others, requirement(names.INSTANCE_TYPE, "In", types)])
    return replace(pool, requirements=requirements, opt_in_keys=(), node_class=node_class)


def _describes_type(key: str) -> bool:
    return key in (names.INSTANCE_TYPE, names.ARCH) or key.startswith(names.AWS_PREFIX)
