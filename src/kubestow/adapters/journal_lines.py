"""The lines of a journal, each sealed by a digest of itself and of all lines before it.

A line is ["SEAL",CONTENT] in JSON. What is not sealed rightly was not written by kubestow: nothing
of it is decoded, however large or odd it is. A seal shows accidents, not forgery.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kubestow.adapters.input_file import MIB, zipped_lines
from kubestow.adapters.shapes import decoded
from kubestow.model.input_error import InputError

JOURNAL_HINT = "pass a file written by 'kubestow simulate --out' or 'kubestow run --journal'"
_DAMAGED_HINT = "the lines before it are sound; run 'kubestow simulate --out' again for a whole one"
_NOT_ONE = "is not a journal"
_LINE_BYTES_MAX = 128 * MIB
_DIGEST_BYTES = 16
_START, _MIDDLE, _END = b'["', b'",', b"]\n"
_CONTENT_FROM = len(_START) + 2 * _DIGEST_BYTES + len(_MIDDLE)


class Sealer:
    """Seals the lines of one journal, in their order."""

    def __init__(self) -> None:
        self._seal = ""

    def line(self, content: bytes) -> bytes:
        """Return the next line, which holds JSON."""
        digest = hashlib.blake2b(self._seal.encode(), digest_size=_DIGEST_BYTES)
        digest.update(content)
        self._seal = digest.hexdigest()
        return b"".join((_START, self._seal.encode(), _MIDDLE, content, _END))


class _Version(msgspec.Struct):
    version: int


def whole_lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a journal as they are, up to where it was truncated."""
    return zipped_lines(path, line_limit=_LINE_BYTES_MAX, what=_NOT_ONE, hint=JOURNAL_HINT)


def contents(path: Path) -> Iterator[bytes]:
    """Yield what the lines hold; raise InputError for the first that was changed."""
    sealer = Sealer()
    for number, line in enumerate(whole_lines(path), 1):
        content = line[_CONTENT_FROM : -len(_END)]
        if sealer.line(content) != line:
            if number == 1:
                raise InputError(f"{path}: {_NOT_ONE}", hint=JOURNAL_HINT)
            raise InputError(f"{path}: line {number} was changed or damaged", hint=_DAMAGED_HINT)
        yield content


def written_version(path: Path) -> int | None:
    """Return the version that a journal says it has; None where no line is whole.

    Journals before version 3 have no seals: their first line is the content itself.
    """
    first = next(whole_lines(path), None)
    if first is None:
        return None
    content = first if first.startswith(b"{") else first[_CONTENT_FROM : -len(_END)]
    try:
        return decoded(content, _Version).version
    except (ValueError, RecursionError):
        raise InputError(f"{path}: {_NOT_ONE}", hint=JOURNAL_HINT) from None
