"""On-demand prices from AWS Pricing GetProducts.

Law: a price is parsed exactly, as a decimal, into nano-USD; a product that names no positive
hourly USD price gives no price rather than a wrong one. The service answers from us-east-1 for
every region. Products in an unknown shape raise ValueError, LookupError or TypeError.
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

OnDemandPrices = dict[str, tuple[str, int]]
"""By instance type: since when (ISO 8601), and nano-USD an hour."""


def product_pages(pricing: Any, region: str) -> Iterator[list[str]]:
    """Yield the price list of a region's Linux instances, a page at a time."""
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


def keep_newest(known: OnDemandPrices, price_list: Iterable[str]) -> None:
    """Take products in; of two prices for one type the one that began later stays."""
    for text in price_list:
        item = json.loads(text)
        instance_type = _instance_type(item)
        if instance_type is None:
            continue
        for term in _hourly_terms(item):
            known[instance_type] = max(known.get(instance_type, term), term)


def nano_usd(usd: str) -> int:
    """Return nano-USD of a decimal text; raise ValueError where it is none."""
    try:
        return int((Decimal(usd) * NANO_USD).to_integral_value(rounding=ROUND_HALF_UP))
    except (InvalidOperation, OverflowError) as problem:
        raise ValueError(f"{usd!r} is not an amount of money") from problem


def _instance_type(item: dict[str, Any]) -> str | None:
    attributes = item["product"]["attributes"]
    if attributes.get("locationType", "AWS Region") != "AWS Region":
        return None  # a local zone or a wavelength zone has prices of its own
    found = attributes.get("instanceType")
    return str(found) if found else None


def _hourly_terms(item: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield since when and how much; of several dimensions the dearest that counts from zero."""
    for term in item["terms"].get("OnDemand", {}).values():
        hourly = [
            nano_usd(dimension["pricePerUnit"].get("USD", "0"))
            for dimension in term["priceDimensions"].values()
            if dimension.get("unit", "Hrs").lower() == "hrs"
            and dimension.get("beginRange", "0") == "0"
        ]
        if max(hourly, default=0) > 0:
            yield str(term.get("effectiveDate", "")), max(hourly)
