"""Repair: nodes that have not been healthy for long are replaced, whatever their budgets say.

Pure. Where more than a fifth of a pool's nodes are unhealthy, none is: the fault is then hardly
that of the nodes. Sources: karpenter-provider-aws v1.15 pkg/cloudprovider/cloudprovider.go
(RepairPolicies; the conditions beside Ready are those of EKS's node monitoring agent);
kubernetes-sigs/karpenter v1.14 pkg/controllers/node/health/controller.go (a share of 20 %, rounded
up).
"""

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from kubestow.model.observed import READY, NodeCondition

_HALF_AN_HOUR, _TEN_MINUTES = 1_800, 600
TOLERATED_SECONDS = {
    (READY, "False"): _HALF_AN_HOUR,
    (READY, "Unknown"): _HALF_AN_HOUR,
    ("AcceleratedHardwareReady", "False"): _TEN_MINUTES,
    ("ContainerRuntimeReady", "False"): _HALF_AN_HOUR,
    ("KernelReady", "False"): _HALF_AN_HOUR,
    ("NetworkingReady", "False"): _HALF_AN_HOUR,
    ("StorageReady", "False"): _HALF_AN_HOUR,
}
"""How long a condition may have a status before its node is replaced."""
_MOST_SHARE = 0.2
UNHEALTHY = "Unhealthy"
"""Why such a node leaves."""


class CheckedNode(NamedTuple):
    """A node, its pool and its conditions."""

    name: str
    nodepool: str
    conditions: tuple[NodeCondition, ...]


def unhealthy(nodes: Iterable[CheckedNode], at: int) -> dict[str, str]:
    """Return the nodes to replace, and the condition that says so."""
    sizes: dict[str, int] = {}
    found: dict[str, dict[str, str]] = {}
    for node in nodes:
        sizes[node.nodepool] = sizes.get(node.nodepool, 0) + 1
        said = next((_said(item) for item in node.conditions if _is_over(item, at)), "")
        if said:
            found.setdefault(node.nodepool, {})[node.name] = said
    return {
        name: said
        for pool, some in found.items()
        if len(some) <= ceil(_MOST_SHARE * sizes[pool])
        for name, said in some.items()
    }


def _is_over(condition: NodeCondition, at: int) -> bool:
    """Return whether a condition has been bad for longer than is tolerated."""
    tolerated = TOLERATED_SECONDS.get((condition.type, condition.status))
    since = condition.since
    return tolerated is not None and since is not None and at - since >= tolerated


def _said(condition: NodeCondition) -> str:
    return f"{condition.type} is {condition.status}: {condition.reason or condition.message}"
