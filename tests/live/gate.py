"""A gate before an API server: a port that can be closed, with what it does to connections.

Law: closed, it refuses and has cut every connection; open, it passes bytes on as they are.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.differential.processes import free_ports

_CHUNK = 65_536


class Gate:
    """A port of loopback in front of another one."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        (self.port,) = free_ports(1)
        self._lock = threading.Lock()
        self._pairs: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Let connections through."""
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", self.port))
        made.listen(128)
        self._listener = made
        threading.Thread(target=self._accept, args=(made,), daemon=True).start()

    def close(self) -> None:
        """Cut every connection, and refuse new ones."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut every connection there is."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for each in pairs:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._behind), 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._pairs |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := one.recv(_CHUNK):
                other.sendall(content)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def gate(behind: int) -> Iterator[Gate]:
    """Run an open gate for the length of a block."""
    made = Gate(behind)
    made.open()
    try:
        yield made
    finally:
        made.close()
