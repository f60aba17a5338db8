"""Files written whole or not at all.

Law: a file of that name stays as it was until the new one is complete.
"""

import os
import tempfile
from pathlib import Path

from kubestow.model.input_error import InputError


def made_folder(path: Path) -> Path:
    """Make a folder for results where there is none; raise InputError where that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{path}: {problem.strerror or problem}", hint="give a folder for the results"
        ) from None
    return path


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file in one step; raise OSError, leaving what was there, where that fails."""
    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """Return which permissions new files go without; mkstemp takes all but the owner's."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
