"""Where a pod may go: tolerations, nodeSelector and required node affinity."""

from typing import Any

from ..model import Object
from . import words
from .dice import Dice, Stress

NUMBERS_WANTED = ("0", "1", "3", "4", "15", "x")
_VALUES: dict[str, tuple[str, ...]] = {
    words.ZONE: (*words.ZONES, "zone-x"),
    words.RACK: (*words.RACKS, "r9"),
    words.HOSTNAME: tuple(f"n{number}" for number in range(12)),
    words.CORES: words.NUMBERS,
    "example.com/nowhere": ("a", "b"),
}


def tolerations(dice: Dice, stress: Stress) -> list[Object]:
    """Return a pod's tolerations; more of them where nodes have more taints."""
    found: list[Object] = []
    if dice.chance(0.3 * stress["unschedulable"] + 0.02):
        toleration = {"key": words.UNSCHEDULABLE, "operator": "Exists"}
        found.append(dice.choice((toleration, {**toleration, "effect": "NoSchedule"})))
    if dice.chance(0.08 * (stress["taints"] + stress["unschedulable"])):
        found.append({"operator": "Exists"})
    if dice.chance(0.02):
        found.append({"operator": "Exists", "effect": "NoExecute"})
    if dice.chance(0.8 * stress["taints"]):
        found += [_toleration(dice, key) for key in dice.some(words.TAINT_KEYS, 1, 3)]
    return found


def _toleration(dice: Dice, key: str) -> Object:
    toleration: Object = {"key": key}
    operator = dice.choice(("", "Equal", "Exists"))
    if operator:
        toleration["operator"] = operator
    if operator != "Exists":
        value = dice.choice(words.TAINT_VALUES)
        if value:
            toleration["value"] = value
    effect = dice.choice(("", "", *words.EFFECTS))
    if effect:
        toleration["effect"] = effect
    if effect == "NoExecute" and dice.chance(0.5):
        toleration["tolerationSeconds"] = 60
    return toleration


def node_selector(dice: Dice) -> dict[str, str]:
    """Return a nodeSelector of one or two labels."""
    return {key: dice.choice(_VALUES[key]) for key in dice.some(sorted(_VALUES), 1, 2)}


def node_affinity(dice: Dice) -> Object:
    """Return a node affinity: required terms, now and then preferred ones too."""
    affinity: Object = {}
    if dice.chance(0.9):
        terms = [_term(dice) for _ in range(dice.choice((1, 1, 2, 3)))]
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
    if dice.chance(0.2):
        preference = {"matchExpressions": [expression(dice)]}
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": 10, "preference": preference}
        ]
    return affinity


def _term(dice: Dice) -> Object:
    if dice.chance(0.05):
        return {}
    term: Object = {}
    if dice.chance(0.9):
        term["matchExpressions"] = [expression(dice) for _ in range(dice.choice((1, 1, 2)))]
    if not term or dice.chance(0.12):
        name = f"n{dice.randrange(12)}"
        operator = dice.choice(("In", "In", "NotIn"))
        field = {"key": "metadata.name", "operator": operator, "values": [name]}
        term["matchFields"] = [field]
        if dice.chance(0.1):
            term["matchFields"].append({**field, "values": [f"n{dice.randrange(12)}"]})
    return term


def expression(dice: Dice) -> Object:
    """Return one requirement on a node's labels."""
    key = dice.choice(sorted(_VALUES))
    if key == words.CORES and dice.chance(0.7):
        wanted = dice.choice((*NUMBERS_WANTED, "12"))
        return {"key": key, "operator": dice.choice(("Gt", "Lt")), "values": [wanted]}
    operator = dice.choice(("In", "In", "NotIn", "Exists", "DoesNotExist"))
    found: Object = {"key": key, "operator": operator}
    if operator in ("In", "NotIn"):
        values: list[Any] = dice.some(_VALUES[key], 1, 3)
        found["values"] = values
    return found
