"""EvictionPrices: what the eviction of a pod costs, in nano-USD.

The pod's own annotation wins. Otherwise the price is that of its priority, and at least that of
local data if the eviction loses some.
"""

import re
from dataclasses import dataclass

from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.instance_type import NANO_USD

USD_MAX = 10_000
_USD = re.compile(r"\d{1,5}(\.\d{1,9})?", re.ASCII)
BASE = 3_000_000
"""0.003 USD: docs/designs/0011 has the measurements."""
LOCAL_DATA_TIMES = 5
"""By default, a pod that loses local data costs five times as much as any pod: an assumption."""


@dataclass(frozen=True, slots=True)
class EvictionPrices:
    """Prices of one eviction, in nano-USD.

    ``by_priority`` holds (least priority, price), the highest priority first. ``local_data`` is the
    least price of a pod that loses local data; None is LOCAL_DATA_TIMES ``base``.
    """

    base: int = BASE
    by_priority: tuple[tuple[int, int], ...] = ()
    local_data: int | None = None

    def of(self, terms: EvictionTerms | None, priority: int) -> int:
        """Return the price of evicting a pod."""
        if terms is not None and terms.nano_usd is not None:
            return terms.nano_usd
        ranked = (price for least, price in self.by_priority if priority >= least)
        price = next(ranked, self.base)
        if terms is None or not terms.loses_data:
            return price
        local = LOCAL_DATA_TIMES * self.base if self.local_data is None else self.local_data
        return max(price, local)


DEFAULT_PRICES = EvictionPrices()


def nano_usd_of(text: str) -> int | None:
    """Return an amount in USD as nano-USD; None if it is not a decimal number in range."""
    if not _USD.fullmatch(text):
        return None
    whole, _, decimals = text.partition(".")
    nano = int(whole) * NANO_USD + int(decimals.ljust(9, "0"))
    return nano if nano <= USD_MAX * NANO_USD else None
