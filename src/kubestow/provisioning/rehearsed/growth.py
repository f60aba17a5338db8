"""Growth: a fleet of few kinds, even over its zones, with more nodes like those it has most of.

kube-scheduler fills nodes evenly. Where they are alike and every zone has as much of them, what it
wastes is a share of the fleet; so a plan with some more nodes of its own is what it can run, and
the least number of them is found by halving.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubestow.model.plan import PlannedNode
from kubestow.provisioning.rehearsed.fleet_nodes import Nodes, cost_of, numbered
from kubestow.provisioning.rehearsed.mended_fleet import MendedFleet
from kubestow.provisioning.rehearsed.mending import Mender, passing

_FIRST = 0.04  # of the fleet's cost: what is added first
_MOST = 0.35  # of it: what is added at most
_EXACT = 0.005  # of it: what the halving leaves open


def grown(menders: Iterable[Mender]) -> list[MendedFleet]:
    """Return the cheapest grown fleet of each plan that passes the known orders, if it has any."""
    found: list[MendedFleet] = []
    for mender in menders:
        for nodes in dict.fromkeys((_evened(mender.plan.nodes), mender.plan.nodes)):
            most = min((cost_of(fleet.nodes) for fleet in found), default=None)
            fleet = _grown(mender, nodes, most)
            found += [] if fleet is None else [fleet]
    return found


def grown_on(fleet: MendedFleet) -> MendedFleet:
    """Return a grown fleet that an order has refuted with more nodes, for all orders known now.

    Where that is of no use, it is mended like any other.
    """
    more = _grown(fleet.mender, fleet.nodes, None, first=1) if fleet.is_grown else None
    return more or fleet.mended()


def _grown(
    mender: Mender, nodes: Nodes, most: int | None, first: int | None = None
) -> MendedFleet | None:
    """Return the fleet with the fewest more nodes that passes, if it costs less than ``most``.

    ``first`` is how many more are tried first.
    """
    like = _most_common(nodes)
    if not like:
        return None
    cost, price = cost_of(nodes), min(node.price.nano_usd_per_hour for node in like)
    limit = min((1 + _MOST) * cost, float("inf") if most is None else most - 1)
    passing: MendedFleet | None = None
    low, high = -1, first or max(1, round(_FIRST * cost / price))
    while cost + high * price <= limit:
        passing = _tried(mender, nodes, like, high)
        if passing is not None:
            break
        low, high = high, 2 * high
    while passing is not None and high - low > 1 and (high - low) * price > _EXACT * cost:
        middle = (low + high) // 2
        tried = _tried(mender, nodes, like, middle)
        if tried is None:
            low = middle
        else:
            passing, high = tried, middle
    return passing


def _tried(mender: Mender, nodes: Nodes, like: list[PlannedNode], more: int) -> MendedFleet | None:
    """Return the nodes with so many more if that passes the known orders."""
    fleet = tuple(_with_more(nodes, like, more))
    runs = passing(mender, fleet)
    return None if runs is None else MendedFleet(mender, fleet, runs, is_grown=True)


def _most_common(nodes: Nodes) -> list[PlannedNode]:
    """Return a new node in each zone of the type on which most is spent, in one NodePool."""
    spent: Counter[tuple[str, str, str]] = Counter()
    for node in nodes:
        if not node.existing:
            spent[_kind(node)] += node.price.nano_usd_per_hour
    if not spent:
        return []
    kind = min(spent, key=lambda key: (-spent[key], key))
    in_zone = {n.zone: n for n in reversed(nodes) if not n.existing and _kind(n) == kind}
    return [in_zone[zone] for zone in sorted(in_zone)]


def _with_more(nodes: Nodes, like: list[PlannedNode], more: int) -> Iterator[PlannedNode]:
    """Yield the nodes, and more of one type where there is least of all."""
    yield from nodes
    there = _spent_in(nodes)
    taken = {node.name for node in nodes}
    number = 0
    for _ in range(more):
        node = min(like, key=lambda each: (there[each.zone], each.zone))
        there[node.zone] += node.price.nano_usd_per_hour
        number += 1
        while f"{node.nodepool}-{number:03d}" in taken:
            number += 1
        yield replace(node.renamed(f"{node.nodepool}-{number:03d}"), pods=())


def _evened(nodes: Nodes) -> Nodes:
    """Return the new nodes dealt anew over the zones in which there is one of their type.

    The dearest are dealt first, each to the zone where there is least.
    """
    existing = tuple(node for node in nodes if node.existing)
    new = [node for node in nodes if not node.existing]
    sample = {(*_kind(node), node.zone): node for node in reversed(new)}
    zones = sorted({node.zone for node in new})
    there: Counter[str] = Counter()
    evened = []
    for node in sorted(new, key=lambda n: (-n.price.nano_usd_per_hour, _kind(n), n.name)):
        sold = [zone for zone in zones if (*_kind(node), zone) in sample]
        zone = min(sold, key=lambda each: (there[each], each))
        there[zone] += node.price.nano_usd_per_hour
        evened.append(replace(sample[(*_kind(node), zone)], pods=()))
    return numbered((*existing, *evened))


def _kind(node: PlannedNode) -> tuple[str, str, str]:
    return node.nodepool, node.instance_type, node.capacity_type


def _spent_in(nodes: Nodes) -> Counter[str]:
    spent: Counter[str] = Counter()
    for node in nodes:
        if not node.existing:
            spent[node.zone] += node.price.nano_usd_per_hour
    return spent
