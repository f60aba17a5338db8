"""Reservations: nodes that are paid in any case, made part of the snapshot before planning.

From then on a reserved node is a node like any that exists: filled first and at no cost, rehearsed
and judged like the others.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.catalog.reserved_nodes import covering, place_of
from kubestow.model import labels as names
from kubestow.model.costs import Reservation
from kubestow.model.counted import agreeing, counted
from kubestow.model.instance_type import ON_DEMAND
from kubestow.model.node import Node
from kubestow.model.nodepool import NodePool
from kubestow.model.resources import EBS_VOLUMES, amounts, format_amount
from kubestow.model.snapshot import Cluster, Snapshot
from kubestow.model.volume import EBS_DRIVER
from kubestow.provisioning.preparation.offerings import pool_offerings, pools_of
from kubestow.scheduling.candidate_node import CandidateNode


class ReservationError(ValueError):
    """A reservation that no node can come of: where in the costs file, what is wrong, a hint.

    ``possible`` are the nodes that can, where there are some.
    """

    def __init__(self, field: str, message: str, hint: str, possible: int = 0) -> None:
        super().__init__(message)
        self.field, self.message, self.hint = field, message, hint
        self.possible = possible


def with_reservations(snapshot: Snapshot) -> Snapshot:
    """Add the reserved nodes that nothing runs on yet; raise ReservationError where none can be.

    They are what a NodePool would launch: its labels, taints and allocatable. A node that is there
    uses up one of a reservation of its type, first of those for its zone, if its labels do not say
    that it is spot. Without a zone, nodes are spread evenly over the zones.
    """
    added, problems = with_possible_reservations(snapshot)
    if problems:
        raise problems[0]
    return added


def with_possible_reservations(
    snapshot: Snapshot,
) -> tuple[Snapshot, tuple[ReservationError, ...]]:
    """Add the same nodes, without those that cannot be launched; return why, too.

    Of a reservation that a NodePool's limits do not let be launched whole, as many as they do.
    """
    costs, cluster = snapshot.catalog.costs, snapshot.cluster
    if costs is None or not costs.reservations:
        return snapshot, ()
    offered = _Offered(snapshot)
    used = in_use(cluster, costs.reservations)
    taken = {node.name for node in cluster.nodes}
    added: list[Node] = []
    notes: list[str] = []
    problems: list[ReservationError] = []
    for position, item in enumerate(costs.reservations):
        if used[position].total() == item.count:
            continue
        field = f"reservations[{position}]"
        try:
            zones = offered.zones(item, field)
            fresh = _nodes(item, zones, used[position], taken)
            pool = next(iter(zones.values())).nodepool
            there = (*cluster.nodes, *added)
            problem = _over_limits(snapshot, offered.pools[pool], there, fresh, field)
        except ReservationError as error:
            problems.append(error)
            continue
        if problem is not None:
            problems.append(problem)
            fresh = fresh[: problem.possible]
        if not fresh:
            continue
        added += fresh
        notes.append(
            f"{counted(len(fresh), 'reserved node')} ({fresh[0].name}"
            f"{agreeing(len(fresh), ') is', ', ...) are')} not there yet: launch "
            f"{agreeing(len(fresh), 'it', 'them')} too, as {item.instance_type} on demand in "
            f"NodePool {pool}; the rehearsal assumes that all reserved nodes run"
        )
        notes += offered.chosen_labels(item, pool)
    assumptions = (*cluster.assumptions, *notes)
    cluster = replace(cluster, nodes=(*cluster.nodes, *added), assumptions=assumptions)
    return replace(snapshot, cluster=cluster), tuple(problems)


def in_use(cluster: Cluster, reservations: tuple[Reservation, ...]) -> list[Counter[str]]:
    """Return, for each reservation, the running nodes that use it, by zone."""
    places = [place_of(dict(node.labels)) for node in cluster.nodes]
    used_by: list[Counter[str]] = [Counter() for _ in reservations]
    for (_, zone, _), position in zip(places, covering(places, reservations), strict=True):
        if position is not None:
            used_by[position][zone] += 1
    return used_by


class _Offered:
    """What the NodePools launch on demand, each worked out when it is first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        pools = sorted(pools_of(snapshot.cluster), key=lambda pool: (-pool.weight, pool.name))
        self.pools = {pool.name: pool for pool in pools}
        self._offerings: dict[str, list[CandidateNode]] = {}

    def zones(self, item: Reservation, field: str) -> dict[str, CandidateNode]:
        """Return the offering of each zone that the reservation's nodes come of."""
        sold = {
            offering.zone
            for offering in self.snapshot.catalog.offerings
            if (offering.instance_type, offering.capacity_type) == (item.instance_type, ON_DEMAND)
        }
        region = self.snapshot.catalog.region
        if not sold:
            message = f"{item.instance_type} is not sold on demand in {region}"
            hint = f"'kubestow catalog list --region {region}' shows what is on offer"
            raise ReservationError(f"{field}.instanceType", message, hint)
        if item.zone and item.zone not in sold:
            message = f"{item.instance_type} is not sold on demand in {item.zone}"
            hint = f"it is sold in {', '.join(sorted(sold))}"
            raise ReservationError(f"{field}.zone", message, hint)
        if f"reserved-{item.name}" in self.pools:
            message = f"its nodes would have the names of those of NodePool reserved-{item.name}"
            raise ReservationError(f"{field}.name", message, "give it another name")
        if item.nodepool and item.nodepool not in self.pools:
            message = f"there is no NodePool {item.nodepool!r}"
            hint = f"the NodePools are {', '.join(self.pools)}"
            raise ReservationError(f"{field}.nodePool", message, hint)
        for name in [item.nodepool] if item.nodepool else self.pools:
            in_zone = {c.zone: c for c in reversed(self._of(name)) if _fits(item, c)}
            if in_zone:
                return in_zone
        which = f"NodePool {item.nodepool} may not" if item.nodepool else "no NodePool may"
        where = f"in {item.zone}" if item.zone else f"in {region}"
        message = f"{which} launch {item.instance_type} on demand {where}"
        hint = (
            "add a NodePool whose requirements allow it (--nodepool); the built-in ones launch "
            "current c, m, r and t types of amd64"
        )
        raise ReservationError(field, message, hint)

    def _of(self, name: str) -> list[CandidateNode]:
        """Return a NodePool's offerings; none of a pool that waits for pods to ask for it."""
        if name not in self._offerings:
            pool, of = self.pools[name], self.snapshot
            offered = [] if pool.opt_in_keys else pool_offerings(
                pool, of.catalog, of.networking, {}
            ).candidates  # fmt: skip
            self._offerings[name] = offered
        return self._offerings[name]

    def chosen_labels(self, item: Reservation, pool: str) -> list[str]:
        """Return a note where the NodePool leaves labels open: the first value was taken."""
        variants = [c for c in self._of(pool) if _fits(item, c)]
        same = [c for c in variants if c.zone == variants[0].zone]
        first = same[0].labels
        open_keys = sorted(k for k in first if any(c.labels[k] != first[k] for c in same))
        if not open_keys:
            return []
        said = ", ".join(f"{key}={first[key]}" for key in open_keys)
        return [f"reservation {item.name}: its nodes carry {said}, the first that {pool} allows"]


