"""Launch lists, spot diversity and headroom as text; nodes with the same result share lines."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UnsetType
from msgspec.structs import replace

from kubestow.model.counted import agreeing, counted
from kubestow.report.table import ESTIMATE_MARK, heading
from kubestow.views.planned_node_view import PlannedNodeView
from kubestow.views.resilience_view import (
    AlternativeView,
    HeadroomView,
    LaunchListView,
    NarrowSpotNodeView,
    SpotDiversityView,
)

_NODES_NAMED = 6


def headroom_line(headroom: HeadroomView | UnsetType) -> Iterator[str]:
    """Yield the line about the placeholder pods."""
    if not headroom:
        return
    each = " and ".join(f"{text} {name}" for name, text in headroom.pod_requests.items())
    pods = counted(headroom.pods, "placeholder pod")
    line = (
        f"  headroom   {headroom.cpu} cpu and {headroom.memory} memory, part of the cost and the "
        f"minimum: {pods} of {each}"
    )
    yield line + (f"; {headroom.unplaced} of them cannot be placed" if headroom.unplaced else "")


def spot_diversity(diversity: SpotDiversityView | UnsetType) -> Iterator[Any]:
    """Yield the spot nodes that too few offerings could replace."""
    if not diversity:
        return
    types = counted(diversity.types, "instance type")
    choice = f"{types} in each of {counted(diversity.zones, 'zone')}"
    if not diversity.nodes:
        each = f"each of the {diversity.spot_nodes:,} spot nodes"
        yield f"spot: {agreeing(diversity.spot_nodes, 'the spot node', each)} can use {choice}"
        return
    narrow = len(diversity.nodes)
    yield heading(f"{narrow} of {counted(diversity.spot_nodes, 'spot node')} cannot use {choice}")
    groups: dict[str, list[NarrowSpotNodeView]] = {}
    for item in diversity.nodes:
        groups.setdefault(repr(replace(item, node="")), []).append(item)
    for items in groups.values():
        zones = ", ".join(f"{n} in {zone}" for zone, n in items[0].types_by_zone.items())
        yield f"  {_named([item.node for item in items])}: {zones or 'none'}"
        yield f"    {items[0].narrowed_by}: {items[0].message}"
        yield f"    on-demand: {_offering(items[0].on_demand)}"
    yield ""


def _offering(item: AlternativeView | None) -> str:
    if item is None:
        return "no offering of its NodePool fits its pods"
    return f"{item.instance_type} in {item.zone} at {_price(item)} USD/h fits its pods"


def launch_lists(nodes: Sequence[PlannedNodeView]) -> Iterator[Any]:
    """Yield the offerings that could replace each new node."""
    listed = [(node, node.launch) for node in nodes if node.launch]
    if not listed:
        return
    least = min(launch.count for _, launch in listed)
    yield heading(f"Launch lists: at least {least} other offerings fit the pods of each new node")
    groups: dict[str, list[tuple[PlannedNodeView, LaunchListView]]] = {}
    for node, launch in listed:
        own = (node.node_pool, node.instance_type, node.zone, node.capacity_type)
        groups.setdefault(repr((own, launch)), []).append((node, launch))
    for group in groups.values():
        first, launch = group[0]
        yield (
            f"  {_named([node.name for node, _ in group])} ({first.instance_type} in "
            f"{first.zone}, {first.capacity_type}): {launch.count} others"
        )
        yield from _lines(launch)
    yield ""


def _lines(launch: LaunchListView) -> Iterator[str]:
    """Yield one line for each type, capacity type and price, with its zones."""
    zones: dict[tuple[str, str, str], list[str]] = {}
    for item in launch.alternatives:
        key = (_price(item), item.instance_type, item.capacity_type)
        zones.setdefault(key, []).append(item.zone)
    for (price, name, capacity_type), in_zones in zones.items():
        yield f"    {price} USD/h  {name} {capacity_type} in {', '.join(in_zones)}"
    more = launch.count - len(launch.alternatives)
    if more:
        yield f"    and {more} more expensive"


def _price(item: AlternativeView) -> str:
    return f"{ESTIMATE_MARK if item.price_is_estimate else ''}{item.usd_per_hour:.4f}"


def _named(nodes: list[str]) -> str:
    more = f" and {len(nodes) - _NODES_NAMED} more" if len(nodes) > _NODES_NAMED else ""
    return ", ".join(nodes[:_NODES_NAMED]) + more
