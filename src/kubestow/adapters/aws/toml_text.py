"""Values written as TOML 1.0, which Python's standard library only reads.

Tables are written with their keys sorted, plain values before tables, so that the same values give
the same text. Source: toml.io, TOML v1.0.0.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def toml_text(values: Mapping[str, Any]) -> str:
    """Return a table of what tomllib reads as TOML; reading it gives the same values."""
    return "\n".join(_table(values, ())) + "\n"


def _table(values: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    plain = {key: item for key, item in sorted(values.items()) if not isinstance(item, Mapping)}
    tables = {key: item for key, item in sorted(values.items()) if isinstance(item, Mapping)}
    if path and (plain or not tables):
        yield f"[{'.'.join(_key(name) for name in path)}]"
    for key, item in plain.items():
        yield f"{_key(key)} = {_value(item)}"
    for key, item in tables.items():
        yield from _table(item, (*path, key))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, str):
        return _string(item)
    if isinstance(item, datetime | date | time):
        return item.isoformat()
    if isinstance(item, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(value)}" for key, value in sorted(item.items()))
        return f"{{{inner}}}"
    if isinstance(item, list | tuple):
        return f"[{', '.join(map(_value, item))}]"
    if isinstance(item, int | float):
        return repr(item)  # of numbers as TOML writes them, inf and nan too
    raise TypeError(f"{type(item).__name__} is no TOML value")
