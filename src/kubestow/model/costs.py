"""Costs: what nodes cost beyond the catalog's prices, as the user states it.

Law: plain facts, no policy. Money is integer nano-USD; a share is in billionths.
"""

from dataclasses import dataclass

ROOT_VOLUME = "rootVolume"
"""The name of the extra that stands for a node's root volume."""

Match = tuple[tuple[str, tuple[str, ...]], ...]
"""Labels an offering must carry, each with one of these values; an empty match takes all."""


@dataclass(frozen=True, slots=True)
class Extra:
    """Something every matching node costs beside its instance: for itself or for each vCPU."""

    name: str
    nano_usd_per_hour: int
    source: str
    match: Match = ()
    per_vcpu: bool = False
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """What matching instances really cost: a price, or where that is None the list price less."""

    name: str
    nano_usd_per_hour: int | None
    source: str
    match: Match = ()
    discount_billionths: int = 0
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """A number of on-demand nodes of one type that are paid for whether they run or not.

    An empty ``zone`` means any, an empty ``nodepool`` the first that may launch the type. The price
    is each node's; None means the list price.
    """

    name: str
    instance_type: str
    count: int
    nano_usd_per_hour: int | None
    source: str
    zone: str = ""
    nodepool: str = ""


@dataclass(frozen=True, slots=True)
class Costs:
    """The whole of a costs file. Names are unique; of the overrides the last match counts."""

    file: str
    extras: tuple[Extra, ...] = ()
    overrides: tuple[Override, ...] = ()
    reservations: tuple[Reservation, ...] = ()

    @property
    def entries(self) -> tuple[Extra | Override, ...]:
        """Everything in it that is a part of prices, by name."""
        return (*self.overrides, *self.extras)
