"""Costs: a costs file of the user, which corrects the catalog's prices.

Money is integer nano-USD; a share is in billionths.
"""

from dataclasses import dataclass

ROOT_VOLUME = "rootVolume"
"""The name of the extra for a node's root volume."""

Match = tuple[tuple[str, tuple[str, ...]], ...]
"""Labels that an offering must have, each with one of these values; empty matches all."""


@dataclass(frozen=True, slots=True)
class Extra:
    """A cost of every matching node beside its instance, per node or per vCPU."""

    name: str
    nano_usd_per_hour: int
    source: str
    match: Match = ()
    per_vcpu: bool = False
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Override:
    """The actual price of matching instances: a price or, if None, a discount."""

    name: str
    nano_usd_per_hour: int | None
    source: str
    match: Match = ()
    discount_billionths: int = 0
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """On-demand nodes of one type that are paid for whether they run or not.

    An empty ``zone`` means any, an empty ``nodepool`` the first that may launch the type. The price
    is per node; None means the list price.
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
    """A costs file. Names are unique; the last override that matches counts."""

    file: str
    extras: tuple[Extra, ...] = ()
    overrides: tuple[Override, ...] = ()
    reservations: tuple[Reservation, ...] = ()

    @property
    def entries(self) -> tuple[Extra | Override, ...]:
        """The overrides and extras: everything that changes prices."""
        return (*self.overrides, *self.extras)
