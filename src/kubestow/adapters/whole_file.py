"""The one place that writes files: an existing one stays as it is until the new one is complete.

Only regular files are written or replaced, never a device or a pipe. A link is followed.
"""

import os
import tempfile
from pathlib import Path

from kubestow.model.input_error import InputError

_HINT = "check the directory, its permissions and the free disk space"


def made_folder(path: Path) -> Path:
    """Create a directory for results if it does not exist; raise InputError if that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(f"{path}: {reason}", hint="choose a directory for the results") from None
    return path


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file in one step; if that fails, raise InputError and leave the old one as it is."""
    target = writable(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".kubestow-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as problem:
        raise InputError(
            f"{path}: cannot be written: {problem.strerror or problem}", hint=_HINT
        ) from problem


def writable(path: str | Path) -> Path:
    """Return the file that a name means; raise InputError where it is not a regular file."""
    try:
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise InputError(f"{path}: is a directory, not a file", hint="name a file")
        if target.exists() and not target.is_file():
            raise InputError(f"{path}: is not a regular file", hint="name a file, or a new one")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(f"{path}: cannot be written: {reason}", hint=_HINT) from problem
    return target


def _umask() -> int:
    """Return the umask, which mkstemp ignores."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
