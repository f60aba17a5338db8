"""What a pod would rather have: preferences score nodes and never rule one out."""

from ..model import Object
from . import words
from .dice import Dice
from .placement import expression
from .topology import constraint, term

_MIB = 2**20
IMAGES = {"app:1": 20 * _MIB, "app:2": 300 * _MIB, "tools:1": 900 * _MIB, "model:1": 4000 * _MIB}
"""Image sizes below, within and above what ImageLocality scores."""


def node_images(dice: Dice) -> list[Object]:
    """Return the images that a node has already."""
    return [
        {"names": [f"registry.test/{name}"], "sizeBytes": IMAGES[name]}
        for name in dice.some(sorted(IMAGES), 0, 3)
    ]


def fill_preferences(dice: Dice, spec: Object) -> None:
    """Give a pod preferences about nodes, other pods, spread and images."""
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    affinity: Object = spec.get("affinity", {})
    if dice.chance(0.5):
        affinity.setdefault("nodeAffinity", {})[preferred] = [
            {"weight": dice.choice((1, 10, 100)), "preference": _preference(dice)}
            for _ in range(dice.randint(1, 3))
        ]
    for kind in ("podAffinity", "podAntiAffinity"):
        if dice.chance(0.4):
            affinity.setdefault(kind, {})[preferred] = [
                {"weight": dice.choice((1, 10, 100)), "podAffinityTerm": term(dice)}
                for _ in range(dice.randint(1, 2))
            ]
    if affinity:
        spec["affinity"] = affinity
    if dice.chance(0.4):
        found = constraint(dice, dice.choice((words.ZONE, words.HOSTNAME)), "ScheduleAnyway")
        used = {each["topologyKey"] for each in spec.get("topologySpreadConstraints", ())}
        if found["topologyKey"] not in used:
            spec.setdefault("topologySpreadConstraints", []).append(found)
    for container in spec["containers"]:
        if dice.chance(0.5):
            container["image"] = f"registry.test/{dice.choice(sorted(IMAGES))}"


def _preference(dice: Dice) -> Object:
    return {"matchExpressions": [expression(dice) for _ in range(dice.choice((1, 1, 2)))]}
