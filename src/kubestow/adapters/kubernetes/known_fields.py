"""Whether an object keeps to its published schema: names, types and values of its fields.

A field that no version has is a mistake, as it is to ``kubectl apply`` (strict field validation in
the API server). So is a value of another type. What the API server's validation would refuse
(kubestow.adapters.kubernetes.validation) and what may matter and is not modelled is named, and
planned all the same. The cluster writes the status, so its fields may be of any version.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kubestow.adapters.documents import Document
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.field_judgements import NOT_MODELLED
from kubestow.adapters.kubernetes.published import described, facts, types_of, versions_of
from kubestow.model.quantity import QuantityError, parse_quantity
from kubestow.model.suggestion import did_you_mean

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*", re.ASCII)
_CHECK = "check the field with 'kubectl explain'"
_LIST = "write a list, each item on a line that starts with -"
_MAPPING = "write a mapping, its fields indented below it"
_LEFT_TO_READERS = ("replicas",)  # whose readers know a limit below 32 bits
_STATUS = "status"
_OWN = "kubestow."  # the beginning of this project's own resources
_DEEPEST = 100  # no published type is nested as deeply


@dataclass(slots=True)
class Findings:
    """What is wrong with an object, by the rule it breaks, and what is not modelled."""

    unknown: list[FieldError] = field(default_factory=list)
    invalid: list[FieldError] = field(default_factory=list)
    """Values of another type."""
    refused: list[FieldError] = field(default_factory=list)
    """What the API server's validation would refuse; the object can be planned all the same."""
    not_modelled: list[tuple[str, str]] = field(default_factory=list)
    """Paths, and why: see NOT_MODELLED."""
    odd: list[tuple[str, str]] = field(default_factory=list)
    """Paths of valid values that are hardly meant, and what they are read as."""

    @property
    def has_remarks(self) -> bool:
        """Whether there is something to say of an object that is planned all the same."""
        return bool(self.refused or self.not_modelled or self.odd)


def findings(document: Document) -> Findings:
    """Return what is wrong with an object of a kind that is read; nothing for other kinds."""
    types = types_of(document)
    if not types:
        return Findings()
    try:
        value = msgspec.json.decode(document.json)
    except (msgspec.DecodeError, RecursionError):
        return Findings()  # reported by whoever decodes the object
    if not isinstance(value, dict):
        return Findings()
    results = [_looked_into(document.kind, name, value) for name in types]
    best = min(results, key=_count)
    if best.unknown:
        _spare_other_versions(best, document, value)
    return best


def fields_of(value: dict[Any, Any], kind: str, path: str) -> Findings:
    """Return what is wrong with a value of a published type, such as core.v1.NodeAffinity."""
    result = Findings()
    _Walk(result).struct(value, kind, path, 0)
    return result


def _looked_into(kind: str, name: str, value: dict[Any, Any]) -> Findings:
    result = Findings()
    _Walk(result).struct(value, name, "", 0)
    if not result.unknown and not result.invalid:
        # Imported here, so that pods of a running cluster do not pay for it.
        from kubestow.adapters.kubernetes.validation.rules import mistakes_in

        result.refused = mistakes_in(kind, name, value)
    return result


def _spare_other_versions(own: Findings, document: Document, value: dict[Any, Any]) -> None:
    """Turn unknown fields that another API version of the kind has into remarks."""
    others = [_looked_into(document.kind, name, value) for name in versions_of(document.kind)]
    everywhere = set.intersection(*({e.field for e in other.unknown} for other in others))
    for error in [error for error in own.unknown if error.field not in everywhere]:
        own.unknown.remove(error)
        own.refused.append(
            FieldError(
                error.field,
                f"is a field of another API version of {document.kind}",
                "move it to where this version has it, or change apiVersion",
            )
        )


def _count(result: Findings) -> tuple[int, int, int]:
    return len(result.unknown), len(result.invalid), len(result.refused)


