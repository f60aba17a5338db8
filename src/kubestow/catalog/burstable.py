"""Burstable instance types: what they sustain, and what they charge above it.

Sources: EC2 user guide, "Key concepts for burstable performance instances" (baseline utilization a
vCPU) and "Unlimited mode" (the default of t3, t3a and t4g; t2 is standard), read 2026-11; EC2
on-demand pricing, "T2/T3/T4g Unlimited Mode Pricing": 0.05 USD a vCPU-hour on Linux, t4g 0.04, the
same for all sizes and regions, on demand and spot, read 2026-11.
"""

from collections.abc import Iterable

from kubestow.model.cpu_credits import SURPLUS, CpuCredits, CpuUse, CreditMode
from kubestow.model.instance_type import InstanceType, Price
from kubestow.model.pod import PodTemplate
from kubestow.model.resources import CPU

CREDITS_SOURCE = "EC2 on-demand pricing, T2/T3/T4g unlimited mode, read 2026-11"
_PER_MILLE = {"nano": 50, "micro": 100, "small": 200, "medium": 200, "large": 300, "xlarge": 400,
              "2xlarge": 400}  # fmt: skip
_PER_MILLE_T2 = {"nano": 50, "micro": 100, "small": 200, "medium": 200, "large": 300,
                 "xlarge": 225, "2xlarge": 170}  # fmt: skip
_RATE, _RATE_OF = 50_000, {"t4g": 40_000}  # nano-USD per millicpu and hour
_STANDARD = ("t2",)


def baseline_milli(item: InstanceType) -> int | None:
    """Return the millicpu that a burstable type sustains; None for an unknown size."""
    size = item.name.partition(".")[2]
    table = _PER_MILLE_T2 if item.family == "t2" else _PER_MILLE
    return table[size] * item.vcpu if size in table else None


def credits_of(item: InstanceType, use: CpuUse) -> CpuCredits | None:
    """Return the credits of a burstable type; None for any other."""
    baseline = baseline_milli(item) if item.burstable else None
    if baseline is None:
        return None
    is_standard = use.credits == CreditMode.STANDARD or (
        use.credits == CreditMode.DEFAULT and item.family in _STANDARD
    )
    return CpuCredits(baseline, None if is_standard else _RATE_OF.get(item.family, _RATE))


def used_milli(template: PodTemplate, use: CpuUse) -> int:
    """Return the millicpu that a pod is taken to use on average."""
    return use.of(dict(template.requests).get(CPU, 0), template.cpu_use)


def used_by(templates: Iterable[PodTemplate], use: CpuUse) -> int:
    """Return the millicpu that some pods are taken to use together."""
    return sum(used_milli(template, use) for template in templates)


def price_before_load(price: Price) -> int:
    """Return the nano-USD an hour of a node whatever runs on it."""
    return price.nano_usd_per_hour - price.surplus_nano_usd_per_hour


def loaded_price(price: Price, surplus: int) -> Price:
    """Return a price with what a load costs in surplus credits, as a part of its own."""
    if not surplus:
        return price
    return Price(
        price.nano_usd_per_hour + surplus,
        price.source,
        price.is_estimate,
        (*price.extras, (SURPLUS, surplus)),
        price.override,
        price.listed,
    )
