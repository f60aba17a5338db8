"""Managers: which manager each node of a cluster has, by what the node shows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

from kubestow.model import labels as names
from kubestow.model.adoption import (
    KARPENTER_FINALIZER,
    OWN_FINALIZER,
    OWN_PREFIX,
    ManagedNodes,
    Manager,
    ManagerDeployment,
    ManagerObjects,
)
from kubestow.model.node import Node
from kubestow.model.observed import NodeDetails, Observed
from kubestow.model.survey import LaunchGroup, Survey

_NO_DETAILS = NodeDetails()
_FARGATE, _AUTO = "fargate", "auto"
_DISCOVERY, _NODES = "--node-group-auto-discovery", "--nodes"
_BLOCKING = ("NoSchedule", "NoExecute")
_OF_LIFECYCLE = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", OWN_PREFIX)


def managed_nodes(
    observed: Observed, survey: Survey, objects: ManagerObjects
) -> tuple[ManagedNodes, ...]:
    """Return the nodes of a cluster by their manager and group, in this order."""
    nodes = {node.name: node for node in observed.snapshot.cluster.nodes}
    claimed = {claim.node for claim in objects.nodeclaims if claim.node}
    autoscaler = objects.deployment(Manager.CLUSTER_AUTOSCALER)
    found: dict[tuple[Manager, LaunchGroup], list[str]] = defaultdict(list)
    surveyed = {item.name: item for item in survey.nodes}
    for name, item in surveyed.items():
        details = observed.nodes.get(name, _NO_DETAILS)
        manager = manager_of(nodes[name], details, item.group, name in claimed, autoscaler)
        found[manager, item.group].append(name)
    order = list(Manager)
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[1].kind, key[1].name))
    result = []
    for manager, group in keys:
        own = [surveyed[name] for name in found[manager, group]]
        result.append(
            ManagedNodes(
                manager,
                group,
                tuple(sorted(item.name for item in own)),
                sum(not pod.bound for item in own for pod in item.pods),
                sum(item.price or 0 for item in own),
                sum(item.price is None for item in own),
                all(is_tainted(nodes[item.name]) for item in own),
            )
        )
    return tuple(result)


def manager_of(
    node: Node,
    details: NodeDetails,
    group: LaunchGroup,
    is_claimed: bool,
    autoscaler: ManagerDeployment | None,
) -> Manager:
    """Return the manager of a node; NOBODY for one of a group that no autoscaler scales.

    kubestow's Nodes have its finalizer or its annotations, and Karpenter's a NodeClaim or its
    finalizer; the label karpenter.sh/nodepool alone is on both.
    """
    labels = dict(node.labels)
    compute = labels.get(names.AUTO_MODE_COMPUTE, "")
    if compute == _FARGATE:
        return Manager.FARGATE
    if compute == _AUTO:
        return Manager.AUTO_MODE
    if _is_own(node, details):
        return Manager.KUBESTOW
    if is_claimed or KARPENTER_FINALIZER in details.finalizers or labels.get(names.NODEPOOL):
        return Manager.KARPENTER
    if autoscaler is not None and group.name and scales(autoscaler, group.name):
        return Manager.CLUSTER_AUTOSCALER
    return Manager.NOBODY


def _is_own(node: Node, details: NodeDetails) -> bool:
    notes = (key for key, _ in details.annotations)
    return (
        OWN_FINALIZER in details.finalizers
        or any(key.startswith(OWN_PREFIX) for key in notes)
        or any(taint.key.startswith(OWN_PREFIX) for taint in node.taints)
    )


def is_tainted(node: Node) -> bool:
    """Return whether a node holds off pods by a taint of its group's."""
    return any(
        taint.effect in _BLOCKING and not taint.key.startswith(_OF_LIFECYCLE)
        for taint in node.taints
    )


def scales(autoscaler: ManagerDeployment, group: str) -> bool:
    """Return whether Cluster Autoscaler's arguments have a node group among its groups.

    With --node-group-auto-discovery tags decide, which a cluster does not show: every group counts.
    With --nodes the Auto Scaling groups are named: EKS calls them eks-GROUP-UUID, eksctl
    eksctl-CLUSTER-nodegroup-GROUP-... Where no arguments are known, every group counts.
    """
    named = explicit_groups(autoscaler.arguments)
    if not named or discovers(autoscaler.arguments):
        return True
    return group_size_least(named, group) is not None


def discovers(arguments: Iterable[str]) -> bool:
    """Return whether groups are found by their tags."""
    return any(text.partition("=")[0] == _DISCOVERY for text in arguments)


def explicit_groups(arguments: Iterable[str]) -> dict[str, int]:
    """Return the Auto Scaling groups that --nodes=MIN:MAX:NAME lists, with their least sizes."""
    texts = list(arguments)
    values = [text.partition("=")[2] for text in texts if text.startswith(f"{_NODES}=")]
    values += [after for text, after in pairwise(texts) if text == _NODES]
    found = {}
    for text in values:
        least, _, rest = text.partition(":")
        name = rest.partition(":")[2]
        if least.isdecimal() and name:
            found[name] = int(least)
    return found


def group_size_least(named: Mapping[str, int], group: str) -> int | None:
    """Return the least size of a node group among Auto Scaling groups; None if it is not there."""
    for name, least in named.items():
        if name == group or name.startswith(f"eks-{group}-") or f"-nodegroup-{group}-" in name:
            return least
    return None
