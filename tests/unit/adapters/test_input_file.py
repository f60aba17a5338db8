"""What is read: regular files and standard input, limited, and one error for whatever is wrong."""

import gzip
import io
import os
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubestow.adapters import input_file
from kubestow.adapters.input_file import (
    MIB,
    decoded_json,
    opened,
    read_file,
    read_text_file,
    unzipped,
    zipped_lines,
)
from kubestow.model.input_error import InputError


def refused(path: Path | str, read: Any = read_file) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, hint="the hint")
    return caught.value


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 1_000_000)
    assert read_file(tmp_path / "a", hint="") == b"abc" * 1_000_000
    (tmp_path / "b").symlink_to("a")
    assert len(read_text_file(tmp_path / "b", hint="")) == 3_000_000


@pytest.mark.parametrize("read", [read_file, read_text_file, opened])
def test_a_pipe_is_not_waited_for(tmp_path: Path, read: Any) -> None:
    os.mkfifo(tmp_path / "pipe")
    error = refused(tmp_path / "pipe", read)
    assert error.message == f"{tmp_path}/pipe: is a pipe, not a file"
    assert "pass - and pipe it in" in error.hint


def test_process_substitution_is_a_pipe_as_well() -> None:
    there, here = os.pipe()
    try:
        assert "is a pipe" in refused(f"/dev/fd/{there}").message
    finally:
        os.close(there)
        os.close(here)


def test_a_folder_a_socket_and_a_device_are_named_as_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(tmp_path).message.endswith(": is a directory, not a file")
    assert refused(tmp_path).hint == "the hint"
    with socket.socket(socket.AF_UNIX) as there:
        there.bind("socket")
        assert "is a socket" in refused("socket").message
    assert "is a device" in refused("/dev/zero").message


@pytest.mark.parametrize("name", ["none", "x" * 4000, "a\0b"])
def test_a_name_that_cannot_be_opened_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(name).message.startswith(f"{name}: ")


def test_a_link_in_a_circle_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    assert "symbolic links" in refused(tmp_path / "a").message


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(2 * MIB + 1)
    with pytest.raises(InputError, match="is larger than 2 MiB, the most that is read"):
        read_file(tmp_path / "big", limit=2 * MIB, hint="")


def test_a_binary_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\0" * MIB)
    assert len(read_text_file(tmp_path / "a", hint="")) == 8192


def test_standard_input_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a" * (3 * MIB))))
    with pytest.raises(InputError, match="<stdin>: is larger than 2 MiB"):
        read_text_file("-", limit=2 * MIB, hint="")


def test_a_closed_standard_input_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert refused("-", read_text_file).message == "standard input is closed"


def test_a_bomb_is_unzipped_to_the_limit_only() -> None:
    bomb = gzip.compress(bytes(50 * MIB))
    with pytest.raises(InputError, match="a: is larger than 2 MiB"):
        unzipped("a", bomb, limit=2 * MIB, hint="")
    assert unzipped("a", gzip.compress(b"text"), limit=MIB, hint="") == b"text"
    assert unzipped("a", b"text", limit=MIB, hint="") == b"text"


@pytest.mark.parametrize("cut", [5, 30, -4])
def test_a_broken_zip_is_corrupt(cut: int) -> None:
    broken = gzip.compress(b"some text " * 100)[:cut]
    with pytest.raises(InputError, match="a: is corrupt or truncated"):
        unzipped("a", broken, limit=MIB, hint="")


def test_lines_end_where_the_file_was_truncated(tmp_path: Path) -> None:
    whole = gzip.compress(b"one\ntwo\nthree\n")
    for content, lines in ((whole, 3), (whole[:-8], 3), (whole + b"rubbish", 3), (whole[:4], 0)):
        (tmp_path / "a").write_bytes(content)
        found = list(zipped_lines(tmp_path / "a", line_limit=MIB, what="is none", hint=""))
        assert len(found) == lines
    (tmp_path / "a").write_bytes(b"text")
    with pytest.raises(InputError, match="a: is none"):
        list(zipped_lines(tmp_path / "a", line_limit=MIB, what="is none", hint=""))
    (tmp_path / "a").write_bytes(gzip.compress(bytes(3 * MIB)))
    with pytest.raises(InputError, match="a line has more than 1 MiB"):
        list(zipped_lines(tmp_path / "a", line_limit=MIB, what="is none", hint=""))


class _Shape(msgspec.Struct):
    count: int
    names: list[str] = []


@pytest.mark.parametrize(
    ("json", "message"),
    [
        (b"{", "a: is none: Input data was truncated"),
        (b'{"count": "x"}', "a: is none: count: Expected `int`, got `str`"),
        (b'{"count": 1, "names": [1]}', "a: is none: names[0]: Expected `str`, got `int`"),
        (b'{"count": NaN}', "a: is none: JSON is malformed"),
        (b'{"count": 1e999}', "a: is none: "),
        (b'{"count": ' + b"9" * 5000 + b"}", "a: is none: a number has more than 100 digits"),
        (b'{"count": 1, "x": ' + b"[" * 100_000, "a: is none: nested too deeply"),
        (b'{"count": 1, "names": ["\xff"]}', "a: is none: is not UTF-8"),
        (b"", "a: is none: "),
    ],
)
def test_whatever_does_not_fit_is_one_error_that_names_the_field(json: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        decoded_json("a", json, _Shape, what="is none", hint="the hint")
    assert caught.value.message.startswith(message)
    assert caught.value.hint == "the hint"


def test_what_fits_is_decoded() -> None:
    assert decoded_json("a", b'{"count": 1}', _Shape, hint="") == _Shape(1)


def test_a_file_that_would_have_to_be_waited_for_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(io.BytesIO):
        """As a file of /proc that is opened without waiting."""

        def read(self, size: int | None = -1) -> bytes:
            return None  # type: ignore[return-value]  # what os.read's EAGAIN becomes

    monkeypatch.setattr(input_file, "opened", lambda path, *, hint: Silent())
    with pytest.raises(InputError, match=r"silent\.gz: is not gzipped"):
        list(zipped_lines("silent.gz", line_limit=10, what="is not gzipped", hint="save it"))
