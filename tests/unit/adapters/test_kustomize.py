"""Kustomizations, rendered by whatever program is installed."""

import os
from pathlib import Path

import pytest

from kubestow.adapters import kustomize
from kubestow.adapters.kustomize import rendered
from kubestow.model.input_error import InputError


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of its own, with the shell and nothing else."""
    path = tmp_path / "bin"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    return path


@pytest.fixture
def directory(tmp_path: Path) -> str:
    made = tmp_path / "shop"
    made.mkdir()
    (made / "kustomization.yaml").write_text("resources: []\n")
    return str(made)


def install(programs: Path, name: str, script: str) -> None:
    program = programs / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    assert os.access(program, os.X_OK)


def refusal(directory: str) -> InputError:
    with pytest.raises(InputError) as raised:
        rendered(directory)
    return raised.value


def test_kustomize_is_run_where_it_is_installed(programs: Path, directory: str) -> None:
    install(programs, "kustomize", 'echo "args: $*"')
    source = rendered(directory)
    assert source.content == f"args: build {directory}\n".encode()
    assert source.name == f"kustomize build {directory}"


def test_kubectl_does_it_where_kustomize_is_not(programs: Path, directory: str) -> None:
    install(programs, "kubectl", 'echo "args: $*"')
    assert rendered(directory).content == f"args: kustomize {directory}\n".encode()


@pytest.mark.usefixtures("programs")
def test_where_neither_is_installed_the_way_out_is_told(directory: str) -> None:
    error = refusal(directory)
    assert error.message == f"-k {directory}: neither kustomize nor kubectl is installed"
    assert f"'kustomize build {directory}'" in error.hint


def test_a_program_that_fails_floods_or_hangs_is_one_error(
    programs: Path, directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kustomize, "SECONDS_MAX", 1.0)
    monkeypatch.setattr(kustomize, "BYTES_MAX", 1024)
    for script, message in (
        ("exit 7", "failed with exit code 7"),
        ("while :; do echo flood; done", "printed more than"),
        ("while :; do :; done", "took more than 1 seconds"),
    ):
        install(programs, "kustomize", script)
        assert message in refusal(directory).message


def test_a_directory_without_a_kustomization_is_for_another_option(tmp_path: Path) -> None:
    assert refusal(str(tmp_path)).hint == f"pass its manifests with -f {tmp_path}"
    assert refusal(str(tmp_path / "none")).message.endswith("no such directory")
