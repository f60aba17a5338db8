"""A directory of results that one run at a time writes to.

The lock is on the directory itself (flock), so it leaves no file behind and ends with the process,
however that ends. Where the file system or the platform has no such lock, there is none.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kubestow.adapters.whole_file import made_folder
from kubestow.model.input_error import InputError

_BUSY = (errno.EWOULDBLOCK, errno.EACCES, errno.EAGAIN)


@contextmanager
def locked_folder(path: Path) -> Iterator[Path]:
    """Make a directory where it is missing, and hold it; raise InputError if another run does."""
    made_folder(path)
    try:
        import fcntl
    except ImportError:
        yield path
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            if problem.errno in _BUSY:
                raise InputError(
                    f"{path}: another run of kubestow is writing to this directory",
                    hint="wait until it has ended, or name another directory",
                ) from None
        yield path
    finally:
        os.close(handle)
