"""One program run with a limit of time, and of what it may print.

A program that floods, hangs, or leaves its output open in a child does not stop kubestow.
"""

import contextlib
import os
import subprocess
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Thread

_PIECE = 2**14


def run_bounded(
    command: Sequence[str], given: bytes, *, seconds: float, bytes_max: int
) -> tuple[int, bytes]:
    """Return a program's exit code and what it printed, given its standard input.

    Raise TimeoutError after ``seconds``, OverflowError for more than ``bytes_max`` bytes of output,
    and OSError where it cannot be run.
    """
    end = time.monotonic() + seconds
    with subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as program:
        try:
            output = _output(program, given, end, bytes_max)
            return program.wait(timeout=max(0.0, end - time.monotonic())), output
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            program.kill()


def _output(program: "subprocess.Popen[bytes]", given: bytes, end: float, bytes_max: int) -> bytes:
    """Return what a program prints, read by a thread that stops where there is too much."""
    pieces: SimpleQueue[bytes] = SimpleQueue()
    assert program.stdin is not None
    assert program.stdout is not None
    handle = os.dup(program.stdout.fileno())
    Thread(target=_read, args=(handle, pieces, bytes_max), daemon=True).start()
    with contextlib.suppress(OSError):  # it may have ended without reading
        program.stdin.write(given)
        program.stdin.close()
    output = bytearray()
    while True:
        try:
            piece = pieces.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            raise TimeoutError from None
        if not piece:
            return bytes(output)
        output += piece
        if len(output) > bytes_max:
            raise OverflowError


def _read(handle: int, pieces: "SimpleQueue[bytes]", bytes_max: int) -> None:
    total = 0
    with os.fdopen(handle, "rb", buffering=0) as stream, contextlib.suppress(OSError):
        while total <= bytes_max:
            piece = stream.read(_PIECE)
            pieces.put(piece or b"")
            if not piece:
                return
            total += len(piece)
