"""A sweep's rows in Parquet: what is written is read again, once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from kubestow.adapters import parquet_file
from kubestow.adapters.parquet_file import RESULTS, ParquetFolder
from kubestow.model.input_error import InputError
from kubestow.model.simulated import Point, Result
from kubestow.model.sweep import Row, Setting

RESULT = Result(
    "optimal", 7, 1800, 1_500_000_001, 250_000_000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    0.25, 14, 15, 16, 125_000_000, (),
)  # fmt: skip


def row(key: str, seed: int = 7, bound: int | None = 125_000_000) -> Row:
    result = replace(RESULT, seed=seed, bound=bound)
    setting = Setting("optimal", "diurnal", "none", 900, 1800)
    return Row(key, "web.yaml", "eu-north-1", setting, result)


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    rows = [row("a", 2**62), row("b", 8, None)]
    ParquetFolder(tmp_path).keep(rows)
    assert ParquetFolder(tmp_path).rows() == {"a": rows[0], "b": rows[1]}


def test_money_is_written_whole_and_as_a_float_of_usd(tmp_path: Path) -> None:
    store = ParquetFolder(tmp_path)
    store.keep([row("a"), row("b", 8, None)])
    store.compact()
    first, second = pyarrow.parquet.read_table(tmp_path / RESULTS).to_pylist()
    assert (first["nano_usd"], first["usd"]) == (1_500_000_001, 1.500000001)
    assert (first["nano_usd_per_hour"], first["usd_per_hour"]) == (250_000_000, 0.25)
    assert (first["bound_nano_usd_per_hour"], first["bound_usd_per_hour"]) == (125_000_000, 0.125)
    assert second["bound_nano_usd_per_hour"] is second["bound_usd_per_hour"] is None
    assert (first["days"], first["seed"], first["wait_p99"]) == (1800 / 86_400, 7, 9)
    assert "curve" not in first


def test_every_figure_of_a_result_but_the_curve_has_a_column(tmp_path: Path) -> None:
    store = ParquetFolder(tmp_path)
    curve = (Point(1, 2, 3, 4, 5, 6, 7),)
    store.keep([replace(row("a"), result=replace(RESULT, curve=curve))])
    assert store.rows()["a"].result == RESULT


def test_parts_are_compacted_into_one_file_in_order(tmp_path: Path) -> None:
    store = ParquetFolder(tmp_path)
    for key, seed in (("c", 3), ("a", 1), ("b", 2)):
        store.keep([row(key, seed)])
    assert len(list(tmp_path.iterdir())) == 3
    store.compact()
    assert [path.name for path in tmp_path.iterdir()] == [RESULTS]
    table = pyarrow.parquet.read_table(tmp_path / RESULTS)
    assert table["seed"].to_pylist() == [1, 2, 3]


def test_a_run_that_is_written_twice_is_there_once(tmp_path: Path) -> None:
    store = ParquetFolder(tmp_path)
    store.keep([row("a")])
    store.compact()
    store.keep([row("a")])  # as if the parts had outlived a compaction that was cut short
    store.keep([row("a"), row("b", 8)])
    assert list(store.rows()) == ["a", "b"]
    store.compact()
    assert pyarrow.parquet.read_table(tmp_path / RESULTS).num_rows == 2


def test_many_parts_are_compacted_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_file, "_PARTS_MOST", 3)
    store = ParquetFolder(tmp_path)
    for seed in range(7):
        store.keep([row(str(seed), seed)])
    assert len(list(tmp_path.glob("part-*"))) == 1
    assert len(store.rows()) == 7


def test_a_folder_without_rows_is_empty(tmp_path: Path) -> None:
    store = ParquetFolder(tmp_path / "new")
    assert store.is_empty()
    store.keep([])
    store.compact()
    assert store.is_empty()
    store.keep([row("a")])
    assert not store.is_empty()
    store.compact()
    assert not ParquetFolder(tmp_path / "new").is_empty()


@pytest.mark.parametrize("content", [b"", b"PAR1 no", b"{}"])
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / RESULTS).write_bytes(content)
    with pytest.raises(InputError, match=r"results\.parquet: cannot be read"):
        ParquetFolder(tmp_path).rows()


def test_another_table_is_no_result(tmp_path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.table({"x": [1]}), tmp_path / RESULTS)
    with pytest.raises(InputError, match="cannot be read"):
        ParquetFolder(tmp_path).rows()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file/results: "):
        ParquetFolder(tmp_path / "file" / "results")


def rewritten(path: Path, column: str, values: list[Any]) -> None:
    """Write a column of a file anew."""
    table = pyarrow.parquet.read_table(path)
    at = table.column_names.index(column)
    table = table.set_column(at, column, pyarrow.array(values))
    pyarrow.parquet.write_table(table, path)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("seed", ["x"]), ("seed", [1.5]), ("policy", [1]), ("usd", ["1"]), ("key", [b"x"]),
        ("nodes", pyarrow.array([None], "int64")), ("policy", pyarrow.array([None], "string")),
        ("idle_cpu_share", [float("nan")]), ("days", [float("inf")]), ("workload", [["x"]]),
    ],
)  # fmt: skip
def test_rows_of_other_types_are_refused(tmp_path: Path, column: str, values: list[Any]) -> None:
    store = ParquetFolder(tmp_path)
    store.keep([row("a")])
    store.compact()
    rewritten(tmp_path / RESULTS, column, values)
    with pytest.raises(InputError, match="cannot be read as sweep results") as caught:
        store.rows()
    assert caught.value.hint == "choose another directory, or remove the file"


def test_more_rows_than_a_sweep_can_have_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ParquetFolder(tmp_path)
    store.keep([row("a"), row("b")])
    monkeypatch.setattr(parquet_file, "_ROWS_MAX", 1)
    with pytest.raises(InputError, match="cannot be read as sweep results"):
        store.rows()
