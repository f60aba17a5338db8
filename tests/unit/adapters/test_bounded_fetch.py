"""A request ends within its time, also where the server sends a byte now and then."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kubestow.adapters.bounded_fetch import BYTES_MAX, fetched


class Server(BaseHTTPRequestHandler):
    """Answers well, slowly, or with too much."""

    def do_GET(self) -> None:
        """Answer a request by its path."""
        if self.path == "/headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            self._drip(b"X: ")
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            self._drip(b"")
        elif self.path == "/flood":
            self.wfile.write(bytes(BYTES_MAX + 1))
        else:
            self.wfile.write(b"whole")

    def _drip(self, start: bytes) -> None:
        try:
            self.wfile.write(start)
            for _ in range(200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_whole_answer_is_returned(url: str) -> None:
    assert fetched(f"{url}/whole", "", seconds=5) == b"whole"


@pytest.mark.parametrize("path", ["drip", "headers"])
def test_a_server_that_drips_is_given_up(url: str, path: str) -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        fetched(f"{url}/{path}", "", seconds=0.4)
    assert time.monotonic() - started < 3


def test_too_much_and_no_address_are_errors(url: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        fetched(f"{url}/flood", "", seconds=5)
    with pytest.raises(ValueError, match="unknown url type"):
        fetched("nothing", "", seconds=5)
