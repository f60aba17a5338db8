"""The standard streams made fit to be used, whatever the program was started with.

A stream that is closed, is full or has an encoding of few characters must not end in a traceback.
A closed one is put in the place of its number again, so that no other file gets that number.
"""

import errno
import io
import os
import sys

_CLOSED = "is closed"


class ClosedOutput(io.TextIOBase):
    """Standard output that was closed by whoever started the program."""

    encoding = "utf-8"

    def writable(self) -> bool:
        """Return True: the mistake is told by what writes."""
        return True

    def write(self, _: str) -> int:
        """Raise OSError."""
        raise OSError(errno.EBADF, _CLOSED, "standard output")


def prepare_streams() -> None:
    """Make the three standard streams usable; to be called before anything is opened."""
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)  # the lowest free number, which is this one
    if sys.stdout is None:
        sys.stdout = ClosedOutput()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 # as long as we live
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard(number: int) -> None:
    """Send what is still to be written to a stream nowhere, so that it does not fail at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
