"""Text as a scalar of YAML, quoted where some reader could take it for something else."""

import json
import re

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*", re.ASCII)
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def is_plain(text: str) -> bool:
    """Return whether every YAML reader takes text for itself: no number, boolean, null or date."""
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def yaml_scalar(text: str) -> str:
    """Return text as a YAML scalar, in double quotes unless it is plain."""
    return text if is_plain(text) else json.dumps(text)
