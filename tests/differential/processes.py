"""Child processes on loopback: started with a log, ended for certain.

Law: a process is ended by its own handle, never by name, and dies with this one where the
operating system offers that.
"""

import contextlib
import ctypes
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence

READY_SECONDS_MAX = 60.0
LINES_KEPT = 40
_PR_SET_PDEATHSIG = 1


class DidNotStartError(Exception):
    """A process ended, or was not ready in time; the text carries the end of its log."""


class Child:
    """A running process; each line it logs is handed on, and the last ones are kept."""

    def __init__(
        self, name: str, command: Sequence[str], heard: Callable[[bytes], object] | None = None
    ) -> None:
        self.name = name
        self._heard = heard or (lambda _: None)
        self._last: deque[bytes] = deque(maxlen=LINES_KEPT)
        with warnings.catch_warnings():
            # Python 3.12 warns of preexec_fn beside threads; ours only makes one system call.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 # one system call, no lock
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, name=f"log of {name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Return the identifier of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Return whether the process is still there."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until the process is ready to serve."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not ready():
            if not self.running:
                raise DidNotStartError(
                    f"{self.name} ended with {self._process.poll()}\n{self.tail()}"
                )
            if time.monotonic() > deadline:
                raise DidNotStartError(f"{self.name} was not ready in time\n{self.tail()}")
            time.sleep(0.05)

    def tail(self) -> str:
        """Return the end of the log."""
        return b"".join(list(self._last)).decode(errors="replace")

    def kill(self) -> None:
        """End the process where it is, as SIGKILL does."""
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> int:
        """Let the process end as after Ctrl-C; return its exit code."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(30)
        self._reader.join(5)
        return code

    def stop(self) -> None:
        """End the process, by force if it does not end when asked."""
        if self.running:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        if self.running:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            for line in output:
                self._last.append(line)
                self._heard(line)


@contextlib.contextmanager
def child(
    name: str, command: Sequence[str], heard: Callable[[bytes], object] | None = None
) -> Iterator[Child]:
    """Run a process for the length of a block."""
    running = Child(name, command, heard)
    try:
        yield running
    finally:
        running.stop()


def _die_with_parent() -> Callable[[], object] | None:
    """Return what a child runs before its program, so that it ends when this process ends.

    The bond is to the thread that starts it: start children from one that lives on.
    """
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)
    return lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nothing listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]
