"""Text from outside made safe to show: what a terminal would obey or misplace becomes visible.

Control characters can move the cursor, change the title or hide text (ECMA-48, C0 and C1), and
bidirectional controls can reorder it (Unicode Technical Report 36). A lone surrogate stands for a
byte of a file's name that is not UTF-8 (PEP 383), and no encoding can write it.
"""

import re

_BIDI = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_SURROGATES = "\ud800-\udfff"
_CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_SURROGATES}]")
_IN_A_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f{_BIDI}{_SURROGATES}]")
_LINE_MAX = 4_000
_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}
_BYTES = range(0xDC80, 0xDD00)  # where PEP 383 puts the bytes that are not UTF-8


def visible(text: str) -> str:
    r"""Return text of many lines with its control characters written out: \x1b, \u202e."""
    return _CONTROLS.sub(_written_out, text)


def visible_line(text: str) -> str:
    """Return text as one line: breaks and tabs written out as well, and its middle if too long."""
    if len(text) > _LINE_MAX:
        half = _LINE_MAX // 2
        text = f"{text[:half]} [{len(text) - _LINE_MAX} more characters] {text[-half:]}"
    return _IN_A_LINE.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if code in _BYTES:
        code -= 0xDC00
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
