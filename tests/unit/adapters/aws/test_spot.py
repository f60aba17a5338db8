"""Current spot prices: which record of a history is an offering's price."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kubestow.adapters.aws.spot import SpotPrices, keep_latest, spot_pages


def record(usd: str, hour: int, zone: str = "zone-a") -> dict[str, Any]:
    return {
        "InstanceType": "t3.xlarge",
        "AvailabilityZone": zone,
        "SpotPrice": usd,
        "Timestamp": datetime(2026, 11, 22, hour, tzinfo=UTC),
    }


def latest(*records: dict[str, Any]) -> dict[str, int]:
    """Return nano-USD by zone."""
    prices: SpotPrices = {}
    keep_latest(prices, records)
    return {zone: nano for (_, zone), (_, nano) in prices.items()}


def test_the_latest_price_is_kept_whatever_the_order() -> None:
    records = [record("0.0671", 5), record("0.0675", 6), record("0.0660", 4)]
    assert latest(*records) == latest(*reversed(records)) == {"zone-a": 67_500_000}


def test_each_zone_has_its_own_price() -> None:
    prices = latest(record("0.0671", 5), record("0.05", 4, "zone-b"))
    assert prices == {"zone-a": 67_100_000, "zone-b": 50_000_000}


def test_a_price_of_zero_is_no_price() -> None:
    assert latest(record("0.0671", 5), record("0.0", 6)) == {"zone-a": 67_100_000}
    assert latest(record("0", 6)) == {}


def test_a_record_in_an_unexpected_shape_raises() -> None:
    with pytest.raises(LookupError, match="SpotPrice"):
        latest({key: text for key, text in record("1", 1).items() if key != "SpotPrice"})
    with pytest.raises(ValueError, match="'cheap' is not an amount"):
        latest(record("cheap", 1))


def test_the_history_is_requested_for_linux_from_the_instant_on() -> None:
    questions = []

    class Ec2:
        def get_paginator(self, operation: str) -> Any:
            assert operation == "describe_spot_price_history"
            return self

        def paginate(self, **question: Any) -> list[dict[str, Any]]:
            questions.append(question)
            return [{"SpotPriceHistory": [record("1", 1)]}, {}]

    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert list(spot_pages(Ec2(), at)) == [[record("1", 1)], []]
    assert questions == [{"ProductDescriptions": ["Linux/UNIX"], "StartTime": at}]
