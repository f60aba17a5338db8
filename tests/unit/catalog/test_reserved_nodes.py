"""Reservations pay for the nodes that match them, zonal ones first."""

from kubestow.catalog.reserved_nodes import covering, place_of
from kubestow.model import labels as names
from kubestow.model.costs import Reservation

LARGE = ("m5.large", "zone-a", "on-demand")


def reserved(count: int, zone: str = "") -> Reservation:
    return Reservation("own", "m5.large", count, 1, "contract", zone)


def test_a_reservation_pays_for_its_type_on_demand_and_not_for_spot() -> None:
    places = [
        LARGE,
        ("m5.xlarge", *LARGE[1:]),
        ("m5.large", "zone-b", "spot"),
        ("m5.large", "", ""),
    ]
    assert covering(places, [reserved(5)]) == [0, None, None, 0]


def test_the_first_nodes_are_paid_for_and_no_more_than_are_reserved() -> None:
    assert covering([LARGE] * 3, [reserved(2)]) == [0, 0, None]
    assert covering([LARGE] * 3, []) == [None] * 3


def test_those_of_a_zone_are_used_up_first_and_only_there() -> None:
    elsewhere = ("m5.large", "zone-b", "on-demand")
    reservations = [reserved(1), reserved(1, "zone-a")]
    assert covering([LARGE, elsewhere], reservations) == [1, 0]
    assert covering([elsewhere, LARGE, LARGE], reservations) == [0, 1, None]


def test_a_node_that_does_not_run_linux_matches_none() -> None:
    labels = {names.INSTANCE_TYPE: "m5.large", names.ZONE: "zone-a"}
    assert place_of(labels) == ("m5.large", "zone-a", "")
    assert covering([place_of(labels | {names.OS: "windows"})], [reserved(1)]) == [None]
