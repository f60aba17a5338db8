"""Repair: nodes that have not been healthy for long are replaced, whatever their budgets say.

Pure. Where more than a fifth of a pool's nodes are unhealthy, since however short a time, none is:
the fault is then hardly that of the nodes. Sources: karpenter-provider-aws v1.15
pkg/cloudprovider/cloudprovider.go (RepairPolicies; the conditions beside Ready are those of EKS's
node monitoring agent); kubernetes-sigs/karpenter v1.14 pkg/controllers/node/health/controller.go
(a share of 20 %, rounded up). Status checks of EC2 count as conditions of their Nodes:
karpenter-provider-aws, pkg/providers/instancestatus of August 2026 (two minutes).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from kubestow.adapters.aws.instance_status import IMPAIRED, INSTANCE, SYSTEM
from kubestow.model.observed import READY, NodeCondition

_HALF_AN_HOUR, _TEN_MINUTES, _TWO_MINUTES = 1_800, 600, 120
TOLERATED_SECONDS = {
    (READY, "False"): _HALF_AN_HOUR,
    (READY, "Unknown"): _HALF_AN_HOUR,
    ("AcceleratedHardwareReady", "False"): _TEN_MINUTES,
    ("ContainerRuntimeReady", "False"): _HALF_AN_HOUR,
    ("KernelReady", "False"): _HALF_AN_HOUR,
    ("NetworkingReady", "False"): _HALF_AN_HOUR,
    ("StorageReady", "False"): _HALF_AN_HOUR,
    (SYSTEM, IMPAIRED): _TWO_MINUTES,
    (INSTANCE, IMPAIRED): _TWO_MINUTES,
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


def unhealthy(nodes: Iterable[CheckedNode], at: int) -> dict[str, NodeCondition]:
    """Return the nodes to replace, and the condition that says so."""
    sizes: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    found: list[tuple[CheckedNode, NodeCondition]] = []
    for node in nodes:
        sizes[node.nodepool] += 1
        conditions = [c for c in node.conditions if (c.type, c.status) in TOLERATED_SECONDS]
        bad[node.nodepool] += bool(conditions)
        found += [(node, item) for item in conditions if _is_over(item, at)][:1]
    return {
        node.name: condition
        for node, condition in found
        if bad[node.nodepool] <= ceil(_MOST_SHARE * sizes[node.nodepool])
    }


def _is_over(condition: NodeCondition, at: int) -> bool:
    """Return whether a bad condition has been so for longer than is tolerated."""
    tolerated = TOLERATED_SECONDS[condition.type, condition.status]
    return condition.since is not None and at - condition.since >= tolerated


def is_still(condition: NodeCondition, node: Mapping[str, Any]) -> bool:
    """Return whether a Node, as the API server has it, is as a condition says, since then.

    The API server does not tell of status checks: EC2 has told of each twice by now.
    """
    return condition.status == IMPAIRED or any(
        (item["type"], item["status"]) == (condition.type, condition.status)
        and _seconds(item.get("lastTransitionTime")) == condition.since
        for item in (node.get("status") or {}).get("conditions") or ()
    )


def _seconds(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


def said(condition: NodeCondition) -> str:
    """Return what people read of a condition."""
    return f"{condition.type} is {condition.status}: {condition.reason or condition.message}"
