"""The program with streams that are closed, full or narrow: one line, and the right exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .inputs import DEPLOYMENT, REGION


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "w\u00e9b.yaml"
    path.write_text(DEPLOYMENT.replace("name: web", "name: w\u00e9b"), encoding="utf-8")
    return path


def ended(
    redirections: str, *tokens: str, **environment: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run the program in a shell with its streams redirected."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONUTF8"}
    return subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m kubestow "$@" {redirections}', sys.executable, *tokens],
        env=variables | {"COLUMNS": "100"} | environment,
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )


def lines(done: "subprocess.CompletedProcess[bytes]") -> list[str]:
    return done.stderr.decode().splitlines()


@pytest.mark.parametrize(
    ("redirection", "what"),
    [
        (">&-", "standard output: is closed"),
        (">/dev/full", "the output: No space left on device"),
    ],
)
def test_an_output_that_takes_nothing_is_one_error(
    manifest: Path, redirection: str, what: str
) -> None:
    done = ended(redirection, "plan", "-f", str(manifest), *REGION)
    assert done.returncode == 1
    assert lines(done)[-2] == f"error: {what}"
    assert lines(done)[-1].startswith("hint: ")


def test_help_on_a_closed_or_full_output_is_one_error() -> None:
    for redirection in (">&-", ">/dev/full"):
        done = ended(redirection, "--help")
        assert done.returncode == 1
        assert [line.partition(":")[0] for line in lines(done)] == ["error", "hint"]


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2>&- <&-", "<&-"])
def test_what_stderr_cannot_take_is_lost_and_nothing_else(manifest: Path, redirection: str) -> None:
    done = ended(redirection, "plan", "-f", str(manifest), *REGION, "-o", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["kind"] == "Plan"
    assert ended(redirection, "plan", "-f", "nowhere", *REGION).returncode == 1


def test_a_closed_standard_input_is_said() -> None:
    done = ended("<&-", "plan", "-f", "-", *REGION)
    assert done.returncode == 1
    assert "error: <stdin>: standard input is closed" in lines(done)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_a_console_that_is_not_utf_8_gets_what_it_can_show(
    manifest: Path, environment: dict[str, str]
) -> None:
    text = ended("", "plan", "-f", str(manifest), *REGION, **environment)
    assert text.returncode == 0
    assert text.stdout
    document = ended("", "plan", "-f", str(manifest), *REGION, "-o", "json", **environment)
    assert document.stdout.isascii()
    assert "w\u00e9b" in json.dumps(json.loads(document.stdout), ensure_ascii=False)
    page = ended("", "plan", "-f", str(manifest), *REGION, "-o", "html", **environment)
    assert "w\u00e9b" in page.stdout.decode("utf-8")


def test_names_that_are_not_utf_8_are_written_out(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/w\xff b.yaml"
    with open(name, "w", encoding="utf-8") as file:
        file.write(DEPLOYMENT + "---\nkind: Pod\napiVersion: v1\n")
    command = [sys.executable, "-m", "kubestow"]
    for output in (["plan", "-o", "json"], ["plan", "-o", "html"], ["check", "-o", "sarif"]):
        tokens = [
            *output,
            "-f",
            name,
            *REGION,
            *(["--today", "2026-01-05"] * (output[0] == "check")),
        ]
        done = subprocess.run([*command, *tokens], capture_output=True, timeout=60, check=False)
        assert done.returncode in (0, 1, 4), done.stderr
        assert b"Traceback" not in done.stderr
        shown = done.stdout.decode("utf-8")
        if "html" not in output:
            json.loads(shown)
        if "sarif" in output:
            assert "w%FF%20b.yaml" in shown


@pytest.mark.parametrize("columns", ["1", "2", "999999999", "9" * 5000])
def test_help_on_a_screen_of_odd_width_ends(columns: str) -> None:
    done = ended("", "plan", "--help", COLUMNS=columns)
    assert done.returncode == 0
    assert b"Usage" in done.stdout
