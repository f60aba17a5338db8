"""Kinds: what a plan costs with few instance types, and how many the shown plan has."""

from dataclasses import dataclass

FEW = 3
"""Of so few kinds a rehearsal adds no other."""
WITHIN = 0.03
"""The share of the cheapest plan's cost that fewer kinds of nodes may cost more, unless told."""


@dataclass(frozen=True, slots=True)
class KindsWish:
    """How many instance types new nodes may be of: at most ``most``, or any number if that is None.

    If it is ``few``, it is the fewest that cost at most ``within`` (a share) more than any number
    would. ``node_worth`` is what one node fewer is worth in choosing, in nano-USD an hour.
    """

    most: int | None = None
    few: bool = True
    within: float = WITHIN
    node_worth: int = 10_000_000


@dataclass(frozen=True, slots=True)
class KindsCost:
    """What the new nodes cost if they are of at most ``kinds`` types (None: of any number)."""

    kinds: int | None
    types: tuple[str, ...]
    nodes: int
    nano_usd_per_hour: int


@dataclass(frozen=True, slots=True)
class KindsCurve:
    """The costs by number of kinds, any number last, and which of them is planned with.

    ``enough`` is False where fewer kinds than were asked for cannot run the pods.
    """

    costs: tuple[KindsCost, ...]
    chosen: int
    within: float
    enough: bool = True

    @property
    def shown(self) -> KindsCost:
        """The one that is planned with."""
        return self.costs[self.chosen]
