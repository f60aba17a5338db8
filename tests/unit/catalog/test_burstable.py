"""Burstable instances: what a load costs beside the instance, by hand."""

import pytest

from kubestow.catalog.burstable import (
    credits_of,
    loaded_price,
    price_before_load,
    used_by,
    used_milli,
)
from kubestow.model.cpu_credits import SURPLUS, CpuUse, CreditMode, share_of
from kubestow.model.instance_type import Price
from kubestow.testing import instance_type, pod

USD = 10**9


@pytest.mark.parametrize(
    ("name", "vcpu", "mode", "used", "usd_per_hour", "throttled"),
    [
        # 2 vCPU x 20 % sustain 400m; 960m is 0.56 vCPU more, at 0.05 USD: above its price.
        ("t3a.small", 2, "default", 960, 0.028, False),
        ("t3a.small", 2, "default", 400, 0.0, False),
        ("t3.large", 2, "default", 601, 0.00005, False),  # 600m
        ("t3.2xlarge", 8, "unlimited", 8000, 0.24, False),  # 3200m, 4.8 vCPU more
        ("t3.nano", 2, "default", 150, 0.0025, False),  # 100m
        ("t4g.medium", 2, "default", 1400, 0.04, False),  # 400m, 1 vCPU more at 0.04 USD
        ("t4g.xlarge", 4, "default", 1600, 0.0, False),  # exactly what it sustains
        ("t4g.micro", 2, "standard", 300, 0.0, True),  # 200m, and no more
        ("t2.medium", 2, "default", 500, 0.0, True),  # t2 is standard by default: 400m
        ("t2.xlarge", 4, "unlimited", 1000, 0.005, False),  # 22.5 %: 900m
        ("t2.2xlarge", 8, "default", 1360, 0.0, False),  # 17 %
        ("t3.small", 2, "standard", 400, 0.0, False),
    ],
)
def test_a_load_costs_what_is_above_the_baseline(
    name: str, vcpu: int, mode: str, used: int, usd_per_hour: float, throttled: bool
) -> None:
    item = instance_type(name, vcpu, 4, burstable=True)
    own = credits_of(item, CpuUse(credits=CreditMode(mode)))
    assert own is not None
    assert own.surplus(used) == round(usd_per_hour * USD)
    assert own.throttles(used) == throttled


def test_other_types_have_no_credits() -> None:
    assert credits_of(instance_type("m5.large", 2, 8), CpuUse()) is None
    assert credits_of(instance_type("t9.mega", 2, 8, burstable=True), CpuUse()) is None


def test_pods_use_a_share_of_their_requests_rounded_up_or_their_own() -> None:
    use = CpuUse(333)
    assert used_milli(pod("a", "100m").template, use) == 34
    assert used_milli(pod("a", "100m", cpu_use=1000).template, use) == 100
    assert used_milli(pod("a", "100m", cpu_use=0).template, use) == 0
    assert used_by([pod("a", "100m").template, pod("b", "1").template], use) == 34 + 333


def test_a_price_tells_what_the_load_costs() -> None:
    price = Price(USD, "list", extras=(("agent", 5),))
    loaded = loaded_price(price, 7)
    assert (loaded.nano_usd_per_hour, loaded.extras) == (USD + 7, (("agent", 5), (SURPLUS, 7)))
    assert (price_before_load(loaded), loaded_price(price, 0)) == (USD, price)


@pytest.mark.parametrize(
    ("text", "per_mille"),
    [("60%", 600), (" 0.6 ", 600), ("33.33 %", 334), ("1", 1000), ("0", 0), ("1000%", 10_000),
     ("1001%", None), ("-1%", None), ("many", None), ("", None), ("nan", None), ("1/0", None)],
)  # fmt: skip
def test_a_share_is_a_percentage_or_a_fraction(text: str, per_mille: int | None) -> None:
    assert share_of(text) == per_mille
