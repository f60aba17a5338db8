"""Which files an argument means, and that no pattern and no directory takes for ever."""

import contextlib
import os
from pathlib import Path

import pytest

from kubestow.adapters import file_names
from kubestow.adapters.file_names import is_pattern, manifests_below, matching
from kubestow.model.input_error import InputError


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.yaml", "b.json", "c.txt", ".hidden.yaml", "in/d.yaml", "in/deep/e.yml",
                 ".git/f.yaml"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("kind: Pod\n")
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.yaml", ["a.yaml"]),
        (".*.yaml", [".hidden.yaml"]),
        ("*/*.yaml", ["in/d.yaml"]),
        ("**/*.yaml", ["a.yaml", "in/d.yaml"]),
        ("**/*.y*ml", ["a.yaml", "in/d.yaml", "in/deep/e.yml"]),
        ("in/**/e.yml", ["in/deep/e.yml"]),
        ("[ab].*", ["a.yaml", "b.json"]),
        ("?.txt", ["c.txt"]),
        ("i[n]/d.yaml", ["in/d.yaml"]),
        ("none*", []),
    ],
)
def test_a_pattern_matches_as_in_a_shell(directory: Path, pattern: str, found: list[str]) -> None:
    assert [str(path) for path in matching(pattern)] == found
    assert [str(path) for path in matching(str(directory / pattern))] == [
        str(directory / name) for name in found
    ]


@pytest.mark.parametrize(
    "pattern",
    ["**/" * 40 + "*.yaml", "*" * 3000, "*a" * 2000 + "b", "**/*" * 200, "[" * 3000, "*" * 100_000],
)
def test_a_pattern_of_many_stars_ends(directory: Path, pattern: str) -> None:
    (directory / ("a" * 200)).touch()
    with contextlib.suppress(InputError):  # too many files to look through
        assert all(path.exists() for path in matching(pattern))


def test_a_folder_holds_the_manifests_of_all_folders_below_it(directory: Path) -> None:
    os.mkfifo(directory / "pipe.yaml")
    (directory / ".#a.yaml").symlink_to("somebody@nowhere")
    found = [str(path.relative_to(directory)) for path in manifests_below([directory], "x")]
    assert found == [".git/f.yaml", ".hidden.yaml", "a.yaml", "b.json", "in/d.yaml",
                     "in/deep/e.yml", "pipe.yaml"]  # fmt: skip


def test_too_many_files_are_an_error(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_names, "ENTRIES_MAX", 5)
    with pytest.raises(InputError, match="more than 5 files to look through"):
        manifests_below([directory], "x")
    with pytest.raises(InputError, match="more than 5 files to look through"):
        matching("**/*.yaml")


def test_only_what_has_a_wildcard_is_a_pattern() -> None:
    assert [is_pattern(name) for name in ("a*", "a?", "[a]", "a", "{a,b}")] == [
        True, True, True, False, False,
    ]  # fmt: skip
