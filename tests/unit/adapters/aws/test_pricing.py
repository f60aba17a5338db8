"""On-demand prices: which of a product's prices is the instance's hourly price in USD."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.adapters.aws.price_list import product

from kubestow.adapters.aws.pricing import OnDemandPrices, keep_newest, nano_usd


@pytest.mark.parametrize(
    ("sentence", "items", "expected"),
    [
        ("a price is exact", [product("m9.large", "0.1234567891")], 123_456_789),
        ("the smallest amount counts", [product("m9.large", "0.0000000010")], 1),
        ("a zero price is none", [product("m9.large", "0.0000000000")], None),
        ("zero beside a price", [product("m9.large", "0.0000000000", "0.5000000000")], 500_000_000),
        (
            "of two products the newer term counts",
            [
                product("m9.large", "0.9", since="2026-01-01T00:00:00Z"),
                product("m9.large", "0.5", since="2026-06-01T00:00:00Z"),
                product("m9.large", "0.7", since="2026-03-01T00:00:00Z"),
            ],
            500_000_000,
        ),
        ("a local zone's price is another's", [product("m9.large", "0.5",
                                               locationType="AWS Local Zone")], None),
        ("no dimension, no price", [product("m9.large")], None),
    ],
)  # fmt: skip
def test_on_demand_price(sentence: str, items: list[str], expected: int | None) -> None:
    prices: OnDemandPrices = {}
    keep_newest(prices, items)
    assert prices.get("m9.large", ("", None))[1] == expected, sentence


def edited(change: Callable[[dict[str, Any]], None]) -> str:
    item = json.loads(product("m9.large", "0.5"))
    change(item)
    return json.dumps(item)


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("an upfront fee is no hourly price", lambda d: d.update(unit="Quantity")),
        ("a later tier is not the price", lambda d: d.update(beginRange="1000")),
        ("another currency is no USD", lambda d: d.update(pricePerUnit={"CNY": "3.5"})),
    ],
)
def test_a_dimension_that_is_no_usd_an_hour_is_passed_over(
    sentence: str, change: Callable[[dict[str, Any]], None]
) -> None:
    def change_dimension(item: dict[str, Any]) -> None:
        (term,) = item["terms"]["OnDemand"].values()
        (dimension,) = term["priceDimensions"].values()
        change(dimension)

    prices: OnDemandPrices = {}
    keep_newest(prices, [edited(change_dimension)])
    assert prices == {}, sentence


def test_a_product_without_on_demand_terms_is_passed_over() -> None:
    prices: OnDemandPrices = {}
    keep_newest(prices, [edited(lambda item: item.update(terms={"Reserved": {}}))])
    assert prices == {}


def test_an_amount_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="'free' is not an amount"):
        nano_usd("free")
