"""Traces: kubestow's columns and Alibaba's, and the line of an invalid row."""

import gzip
from pathlib import Path

import pytest

from kubestow.adapters import trace_file
from kubestow.adapters.trace_file import read_trace
from kubestow.model.input_error import InputError
from kubestow.model.simulated import TracePod

OWN = "arrival_seconds,duration_seconds,cpu_milli,memory_mib\n"


def read(tmp_path: Path, text: str) -> list[TracePod]:
    path = tmp_path / "trace.csv"
    path.write_text(text)
    return read_trace(str(path))


def test_a_row_is_a_pod_and_without_a_duration_it_runs_until_the_end(tmp_path: Path) -> None:
    pods = read(tmp_path, OWN + "0,60,500,1024\n30.4,,250,512\n")
    assert pods == [TracePod(0, 60, 500, 1024), TracePod(30, None, 250, 512)]


def test_the_columns_of_2023_have_instants_instead_of_durations(tmp_path: Path) -> None:
    header = "name,cpu_milli,memory_mib,creation_time,deletion_time\n"
    pods = read(tmp_path, header + "a,500,1024,10,70\nb,500,1024,,70\nc,500,1024,10,\n")
    assert pods == [
        TracePod(10, 60, 500, 1024), TracePod(0, 70, 500, 1024), TracePod(10, None, 500, 1024),
    ]  # fmt: skip


def test_the_columns_of_2025_are_in_cores_and_gib(tmp_path: Path) -> None:
    header = "creation_time,deletion_time,cpu_request,memory_request\n"
    assert read(tmp_path, header + "0,5,1.5,2\n") == [TracePod(0, 5, 1500, 2048)]


def test_a_pod_deleted_before_its_creation_is_left_out(tmp_path: Path) -> None:
    header = "creation_time,deletion_time,cpu_milli,memory_mib\n"
    assert read(tmp_path, header + "9,5,1,1\n9,9,1,1\n") == [TracePod(9, 0, 1, 1)]


def test_a_gzipped_trace_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "trace.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + (OWN + "0,1,1,1\n").encode()))
    assert read_trace(str(path)) == [TracePod(0, 1, 1, 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arrival_seconds,cpu_milli,memory_mib\n", "line 1: column duration_seconds is missing"),
        (OWN, "contains no pods"),
        (OWN + "0,1,1,1\n0,1,-5,1\n", "line 3: cpu_milli: '-5' is not a number of zero or more"),
        (OWN + "0,1,1,much\n", "line 2: memory_mib: 'much' is not a number of zero or more"),
        (OWN + ",1,1,1\n", "line 2: arrival_seconds: '' is not a number of zero or more"),
        (OWN + "0,1,nan,1\n", "line 2: cpu_milli: 'nan' is not a number of zero or more"),
        (OWN + "0,1\n", "line 2: cpu_milli: None is not a number of zero or more"),
    ],
)
def test_an_invalid_trace_is_an_error_that_names_file_line_and_column(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, text)
    assert raised.value.message == f"{tmp_path / 'trace.csv'}: {message}"
    assert "arrival_seconds, duration_seconds" in raised.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"\x1f\x8b\x08", "is corrupt or truncated"),
        (b"\x1f\x8bxx", "is corrupt or truncated"),
        (gzip.compress(b"x" * 99, mtime=0)[:12] + b"\xff" * 9, "is corrupt or truncated"),
    ],
)
def test_a_file_that_cannot_be_read_as_text_is_an_error(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(InputError, match=f"a: {message}"):
        read_trace(str(tmp_path / "a"))


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.csv: no such file") as raised:
        read_trace(str(tmp_path / "none.csv"))
    assert raised.value.hint == "pass a CSV file, plain or gzipped"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0,1,500,\r512", "is not CSV|line 2"),
        ('0,1,500,"' + "5" * 200_000 + '"', "is not CSV: field larger"),
        ("0,1,500,\0", "line 2"),
        ("0,1,1e999,512", "cpu_milli: '1e999' is not a number"),
        ("0,1,nan,512", "cpu_milli: 'nan' is not a number"),
    ],
)
def test_a_row_that_is_none_is_an_error(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(
        f"arrival_seconds,duration_seconds,cpu_milli,memory_mib\n{row}\n".encode()
    )
    with pytest.raises(InputError, match=message) as caught:
        assert read_trace(str(tmp_path / "a.csv")) == []
    assert caught.value.hint


def test_a_trace_that_is_broken_inside_its_zip_or_unzips_to_too_much_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bytearray(gzip.compress(b"arrival_seconds\n" + bytes(range(256)) * 100))
    whole[len(whole) // 2] ^= 0xFF
    (tmp_path / "a.csv.gz").write_bytes(bytes(whole))
    with pytest.raises(InputError, match="is corrupt or truncated"):
        read_trace(str(tmp_path / "a.csv.gz"))
    monkeypatch.setattr(trace_file, "TABLE_BYTES_MAX", 2**20)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(bytes(3 * 2**20)))
    with pytest.raises(InputError, match="is larger than 1 MiB"):
        read_trace(str(tmp_path / "b.csv.gz"))
