"""Traces: CSV files of pods that come and go.

A trace has one header line; an invalid row is an InputError with its line. kubestow's own columns
are arrival_seconds, duration_seconds (empty: until the end), cpu_milli and memory_mib. Alibaba's
published traces are read too: creation_time and deletion_time in seconds with cpu_milli and
memory_mib (gpu-v2023), or cpu_request in cores and memory_request in GiB (gpu-v2025).
"""

import csv
import io
from collections.abc import Iterable, Iterator

from kubestow.adapters.input_file import TABLE_BYTES_MAX, read_file, unzipped
from kubestow.model.input_error import InputError
from kubestow.model.simulated import TracePod

_OWN = ("arrival_seconds", "duration_seconds", "cpu_milli", "memory_mib")
_ALIBABA_2023 = ("creation_time", "deletion_time", "cpu_milli", "memory_mib")
_ALIBABA_2025 = ("creation_time", "deletion_time", "cpu_request", "memory_request")
_HINT = f"the columns are {', '.join(_OWN)}; docs/simulation.md has an example"
_ROWS_MAX = 2_000_000
_SPLIT_HINT = "cut the trace: a simulation of fewer pods says as much"


def read_trace(path: str) -> list[TracePod]:
    """Read a trace, plain or gzipped."""
    hint = "pass a CSV file, plain or gzipped"
    raw = read_file(path, limit=TABLE_BYTES_MAX, hint=hint)
    content = unzipped(path, raw, limit=TABLE_BYTES_MAX, hint=hint)
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    rows: list[TracePod] = []
    try:
        for row in _rows(path, text):
            rows.append(row)
            if len(rows) > _ROWS_MAX:
                raise InputError(f"{path}: has more than {_ROWS_MAX:,} pods", hint=_SPLIT_HINT)
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text", hint=_HINT) from None
    except csv.Error as problem:  # a quote that is not closed makes a field of the whole file
        line = f"line {max(1, len(rows) + 1)} or later"
        raise InputError(f"{path}: {line}: is not CSV: {problem}", hint=_HINT) from None
    if not rows:
        raise InputError(f"{path}: contains no pods", hint=_HINT)
    return rows


def _rows(path: str, text: Iterable[str]) -> Iterator[TracePod]:
    reader = csv.DictReader(text)
    names = set(reader.fieldnames or ())
    for columns in (_OWN, _ALIBABA_2023, _ALIBABA_2025):
        if set(columns) <= names:
            break
    else:
        missing = [name for name in _OWN if name not in names]
        raise InputError(f"{path}: line 1: column {missing[0]} is missing", hint=_HINT)
    for row in reader:
        pod = _pod(path, reader.line_num, row, columns)
        if pod is not None:
            yield pod


def _pod(
    path: str, line: int, row: dict[str, str], columns: tuple[str, str, str, str]
) -> TracePod | None:
    arrival, end, cpu, memory = columns
    is_own, in_cores = columns is _OWN, columns is _ALIBABA_2025
    at = _number(path, line, arrival, row[arrival], optional=not is_own)
    until = _number(path, line, end, row[end], optional=True)
    start = 0.0 if at is None else at
    duration = until
    if until is not None and not is_own:
        if until < start:
            return None  # deleted before it was created
        duration = until - start
    milli = _number(path, line, cpu, row[cpu]) or 0.0
    mib = _number(path, line, memory, row[memory]) or 0.0
    if in_cores:
        milli, mib = milli * 1000, mib * 1024
    seconds = None if duration is None else round(duration)
    return TracePod(round(start), seconds, round(milli), round(mib))


def _number(
    path: str, line: int, column: str, text: str | None, *, optional: bool = False
) -> float | None:
    if not (text or "").strip() and optional:
        return None
    try:
        number = float(text or "")
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e15:
        raise InputError(
            f"{path}: line {line}: {column}: {text!r} is not a number of zero or more", hint=_HINT
        )
    return number
