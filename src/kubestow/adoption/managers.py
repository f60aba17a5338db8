"""Managers: which manager each node of a cluster has, by what the node shows."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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
from kubestow.model.nodepool import Launcher
from kubestow.model.observed import NOT_READY, NodeDetails, Observed
from kubestow.model.survey import LaunchGroup, Survey, SurveyedNode

_NO_DETAILS = NodeDetails()
_FARGATE, _AUTO, _LINUX = "fargate", "auto", "linux"
_DISCOVERY, _NODES = "--node-group-auto-discovery", "--nodes"
_OWN_GROUP, _MODE, _ACTS = "--node-group", "--mode", "act"
_EKS_NAME = re.compile(r"eks-(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""How EKS names the Auto Scaling group of a managed node group."""
_BLOCKING = ("NoSchedule", "NoExecute")
_OF_LIFECYCLE = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", OWN_PREFIX)


def managed_nodes(
    observed: Observed, survey: Survey, objects: ManagerObjects
) -> tuple[ManagedNodes, ...]:
    """Return the nodes of a cluster by their manager and group, in this order."""
    nodes = {node.name: node for node in observed.snapshot.cluster.nodes}
    claimed = {claim.node for claim in objects.nodeclaims if claim.node}
    scaler = objects.deployment(Manager.CLUSTER_AUTOSCALER)
    scalers = objects.running(Manager.CLUSTER_AUTOSCALER) or (() if scaler is None else (scaler,))
    own_groups = groups_of_kubestow(objects, acting=True)
    found: dict[tuple[Manager, LaunchGroup], list[str]] = defaultdict(list)
    surveyed = {item.name: item for item in survey.nodes}
    for name, item in surveyed.items():
        details = observed.nodes.get(name, _NO_DETAILS)
        is_given = _is_managed(item.group) and item.group.name in own_groups
        manager = (
            Manager.KUBESTOW
            if is_given
            else manager_of(nodes[name], details, item.group, name in claimed, scalers)
        )
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
                frozenset(item.name for item in own if _is_unfit(nodes[item.name], item)),
            )
        )
    return tuple(result)


def manager_of(
    node: Node,
    details: NodeDetails,
    group: LaunchGroup,
    is_claimed: bool,
    autoscalers: Iterable[ManagerDeployment],
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
    if group.name and any(scales(item, group.name) for item in autoscalers):
        return Manager.CLUSTER_AUTOSCALER
    return Manager.NOBODY


def _is_own(node: Node, details: NodeDetails) -> bool:
    notes = (key for key, _ in details.annotations)
    return (
        OWN_FINALIZER in details.finalizers
        or any(key.startswith(OWN_PREFIX) for key in notes)
        or any(taint.key.startswith(OWN_PREFIX) for taint in node.taints)
    )


def _is_unfit(node: Node, item: SurveyedNode) -> bool:
    is_other = dict(node.labels).get(names.OS, _LINUX) != _LINUX
    return is_other or item.cordoned or item.status == NOT_READY or item.facts.is_deleted


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
    eksctl-CLUSTER-nodegroup-GROUP-NodeGroup-ID. Where no arguments are known, every group counts.
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
    found = {}
    for text in values_of(arguments, _NODES):
        least, _, rest = text.partition(":")
        name = rest.partition(":")[2]
        if least.isdecimal() and name:
            found[name] = int(least)
    return found


def group_size_least(named: Mapping[str, int], group: str) -> int | None:
    """Return the least size of a node group among Auto Scaling groups; None if it is not there."""
    for name, least in named.items():
        told = managed_group_of(name)
        if name == group or told == group or f"-nodegroup-{group}-NodeGroup-" in name:
            return least
    return None


def managed_group_of(scaling_group: str) -> str:
    """Return the managed node group that EKS named an Auto Scaling group for; empty for others."""
    told = _EKS_NAME.fullmatch(scaling_group)
    return told[1] if told else ""


def values_of(arguments: Iterable[str], option: str) -> list[str]:
    """Return the values of an option, written as one word (--option=value) or as two."""
    found = []
    for text, after in pairwise((*arguments, "")):
        name, separator, value = text.partition("=")
        if name == option:
            found.append(value if separator else after)
    return [value for value in found if value]


def groups_of_kubestow(objects: ManagerObjects, *, acting: bool = False) -> tuple[str, ...]:
    """Return the managed node groups that kubestow's Deployment is given to scale.

    With ``acting`` none if it is a dry run.
    """
    own = objects.deployment(Manager.KUBESTOW)
    if own is None or (acting and _ACTS not in values_of(own.arguments, _MODE)):
        return ()
    return tuple(dict.fromkeys(values_of(own.arguments, _OWN_GROUP)))


def kept_groups(
    groups: Iterable[ManagedNodes], autoscaler: ManagerDeployment | None, left_out: Collection[str]
) -> tuple[str, ...]:
    """Return the managed node groups that Cluster Autoscaler scales, but for those ``left_out``.

    Those without nodes are known only where --nodes lists them by the names that EKS gives.
    """
    own = [group.group for group in groups if group.manager is Manager.CLUSTER_AUTOSCALER]
    found = [group.name for group in own if _is_managed(group)]
    named = explicit_groups(() if autoscaler is None else autoscaler.arguments)
    found += [name for name in map(managed_group_of, named) if name]
    return tuple(name for name in dict.fromkeys(found) if name not in left_out)


def _is_managed(group: LaunchGroup) -> bool:
    return group.kind == Launcher.MANAGED_NODE_GROUP.value
