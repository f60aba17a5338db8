"""Files written atomically: what a failure leaves behind, and the permissions of a new file."""

import os
from pathlib import Path

import pytest

from kubestow.adapters.whole_file import made_folder, write_whole
from kubestow.model.input_error import InputError


def test_a_file_is_replaced_and_nothing_else_is_left_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"one")
    write_whole(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_and_no_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_whole(path, "text")  # type: ignore[arg-type] # fails while it is written
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_target_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        write_whole(tmp_path / "directory", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "directory"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_a_folder_is_created_with_its_parents_and_may_exist(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    assert made_folder(directory) == made_folder(directory) == directory
    assert directory.is_dir()


def test_a_folder_that_is_a_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(InputError, match=r"/a: File exists") as raised:
        made_folder(tmp_path / "a")
    assert raised.value.hint == "choose a directory for the results"
