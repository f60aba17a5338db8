"""A node group whose instance types differ in vCPU or memory.

Cluster Autoscaler plans with one template node per group, made of the first type of the list; on
demand, EKS launches the types in the order of the list. Sources: EKS user guide, "Managed node
groups" (allocation strategy prioritized); kubernetes/autoscaler
cluster-autoscaler/cloudprovider/aws/aws_wrapper.go (instanceTypesOverrides[0]) and its README
(MixedInstancesPolicy: types of equal vCPU and memory).
"""

from collections.abc import Iterator

from kubestow.model.finding import Finding, NotJudged, Rule
from kubestow.model.instance_type import InstanceType
from kubestow.model.setup import NodeGroup
from kubestow.preflight.check_context import CheckContext
from kubestow.preflight.wording import EKS, listed

RULE = Rule(
    "group-of-unequal-sizes",
    "warning",
    "The instance types of a node group differ in size",
    EKS + "managed-node-groups.html",
)


def judge(context: CheckContext) -> Iterator[Finding | NotJudged]:
    """Compare the types of each group with its first."""
    types = context.setup.catalog.instance_types
    for subject, group in context.groups:
        sold = [types[name] for name in group.instance_types if name in types]
        if not sold or sold[0].name != group.instance_types[0]:
            continue  # type-not-in-zone reports the first
        first = sold[0]
        others = [item for item in sold if _size(item) != _size(first)]
        if others:
            yield RULE.finding(
                subject,
                f"{group.field}.instanceTypes",
                f"{first.name} has {_said(first)}, but "
                f"{listed(f'{item.name} has {_said(item)}' for item in others)}: {_why(group)} "
                f"Cluster Autoscaler takes every new node for one of type {first.name}, so a pod "
                "that needs a larger type stays Pending and one planned on a larger type may not "
                "fit",
                f"give each size a node group of its own, or name only types with {_said(first)}",
            )


def _size(item: InstanceType) -> tuple[int, int]:
    return item.vcpu, item.memory_mib


def _said(item: InstanceType) -> str:
    return f"{item.vcpu} vCPU and {item.memory_mib / 1024:g} GiB"


def _why(group: NodeGroup) -> str:
    if group.spot or not group.is_managed:
        return "any of them may be launched;"
    return "on demand, EKS launches the first as long as there is capacity;"
