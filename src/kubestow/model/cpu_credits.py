"""CpuUse and CpuCredits: what pods use of the cpu they request, and what burstable nodes charge.

cpu is in millicpu; money is integer nano-USD per hour.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

WHOLE = 1000
SURPLUS = "surplus CPU credits"
"""The name of the part of a node's price that its load costs beside the instance."""


class CreditMode(StrEnum):
    """How burstable instances are launched: AWS's default of each family, or one for all."""

    DEFAULT = "default"
    UNLIMITED = "unlimited"
    STANDARD = "standard"


_PER_MILLE_MOST = 10 * WHOLE


def share_of(text: str) -> int | None:
    """Return a percentage ("60%") or fraction ("0.6") up to 1000 % in thousandths, rounded up.

    None for anything else.
    """
    number = text.strip()
    is_percentage = number.endswith("%")
    try:
        share = Fraction(number.removesuffix("%").strip()) * (10 if is_percentage else WHOLE)
    except (ValueError, ZeroDivisionError):
        return None
    per_mille = -(-share.numerator // share.denominator)
    return per_mille if 0 <= per_mille <= _PER_MILLE_MOST else None


@dataclass(frozen=True, slots=True)
class CpuUse:
    """What share of their cpu requests pods use on average, in thousandths, unless they say so.

    Half is more than surveys find: 49 % of containers used less than 30 % of what they request
    (Datadog, Container Report 2020).
    """

    per_mille: int = 500
    credits: CreditMode = CreditMode.DEFAULT

    def of(self, requested: int, own: int | None) -> int:
        """Return the millicpu that a pod uses, rounded up; ``own`` is its own share, if it has one.

        ``requested`` is in millicpu, ``own`` in thousandths.
        """
        share = self.per_mille if own is None else own
        return -(-requested * share // WHOLE)


@dataclass(frozen=True, slots=True)
class CpuCredits:
    """What a burstable node sustains, and what it charges for more.

    ``rate`` is per millicpu and hour; None in standard mode, which throttles the node instead.
    """

    baseline: int
    rate: int | None

    def surplus(self, used: int) -> int:
        """Return what a node costs an hour beside its price, if its pods use so many millicpu."""
        return (self.rate or 0) * max(0, used - self.baseline)

    def throttles(self, used: int) -> bool:
        """Return whether pods that use so many millicpu are slowed down."""
        return self.rate is None and used > self.baseline
