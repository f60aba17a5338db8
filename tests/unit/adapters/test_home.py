"""The home directory, and users who have none."""

from pathlib import Path

import pytest

from kubestow.adapters.home import home_file


def test_a_file_is_below_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert home_file(".aws", "config") == Path("/somewhere/.aws/config")


def test_an_unknown_user_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    assert home_file("x") is None
