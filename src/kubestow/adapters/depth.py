"""How deeply JSON is nested, told cheaply and without recursion.

Decoders and what walks over their values recurse; no file that is read has reason to nest as deeply
as would harm them.
"""

import re

DEPTH_MAX = 500
_PIECE = 4096
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|([\[{])|([\]}])', re.DOTALL)


def is_deep(json: bytes) -> bool:
    """Return whether JSON may be nested more than DEPTH_MAX levels deep.

    Brackets are counted by the piece; only where that leaves a doubt, those outside of strings are
    counted one by one.
    """
    depth = 0
    for start in range(0, len(json), _PIECE):
        piece = json[start : start + _PIECE]
        opening = piece.count(b"{") + piece.count(b"[")
        if depth + opening > DEPTH_MAX:
            return _is_deep_exactly(json)
        depth = max(0, depth + opening - piece.count(b"}") - piece.count(b"]"))
    return False


def _is_deep_exactly(json: bytes) -> bool:
    depth = 0
    for token in _TOKEN.finditer(json):
        if token[1]:
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif token[2]:
            depth -= 1
    return False
