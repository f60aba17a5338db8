"""View: the base of every structure that reports, pages and scripts read.

A view holds plain values in the units named by its fields. Functions of this package make it from
the core's values; it has no behaviour beyond reading its own fields.
"""

import json
import re
import threading
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from kubestow.model.visible import visible

ApiVersion = Literal["kubestow.dev/v1alpha1"]
API_VERSION: ApiVersion = "kubestow.dev/v1alpha1"

NonNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
CountFromOne = Annotated[int, Meta(ge=1)]


def one_of(*values: str) -> Meta:
    """Return the schema of a string that is one of these: ``Annotated[str, one_of("a", "b")]``."""
    return Meta(extra_json_schema={"enum": list(values)})


class View(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A structure of an output document; its JSON has its fields in order, in camel case.

    A field whose type includes ``UnsetType`` is absent from the JSON if it is ``UNSET``; every
    other field is always written, as null if it is None. A structure with such a field before a
    required one is declared with ``kw_only=True``, which msgspec does not inherit; nor does mypy
    inherit ``frozen=True``, which each structure repeats.
    """


_LOCK = threading.Lock()
_Shape = TypeVar("_Shape")


def as_view(values: Mapping[str, object], shape: type[_Shape]) -> _Shape:
    """Return plain values as a view of some type; raise msgspec.ValidationError.

    One thread at a time: msgspec completes what it knows of a type when it first meets it, and
    another that reads it meanwhile ends the process (msgspec 0.22).
    """
    with _LOCK:
        return msgspec.convert(dict(values), shape)


def compact(value: object) -> bytes:
    """Return views, and plain values with views in them, as JSON without spaces, for programs."""
    return msgspec.json.encode(value)


_SURROGATE = re.compile(r"[\ud800-\udfff]")
_RAW_CONTROL = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def encode(view: View) -> str:
    """Return a view as JSON text, indented by two spaces, with a trailing newline.

    Control characters are escaped, also those that JSON would allow as they are: a terminal obeys
    them. A byte of a file's name that is not UTF-8 is written out, since no JSON can hold it.
    """
    text = json.dumps(msgspec.to_builtins(view), indent=2, ensure_ascii=False) + "\n"
    text = _RAW_CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return _SURROGATE.sub(lambda match: visible(match[0]).replace("\\", "\\\\"), text)
