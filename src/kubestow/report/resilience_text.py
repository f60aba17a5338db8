"""Launch lists, spot diversity and headroom for people.

Law: text only, from the document only. Nodes that are told the same share their lines.
"""

from collections.abc import Iterator
from typing import Any

from kubestow.report.catalog_json import Document
from kubestow.report.table import ESTIMATE_MARK, heading

_NODES_NAMED = 6


def headroom_line(found: Document | None) -> Iterator[str]:
    """Yield the line of the placeholder pods."""
    if found is None:
        return
    each = " and ".join(f"{text} of {name}" for name, text in found["podRequests"].items())
    line = (
        f"  headroom   {found['cpu']} of cpu and {found['memory']} of memory in the cost and the "
        f"minimum, held by {found['pods']} placeholder pods of {each}"
    )
    yield line + (f"; {found['unplaced']} of them find no place" if found["unplaced"] else "")


def spot_diversity(found: Document | None) -> Iterator[Any]:
    """Yield the spot nodes that too few offerings could stand in for."""
    if found is None:
        return
    wanted = f"{found['types']} types in each of {found['zones']} zones"
    if not found["nodes"]:
        yield f"spot: each of the {found['spotNodes']} spot nodes can be launched as {wanted}"
        return
    short = len(found["nodes"])
    yield heading(f"{short} of {found['spotNodes']} spot nodes cannot be launched as {wanted}")
    groups: dict[str, list[Document]] = {}
    for item in found["nodes"]:
        told = {key: value for key, value in item.items() if key != "node"}
        groups.setdefault(repr(told), []).append(item)
    for items in groups.values():
        zones = ", ".join(f"{n} in {zone}" for zone, n in items[0]["typesByZone"].items())
        yield f"  {_named([item['node'] for item in items])}: {zones or 'none'}"
        yield f"    {items[0]['narrowedBy']}: {items[0]['message']}"
        yield f"    on demand: {_offering(items[0]['onDemand'])}"
    yield ""


def _offering(item: Document | None) -> str:
    if item is None:
        return "nothing its NodePool may launch carries its pods"
    return f"{item['instanceType']} in {item['zone']} at {_price(item)} USD/h carries its pods"


def launch_lists(nodes: list[Document]) -> Iterator[Any]:
    """Yield what could be launched in place of each new node."""
    listed = [node for node in nodes if "launch" in node]
    if not listed:
        return
    least = min(node["launch"]["count"] for node in listed)
    yield heading(f"Launch lists: at least {least} other offerings carry the pods of each new node")
    groups: dict[str, list[Document]] = {}
    for node in listed:
        own = (node["nodePool"], node["instanceType"], node["zone"], node["capacityType"])
        groups.setdefault(repr((own, node["launch"])), []).append(node)
    for group in groups.values():
        first = group[0]
        yield (
            f"  {_named([node['name'] for node in group])} ({first['instanceType']} in "
            f"{first['zone']}, {first['capacityType']}): {first['launch']['count']} others"
        )
        yield from _lines(first["launch"])
    yield ""


def _lines(found: Document) -> Iterator[str]:
    """Yield one line for each type, capacity type and price, with the zones that have it."""
    zones: dict[tuple[str, str, str], list[str]] = {}
    for item in found["alternatives"]:
        key = (_price(item), item["instanceType"], item["capacityType"])
        zones.setdefault(key, []).append(item["zone"])
    for (price, name, capacity_type), found_in in zones.items():
        yield f"    {price} USD/h  {name} {capacity_type} in {', '.join(found_in)}"
    more = found["count"] - len(found["alternatives"])
    if more:
        yield f"    and {more} dearer"


def _price(item: Document) -> str:
    return f"{ESTIMATE_MARK if item['priceIsEstimate'] else ''}{item['usdPerHour']:.4f}"


def _named(nodes: list[str]) -> str:
    more = f" and {len(nodes) - _NODES_NAMED} more" if len(nodes) > _NODES_NAMED else ""
    return ", ".join(nodes[:_NODES_NAMED]) + more
