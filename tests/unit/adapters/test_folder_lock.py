"""A directory of results belongs to one run at a time."""

from pathlib import Path

import pytest

from kubestow.adapters.folder_lock import locked_folder
from kubestow.model.input_error import InputError


def test_a_second_run_is_refused_while_the_first_holds_the_folder(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    with locked_folder(directory) as held:
        assert held == directory
        assert directory.is_dir()
        with (
            pytest.raises(InputError, match="another run of kubestow is writing") as caught,
            locked_folder(directory),
        ):
            pass
        assert "name another directory" in caught.value.hint
        with locked_folder(tmp_path / "other"):
            pass
    with locked_folder(directory):
        assert list(directory.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(InputError, match="File exists"), locked_folder(tmp_path / "a"):
        pass
