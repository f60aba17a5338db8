"""The Dockerfile: locked, not root, and given every file that it copies."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = re.split(r"^(?=FROM )", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
BUILD, FINAL = STAGES[1:]


def copied() -> list[str]:
    """Return the files and folders of the project that are copied into the image."""
    lines = re.findall(r"^COPY (?!--from)(.*)$", BUILD, re.MULTILINE)
    return [name for line in lines for name in line.split()[:-1]]


def is_sent(name: str) -> bool:
    """Say whether .dockerignore lets a file through: the last pattern that fits decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if line and not line.startswith("#") and fnmatch(name, line.removeprefix("!")):
            sent = line.startswith("!")
    return sent


def test_the_final_stage_is_not_root_and_runs_the_program() -> None:
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", FINAL, re.MULTILINE)
    assert FINAL.rstrip().endswith('ENTRYPOINT ["kubestow"]')


def test_the_final_stage_only_copies() -> None:
    instructions = {line.split()[0] for line in FINAL.splitlines() if re.match(r"[A-Z]+ ", line)}
    assert instructions <= {"FROM", "LABEL", "COPY", "ENV", "USER", "WORKDIR", "ENTRYPOINT"}
    assert re.findall(r"^COPY (.*)$", FINAL, re.MULTILINE) == [
        "--from=build /opt/kubestow /opt/kubestow"
    ]


def test_what_is_installed_was_checked_against_the_lock() -> None:
    code = "\n".join(line for line in BUILD.splitlines() if not line.startswith("#"))
    calls = re.findall(r"-m pip .*?(?=&&|\Z|^[A-Z]+ )", code, re.DOTALL | re.MULTILINE)
    assert len(calls) == 4
    for call in calls:
        assert any(f in call for f in ("--require-hashes", "--no-index", "--no-deps")), call


def test_no_registry_is_named() -> None:
    assert re.search(r"^ARG PYTHON=python:[\d.]+-slim-\w+$", STAGES[0], re.MULTILINE)


@pytest.mark.parametrize("name", copied())
def test_what_is_copied_exists_and_is_sent(name: str) -> None:
    assert (ROOT / name).exists()
    assert is_sent(name)


def test_nothing_else_is_sent() -> None:
    sent = {path.name for path in ROOT.iterdir() if is_sent(path.name)}
    assert sent == {"LICENSE", "NOTICE", "README.md", "pyproject.toml", "src"}
