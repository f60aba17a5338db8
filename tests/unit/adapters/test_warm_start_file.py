"""Warm start files: written and read back, and every other content an error."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters.warm_start_file import read_warm_start, write_warm_start
from kubestow.model.input_error import InputError
from kubestow.model.warm_start import WarmLoad, WarmStart

START = WarmStart(
    (("class-a", 12), ("class-b", 0)),
    (WarmLoad("pool", "m5.large", "spot", "zone-a", (("class-a", 2), ("class-b", 1)), 3),),
)


def content(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "start.json"
    write_warm_start(path, START)
    decoded: dict[str, Any] = json.loads(path.read_bytes())
    return decoded


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_warm_start(tmp_path / "start.json", START)
    assert read_warm_start(str(tmp_path / "start.json")) == START


def test_a_missing_file_is_no_start_and_no_error(tmp_path: Path) -> None:
    assert read_warm_start(str(tmp_path / "none.json")) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda wire: wire.update(kind="Plan"), "expected kubestow.dev/v1alpha1 WarmStart, found "
         "kubestow.dev/v1alpha1 Plan"),
        (lambda wire: wire.update(valeus={}), "not a warm start: Object contains unknown field"),
        (lambda wire: wire["values"].update(a=-1), "not a warm start: a number is out of range"),
        (lambda wire: wire["values"].update(a=10**16), "a number is out of range"),
        (lambda wire: wire["loads"][0].update(nodes=-1), "a number is out of range"),
        (lambda wire: wire["loads"][0].update(pods={"a": 0}), "a number is out of range"),
        (lambda wire: wire["loads"][0].update(pods={}), "not a warm start: a load has no pods"),
    ],
)  # fmt: skip
def test_a_changed_file_is_an_error_that_names_it(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    wire = content(tmp_path)
    change(wire)
    (tmp_path / "other.json").write_text(json.dumps(wire))
    with pytest.raises(InputError) as raised:
        read_warm_start(str(tmp_path / "other.json"))
    assert raised.value.message.startswith(f"{tmp_path / 'other.json'}: ")
    assert message in raised.value.message
    assert "kubestow plan --warm-start FILE" in raised.value.hint


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        read_warm_start(str(tmp_path))
