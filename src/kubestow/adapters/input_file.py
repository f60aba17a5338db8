"""The one place that opens, limits and decodes what is read.

Only regular files and standard input are read: a pipe would block for ever, and a device has no
end. How much is read, and how much of it once unzipped, is limited. Whatever is wrong is one
InputError that names the file; no other exception leaves this module.
"""

import gzip
import io
import os
import re
import stat
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kubestow.adapters.depth import is_deep
from kubestow.adapters.shapes import decoded
from kubestow.model.input_error import InputError

MIB = 2**20
MANIFEST_BYTES_MAX = 1024 * MIB
STDIN_BYTES_MAX = 512 * MIB
DOCUMENT_BYTES_MAX = 64 * MIB
"""For a file that one person or one plan writes: Costs, Machines, certificates, results."""
TABLE_BYTES_MAX = 256 * MIB
"""For a file of many rows, unzipped as well: traces, price histories."""
STDIN = "-"
STDIN_NAME = "<stdin>"
_CHUNK = MIB
_BINARY_AFTER = 8192
_GZIP = b"\x1f\x8b"
_STREAM_HINT = "kubestow reads regular files: save it to a file, or pass - and pipe it in"
_KINDS = (
    (stat.S_ISDIR, "a directory", ""),
    (stat.S_ISFIFO, "a pipe", _STREAM_HINT),
    (stat.S_ISSOCK, "a socket", _STREAM_HINT),
    (stat.S_ISCHR, "a device", _STREAM_HINT),
    (stat.S_ISBLK, "a device", _STREAM_HINT),
)
_FLAGS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
"""Flags that do not exist everywhere; with the first, a pipe that is opened is not waited for."""
_WHERE = re.compile(r"(.*) - at `(?:key in )?\$\.?(.*)`", re.DOTALL)
_DIGITS_MAX = 100
_LONG_NUMBER = re.compile(rb"[0-9]{%d}" % (_DIGITS_MAX + 1))


def opened(path: str | Path, *, hint: str) -> IO[bytes]:
    """Open a regular file; raise InputError for anything else, without waiting for a pipe.

    Its kind is looked at first, since to open some devices is to use them, and then again, since
    another file may have taken its place.
    """
    try:
        _refuse_other_kinds(path, os.stat(path).st_mode, hint)
        handle = os.open(path, os.O_RDONLY | _FLAGS)
    except (OSError, ValueError) as problem:  # ValueError: a zero byte in the name
        raise InputError(f"{path}: {_reason(problem)}", hint=hint) from None
    try:
        _refuse_other_kinds(path, os.fstat(handle).st_mode, hint)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def _refuse_other_kinds(path: str | Path, mode: int, hint: str) -> None:
    for is_kind, kind, own in _KINDS:
        if is_kind(mode):
            raise InputError(f"{path}: is {kind}, not a file", hint=own or hint)


def read_file(path: str | Path, *, limit: int = DOCUMENT_BYTES_MAX, hint: str) -> bytes:
    """Return the content of a regular file of at most ``limit`` bytes."""
    with opened(path, hint=hint) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise _too_large(path, limit)
        return _bounded(file, path, limit, hint)


def read_text_file(path: str | Path, *, limit: int = MANIFEST_BYTES_MAX, hint: str) -> bytes:
    """Return the content of a file, or of standard input for "-", that is to be text.

    A file that begins as binary is not read to its end: its first bytes are returned.
    """
    if str(path) == STDIN:
        if sys.stdin is None:
            raise InputError("standard input is closed", hint="pass a file, or pipe one in")
        limit = min(limit, STDIN_BYTES_MAX)
        return _bounded(sys.stdin.buffer, STDIN_NAME, limit, hint, is_text=True)
    with opened(path, hint=hint) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise _too_large(path, limit)
        return _bounded(file, path, limit, hint, is_text=True)


def unzipped(path: str | Path, content: bytes, *, limit: int, hint: str) -> bytes:
    """Return gzipped content as what it unzips to, of at most ``limit`` bytes; other as it is."""
    if not content.startswith(_GZIP):
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        return _bounded(file, path, limit, hint)


def zipped_lines(path: str | Path, *, line_limit: int, what: str, hint: str) -> Iterator[bytes]:
    """Yield the whole lines of a gzipped file, up to where it was truncated.

    ``what`` is said of a file that is not gzipped at all.
    """
    is_begun = False
    with opened(path, hint=hint) as raw, gzip.GzipFile(fileobj=raw) as file:
        while True:
            try:
                line = file.readline(line_limit + 1)
            except (EOFError, zlib.error):
                return  # truncated
            except (OSError, TypeError) as problem:
                # gzip.BadGzipFile: rubbish behind what was truncated; TypeError: a file that has
                # nothing to say now (/proc/kmsg), which is opened without waiting for it.
                if is_begun:
                    return
                raise InputError(f"{path}: {what}", hint=hint) from problem
            if len(line) > line_limit:
                raise _too_large(path, line_limit, "a line")
            if not line.endswith(b"\n"):
                return
            is_begun = True
            yield line


def decoded_json(path: str | Path, content: bytes, shape: Any, *, what: str = "", hint: str) -> Any:
    """Return JSON in a shape; raise InputError with the field for whatever does not fit.

    ``what`` is put before the reason, such as "is not a journal".
    """
    where, reason = "", "nested too deeply"
    try:
        if _LONG_NUMBER.search(content):
            reason = f"a number has more than {_DIGITS_MAX} digits"
        elif not is_deep(content):
            return decoded(content, shape)
    except RecursionError:
        pass
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    except (ValueError, TypeError, OverflowError) as problem:
        match = _WHERE.fullmatch(str(problem))
        where, reason = (match[2], match[1]) if match else ("", str(problem))
    raise InputError(_message(path, what, where, reason), hint=hint) from None


def _message(path: str | Path, *parts: str) -> str:
    return ": ".join(part for part in (str(path), *parts) if part)


def _bounded(file: Any, path: str | Path, limit: int, hint: str, *, is_text: bool = False) -> bytes:
    """Return everything in a stream, in pieces, so that one without an end is noticed."""
    content = io.BytesIO()
    while True:
        try:
            piece = file.read(_CHUNK)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise InputError(f"{path}: is corrupt or truncated", hint=hint) from None
        except OSError as problem:  # a directory as standard input, a disk that fails
            raise InputError(f"{path}: {_reason(problem)}", hint=hint) from None
        if not piece:
            return content.getvalue()
        if is_text and not content.tell() and b"\0" in piece[:_BINARY_AFTER]:
            return bytes(piece[:_BINARY_AFTER])
        content.write(piece)
        if content.tell() > limit:
            raise _too_large(path, limit)


def _too_large(path: str | Path, limit: int, part: str = "") -> InputError:
    what = f"{part} has more than" if part else "is larger than"
    return InputError(
        f"{path}: {what} {limit // MIB} MiB, the most that is read",
        hint="check that it is the right file; split it if it is",
    )


def _reason(problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError):
        return "no such file"
    return getattr(problem, "strerror", None) or str(problem)
