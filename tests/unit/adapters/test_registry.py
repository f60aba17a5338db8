"""Registries asked for platforms: against a small one on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kubestow.adapters.registry import ask

INDEX = {
    "manifests": [
        {"digest": "sha256:1", "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": "sha256:2", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:3", "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
}
ANSWERS: dict[str, Any] = {
    "/v2/shop/web/manifests/1": INDEX,
    "/v2/shop/old/manifests/latest": {"config": {"digest": "sha256:c0"}},
    "/v2/shop/old/blobs/sha256:c0": {"os": "linux", "architecture": "amd64"},
    "/v2/shop/odd/manifests/1": {"schemaVersion": 1},
    "/v2/shop/bad/manifests/1": "not json",
}


class Registry(BaseHTTPRequestHandler):
    """Answers as a registry does; shop/private wants a token, shop/closed a password."""

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        if self.path.startswith("/token?"):
            self._send(200, {"token": "t0"})
        elif "/private/" in self.path and self.headers.get("Authorization") != "Bearer t0":
            where = f'Bearer realm="http://127.0.0.1:{port}/token",service="r"'
            self._send(401, {}, where)
        elif "/private/" in self.path:
            self._send(200, INDEX)
        elif "/closed/" in self.path:
            self._send(401, {}, 'Basic realm="r"')
        elif self.path in ANSWERS:
            self._send(200, ANSWERS[self.path])
        else:
            self._send(404, {})

    def _send(self, code: int, value: Any, challenge: str = "") -> None:
        content = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(code)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_index_lists_its_platforms_and_a_manifest_has_those_of_its_configuration(
    host: str,
) -> None:
    found, unknown = ask([f"{host}/shop/web:1", f"{host}/shop/old"])
    assert found == {
        f"{host}/shop/web:1": ("linux/amd64", "linux/arm64"),
        f"{host}/shop/old": ("linux/amd64",),
    }
    assert unknown == {}


def test_an_anonymous_token_is_fetched_where_one_is_asked_for(host: str) -> None:
    found, _ = ask([f"{host}/shop/private:1"])
    assert found[f"{host}/shop/private:1"] == ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("shop/none:1", "answers 404"),
        ("shop/closed:1", "answers 401"),
        ("shop/odd:1", "no manifest"),
        ("shop/bad:1", "not understood"),
    ],
)
def test_what_a_registry_does_not_tell_is_not_known(host: str, image: str, reason: str) -> None:
    found, unknown = ask([f"{host}/{image}"])
    assert found == {}
    assert reason in unknown[f"{host}/{image}"]


def test_a_registry_out_of_reach_and_the_end_of_the_time_are_said() -> None:
    found, unknown = ask(["127.0.0.1:1/a:1"])
    assert found == {}
    assert "cannot be reached" in unknown["127.0.0.1:1/a:1"]
    times = iter([0.0, 31.0])
    _, unknown = ask(["127.0.0.1:1/a:1"], clock=lambda: next(times))
    assert unknown == {"127.0.0.1:1/a:1": "not asked: 30 seconds are over"}
