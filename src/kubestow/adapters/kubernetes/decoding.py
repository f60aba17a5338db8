"""Decoding of one document into its wire shape.

An error names the field as kubectl does and carries a hint that says how to fix it.
"""

import contextlib
import re
from typing import Any

import msgspec

from kubestow.adapters.documents import Document, plain_values
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.operators.made import maker_of
from kubestow.adapters.kubernetes.published import types_of, without_nulls
from kubestow.adapters.shapes import decoded

_PATH = re.compile(r"(.*) - at `(.*)`$", re.DOTALL)
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]*)`, got `(?P<got>\w+)`")
_TYPES = {bool: "bool", int: "int", float: "float", str: "str", list: "array", dict: "object",
          type(None): "null"}  # fmt: skip
_WORDS = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text",
          "array": "a list", "object": "a mapping"}  # fmt: skip
_HINT = "check the field with 'kubectl explain'"


def decode(document: Document, shape: type[Any]) -> Any:
    """Return the document in a wire shape; raise FieldError if it does not fit."""
    try:
        return decoded(document.json, shape)
    except msgspec.DecodeError as problem:
        if "got `null`" in str(problem):
            with contextlib.suppress(msgspec.DecodeError):
                return _without_nulls(document, shape)
        match = _PATH.match(str(problem))
        message, path = (match[1], match[2]) if match else (str(problem), "")
        field = _with_key(document, path.removeprefix("$").removeprefix("."), message)
        raise FieldError(field, _plain(message), _hint(message)) from problem
    except RecursionError as problem:
        raise FieldError("", "nested too deeply", _HINT) from problem


def _without_nulls(document: Document, shape: type[Any]) -> Any:
    """Return the document in a wire shape, its nulls read as the API server reads them."""
    types = types_of(document)
    value = without_nulls(plain_values(document), types[0] if types else "any")
    return decoded(msgspec.json.encode(value), shape)


def subject(document: Document) -> str:
    """Return how messages name the object: its kind, namespace and name, where present."""
    maker = maker_of(document)
    if maker is not None:
        return maker.subject
    try:
        metadata = msgspec.json.decode(document.json)["metadata"]
        parts = (metadata.get("namespace"), metadata.get("name"))
        name = "/".join(str(p) for p in parts if p and isinstance(p, str | int | float))
    except (msgspec.DecodeError, RecursionError, LookupError, AttributeError, TypeError):
        name = ""
    return f"{document.kind} {name}".strip()


def _plain(message: str) -> str:
    """Return the decoder's message, in the words of YAML where it is about a kind of value."""
    match = _EXPECTED.match(message)
    if match is None:
        return message
    wanted = [_WORDS[name] for name in match["wanted"].split(" | ") if name in _WORDS]
    got = _WORDS.get(match["got"], match["got"])
    return f"expected {' or '.join(dict.fromkeys(wanted))}, got {got}" if wanted else message


def _hint(message: str) -> str:
    match = _EXPECTED.match(message)
    if match is None:
        return _HINT
    wanted, got = match["wanted"].split(" | "), match["got"]
    if "str" in wanted and got in ("int", "float", "bool"):
        return "put the value in quotes"
    if "int" in wanted and "str" not in wanted:
        return "write it in digits, without quotes: 3"
    if "array" in wanted:
        return "write a list, each item on a line that starts with -"
    if "object" in wanted:
        return "write a mapping, its fields indented below it"
    return _HINT


def _with_key(document: Document, path: str, message: str) -> str:
    """Return the path with the map key in it: the decoder only reports ``labels[...]``."""
    match = _EXPECTED.match(message)
    if match is None or not path.endswith("[...]"):
        return path
    parent = path.removesuffix("[...]")
    value: Any = plain_values(document)
    for name, index in _STEP.findall(parent):
        value = value[int(index) if index else name]
    for key, item in value.items():
        if _TYPES.get(type(item)) == match["got"]:
            return f"{parent}.{key}"
    return path
