"""A cluster's nodes as people want to look at them: filtered, in groups with subtotals, sorted."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from kubestow.views.cluster_view import ClusterView, NodeRowView, RequestedView

GroupBy = Literal["pool", "zone", "type", "none"]
SortBy = Literal["price", "cpu", "memory", "pods", "age", "name"]
GROUPINGS: tuple[GroupBy, ...] = get_args(GroupBy)
ORDERS: tuple[SortBy, ...] = get_args(SortBy)
SPOT = "spot"
_NUMBER = re.compile(r"(\d+)")
_DIGITS_MOST = 18


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How nodes are shown; highest first, oldest first or by name, unless ``reverse``."""

    group_by: GroupBy = "pool"
    sort: SortBy = "price"
    reverse: bool = False
    text: str = ""
    """Only nodes with this text in their row or in the name of one of their pods."""


@dataclass(frozen=True, slots=True)
class ArrangedGroup:
    """Nodes of one group, in order, and what they are together.

    ``kind`` is who launches them where they are grouped by pool, else what groups them.
    """

    kind: str
    name: str
    nodes: tuple[NodeRowView, ...]
    usd_per_hour: float
    unpriced: int
    cpu: RequestedView
    memory: RequestedView
    pods: int
    pods_max: int


def arranged(nodes: Iterable[NodeRowView], how: Arrangement) -> tuple[ArrangedGroup, ...]:
    """Return the nodes that pass the filter, in groups by name."""
    groups: dict[tuple[str, str], list[NodeRowView]] = {}
    wanted = how.text.casefold()
    for node in nodes:
        if not wanted or _has(node, wanted):
            groups.setdefault(_group_of(node, how.group_by), []).append(node)
    ordered = sorted(groups.items(), key=lambda item: tuple(map(_natural, item[0])))
    return tuple(_group(kind, name, members, how) for (kind, name), members in ordered)


def _has(node: NodeRowView, wanted: str) -> bool:
    row = (
        node.name, node.instance_type, node.zone, node.capacity_type, node.group_kind, node.group,
        node.status,
    )  # fmt: skip
    if any(wanted in part.casefold() for part in row):
        return True
    return any(wanted in item.pod.casefold() for item in node.pods)


def _group_of(node: NodeRowView, by: str) -> tuple[str, str]:
    if by == "pool":
        return node.group_kind, node.group
    if by == "zone":
        return "zone", node.zone
    if by == "type":
        return "type", node.instance_type
    return "", ""


def _group(kind: str, name: str, nodes: list[NodeRowView], how: Arrangement) -> ArrangedGroup:
    members = sorted(nodes, key=lambda node: _natural(node.name))
    members.sort(key=_SORT_KEYS[how.sort])
    if how.reverse:
        members.reverse()
    return ArrangedGroup(
        kind,
        name,
        tuple(members),
        sum(node.usd_per_hour or 0.0 for node in members),
        sum(node.usd_per_hour is None for node in members),
        summed(node.cpu for node in members),
        summed(node.memory for node in members),
        sum(len(node.pods) for node in members),
        sum(node.pods_max for node in members),
    )


def summed(items: Iterable[RequestedView]) -> RequestedView:
    """Return the sum; what is used is known if it is known of one."""
    requested = allocatable = used = 0
    is_known = False
    for item in items:
        requested += item.requested
        allocatable += item.allocatable
        used += item.used or 0
        is_known |= item.used is not None
    return RequestedView(requested, allocatable, used if is_known else None)


def share(amount: int | None, item: RequestedView) -> float | None:
    """Return an amount as a share of what is allocatable; None where there is none."""
    return None if amount is None or not item.allocatable else amount / item.allocatable


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key that puts ip-10-0-2 before ip-10-0-10."""
    return tuple(
        (int(part), "") if len(part) <= _DIGITS_MOST and part.isdecimal() else (0, part)
        for part in _NUMBER.split(name)
        if part
    )


_SORT_KEYS: Mapping[str, Callable[[NodeRowView], Any]] = {
    "price": lambda node: -(node.usd_per_hour or 0.0),
    "cpu": lambda node: -(share(node.cpu.requested, node.cpu) or 0.0),
    "memory": lambda node: -(share(node.memory.requested, node.memory) or 0.0),
    "pods": lambda node: -len(node.pods),
    "age": lambda node: node.created_at or "9999",
    "name": lambda node: 0,
}


def in_namespaces(view: ClusterView, namespaces: Iterable[str]) -> ClusterView:
    """Return a cluster with the pods of some namespaces alone; all of them where none is named.

    What is requested of nodes stays what all pods request.
    """
    wanted = tuple(f"{name}/" for name in namespaces)
    if not wanted:
        return view
    nodes = tuple(
        msgspec.structs.replace(
            node, pods=tuple(item for item in node.pods if item.pod.startswith(wanted))
        )
        for node in view.nodes
    )
    pending = tuple(
        msgspec.structs.replace(item, pods=pods)
        for item in view.pending
        if (pods := tuple(key for key in item.pods if key.startswith(wanted)))
    )
    waiting = sum(len(item.pods) for item in pending)
    return msgspec.structs.replace(
        view,
        nodes=nodes,
        pending=pending,
        pods=waiting + sum(len(node.pods) for node in nodes),
        pending_pods=waiting,
    )
