"""Who closes the connection to an API server waits, not for long, for who is asking."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import httpx2
import pytest

from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.model.input_error import InputError

PAGE = b'{"metadata": {"resourceVersion": "7"}, "items": []}'


class SlowTransport(httpx2.BaseTransport):
    """Answers when it is let; it knows whether it was closed before it answered."""

    def __init__(self) -> None:
        self.asked, self.let = threading.Event(), threading.Event()
        self.closed = threading.Event()
        self.was_closed_early = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.set()
        self.let.wait(10)
        self.was_closed_early = self.closed.is_set()
        return httpx2.Response(200, content=PAGE)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def transport() -> Iterator[SlowTransport]:
    slow = SlowTransport()
    yield slow
    slow.let.set()


def server(transport: SlowTransport) -> ApiServer:
    return ApiServer(httpx2.Client(transport=transport, base_url="http://stand-in"), "stand-in")


def test_a_request_that_is_being_made_is_waited_for(transport: SlowTransport) -> None:
    asked = server(transport)
    asking = threading.Thread(target=asked.listed, args=("/api/v1/pods",))
    asking.start()
    assert transport.asked.wait(10)
    threading.Timer(0.1, transport.let.set).start()
    asked.close()
    asking.join(10)
    assert transport.closed.is_set()
    assert not transport.was_closed_early


def test_a_request_that_takes_long_is_not(
    transport: SlowTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubestow.adapters.kubernetes_api.api_server._CLOSING_SECONDS", 0.05)
    asked = server(transport)
    asking = threading.Thread(target=asked.listed, args=("/api/v1/pods",))
    asking.start()
    assert transport.asked.wait(10)
    asked.close()
    assert transport.closed.is_set()
    transport.let.set()
    asking.join(10)
    assert transport.was_closed_early


def test_once_closed_it_is_asked_no_more(transport: SlowTransport) -> None:
    asked = server(transport)
    asked.close()
    with pytest.raises(InputError, match="asked no more"):
        asked.listed("/api/v1/pods")
    assert not transport.asked.is_set()


def test_who_closes_shuts_watches_down_and_waits_until_their_threads_have_let_go() -> None:
    """A connection closed under a thread that reads it would be another file's, soon."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = httpx2.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = ApiServer(client, "stand-in")
    opened, ended = threading.Event(), threading.Event()

    def watch() -> None:
        with (
            contextlib.suppress(InputError),
            server.watched("/api/v1/pods", "1", 60) as lines,
        ):
            opened.set()
            list(lines)
        ended.set()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    silent, _ = listener.accept()
    with listener, silent:
        silent.recv(65_536)
        silent.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert opened.wait(10)
        server.close()
        assert ended.is_set() or ended.wait(0.2)
    with pytest.raises(InputError, match="asked no more"), server.watched("/x", "1", 60):
        pass
