"""Instance types: offers by type, prices with their sources, how many pods and why."""

import pytest

from kubestow.model.currency import Currency
from kubestow.model.nodepool import Networking, NodeClass
from kubestow.testing import catalog, instance_type
from kubestow.views.catalog_view import (
    Listing,
    instance_type_list_view,
    instance_type_view,
    max_pods_formula,
    offers_by_type,
)
from kubestow.views.settings import Settings

LARGE = instance_type("m5.large", 2, 8)
BOTH = catalog((LARGE, 0.1), (instance_type("m5.xlarge", 4, 16), 0.2), spot=0.4)


def test_offers_are_told_by_type_and_capacity_type() -> None:
    offers = offers_by_type(BOTH)["m5.large"]
    assert offers.zones == ("zone-a", "zone-b", "zone-c")
    on_demand, spot = offers.lowest("on-demand"), offers.lowest("spot", "zone-b")
    assert on_demand is not None
    assert spot is not None
    assert (on_demand.usd_per_hour, spot.usd_per_hour) == (0.1, 0.04)
    assert offers.lowest("spot", "zone-x") is None


def test_a_price_has_its_month_in_usd_and_in_the_users_currency_rounded() -> None:
    usd = instance_type_view(BOTH, "m5.large", Settings()).prices.on_demand
    settings = Settings(currency=Currency("KRW", 1391.5), hours_per_month=720.0)
    won = instance_type_view(BOTH, "m5.large", settings).prices.on_demand
    assert usd is not None
    assert won is not None
    assert (usd.usd_per_month, bool(usd.currency_per_month)) == (73.0, False)
    assert (won.usd_per_month, won.currency_per_month) == (72.0, 100188)


def test_a_list_has_its_types_in_order_with_the_price_it_is_about() -> None:
    view = instance_type_list_view(
        BOTH, Listing(("m5.xlarge", "m5.large"), "spot", "zone-a"), Settings()
    )
    assert [item.name for item in view.items] == ["m5.xlarge", "m5.large"]
    assert [item.price and item.price.usd_per_hour for item in view.items] == [0.08, 0.04]


@pytest.mark.parametrize(
    ("settings", "formula"),
    [
        (Settings(), "4 x (15 - 1) + 2 = 58"),
        (Settings(networking=Networking(custom_networking=True)), "(4 - 1) x (15 - 1) + 2 = 44"),
        (
            Settings(networking=Networking(prefix_delegation=True)),
            "min(110, 4 x (15 - 1) x 16 + 2) = 110",
        ),
        (Settings(NodeClass(max_pods=20)), "maxPods is set to 20"),
    ],
)
def test_the_formula_of_max_pods_is_written_out(settings: Settings, formula: str) -> None:
    assert max_pods_formula(LARGE, settings) == formula
    assert instance_type_view(BOTH, "m5.large", settings).max_pods_formula == formula
