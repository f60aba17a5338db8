"""The line of an object in a YAML file, for reports that point into files.

Objects are searched by kind and name as written. An ambiguous or missing match has no line.
"""

import re
from functools import lru_cache

from kubestow.adapters.input_file import read_text_file
from kubestow.model.input_error import InputError

_SEPARATOR = re.compile(r"^---", re.MULTILINE)


def line_of(file: str, kind: str, name: str) -> int | None:
    """Return the line of an object's kind, or None."""
    line = None
    for start, text in _parts(file):
        at = re.search(rf"^kind:\s*['\"]?{re.escape(kind)}['\"]?\s*$", text, re.MULTILINE)
        named = re.search(rf"\bname:\s*['\"]?{re.escape(name)}['\"]?\s*[,}}]?", text)
        if at is not None and named is not None:
            if line is not None:
                return None
            line = start + text.count("\n", 0, at.start())
    return line


@lru_cache(maxsize=64)
def _parts(file: str) -> tuple[tuple[int, str], ...]:
    """Return the documents of a file, each with its first line."""
    try:
        text = read_text_file(file, hint="").decode()
    except (InputError, UnicodeDecodeError):
        return ()
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text))]
    ends = [*starts[1:], len(text)]
    return tuple(
        (text.count("\n", 0, start) + 1, text[start:end])
        for start, end in zip(starts, ends, strict=True)
    )
