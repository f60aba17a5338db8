"""Files written atomically: an existing file stays as it is until the new one is complete."""

import os
import tempfile
from pathlib import Path

from kubestow.model.input_error import InputError


def made_folder(path: Path) -> Path:
    """Create a folder for results if it does not exist; raise InputError if that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{path}: {problem.strerror or problem}", hint="choose a folder for the results"
        ) from None
    return path


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file in one step; if that fails, raise OSError and leave the old file as it is."""
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
    """Return the umask, which mkstemp ignores."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
