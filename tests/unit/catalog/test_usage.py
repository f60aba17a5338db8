"""What nodes count for of their NodePool's limits."""

import pytest

from kubestow.catalog.usage import capacity_type, node_price, node_usage, offering_usage
from kubestow.model import labels as names
from kubestow.model.resources import USD_PER_HOUR, amounts
from kubestow.testing import catalog, instance_type

M5 = instance_type("m5.large", 2, 8)
SOLD = catalog((M5, 0.096), spot=0.5)
PLACED = {names.INSTANCE_TYPE: "m5.large", names.ZONE: "zone-a"}


def test_a_new_node_counts_its_capacity_and_its_price() -> None:
    found = offering_usage(M5, 7)
    assert (found["cpu"], found["nodes"], found[USD_PER_HOUR]) == (2000, 1, 7)


@pytest.mark.parametrize(
    ("labels", "price"),
    [
        ({}, 96_000_000),
        ({names.CAPACITY_TYPE: "spot"}, 48_000_000),
        ({"eks.amazonaws.com/capacityType": "SPOT"}, 48_000_000),
        ({names.ZONE: "elsewhere"}, None),
        ({names.INSTANCE_TYPE: "x9.none"}, None),
    ],
)
def test_a_node_that_is_there_costs_what_its_offering_does(
    labels: dict[str, str], price: int | None
) -> None:
    assert node_price(PLACED | labels, SOLD.prices()) == price


def test_a_node_of_an_unknown_type_counts_its_allocatable_and_no_money() -> None:
    found = node_usage({}, amounts({"cpu": 3}), SOLD.instance_types, SOLD.prices())
    assert found == {"cpu": 3, "nodes": 1, USD_PER_HOUR: 0}


def test_a_narrowed_catalog_still_knows_what_the_others_cost() -> None:
    narrowed = SOLD.narrowed(lambda item: item.capacity_type == "spot")
    again = narrowed.narrowed(lambda item: item.zone == "zone-a")
    assert {o.capacity_type for o in again.offerings} == {"spot"}
    assert again.prices() == SOLD.prices()


def test_karpenters_label_of_the_capacity_type_goes_before_that_of_a_node_group() -> None:
    both = {names.CAPACITY_TYPE: "spot", "eks.amazonaws.com/capacityType": "ON_DEMAND"}
    assert capacity_type(both) == "spot"
    assert capacity_type({}) == ""
