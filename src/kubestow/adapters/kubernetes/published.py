"""The published fields of every kind that is read, as facts: names, types and limits.

The facts are data (``kubestow/data/fields.json``, written by tools/write_fields.py from the OpenAPI
of Kubernetes 1.13 to 1.37, the CustomResourceDefinitions of Karpenter and eksctl's JSON schema).
They are decoded once, when the first object is looked at. A type is written as

- ``string``, ``boolean``, ``int32``, ``int64``, ``integer``, ``number``, ``bytes``, ``time``,
  ``quantity``, ``int-or-string``, ``object`` (its fields are free), ``any``;
- ``[T]`` for a list, ``{T}`` for a map from string;
- the name of another type, such as ``core.v1.PodSpec`` or ``NodePool.v1.spec.template``.
"""

from functools import cache
from importlib import resources
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.shapes import decoded

SCALARS = frozenset({
    "string", "boolean", "int32", "int64", "integer", "number", "bytes", "time", "quantity",
    "int-or-string", "object", "any",
})  # fmt: skip
"""The types that have no published fields of their own."""


class FieldLimits(msgspec.Struct, gc=False):
    """What a CustomResourceDefinition asks of a type's fields."""

    required: list[str]
    fields: dict[str, dict[str, Any]]


class Facts(msgspec.Struct, gc=False):
    """The fields of all types, and the types of all kinds by API version (the newest first)."""

    sources: list[str]
    open: list[str]
    """Types that take fields beside those they list."""
    kinds: dict[str, dict[str, str]]
    types: dict[str, dict[str, str]]
    limits: dict[str, FieldLimits]


@cache
def facts() -> Facts:
    """Return the facts of the package."""
    data = (resources.files("kubestow.data") / "fields.json").read_bytes()
    return decoded(data, Facts)


def types_of(document: Document) -> tuple[str, ...]:
    """Return the types an object may have: that of its API version, else all of its kind."""
    versions = facts().kinds.get(document.kind, {})
    own = versions.get(document.api_version)
    return (own,) if own else tuple(versions.values())


def versions_of(kind: str) -> tuple[str, ...]:
    """Return the types of all API versions of a kind."""
    return tuple(facts().kinds.get(kind, {}).values())


def without_nulls(value: Any, kind: str, *, fills_maps: bool = True) -> Any:
    """Return a value of a type without nulls, as the API server reads them.

    A field that is null is absent; null in a list is the type's empty value, and so it is in a map
    if ``fills_maps``. In the types of CustomResourceDefinitions it is absent from maps.
    """
    if isinstance(value, list):
        inner = kind[1:-1] if kind[:1] == "[" else "any"
        return [
            _empty(inner) if item is None else without_nulls(item, inner, fills_maps=fills_maps)
            for item in value
        ]
    if not isinstance(value, dict):
        return value
    is_map, fields = kind[:1] == "{", facts().types.get(kind, {})
    result = {}
    for key, item in value.items():
        inner = kind[1:-1] if is_map else fields.get(key, "any")
        if item is not None:
            result[key] = without_nulls(item, inner, fills_maps=fills_maps)
        elif is_map and fills_maps:
            result[key] = _empty(inner)
    return result


def _empty(kind: str) -> Any:
    if kind in facts().types or kind[:1] == "{":
        return {}
    return {"quantity": "0", "boolean": False, "int32": 0, "int64": 0}.get(
        kind, [] if kind[:1] == "[" else ""
    )


def described(name: str) -> str:
    """Return a type as messages name it: PodSpec, or spec.template of a NodePool."""
    if name in facts().types and name[:1].isupper():
        kind, _, path = name.partition(".")
        inner = path.partition(".")[2]
        return f"{inner} of a {kind}" if inner else kind
    return name.rpartition(".")[2]
