"""The directory of a sweep: one row per run, in Parquet.

Files are written atomically, so finished runs survive a kill at any instant. A run has one row,
however often it is written. pyarrow is imported when it is first needed.
"""

from collections.abc import Sequence
from dataclasses import fields
from math import isfinite
from pathlib import Path
from typing import Any

from kubestow.adapters.input_file import TABLE_BYTES_MAX, read_file
from kubestow.adapters.whole_file import made_folder, write_whole
from kubestow.model.digest import digest
from kubestow.model.input_error import InputError
from kubestow.model.instance_type import NANO_USD
from kubestow.model.simulated import Result
from kubestow.model.sweep import Row, Setting

RESULTS = "results.parquet"
HINT = "pip install 'kubestow[sweep]'"
_PART = "part-*.parquet"
_PARTS_MOST = 200
_ROWS_MAX = 2_000_000
_FOLDER_HINT = "choose another directory, or remove the file"
_DAY = 86_400
_OWN = ("policy", "seed", "curve")  # in the setting, in a column of its own, and omitted
_RENAMED = {"bound": "bound_nano_usd_per_hour"}
_TYPES: dict[Any, str] = {int: "int64", float: "float64", bool: "bool", str: "string"}


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError("sweep needs pyarrow", hint=HINT) from None
    return pyarrow, pyarrow.parquet


def _figures() -> list[tuple[str, str, str]]:
    """Return the name, the column and the type of each figure of a result."""
    return [
        (field.name, _RENAMED.get(field.name, field.name), _TYPES.get(field.type, "int64"))
        for field in fields(Result)
        if field.name not in _OWN
    ]


def _columns() -> list[tuple[str, str]]:
    settings = [("policy", "string"), ("shape", "string"), ("faults", "string")]
    return [
        *[(name, "string") for name in ("key", "workload", "region")],
        *settings,
        ("step", "int64"),
        ("days", "float64"),
        ("asked_seconds", "int64"),
        ("seed", "int64"),
        ("usd", "float64"),
        ("usd_per_hour", "float64"),
        ("bound_usd_per_hour", "float64"),
        *[(column, kind) for _, column, kind in _figures()],
    ]


def _record(row: Row) -> dict[str, Any]:
    setting, result = row.setting, row.result
    bound = result.bound
    return {
        "key": row.key,
        "workload": row.workload,
        "region": row.region,
        "policy": setting.policy,
        "shape": setting.shape,
        "faults": setting.faults,
        "step": setting.step,
        "days": setting.seconds / _DAY,
        "asked_seconds": setting.seconds,
        "seed": result.seed,
        "usd": result.nano_usd / NANO_USD,
        "usd_per_hour": result.nano_usd_per_hour / NANO_USD,
        "bound_usd_per_hour": None if bound is None else bound / NANO_USD,
        **{column: getattr(result, name) for name, column, _ in _figures()},
    }


def _row(record: dict[str, Any]) -> Row:
    setting = Setting(
        record["policy"],
        record["shape"],
        record["faults"],
        record["step"],
        record["asked_seconds"],
    )
    figures = {name: record[column] for name, column, _ in _figures()}
    missing = [name for name, value in record.items() if value is None and "bound" not in name]
    infinite = [name for name, v in record.items() if isinstance(v, float) and not isfinite(v)]
    if missing or infinite:
        raise ValueError(f"no value of {(missing + infinite)[0]}")
    result = Result(policy=record["policy"], seed=record["seed"], curve=(), **figures)
    return Row(record["key"], record["workload"], record["region"], setting, result)


class ParquetFolder:
    """A directory of rows: one compacted file, and the parts written since."""

    def __init__(self, directory: Path) -> None:
        _arrow()
        self._folder = made_folder(directory)
        self._parts = len(self._files())

    def is_empty(self) -> bool:
        """Return whether the directory has no rows."""
        return not self._files() and not (self._folder / RESULTS).exists()

    def rows(self) -> dict[str, Row]:
        """Return all rows, by key."""
        by_key: dict[str, Row] = {}
        compacted = self._folder / RESULTS
        for path in [*([compacted] if compacted.exists() else []), *self._files()]:
            for row in self._read(path):
                by_key.setdefault(row.key, row)
        return by_key

    def keep(self, rows: Sequence[Row]) -> None:
        """Write a batch of finished runs."""
        if not rows:
            return
        name = digest(tuple(row.key for row in rows))[:20]
        self._write(self._folder / f"part-{name}.parquet", rows)
        self._parts += 1
        if self._parts >= _PARTS_MOST:
            self.compact()

    def compact(self) -> None:
        """Write all rows into one file, sorted by setting and seed, and remove the parts."""
        parts = self._files()
        self._parts = 0
        if not parts:
            return
        rows = sorted(self.rows().values(), key=_order)
        self._write(self._folder / RESULTS, rows)
        for path in parts:
            path.unlink()

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(_PART))

    def _write(self, path: Path, rows: Sequence[Row]) -> None:
        arrow, parquet = _arrow()
        schema = _schema(arrow)
        sink = arrow.BufferOutputStream()
        parquet.write_table(
            arrow.Table.from_pylist([_record(row) for row in rows], schema=schema), sink
        )
        write_whole(path, sink.getvalue().to_pybytes())

    def _read(self, path: Path) -> list[Row]:
        arrow, parquet = _arrow()
        content = read_file(path, limit=TABLE_BYTES_MAX, hint=_FOLDER_HINT)
        try:
            file = parquet.ParquetFile(arrow.BufferReader(content))
            _check_shape(file, _schema(arrow))
            return [_row(record) for record in file.read().to_pylist()]
        except (OSError, ValueError, TypeError, LookupError, OverflowError, arrow.ArrowException):
            raise InputError(
                f"{path}: cannot be read as sweep results", hint=_FOLDER_HINT
            ) from None


def _schema(arrow: Any) -> Any:
    names = {"bool": "bool_"}
    return arrow.schema(
        [(name, getattr(arrow, names.get(kind, kind))()) for name, kind in _columns()]
    )


def _check_shape(file: Any, schema: Any) -> None:
    """Raise ValueError for columns that are not a sweep's, and for more than one can have."""
    if not file.schema_arrow.equals(schema):
        raise ValueError("other columns")
    groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
    size = sum(group.total_byte_size for group in groups)
    if file.metadata.num_rows > _ROWS_MAX or size > TABLE_BYTES_MAX:
        raise ValueError("too many rows")


def _order(row: Row) -> tuple[Any, ...]:
    own = row.setting
    where = (row.workload, row.region, own.seconds, own.step, own.faults, own.shape, own.policy)
    return (*where, row.result.seed, row.key)
