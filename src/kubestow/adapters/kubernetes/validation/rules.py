"""What the API server asks of each published type: a table, and the walk that applies it.

The walk visits an object whose names and types are right. Every type's fields are held against
FIELDS, REQUIRED, ONE_SOURCE and UNIQUE; rules that compare several fields are functions in CHECKS
(and WHOLE, for whole objects). Source: Kubernetes 1.34 pkg/apis/*/validation.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.published import SCALARS, facts, without_nulls
from kubestow.adapters.kubernetes.validation import (
    containers,
    karpenter,
    metadata,
    objects,
    pods,
    workloads,
)
from kubestow.adapters.kubernetes.validation.table import FIELDS, ONE_SOURCE, REQUIRED, UNIQUE

Check = Callable[[Mapping[str, Any], str], Iterator[FieldError]]
Whole = Callable[[Mapping[str, Any]], Iterator[FieldError]]
CHECKS: dict[str, tuple[Check, ...]] = {
    **metadata.CHECKS, **containers.CHECKS, **pods.CHECKS, **objects.CHECKS,
    **karpenter.CHECKS,
}  # fmt: skip
"""By type."""
_NOT_VALIDATED = frozenset({"autoscaling.v2.MetricIdentifier.selector"})
"""Fields whose content the API server takes as it is."""
WHOLE: dict[str, tuple[Whole, ...]] = {**workloads.WHOLE, **objects.WHOLE}
"""By kind."""


def mistakes_in(kind: str, name: str, value: dict[str, Any]) -> list[FieldError]:
    """Return what validation refuses in an object of a kind and type."""
    clean = without_nulls(value, name, fills_maps=name[0].islower())
    if kind == "StatefulSet":
        clean = workloads.without_replaced_volumes(clean)
    errors = list(_struct({k: v for k, v in clean.items() if k != "status"}, name, ""))
    errors += metadata.name_mistakes(kind, clean)
    for check in WHOLE.get(kind, ()):
        errors += check(clean)
    return errors


def _struct(value: dict[str, Any], name: str, path: str) -> Iterator[FieldError]:
    rules, prefix = FIELDS.get(name, {}), f"{path}." if path else ""
    for field in REQUIRED.get(name, ()):
        if value.get(field) in (None, "", [], {}):
            yield FieldError(f"{prefix}{field}", "is missing", "set it")
    limits = facts().limits.get(name)
    if limits is not None:
        yield from karpenter.beyond_limits(value, limits, prefix)
    sources = ONE_SOURCE.get(name)
    if sources is not None:
        yield from _one_source(value, sources, path)
    fields = facts().types[name]
    for field, item in value.items():
        inner = f"{prefix}{field}"
        rule = rules.get(field)
        if rule is not None:
            items = enumerate(item) if isinstance(item, list) else None
            for place, part in ((f"{inner}[{i}]", p) for i, p in items) if items else (
                (inner, item),
            ):  # fmt: skip
                error = rule.error(part, place)
                if error is not None:
                    yield error
        keys = UNIQUE.get(f"{name}.{field}")
        if keys is not None:
            yield from _repeated(item, keys, inner)
        if field in fields and f"{name}.{field}" not in _NOT_VALIDATED:
            yield from _inside(item, fields[field], inner)
    for check in CHECKS.get(name, ()):
        yield from check(value, path)


def _inside(value: Any, kind: str, path: str) -> Iterator[FieldError]:
    inner = kind.strip("[]{}")
    if inner in SCALARS:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(item, kind[1:-1], f"{path}[{index}]")
    elif kind[0] == "{":
        for key, item in value.items():
            yield from _inside(item, kind[1:-1], f"{path}.{key}")
    else:
        yield from _struct(value, kind, path)


def _one_source(
    value: Mapping[str, Any], sources: tuple[frozenset[str], bool], path: str
) -> Iterator[FieldError]:
    names, is_required = sources
    given = sorted(names & value.keys())
    if len(given) > 1:
        yield FieldError(path, f"sets {', '.join(given)}", "set only one of them")
    elif not given and is_required:
        yield FieldError(path, "sets none of its alternatives",
                         f"set one of {', '.join(sorted(names))}")  # fmt: skip


def _repeated(items: list[Any], keys: tuple[str, ...], path: str) -> Iterator[FieldError]:
    seen = set()
    for index, item in enumerate(items):
        identity = tuple(str(item.get(key, "")) for key in keys) if keys else (str(item),)
        if identity in seen and any(identity):
            place = f"{path}[{index}]" + (f".{keys[0]}" if len(keys) == 1 else "")
            yield FieldError(place, "is there twice", "remove or rename one of them")
        seen.add(identity)
