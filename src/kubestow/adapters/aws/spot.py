"""Current spot prices from EC2 DescribeSpotPriceHistory.

Each type and zone has one price, the latest; a history that starts now holds only current prices.
Records in an unexpected shape raise ValueError, LookupError or TypeError.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from kubestow.adapters.aws.pricing import nano_usd

SpotPrices = dict[tuple[str, str], tuple[datetime, int]]
"""By instance type and zone name: the instant of the price, and nano-USD per hour."""


def spot_pages(ec2: Any, at: datetime) -> Iterator[list[dict[str, Any]]]:
    """Yield the Linux prices in effect at an instant, one page at a time."""
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        ProductDescriptions=["Linux/UNIX"], StartTime=at
    )
    for page in pages:
        yield page.get("SpotPriceHistory", [])


def keep_latest(prices: SpotPrices, records: Iterable[dict[str, Any]]) -> None:
    """Add records to ``prices``; of two for one type and zone, keep the later one."""
    for record in records:
        key = (record["InstanceType"], record["AvailabilityZone"])
        quote = (record["Timestamp"], nano_usd(record["SpotPrice"]))
        if quote[1] > 0:
            prices[key] = max(prices.get(key, quote), quote)
