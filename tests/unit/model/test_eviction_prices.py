"""The price of an eviction: by annotation, by priority, and for local data."""

import pytest

from kubestow.model.eviction_prices import (
    BASE,
    DEFAULT_PRICES,
    LOCAL_DATA_TIMES,
    EvictionPrices,
    nano_usd_of,
)
from kubestow.model.eviction_terms import EvictionTerms

LOCAL = EvictionTerms(local_volumes=("tmp",))


def test_by_default_every_pod_costs_as_much_and_local_data_five_times_that() -> None:
    assert DEFAULT_PRICES.of(None, 2 * 10**9) == BASE == 3_000_000
    assert DEFAULT_PRICES.of(LOCAL, 0) == LOCAL_DATA_TIMES * BASE == 15_000_000
    safe = EvictionTerms(safe_to_evict=True, local_volumes=("tmp",))
    assert DEFAULT_PRICES.of(safe, 0) == BASE


@pytest.mark.parametrize(
    ("terms", "priority", "price"),
    [
        (None, -1, 1),
        (None, 0, 2),
        (None, 999, 2),
        (None, 1000, 50),
        (None, 2 * 10**9, 50),
        (LOCAL, 0, 20),
        (LOCAL, 1000, 50),
        (EvictionTerms(nano_usd=0), 1000, 0),
        (EvictionTerms(nano_usd=9, local_volumes=("tmp",)), 0, 9),
    ],
)
def test_the_annotation_wins_then_the_highest_priority_then_at_least_local_datas_price(
    terms: EvictionTerms | None, priority: int, price: int
) -> None:
    assert EvictionPrices(1, ((1000, 50), (0, 2)), local_data=20).of(terms, priority) == price


@pytest.mark.parametrize(
    ("text", "nano"),
    [
        ("0", 0),
        ("0.002", 2_000_000),
        ("10000", 10**13),
        ("0.000000001", 1),
        ("10000.1", None),
        ("", None),
        ("1.", None),
        ("1e2", None),
        ("-1", None),
        ("\u0661", None),
    ],
)
def test_amounts_in_usd(text: str, nano: int | None) -> None:
    assert nano_usd_of(text) == nano