class _Walk:
    """One object on its way through its types."""

    def __init__(self, result: Findings) -> None:
        self._result = result

    def struct(self, value: dict[Any, Any], name: str, path: str, depth: int) -> None:
        fields = facts().types[name]
        for key, item in value.items():
            inner = f"{path}.{key}" if path else str(key)
            kind = fields.get(key)
            if kind is None and (name in facts().open or path.startswith(_STATUS)):
                continue
            if kind is None:
                self._result.unknown.append(
                    FieldError(
                        inner,
                        f"is not a field of {described(name)}",
                        did_you_mean(str(key), sorted(fields))
                        or "check the name with 'kubectl explain'",
                    )
                )
                continue
            reason = NOT_MODELLED.get(f"{name}.{key}")
            if reason is not None and not _is_empty(item):
                self._result.not_modelled.append((inner, reason))
            if key in _LEFT_TO_READERS and _is_int(item):
                continue
            self.value(item, kind, inner, depth + 1)

    def value(self, value: Any, kind: str, path: str, depth: int) -> None:
        if value is None or depth > _DEEPEST:
            return
        if kind[0] == "[":
            if not isinstance(value, list):
                self._refuse(path, "a list", value, _LIST)
                return
            for index, item in enumerate(value):
                self.value(item, kind[1:-1], f"{path}[{index}]", depth + 1)
        elif kind[0] == "{":
            if not isinstance(value, dict):
                self._refuse(path, "a mapping", value, _MAPPING)
                return
            for key, item in value.items():
                if not str(key).startswith(_OWN):
                    self.value(item, kind[1:-1], f"{path}.{key}", depth + 1)
        elif kind in _SCALARS:
            expected, fits, hint = _SCALARS[kind]
            if kind == "quantity" and isinstance(value, str):
                self._quantity(value, path, hint)
            elif not fits(value):
                self._refuse(path, expected, value, hint)
        elif not isinstance(value, dict):
            self._refuse(path, "a mapping", value, _MAPPING)
        else:
            self.struct(value, kind, path, depth)

    def _quantity(self, text: str, path: str, hint: str) -> None:
        try:
            parse_quantity(text.strip())
        except QuantityError as problem:
            self._result.invalid.append(FieldError(path, str(problem), hint))
        else:
            if not any(letter.isdigit() for letter in text):
                odd = f"{text!r} has no number: it is read as zero, as the API server reads it"
                self._result.odd.append((path, odd))

    def _refuse(self, path: str, expected: str, value: Any, hint: str) -> None:
        self._result.invalid.append(
            FieldError(path, f"expected {expected}, got {_named(value)}", hint)
        )


def _named(value: Any) -> str:
    """Return what a value is, without its content, which may be confidential."""
    names: tuple[tuple[type, str], ...] = (
        (bool, "true or false"), (int, "a whole number"), (float, "a number"), (str, "text"),
        (list, "a list"), (dict, "a mapping"),
    )  # fmt: skip
    return next((name for known, name in names if isinstance(value, known)), "another type")


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value == "" or value == [] or value == {}


def _whole(bits: int) -> Callable[[Any], bool]:
    top = 2 ** (bits - 1)

    def fits(value: Any) -> bool:
        if isinstance(value, float):
            return value.is_integer() and -top <= value < top
        return isinstance(value, int) and not isinstance(value, bool) and -top <= value < top

    return fits


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_quantity(value: Any) -> bool:
    """Return whether the API server reads a value as a quantity."""
    if not (isinstance(value, str) or _number(value)):
        return False
    try:
        parse_quantity(value.strip() if isinstance(value, str) else repr(value))
    except QuantityError:
        return False
    return True


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and bool(_TIME.fullmatch(value))


def _is_base64(value: Any) -> bool:
    return isinstance(value, str) and bool(_BASE64.fullmatch(value))


def _int_or_string(value: Any) -> bool:
    return isinstance(value, str) or _whole(32)(value)


_INT32, _INT64 = _whole(32), _whole(64)
_NO_QUOTES = "write a whole number without quotes"
_SCALARS: dict[str, tuple[str, Callable[[Any], bool], str]] = {
    "string": ("text", lambda v: isinstance(v, str), "put the value in quotes"),
    "boolean": ("true or false", lambda v: isinstance(v, bool), "write true or false"),
    "int32": ("a whole number of 32 bits", _INT32, _NO_QUOTES),
    "int64": ("a whole number of 64 bits", _INT64, _NO_QUOTES),
    "integer": ("a whole number", _INT64, _NO_QUOTES),
    "number": ("a number", _number, "write a number without quotes"),
    "quantity": ("a quantity", is_quantity, "use a quantity such as 500m, 2, 128Mi or 1.5Gi"),
    "int-or-string": ("a whole number or text", _int_or_string, "use a value such as 1 or 25%"),
    "time": ("a time", _is_time, "use a time such as 2026-01-02T15:04:05Z"),
    "bytes": ("base64", _is_base64, "encode the value as base64"),
    "object": ("a mapping", lambda v: isinstance(v, dict), _MAPPING),
    "any": ("any value", lambda _: True, _CHECK),
}
"""By type: what is expected, whether a value fits, and the hint."""
