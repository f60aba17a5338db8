"""The command as a whole: its commands, and what a wrong command line ends in."""

import subprocess
import sys
from typing import Any

import pytest

from kubestow import __version__
from kubestow.cli import exit_codes
from kubestow.cli.main import run
from kubestow.model.reporter import EnoughError


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the screen wide enough that no word is cut."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.mark.parametrize(
    "command",
    ["plan", "compare", "check", "explain", "migrate", "simulate", "sweep", "replay",
     "verify-bound", "snapshot", "catalog", "why"],
)  # fmt: skip
def test_every_command_is_in_the_help_and_has_its_own(command: str, capsys: Any) -> None:
    assert run(["--help"]) == exit_codes.OK
    assert command in capsys.readouterr().out
    assert run([command, "--help"]) == exit_codes.OK
    assert f"kubestow {command}" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: Any) -> None:
    assert run(["--version"]) == exit_codes.OK
    assert capsys.readouterr().out == f"kubestow {__version__}\n"


def test_a_command_is_described_in_the_help_though_it_is_imported_late(capsys: Any) -> None:
    assert run(["-h"]) == exit_codes.OK
    assert "Plan the cheapest fleet for a set of pods" in capsys.readouterr().out


def test_a_command_imports_no_other() -> None:
    asked = (
        "import sys; from kubestow.cli.main import run; run(['explain', '--help']); "
        "print([name for name in sys.modules if name.startswith('kubestow.cli.')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True
    )
    assert "kubestow.cli.explain" in found.stdout
    assert "kubestow.cli.adopt" not in found.stdout


@pytest.mark.parametrize(
    "tokens",
    [
        pytest.param(["plann"], id="an unknown command"),
        pytest.param(["plan", "--no-such-option"], id="an unknown option"),
        pytest.param(["plan", "--seed", "x"], id="a word for a number"),
        pytest.param(["replay"], id="an argument too few"),
        pytest.param(["plan", "-f", "nowhere.yaml", "--gap", "x"], id="a value out of range"),
        pytest.param(["replay", "nowhere.journal.gz"], id="a file that is not there"),
    ],
)
def test_a_wrong_command_line_is_one_error_and_one_hint(tokens: list[str], capsys: Any) -> None:
    assert run(tokens) == exit_codes.WRONG_INPUT
    captured = capsys.readouterr()
    assert captured.out == ""
    assert [line.partition(":")[0] for line in captured.err.splitlines()] == ["error", "hint"]


@pytest.mark.parametrize(
    ("tokens", "message", "command"),
    [
        (["simulate"], "the option --workload or -f is required", "kubestow simulate"),
        (["explain", "-f", "x"], "the argument POD is required", "kubestow explain"),
        (["sweep", "-f", "x"], "the option --out is required", "kubestow sweep"),
    ],
)
def test_what_is_missing_on_the_command_line_is_named(
    capsys: Any, tokens: list[str], message: str, command: str
) -> None:
    assert run(tokens) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == f"error: {message}"
    assert hint == f"hint: '{command} --help' lists the options and shows examples"


def test_a_command_that_is_stopped_before_it_has_an_answer_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise EnoughError

    monkeypatch.setattr("kubestow.cli.main.app", stopped)
    assert run(["plan"]) == exit_codes.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"
