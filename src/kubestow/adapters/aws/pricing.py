"""On-demand prices from AWS Pricing GetProducts.

Prices are parsed exactly, as decimals, into nano-USD. A product without a positive hourly USD price
gives no price rather than a wrong one. The service serves every region from us-east-1. Products in
an unexpected shape raise ValueError, LookupError or TypeError.
"""

import json
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from kubestow.model.instance_type import NANO_USD

PRICING_REGION = "us-east-1"
_FILTERS = {
    "operatingSystem": "Linux",
    "preInstalledSw": "NA",
    "tenancy": "Shared",
    "capacitystatus": "Used",
}

_CHARACTERS_MAX = 100
_EXPONENT_MAX = 20  # 1e999999 is a number of a million digits

OnDemandPrices = dict[str, tuple[str, int]]
"""By instance type: the effective date (ISO 8601) and nano-USD per hour."""


def product_pages(pricing: Any, region: str) -> Iterator[list[str]]:
    """Yield the price list of a region's Linux instances, one page at a time."""
    fields = {"regionCode": region} | _FILTERS
    pages = pricing.get_paginator("get_products").paginate(
        ServiceCode="AmazonEC2",
        FormatVersion="aws_v1",
        Filters=[
            {"Type": "TERM_MATCH", "Field": field, "Value": wanted}
            for field, wanted in fields.items()
        ],
    )
    for page in pages:
        yield page.get("PriceList", [])


def keep_newest(prices: OnDemandPrices, price_list: Iterable[str]) -> None:
    """Add products to ``prices``; of two prices for one type, keep the later one."""
    for text in price_list:
        item = json.loads(text)
        instance_type = _instance_type(item)
        if instance_type is None:
            continue
        for term in _hourly_terms(item):
            prices[instance_type] = max(prices.get(instance_type, term), term)


def nano_usd(usd: str) -> int:
    """Return nano-USD of a decimal text; raise ValueError if it is not one."""
    try:
        amount = Decimal(usd) if len(usd) <= _CHARACTERS_MAX else Decimal("NaN")
        if amount and not -_EXPONENT_MAX < amount.adjusted() < _EXPONENT_MAX:
            raise ValueError(f"{usd!r} is not an amount of money")
        return int((amount * NANO_USD).to_integral_value(rounding=ROUND_HALF_UP))
    except (InvalidOperation, OverflowError) as problem:
        raise ValueError(f"{usd!r} is not an amount of money") from problem


def _instance_type(item: dict[str, Any]) -> str | None:
    attributes = item["product"]["attributes"]
    if attributes.get("locationType", "AWS Region") != "AWS Region":
        return None  # local zones and Wavelength zones have their own prices
    name = attributes.get("instanceType")
    return str(name) if name else None


def _hourly_terms(item: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield date and price of each term: the highest among the dimensions that start at zero."""
    for term in item["terms"].get("OnDemand", {}).values():
        hourly = [
            nano_usd(dimension["pricePerUnit"].get("USD", "0"))
            for dimension in term["priceDimensions"].values()
            if dimension.get("unit", "Hrs").lower() == "hrs"
            and dimension.get("beginRange", "0") == "0"
        ]
        if max(hourly, default=0) > 0:
            yield str(term.get("effectiveDate", "")), max(hourly)
