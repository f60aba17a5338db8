"""A bug is never lost: its report is written where it can be, or shown."""

from pathlib import Path

import pytest

from kubestow.cli import bug_reports, main
from kubestow.cli.bug_reports import FAULT_REPORT, report_fault
from kubestow.model.bug import BugError
from kubestow.model.input_error import InputError


def fault() -> Exception:
    try:
        raise KeyError("hunter2")
    except KeyError as problem:
        return problem


def test_a_fault_is_written_down_and_its_message_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert report_fault(fault()) == 3
    said = capsys.readouterr().err
    assert said.splitlines()[0] == "error: kubestow failed unexpectedly (KeyError)"
    assert "hunter2" not in said
    assert said.splitlines()[1].startswith("hint: this is a bug in kubestow; please report it with")
    assert "KeyError: 'hunter2'" in (tmp_path / FAULT_REPORT).read_text()


def test_a_report_that_cannot_be_written_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / FAULT_REPORT).mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    report_fault(fault())
    assert f"{tmp_path}/temporary/{FAULT_REPORT}" in capsys.readouterr().err
    assert (tmp_path / "temporary" / FAULT_REPORT).is_file()


def test_a_report_that_can_be_written_nowhere_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise InputError("no space", hint="")

    monkeypatch.setattr(bug_reports, "write_whole", full)
    report_fault(fault())
    lines = capsys.readouterr().err.splitlines()
    assert "KeyError: 'hunter2'" in lines
    assert lines[-1].endswith("the command line and the lines above")


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        (RuntimeError("x"), 3, "error: kubestow failed unexpectedly (RuntimeError)"),
        (BugError("the bound is wrong"), 3, "error: the bound is wrong"),
        (MemoryError(), 1, "error: there is not enough memory for this input"),
    ],
)
def test_what_nobody_expects_ends_in_an_error_and_a_hint(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problem: Exception,
    code: int,
    said: str,
) -> None:
    def failing(*_: object, **__: object) -> int:
        raise problem

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(main, "app", failing)
    assert main.run(["plan"]) == code
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == said
    assert lines[1].startswith("hint: ")
