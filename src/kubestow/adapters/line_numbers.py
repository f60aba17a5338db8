"""On which line of a YAML file an object starts, for reports that point into files.

Law: found by its kind and name as they are written; where that is not certain there is no line.
"""

import re
from functools import lru_cache
from pathlib import Path

_SEPARATOR = re.compile(r"^---", re.MULTILINE)


def line_of(file: str, kind: str, name: str) -> int | None:
    """Return the line an object's kind is on, or None."""
    found = None
    for start, text in _parts(file):
        at = re.search(rf"^kind:\s*['\"]?{re.escape(kind)}['\"]?\s*$", text, re.MULTILINE)
        named = re.search(rf"\bname:\s*['\"]?{re.escape(name)}['\"]?\s*[,}}]?", text)
        if at is not None and named is not None:
            if found is not None:
                return None
            found = start + text.count("\n", 0, at.start())
    return found


@lru_cache(maxsize=64)
def _parts(file: str) -> tuple[tuple[int, str], ...]:
    """Return the documents of a file and the line each starts on."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ()
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text))]
    ends = [*starts[1:], len(text)]
    return tuple(
        (text.count("\n", 0, start) + 1, text[start:end])
        for start, end in zip(starts, ends, strict=True)
    )
