"""--eviction-cost: what evictions cost, read from the command line.

A value that is not valid is an InputError that says what is.
"""

import re
from collections.abc import Mapping, Sequence

from kubestow.model.eviction_prices import BASE, USD_MAX, EvictionPrices, nano_usd_of
from kubestow.model.input_error import InputError
from kubestow.model.suggestion import did_you_mean

_LOCAL_DATA = "local-data"
_PRIORITY = re.compile(r"-?[0-9]{1,10}")


def eviction_prices_of(given: Sequence[str], classes: Mapping[str, int]) -> EvictionPrices:
    """Return the prices of USD, PRIORITY=USD, CLASS=USD and local-data=USD, each once.

    ``classes`` are the priorities of the PriorityClasses there are.
    """
    prices: dict[int | str, int] = {}
    for text in given:
        name, equals, amount = text.strip().rpartition("=")
        name, amount = name.strip(), amount.strip()
        if equals and not name:
            raise InputError(f"--eviction-cost {text}: no priority", hint="for example 1000=0.01")
        nano = nano_usd_of(amount)
        if nano is None:
            raise InputError(
                f"--eviction-cost {text}: {amount!r} is not a price in USD",
                hint=f"use a decimal number from 0 to {USD_MAX}, for example 0.002",
            )
        key = _key(name, classes)
        if key in prices:
            what = f"two prices for {name}" if name else "two prices for all pods"
            raise InputError(f"--eviction-cost {text}: {what}", hint="omit one of them")
        prices[key] = nano
    ranked = sorted(((k, nano) for k, nano in prices.items() if isinstance(k, int)), reverse=True)
    return EvictionPrices(prices.get("", BASE), tuple(ranked), prices.get(_LOCAL_DATA))


def _key(name: str, classes: Mapping[str, int]) -> int | str:
    """Return what a price is for: a priority, local data, or all pods ("")."""
    if name in ("", _LOCAL_DATA):
        return name
    if _PRIORITY.fullmatch(name):
        return int(name)
    if name not in classes:
        known = [*classes, _LOCAL_DATA]
        raise InputError(
            f"--eviction-cost: {name!r} is neither a priority nor a PriorityClass of the input",
            hint=did_you_mean(name, known) or f"use a number or one of: {', '.join(known)}",
        )
    return classes[name]
