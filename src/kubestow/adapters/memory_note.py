"""A policy's memory as a text that fits into an annotation, for who decides next."""

import base64
import gzip
from dataclasses import fields, is_dataclass

import msgspec

from kubestow.adapters.input_file import unzipped
from kubestow.adapters.journal_memory import MemoryRecord
from kubestow.adapters.shapes import decoded
from kubestow.model import memory as memories
from kubestow.model import policy_memory
from kubestow.model.digest import digest
from kubestow.model.input_error import InputError
from kubestow.model.memory import Memory

_LONGEST = 200_000
"""In characters: all annotations of an object may have 262,144 bytes (Kubernetes
apimachinery/pkg/api/validation, TotalAnnotationSizeLimitB)."""
_LARGEST = 5_000_000  # bytes that are read of one
FORM = digest(
    tuple(
        (name, tuple((item.name, str(item.type)) for item in fields(kind)))
        for module in (memories, policy_memory)
        for name, kind in sorted(vars(module).items())
        if isinstance(kind, type) and is_dataclass(kind)
    )
)[:12]
"""Which fields a memory has: one that was written by another version may have others."""


def memory_note(memory: Memory) -> str:
    """Return a memory as a text, empty where it would be too long."""
    plain = msgspec.json.encode(MemoryRecord.of(memory))
    text = base64.b64encode(gzip.compress(plain, mtime=0)).decode("ascii")
    return text if len(text) <= _LONGEST else ""


def memory_of(text: str) -> Memory | None:
    """Return the memory that a text is; None where it is none."""
    try:
        packed = base64.b64decode(text, validate=True)
        plain = unzipped("the Lease", packed, limit=_LARGEST, hint="")
        record: MemoryRecord = decoded(plain, MemoryRecord)
        return record.memory()
    except (ValueError, KeyError, RecursionError, InputError, msgspec.MsgspecError):
        return None
