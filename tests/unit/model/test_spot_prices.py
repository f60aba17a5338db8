"""Spot prices: catalogs of a moment, and what differs between two of them."""

from kubestow.model.spot_prices import changed_prices, repriced, with_changes
from kubestow.testing import GENERAL, ZONES, catalog

BASE = catalog(*GENERAL, spot=0.5)


def test_only_the_spot_offering_that_is_named_costs_something_else() -> None:
    found = repriced(BASE, {("m5.large", ZONES[1]): 40_000_000}).prices()
    assert found.pop(("m5.large", ZONES[1], "spot")) == 40_000_000
    assert found.items() <= BASE.prices().items()


def test_a_catalog_is_made_again_from_what_changed_in_it() -> None:
    first = repriced(BASE, {("m5.large", ZONES[1]): 40_000_000})
    second = repriced(first, {("m5.xlarge", ZONES[0]): 1, ("m5.large", ZONES[1]): 48_000_000})
    changes = changed_prices(first, second)
    assert len(changes) == 2
    assert with_changes(first, changes) == second
    assert changed_prices(second, second) == []


def test_a_catalog_that_was_narrowed_knows_the_new_prices_of_what_it_left_out() -> None:
    narrow = BASE.narrowed(lambda item: item.instance_type == "m5.large")
    found = repriced(narrow, {("m5.xlarge", ZONES[0]): 7})
    assert found.prices()["m5.xlarge", ZONES[0], "spot"] == 7
    assert len(found.offerings) == 6
