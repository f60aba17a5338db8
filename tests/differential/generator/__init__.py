"""Random clusters with pods to come, made to meet every edge of every filter.

Law: a seed makes the same case, byte for byte, on every machine.
"""

from ..model import Case
from . import words
from .dice import FOCUSES, SCORED, Dice, Stress, stress, stress_of_scores
from .nodes import nodes
from .pods import bound, incoming
from .resources import runtime_classes
from .volumes import Storage

LARGE = 0.1
"""How many cases in one are large, unless it is said otherwise."""


def case(seed: int, *, large: float = LARGE) -> Case:
    """Return the case of a seed; a share of the cases is ``large``."""
    dice = Dice(f"kubestow {seed}")
    found = stress(dice)
    if dice.chance(large):
        node_count, pod_count = dice.randint(60, 100), dice.randint(100, 150)
    else:
        node_count, pod_count = dice.randint(5, 40), dice.randint(10, 40)
    return _case(dice, found, f"seed-{seed}", node_count, pod_count)


def scored_case(seed: int) -> Case:
    """Return the case of a seed whose pods are to be placed one after the other, by score."""
    dice = Dice(f"kubestow scores {seed}")
    found = stress_of_scores(dice)
    return _case(dice, found, f"scored-{seed}", dice.randint(4, 25), dice.randint(20, 60))


def _case(dice: Dice, found: Stress, name: str, node_count: int, pod_count: int) -> Case:
    made = nodes(dice, found, node_count)
    storage = Storage(dice, found, made)
    there = bound(dice, found, storage, made)
    pods = incoming(dice, found, storage, pod_count)
    storage.attach()
    lasting = [*words.namespace_objects(), *runtime_classes()]
    stored = [] if found.scored else storage.objects
    return Case(name, [*lasting, *made, *stored, *there], pods)


__all__ = ["FOCUSES", "LARGE", "SCORED", "case", "scored_case"]
