"""A seeded source of choices, and how strongly a case stresses each filter."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

FOCUSES = (
    "unschedulable", "taints", "affinity", "ports", "resources", "disks", "limits", "binding",
    "zone", "spread", "interpod", "mixed",
)  # fmt: skip
"""What a case stresses: one for each filter, in the scheduler's order, and all of them at once."""

_WEIGHTS = (2, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 2)
SCORED = ("taints", "affinity", "resources", "spread", "interpod", "mixed")
"""What a case about scores may stress: nothing that waits for volumes to be made."""

_BASE, _FOCUSED, _MIXED = 0.03, 0.75, 0.2


class Dice(random.Random):
    """Choices from one seed; the same seed makes the same choices."""

    def chance(self, probability: float) -> bool:
        """Return true with this probability."""
        return self.random() < probability

    def some(self, items: Sequence[T], least: int = 0, most: int = 2) -> list[T]:
        """Return a few different items, in their order."""
        count = min(self.randint(least, most), len(items))
        return [items[index] for index in sorted(self.sample(range(len(items)), count))]


@dataclass(frozen=True)
class Stress:
    """How likely a pod or a node is to carry what each filter looks at."""

    focus: str
    levels: dict[str, float] = field(default_factory=dict)
    scored: bool = False
    """Whether the case is about which node is best, not about which ones pass."""

    def __getitem__(self, name: str) -> float:
        """Return the likelihood of one filter's features."""
        return self.levels[name]


def stress(dice: Dice) -> Stress:
    """Return a case's focus; what it does not focus on stays rare, so that later filters decide."""
    focus = dice.choices(FOCUSES, _WEIGHTS)[0]
    if focus == "mixed":
        return Stress(focus, dict.fromkeys((*FOCUSES, "preferences"), _MIXED))
    base = dice.choice((0.0, _BASE, 2 * _BASE))
    levels = dict.fromkeys(FOCUSES, base)
    levels[focus] = _FOCUSED
    return Stress(focus, {**levels, "preferences": base})


def stress_of_scores(dice: Dice) -> Stress:
    """Return a case's focus where many nodes pass and preferences decide."""
    focus = dice.choice(SCORED)
    levels = dict.fromkeys(FOCUSES, 0.0) | dict.fromkeys(SCORED, _BASE)
    if focus == "mixed":
        levels |= dict.fromkeys(SCORED, _MIXED)
    else:
        levels[focus] = 0.4
    return Stress(focus, {**levels, "preferences": dice.choice((0.0, 0.3, 0.8))}, scored=True)
