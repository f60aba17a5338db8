"""Which nodes that run use up reservations: EC2 applies one to any instance that matches it."""

from collections.abc import Mapping, Sequence

from kubestow.catalog.usage import capacity_type
from kubestow.model import labels as names
from kubestow.model.costs import Reservation
from kubestow.model.instance_type import SPOT

Place = tuple[str, str, str]
"""A node's instance type, zone and capacity type, as a reservation matches it."""
_NOWHERE: Place = ("", "", "")
_LINUX = "linux"


def place_of(labels: Mapping[str, str]) -> Place:
    """Return the place of a node; no reservation matches that of one that does not run Linux."""
    if labels.get(names.OS, _LINUX) != _LINUX:
        return _NOWHERE
    own = labels.get(names.INSTANCE_TYPE, ""), labels.get(names.ZONE, "")
    return (*own, capacity_type(labels))


def covering(places: Sequence[Place], reservations: Sequence[Reservation]) -> list[int | None]:
    """Return the position of the reservation that pays for each node; None for on demand and spot.

    Those for a zone are used up first. Where more nodes match than are reserved, the first count.
    """
    found: list[int | None] = [None] * len(places)
    for position in sorted(range(len(reservations)), key=lambda i: not reservations[i].zone):
        item = reservations[position]
        matching = [
            number
            for number, (name, zone, capacity) in enumerate(places)
            if found[number] is None
            and (name, capacity != SPOT) == (item.instance_type, True)
            and item.zone in ("", zone)
        ]
        for number in matching[: item.count]:
            found[number] = position
    return found