def _fits(item: Reservation, candidate: CandidateNode) -> bool:
    own = (candidate.instance_type, candidate.capacity_type)
    return own == (item.instance_type, ON_DEMAND) and item.zone in ("", candidate.zone)


def _nodes(
    item: Reservation, zones: dict[str, CandidateNode], used: Counter[str], taken: set[str]
) -> list[Node]:
    """Return the reserved nodes that are left, each in the zone that has the fewest."""
    in_zone = Counter(used)
    nodes: list[Node] = []
    number = 0
    for _ in range(item.count - used.total()):
        zone = min(sorted(zones), key=lambda name: in_zone[name])
        in_zone[zone] += 1
        number += 1
        while f"reserved-{item.name}-{number:03d}" in taken:
            number += 1
        node = launched_candidate(zones[zone], f"reserved-{item.name}-{number:03d}")
        nodes.append(replace(node, reservation=item.name))
    return nodes


def launched_candidate(candidate: CandidateNode, name: str) -> Node:
    """Return the node an offering becomes once it is launched."""
    free = dict(candidate.allocatable)
    slots = free.pop(EBS_VOLUMES, 0)
    return Node(
        name,
        tuple(sorted((dict(candidate.labels) | {names.HOSTNAME: name}).items())),
        amounts(free),
        candidate.taints,
        attach_limits=((EBS_DRIVER, slots),),
        migrated_plugins=(),
    )


def _over_limits(
    snapshot: Snapshot, pool: NodePool, there: tuple[Node, ...], fresh: list[Node], field: str
) -> ReservationError | None:
    """Return why the pool of a reservation cannot launch all of it, and how many it can."""
    first = _first_over(snapshot, pool, (*there, *fresh))
    if first is None:
        return None
    possible = bisect_left(
        range(1, len(fresh) + 1),
        True,
        key=lambda count: _first_over(snapshot, pool, (*there, *fresh[:count])) is not None,
    )
    name, used, limit = first
    message = (
        f"NodePool {pool.name} cannot launch them all: with those it has they come to "
        f"{format_amount(name, used)} of {name}, its limit is {format_amount(name, limit)}"
    )
    hint = "raise the limit or lower the count"
    return ReservationError(f"{field}.count", message, hint, possible)


def _first_over(
    snapshot: Snapshot, pool: NodePool, nodes: Iterable[Node]
) -> tuple[str, int, int] | None:
    """Return a limit of a pool that its nodes exceed, with what they use; None if none."""
    used: Counter[str] = Counter()
    for node in nodes if pool.limits else ():
        labels = dict(node.labels)
        if pool.owns(labels):
            instance_type = snapshot.catalog.instance_types.get(labels.get(names.INSTANCE_TYPE, ""))
            used.update(capacity_for_limits(instance_type) if instance_type else {"nodes": 1})
    return next(
        ((name, used[name], limit) for name, limit in pool.limits if used[name] > limit), None
    )
