"""Zone names of the account that the nodes run in."""

from dataclasses import replace

import pytest

from kubestow.catalog.zone_names import observed_zones, with_zone_names, zone_name_notes
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog
from kubestow.testing import GENERAL, catalog, node, nodepool

CATALOG = catalog(*GENERAL)
NAMES = {zone.name: zone.zone_id for zone in CATALOG.zones}
A, B, C = NAMES


def ids(of: Catalog) -> dict[str, str]:
    return {zone.name: zone.zone_id for zone in of.zones}


def test_nodes_tell_the_ids_of_their_zones() -> None:
    told = node("n", zone=A, labels={names.ZONE_ID: "id-x"})
    assert observed_zones([told, node("m", zone=B)]) == {A: "id-x"}


@pytest.mark.parametrize(
    "observed", [{}, {A: NAMES[A]}, {A: "another region's"}, {"no zone of the region": NAMES[A]}]
)
def test_names_that_agree_or_are_not_the_regions_change_nothing(observed: dict[str, str]) -> None:
    assert with_zone_names(CATALOG, observed) is CATALOG


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ({A: NAMES[B], B: NAMES[A]}, {A: NAMES[B], B: NAMES[A], C: NAMES[C]}),
        ({A: NAMES[B]}, {A: NAMES[B], B: NAMES[A], C: NAMES[C]}),
        (
            {A: NAMES[B], B: NAMES[C], C: NAMES[A]},
            {A: NAMES[B], B: NAMES[C], C: NAMES[A]},
        ),
    ],
)
def test_zones_take_the_names_that_nodes_tell(
    observed: dict[str, str], expected: dict[str, str]
) -> None:
    assert ids(with_zone_names(CATALOG, observed)) == expected


def test_offerings_move_with_their_zone() -> None:
    only_a = CATALOG.narrowed(lambda item: item.zone == A)
    moved = with_zone_names(only_a, {B: NAMES[A]})
    assert {item.zone for item in moved.offerings} == {B}
    assert len(moved.listed) == len(CATALOG.offerings)


def test_zones_that_pools_choose_by_name_are_doubted_where_they_sell_other_types() -> None:
    less = replace(CATALOG, offerings=CATALOG.offerings[:-1])
    odd = CATALOG.offerings[-1].zone
    pool = nodepool("p", (names.ZONE, "In", [A, B, C]))
    (note,) = zone_name_notes(less, [pool], {})
    assert note.startswith(f"what {odd} sells")
    assert list(zone_name_notes(less, [pool], {odd: NAMES[odd]})) == []
    assert list(zone_name_notes(less, [nodepool("p")], {})) == []
    assert list(zone_name_notes(CATALOG, [pool], {})) == []
