"""Small plans made by hand, for the views of them."""

from collections.abc import Iterable
from typing import Any

from kubestow.model.instance_type import Price
from kubestow.model.plan import LowerBound, Plan, PlannedNode
from kubestow.model.resources import amounts

GIB = 2**30


def planned(name: str, pods: Iterable[str] = (), usd: float = 0.1, **more: Any) -> PlannedNode:
    """Return an m5.large in zone-a with 1,900m of cpu, 6 GiB and 20 pod slots for pods."""
    facts: dict[str, Any] = {"price": Price(round(usd * 10**9), "a list")} | more
    room = amounts({"cpu": 1900, "memory": 6 * GIB, "pods": 20})
    return PlannedNode(
        name, "pool", "m5.large", "zone-a", "on-demand", labels=(), taints=(), allocatable=room,
        pods=tuple(pods), **facts,
    )  # fmt: skip


def plan(*nodes: PlannedNode, bound: float = 0.1, **more: Any) -> Plan:
    """Return a plan of these nodes; ``bound`` is in USD an hour."""
    facts: dict[str, Any] = {"unschedulable": ()} | more
    return Plan("test-1", nodes, lower_bound=LowerBound(round(bound * 10**9), "L2"), **facts)
