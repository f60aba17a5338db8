"""Current spot prices from EC2 DescribeSpotPriceHistory.

Law: one price a type and zone, the latest; a history that starts now holds only the prices that
are current. Records in an unknown shape raise ValueError, LookupError or TypeError.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from kubestow.adapters.aws.pricing import nano_usd

SpotPrices = dict[tuple[str, str], tuple[datetime, int]]
"""By instance type and zone name: since when, and nano-USD an hour."""


def spot_pages(ec2: Any, at: datetime) -> Iterator[list[dict[str, Any]]]:
    """Yield the Linux prices that hold at that time, a page at a time."""
    pages = ec2.get_paginator("describe_spot_price_history").paginate(
        ProductDescriptions=["Linux/UNIX"], StartTime=at
    )
    for page in pages:
        yield page.get("SpotPriceHistory", [])


def keep_latest(known: SpotPrices, records: Iterable[dict[str, Any]]) -> None:
    """Take records in; of two for one type and zone the later one stays."""
    for record in records:
        key = (record["InstanceType"], record["AvailabilityZone"])
        candidate = (record["Timestamp"], nano_usd(record["SpotPrice"]))
        if candidate[1] > 0:
            known[key] = max(known.get(key, candidate), candidate)
