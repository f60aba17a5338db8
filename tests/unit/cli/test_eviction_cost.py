"""--eviction-cost: prices for all pods, by priority and for local data, and what is a mistake."""

import pytest

from kubestow.cli.eviction_cost import eviction_prices_of
from kubestow.model.eviction_prices import DEFAULT_PRICES, EvictionPrices
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import SYSTEM_PRIORITIES

CLASSES = {**dict(SYSTEM_PRIORITIES), "checkout": 5000}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], DEFAULT_PRICES),
        (["0.004"], EvictionPrices(4_000_000)),
        (["0"], EvictionPrices(0)),
        (
            ["1000=0.01", "0.002", "system-cluster-critical=0.05", "checkout=0.02"],
            EvictionPrices(
                2_000_000,
                ((2_000_000_000, 50_000_000), (5000, 20_000_000), (1000, 10_000_000)),
            ),
        ),
        (["-10=0.001"], EvictionPrices(by_priority=((-10, 1_000_000),))),
        (["local-data=0.02"], EvictionPrices(local_data=20_000_000)),
    ],
)
def test_prices(given: list[str], expected: EvictionPrices) -> None:
    assert eviction_prices_of(given, CLASSES) == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["cheap"], "'cheap' is not a price in USD"),
        (["1000="], "'' is not a price in USD"),
        (["=0.01"], "no priority"),
        (["-0.01"], "is not a price in USD"),
        (["10001"], "is not a price in USD"),
        (["0.01", "0.02"], "two prices for all pods"),
        (["5000=0.01", "checkout=0.02"], "two prices for checkout"),
        (["chekout=0.02"], "'chekout' is neither a priority nor a PriorityClass of the input"),
    ],
)
def test_mistakes(given: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        eviction_prices_of(given, CLASSES)
    assert said in str(caught.value)
    assert caught.value.hint
