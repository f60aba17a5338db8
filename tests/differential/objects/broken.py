"""An object changed in one place, by its published types: most changes break it, some do not.

Law: knows types and shapes of values, not what is valid: that is the API server's to say.
"""

import copy
from collections.abc import Callable
from typing import Any

from kubestow.adapters.kubernetes.published import facts

from ..generator.dice import Dice
from ..model import Object

_TEXTS = ("", " ", "UPPER", "a_b", "-a", "a-", "a.b", "a/b", "/a", "x" * 64, "x" * 254, "é", "a b",
          "1", "default", "None", "Never", "Always", "..", "a..b", "true", "example.com/a/b",
          "*", "@", "65536", "http")  # fmt: skip
_NUMBERS = (0, 1, -1, 2, 100, 101, 65535, 65536, 2**31 - 1, 2**31, 2**63, 1.5, -0.5)
_QUANTITIES = ("", "1", "-1", "1.5", "1x", "1 Gi", "1GiB", "m", "0", "0.1m", "1e3", "1E", "+1",
               "9999999999Ei", 0, -1, 0.5, "1Mi", "100m", " 1", "1.", ".5", "1,5")  # fmt: skip
_AMOUNTS = ("", "50%", "150%", "-5%", "1", "a", 0, 1, -1, 70000, "101%", "1.5%", "http", "100%")
_TIMES = ("2026-01-02T15:04:05Z", "2026-01-02", "now", "2026-13-02T15:04:05Z", "")
_WRONG: tuple[Any, ...] = ("text", 7, 1.5, True, [], {}, ["a"], {"a": "b"}, [{}], None)


def broken(item: Object, dice: Dice) -> tuple[Object, str]:
    """Return the object changed in one place, and what was changed."""
    item = copy.deepcopy(item)
    root = facts().kinds[item["kind"]][item["apiVersion"]]
    places = [place for place in _places(item, root, "") if not place[3].startswith("status")]
    change = dice.choice(_CHANGES)
    for place in dice.sample(places, len(places)):
        said = change(place, dice)
        if said:
            return item, f"{place[3]}: {said}"
    return item, "nothing"


_BY_VERSION = {"image", "restartPolicyRules", "fileKeyRef", "podCertificate",
               "clusterTrustBundle", "nodeAllocatableUpdatePeriodSeconds",
               "dataSourceRef"}  # fmt: skip
"""Fields whose meaning depends on feature gates, which differ between versions."""

Place = tuple[Any, Any, str, str]
"""A container, a key in it, the type of what is there, and its path."""


def _places(value: Any, kind: str, path: str) -> list[Place]:
    found: list[Place] = []
    if kind[0] == "[" and isinstance(value, list):
        for index, part in enumerate(value):
            where = f"{path}[{index}]"
            found.append((value, index, kind[1:-1], where))
            found += _places(part, kind[1:-1], where)
    elif kind[0] == "{" and isinstance(value, dict):
        for key, part in value.items():
            where = f"{path}.{key}"
            found.append((value, key, kind[1:-1], where))
            found += _places(part, kind[1:-1], where)
    elif kind in facts().types and isinstance(value, dict):
        for key, part in value.items():
            where = f"{path}.{key}".lstrip(".")
            if where in ("apiVersion", "kind"):
                continue
            inner = facts().types[kind].get(key, "any")
            found.append((value, key, inner, where))
            found += _places(part, inner, where)
    return found


def _wrong_type(place: Place, dice: Dice) -> str:
    holder, key, _, _ = place
    holder[key] = dice.choice(_WRONG)
    return f"replaced by {holder[key]!r}"


def _unknown_field(place: Place, dice: Dice) -> str:
    holder, key, kind, _ = place
    if kind not in facts().types or not isinstance(holder[key], dict):
        return ""
    names = sorted(facts().types[kind])
    known = dice.choice(names)
    name = dice.choice([known.upper(), known.lower(), f"{known}s", "field", known[:-1]])
    if name in names or not name:
        return ""
    holder[key][name] = dice.choice(_WRONG[:-1])
    return f"field {name} added"


def _removed(place: Place, dice: Dice) -> str:
    holder, key, _, _ = place
    if isinstance(holder, list):
        holder.pop(key)
    else:
        del holder[key]
    return "removed"


def _doubled(place: Place, dice: Dice) -> str:
    holder, key, _, _ = place
    if not isinstance(holder, list):
        return ""
    holder.append(copy.deepcopy(holder[key]))
    return "doubled"


def _another_value(place: Place, dice: Dice) -> str:
    holder, key, kind, _ = place
    pools: dict[str, tuple[Any, ...]] = {
        "string": _TEXTS, "int32": _NUMBERS, "int64": _NUMBERS, "quantity": _QUANTITIES,
        "int-or-string": _AMOUNTS, "boolean": (True, False, "true", 1, 0), "time": _TIMES,
    }  # fmt: skip
    if kind not in pools:
        return ""
    holder[key] = dice.choice(pools[kind])
    return f"set to {holder[key]!r}"


def _another_key(place: Place, dice: Dice) -> str:
    holder, key, kind, _ = place
    if kind[0] != "{" or not isinstance(holder[key], dict):
        return ""
    pool = _QUANTITIES if kind == "{quantity}" else _TEXTS
    name = dice.choice(
        [
            *_TEXTS,
            "cpu",
            "memory",
            "storage",
            "gpu",
            "pods",
            "nvidia.com/gpu",
            "hugepages-2Mi",
            "requests.example.com/a",
            "kubernetes.io/a",
        ]
    )
    holder[key][name] = dice.choice(pool)
    return f"key {name!r} set to {holder[key][name]!r}"


def _another_field(place: Place, dice: Dice) -> str:
    """Add a published field with a value of its type, which may or may not fit the others."""
    holder, key, kind, where = place
    if kind not in facts().types or not isinstance(holder[key], dict) or where == "status":
        return ""
    fields = {n: t for n, t in facts().types[kind].items() if n not in holder[key]}
    if not fields:
        return ""
    name = dice.choice(sorted(fields))
    if name in _BY_VERSION or (name == "restartPolicy" and "Container" in kind):
        return ""
    holder[key][name] = _made(fields[name], dice, 0)
    return f"field {name} added: {holder[key][name]!r}"


def _made(kind: str, dice: Dice, depth: int) -> Any:
    if kind[0] == "[":
        return [_made(kind[1:-1], dice, depth + 1)] if depth < 4 else []
    if kind[0] == "{":
        return {dice.choice(["a", "cpu", "example.com/b"]): _made(kind[1:-1], dice, depth + 1)}
    if kind in facts().types:
        fields = facts().types[kind] if depth < 4 else {}
        return {
            name: _made(inner, dice, depth + 1)
            for name, inner in fields.items()
            if dice.chance(0.5) and name not in _BY_VERSION
        }
    simple: dict[str, tuple[Any, ...]] = {
        "string": ("a", "web", "Always", "10.0.0.1"), "boolean": (True, False),
        "int32": (0, 1, 80), "int64": (0, 1, 80), "integer": (1,), "number": (1.5,),
        "quantity": ("1", "100m", "1Gi"), "int-or-string": (1, "50%", "http"),
        "time": ("2026-01-02T15:04:05Z",), "bytes": ("YQ==",), "object": ({},), "any": ("a",),
    }  # fmt: skip
    return dice.choice(simple[kind])


_CHANGES: tuple[Callable[[Place, Dice], str], ...] = (
    _wrong_type, _unknown_field, _removed, _doubled, _another_value, _another_value,
    _another_value, _another_key, _another_field,
)  # fmt: skip
