"""The seals of a journal's lines: what was changed, left out or put in is noticed."""

import gzip
from pathlib import Path

import pytest

from kubestow.adapters.journal_lines import Sealer, contents, whole_lines, written_version
from kubestow.model.input_error import InputError

CONTENTS = [b'{"version": 3}', b'{"at": 1}', b'{"at": 2}']


def sealed() -> list[bytes]:
    sealer = Sealer()
    return [sealer.line(content) for content in CONTENTS]


def journal(directory: Path, lines: list[bytes]) -> Path:
    path = directory / "j.gz"
    path.write_bytes(gzip.compress(b"".join(lines)))
    return path


def test_sound_lines_give_their_contents(tmp_path: Path) -> None:
    path = journal(tmp_path, sealed())
    assert list(contents(path)) == CONTENTS
    assert list(whole_lines(path)) == sealed()
    assert written_version(path) == 3


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: [lines[0], lines[2], lines[1]], 2),
        (lambda lines: [*lines, lines[2]], 4),
        (lambda lines: [lines[0], lines[1].replace(b"1", b"5"), lines[2]], 2),
        (lambda lines: [lines[0], b"null\n", lines[2]], 2),
        (lambda lines: [lines[0], b"\n", lines[2]], 2),
        (lambda lines: [lines[0], b"[" * 100_000 + b"\n"], 2),
    ],
)
def test_a_changed_line_is_named(tmp_path: Path, change: object, line: int) -> None:
    path = journal(tmp_path, change(sealed()))  # type: ignore[operator] # rows of the table
    found = contents(path)
    with pytest.raises(InputError, match=f"line {line} was changed or damaged"):
        list(found)


@pytest.mark.parametrize("first", [b"[]\n", b"null\n", b"{}\n", b"\xff\n", b"x" * 100 + b"\n"])
def test_a_first_line_that_is_none_is_no_journal(tmp_path: Path, first: bytes) -> None:
    path = journal(tmp_path, [first])
    for read in (written_version, lambda path: list(contents(path))):
        with pytest.raises(InputError, match="is not a journal"):
            read(path)


def test_a_journal_without_seals_says_its_version(tmp_path: Path) -> None:
    assert written_version(journal(tmp_path, [b'{"version": 2, "policy": "x"}\n'])) == 2
    assert written_version(journal(tmp_path, [b"no end"])) is None
