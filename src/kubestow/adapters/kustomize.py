"""Kustomizations rendered by kustomize, or by kubectl, where one of them is installed.

The program gets a limit of time and of what it prints. Its own messages are not shown.
"""

import shutil
from pathlib import Path

from kubestow.adapters.bounded_program import run_bounded
from kubestow.adapters.input_file import MIB
from kubestow.adapters.sources import Source
from kubestow.model.input_error import InputError

SECONDS_MAX = 120.0
BYTES_MAX = 256 * MIB
_PROGRAMS = (("kustomize", "build"), ("kubectl", "kustomize"))
_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def rendered(directory: str) -> Source:
    """Return the manifests of a directory with a kustomization; raise InputError if there are none.

    Its name, in messages about its content, is that of the command that made it.
    """
    path = Path(directory)
    if not path.is_dir():
        raise InputError(
            f"-k {directory}: no such directory",
            hint="pass a directory with a kustomization.yaml; manifests are passed with -f",
        )
    if not any((path / name).is_file() for name in _FILES):
        raise InputError(
            f"-k {directory}: it has no kustomization.yaml",
            hint=f"pass its manifests with -f {directory}",
        )
    program = next((program for program in _PROGRAMS if shutil.which(program[0])), None)
    if program is None:
        raise InputError(
            f"-k {directory}: neither kustomize nor kubectl is installed",
            hint=f"run 'kustomize build {directory}' where it is, and pass what it prints with -f",
        )
    said = f"{' '.join(program)} {directory}"
    where = directory if not directory.startswith("-") else f"./{directory}"
    try:
        code, output = run_bounded([*program, where], b"", seconds=SECONDS_MAX, bytes_max=BYTES_MAX)
    except TimeoutError:
        raise InputError(
            f"'{said}' took more than {SECONDS_MAX:.0f} seconds", hint=_hint(said)
        ) from None
    except OverflowError:
        raise InputError(
            f"'{said}' printed more than {BYTES_MAX // MIB} MiB", hint="plan it in parts with -f"
        ) from None
    except OSError as problem:
        raise InputError(
            f"'{said}' cannot be run: {problem.strerror or problem}", hint=_hint(said)
        ) from None
    if code:
        raise InputError(f"'{said}' failed with exit code {code}", hint=_hint(said))
    return Source(said, output)


def _hint(command: str) -> str:
    return f"run '{command}' to see why, and pass what it prints with -f"
