"""The packing problem: items x bins in integers, in a fixed order.

An item is a run of interchangeable units: a class's pods, or bundles of pods that must share a
node. A bin is an offering any number of nodes can be opened of, or one existing node.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.resources import CPU_USE
from kubestow.provisioning.packing.preferences import PreferenceProblem


@dataclass(frozen=True, slots=True)
class Item:
    """``parts`` are (class, pods a unit); ``units`` how many units there are to place.

    ``cell`` restricts the item to one topology cell; ``needs`` are classes one of which must
    already be on the node (only for existing nodes).
    """

    parts: tuple[tuple[int, int], ...]
    units: int
    cell: int | None = None
    needs: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bin:
    """Candidates that are the same to every item, by index; ``pool`` is -1 for existing nodes.

    A burstable node pays ``rate`` for each millicpu used beyond ``sustained`` (catalog.burstable);
    the rate is 0 where the capacity keeps what is used within that.
    """

    candidates: tuple[int, ...]
    price: int
    pool: int
    rate: int = 0
    sustained: int = 0

    @property
    def exists(self) -> bool:
        """True for a node that is already there."""
        return self.pool < 0


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node decided on: a candidate and the pods of each class put on it."""

    candidate: int
    load: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Rules:
    """NodeRules over items: where an owner is present, counted weight is at most the cap."""

    caps: list[int] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    of_item: list[tuple[tuple[int, int, bool], ...]] = field(default_factory=list)
    members: list[tuple[Integers, Integers, Booleans]] = field(default_factory=list)
    """For each rule: items involved, their weight a unit, whether they own the rule."""
    initial: dict[int, tuple[tuple[int, int, bool], ...]] = field(default_factory=dict)
    """For each bin with content: (rule, counted weight, owner present)."""


@dataclass(slots=True)
class PackingProblem:
    """Items, bins, and what decides which go together."""

    axes: tuple[str, ...]
    items: list[Item]
    requests: Integers  # items x axes
    bins: list[Bin]
    capacity: Integers  # bins x axes
    compatible: Booleans  # items x bins
    rules: Rules
    pool_limits: list[dict[str, int]]
    usage: Sequence[dict[str, int]]  # by bin: what one node adds to its pool's use
    pool_used: list[dict[str, int]]
    preferences: PreferenceProblem | None = None

    @property
    def use_axis(self) -> int | None:
        """The axis of the cpu that is used, which is the last if there is one."""
        return len(self.axes) - 1 if self.axes and self.axes[-1] == CPU_USE else None

    def cost_of(self, pattern: "Pattern") -> int:
        """Return the nano-USD an hour of one node with a load, surplus credits included."""
        b = self.bins[pattern.bin]
        if not b.rate:
            return b.price
        used = sum(int(self.requests[item, -1]) * units for item, units in pattern.load)
        return b.price + b.rate * max(0, used - b.sustained)

    @property
    def demand(self) -> Integers:
        """Units of each item."""
        return np.array([item.units for item in self.items], dtype=np.int64)

    @property
    def prices(self) -> Integers:
        """nano-USD an hour of each bin."""
        return np.array([b.price for b in self.bins], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one node of a bin carries: (item, units), sorted by item."""

    bin: int
    load: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Packing:
    """Patterns with how many nodes run each, and the units no node could take."""

    nodes: list[tuple[Pattern, int]]
    left: Integers

    def cost(self, problem: PackingProblem) -> int:
        """Return the nano-USD an hour of all nodes."""
        return sum(problem.cost_of(pattern) * count for pattern, count in self.nodes)


class PackingStrategy(Protocol):
    """A way of packing a problem: kubestow's search, or an autoscaler's."""

    @property
    def heeds_preferences(self) -> bool:
        """Whether the problem is to tell what the pods prefer."""

    def __call__(self, problem: PackingProblem) -> Packing:
        """Return a packing that is legal by the problem's own rules."""
