"""Kubernetes quantities as exact integers.

A quantity is an integer number of nano-units, rounded as by the API server; floating point is
never used. Source of the rules: k8s.io/apimachinery pkg/api/resource
(quantity.go, suffix.go): at most nine decimal digits are kept, the rest rounds away from zero,
and magnitudes are capped at 2^63-1.
"""

import re
from fractions import Fraction
from functools import lru_cache

NANO_PER_UNIT = 10**9
NANO_PER_MILLI = 10**6
_CAP_NANO = (2**63 - 1) * NANO_PER_UNIT

_PATTERN = re.compile(
    r"([+-]?)(\d*\.?\d*)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,9})?", re.ASCII
)
_LIKENESS = re.compile(r"[+-]?[0-9.,_]{1,20} ?[A-Za-z]{0,10}|", re.ASCII)  # shown in messages
_DECIMAL_EXPONENTS = {
    "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
}  # fmt: skip
_BINARY_EXPONENTS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DIGITS_MAX = 400  # larger exponents only saturate; keeps 1e999999999 cheap
_CHARACTERS_MAX = 1000  # no quantity is longer; keeps parsing cheap


class QuantityError(ValueError):
    """The text is not a Kubernetes quantity."""


@lru_cache(maxsize=65536)
def parse_quantity(text: str) -> int:
    """Return the quantity in nano-units; raise QuantityError if Kubernetes rejects it."""
    if len(text) > _CHARACTERS_MAX:
        raise QuantityError(f"a quantity has at most {_CHARACTERS_MAX} characters, not {len(text)}")
    match = _PATTERN.fullmatch(text)
    if match is None or not text:
        shown = repr(text) if _LIKENESS.fullmatch(text) else "the value"  # a password, perhaps
        raise QuantityError(
            f"{shown} is not a quantity: expected a number and at most one suffix of "
            "n u m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent such as e3"
        )
    sign, number, suffix = match[1], match[2], match[3] or ""
    if suffix in _BINARY_EXPONENTS:
        scale = Fraction(2 ** _BINARY_EXPONENTS[suffix])
    elif suffix in _DECIMAL_EXPONENTS:
        scale = Fraction(10) ** _DECIMAL_EXPONENTS[suffix]
    else:
        digits_max = _DIGITS_MAX + len(number)
        scale = Fraction(10) ** max(-digits_max, min(digits_max, int(suffix[1:])))
    # A suffix or a sign alone is zero, as ParseQuantity reads it.
    exact = Fraction((number.strip(".") and number.removesuffix(".")) or 0) * scale * NANO_PER_UNIT
    nano = min(_ceil(exact), _CAP_NANO)
    return -nano if sign == "-" else nano


def _ceil(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)


def milli_value(nano: int) -> int:
    """Return nano-units as milli-units, rounded up (Quantity.MilliValue)."""
    return -((-nano) // NANO_PER_MILLI)


def value(nano: int) -> int:
    """Return nano-units as whole units, rounded up (Quantity.Value)."""
    return -((-nano) // NANO_PER_UNIT)


def format_milli(milli: int) -> str:
    """Return milli-units as a quantity: 1500 -> "1500m", 2000 -> "2"."""
    return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"


def format_nano(nano: int) -> str:
    """Return nano-units as a decimal number: 1500000000 -> "1.5"."""
    whole, part = divmod(nano, NANO_PER_UNIT)
    return f"{whole}.{part:09d}".rstrip("0").rstrip(".")


def format_bytes(count: int) -> str:
    """Return a byte count with the largest binary suffix, up to Mi, that is exact."""
    for suffix, size in (("Mi", 2**20), ("Ki", 2**10)):
        if count % size == 0 and count:
            return f"{count // size}{suffix}"
    return str(count)
