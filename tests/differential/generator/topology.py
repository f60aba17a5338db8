"""Pods among pods: labels, topology spread, affinity and anti-affinity."""

from typing import Any

from ..model import Object
from . import words
from .dice import Dice, Stress

KEYS = (words.ZONE, words.HOSTNAME, words.RACK, "example.com/nowhere")
_KEY_WEIGHTS = (5, 4, 4, 1)


def labels(dice: Dice) -> dict[str, str]:
    """Return a pod's labels."""
    found = {"app": dice.choice(words.APPS)}
    if dice.chance(0.5):
        found["version"] = dice.choice(("1", "2"))
    if dice.chance(0.2):
        found["tier"] = dice.choice(("front", "back"))
    return found if dice.chance(0.95) else {}


def fill_topology(dice: Dice, stress: Stress, spec: Object) -> None:
    """Give a pod its spread constraints and its terms about other pods."""
    if dice.chance(stress["spread"]):
        spec["topologySpreadConstraints"] = _constraints(dice)
    if dice.chance(stress["interpod"]):
        affinity = spec.setdefault("affinity", {})
        if dice.chance(0.55):
            affinity["podAffinity"] = terms(dice)
        if dice.chance(0.55):
            affinity["podAntiAffinity"] = terms(dice)


def anti_affinity(dice: Dice) -> Object:
    """Return an affinity with anti-affinity alone, for pods that are there already."""
    return {"podAntiAffinity": terms(dice)}


def _constraints(dice: Dice) -> list[Object]:
    keys: list[str] = []
    for _ in range(dice.choice((1, 1, 2, 3))):
        key = dice.choices(KEYS, _KEY_WEIGHTS)[0]
        if key not in keys:
            keys.append(key)
    usual = ("DoNotSchedule",) * 6 + ("ScheduleAnyway",)
    return [constraint(dice, key, dice.choice(usual)) for key in keys]


def constraint(dice: Dice, key: str, when: str) -> Object:
    """Return one spread constraint, with what it does where it cannot be satisfied."""
    found: Object = {"topologyKey": key, "maxSkew": dice.choice((1, 1, 2, 3))}
    found["whenUnsatisfiable"] = when
    _fill_selector(dice, found)
    if when == "DoNotSchedule" and dice.chance(0.25):
        found["minDomains"] = dice.choice((1, 2, 3, 4, 6))
    for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if dice.chance(0.35):
            found[policy] = dice.choice(("Honor", "Ignore"))
    if "labelSelector" in found and dice.chance(0.2):
        _fill_keys(dice, found, ("matchLabelKeys",))
    return found


def terms(dice: Dice) -> Object:
    """Return required terms about other pods, now and then preferred ones too."""
    found: Object = {}
    if dice.chance(0.92):
        found["requiredDuringSchedulingIgnoredDuringExecution"] = [
            term(dice) for _ in range(dice.choice((1, 1, 1, 2)))
        ]
    if dice.chance(0.12):
        found["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"weight": 5, "podAffinityTerm": term(dice)}
        ]
    return found


def term(dice: Dice) -> Object:
    """Return one term about other pods."""
    found: Object = {"topologyKey": dice.choices(KEYS, _KEY_WEIGHTS)[0]}
    _fill_selector(dice, found)
    if dice.chance(0.2):
        found["namespaces"] = dice.some((*words.NAMESPACES, "absent"), 1, 2)
    if dice.chance(0.25):
        found["namespaceSelector"] = dice.choice(
            (
                {},
                {"matchLabels": {"team": "red"}},
                {"matchLabels": {"team": "green"}},
                {"matchExpressions": [{"key": "env", "operator": "DoesNotExist"}]},
                {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["test"]}]},
            )
        )
    if "labelSelector" in found and dice.chance(0.2):
        _fill_keys(dice, found, ("matchLabelKeys", "mismatchLabelKeys"))
    return found


def _fill_selector(dice: Dice, into: Object) -> None:
    selector = _selector(dice)
    if selector is not None:
        into["labelSelector"] = selector


def _selector(dice: Dice) -> Object | None:
    """Return a label selector: mostly one app, now and then empty, or none at all."""
    if dice.chance(0.06):
        return None
    if dice.chance(0.07):
        return {}
    selector: Object = {}
    if dice.chance(0.7):
        selector["matchLabels"] = {"app": dice.choice(words.APPS)}
    if not selector or dice.chance(0.1):
        selector["matchExpressions"] = [_expression(dice)]
    return selector


def _expression(dice: Dice) -> Object:
    key, values = dice.choice((("app", words.APPS), ("tier", ("front", "back"))))
    operator = dice.choice(("In", "NotIn", "Exists", "DoesNotExist"))
    expression: Object = {"key": key, "operator": operator}
    if operator in ("In", "NotIn"):
        chosen: list[Any] = dice.some(values, 1, 2)
        expression["values"] = chosen
    return expression


def _fill_keys(dice: Dice, into: Object, fields: tuple[str, ...]) -> None:
    """Give a term or a constraint keys whose values come from the incoming pod."""
    selector = into["labelSelector"]
    used = {*selector.get("matchLabels", ())}
    used |= {expression["key"] for expression in selector.get("matchExpressions", ())}
    free = [key for key in ("version", "tier", "app") if key not in used]
    if free:
        into[dice.choice(fields)] = [free[0]]
