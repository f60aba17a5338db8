"""Registries asked for platforms, with logins and without: against a small one on loopback."""

import base64
import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from kubestow.adapters import registry
from kubestow.adapters.registry import ask
from kubestow.adapters.registry_logins import Logins
from kubestow.cli.main import run

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
    "/v2/shop/moved/manifests/1": {"config": {"digest": "sha256:c0"}},
    "/elsewhere": {"os": "linux", "architecture": "arm64"},
    "/v2/shop/strange/manifests/1": {"schemaVersion": 1},
    "/v2/shop/bad/manifests/1": "not json",
}


USER, PASSWORD, IDENTITY = "robot$shop", "pa:ss word", "identity-0"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Registry(BaseHTTPRequestHandler):
    """Answers as a registry does.

    shop/private wants a token that anyone gets, shop/members one for the user, shop/closed his
    password; blobs of shop/moved are elsewhere. What Authorization was sent where is kept.
    """

    sent: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        port, given = self.server.server_address[1], self.headers.get("Authorization", "")
        self.sent.append((self.path.partition("?")[0], given))
        if self.path.startswith(("/token?", "/odd-token?")):
            self._token(given)
        elif "/private/" in self.path or "/members/" in self.path or "/odd/" in self.path:
            wanted = "t1" if "/members/" in self.path else "t0"
            if given in (f"Bearer {wanted}", "Bearer t1"):
                self._send(200, INDEX)
            else:
                place = "odd-token" if "/odd/" in self.path else "token"
                self._send(401, {}, f'Bearer realm="http://127.0.0.1:{port}/{place}",service="r"')
        elif "/closed/" in self.path:
            self._send(*((200, INDEX) if given == BASIC else (401, {}, 'Basic realm="r"')))
        elif "/far/" in self.path:
            self._send(401, {}, 'Bearer realm="http://localhost:1@registry.invalid/token"')
        elif "/moved/" in self.path and given != BASIC:
            self._send(401, {}, 'Basic realm="r"')
        elif self.path == "/v2/shop/moved/blobs/sha256:c0":
            self.send_response(307)
            self.send_header("Location", f"http://localhost:{port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path in ANSWERS:
            self._send(200, ANSWERS[self.path])
        else:
            self._send(404, {})

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = dict(urllib.parse.parse_qsl(form))
        self.sent.append((self.path, asked.get("grant_type", "")))
        known = asked.get("refresh_token") == IDENTITY and asked["scope"].endswith(":pull")
        self._send(*((200, {"access_token": "t1"}) if known else (400, {})))

    def _token(self, given: str) -> None:
        if given not in ("", BASIC):
            self._send(401, {})
        elif self.path.startswith("/odd-token"):
            self._send(200, {"token": "two\nlines-secret"})
        else:
            self._send(200, {"token": "t1" if given else "t0"})

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
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    Registry.sent.clear()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nobody(tmp_path: Path) -> Logins:
    return Logins(tmp_path / "none" / "config.json")


def keeping(directory: Path, host: str, **entry: str) -> Logins:
    """Return the logins of a docker configuration with one entry."""
    path = directory / "config.json"
    path.write_text(json.dumps({"auths": {host: entry}}))
    return Logins(path)


def with_password(directory: Path, host: str, password: str = PASSWORD) -> Logins:
    """Return the user's login."""
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    return keeping(directory, host, auth=auth)


def test_an_index_lists_its_platforms_and_a_manifest_has_those_of_its_configuration(
    host: str, nobody: Logins
) -> None:
    found, unknown = ask([f"{host}/shop/web:1", f"{host}/shop/old"], nobody)
    assert found == {
        f"{host}/shop/web:1": ("linux/amd64", "linux/arm64"),
        f"{host}/shop/old": ("linux/amd64",),
    }
    assert unknown == {}


def test_an_anonymous_token_is_fetched_where_one_is_asked_for(host: str, nobody: Logins) -> None:
    found, _ = ask([f"{host}/shop/private:1"], nobody)
    assert found[f"{host}/shop/private:1"] == ("linux/amd64", "linux/arm64")


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("shop/none:1", "responded with 404"),
        ("shop/closed:1", "responded with 401"),
        ("shop/strange:1", "did not return a manifest"),
        ("shop/bad:1", "cannot be decoded"),
    ],
)
def test_what_a_registry_does_not_tell_is_not_known(
    host: str, nobody: Logins, image: str, reason: str
) -> None:
    found, unknown = ask([f"{host}/{image}"], nobody)
    assert found == {}
    assert reason in unknown[f"{host}/{image}"]


def test_a_registry_out_of_reach_and_the_end_of_the_time_are_said(nobody: Logins) -> None:
    found, unknown = ask(["127.0.0.1:1/a:1"], nobody)
    assert found == {}
    assert "cannot be reached" in unknown["127.0.0.1:1/a:1"]
    times = iter([0.0, 31.0])
    _, unknown = ask(["127.0.0.1:1/a:1"], nobody, clock=lambda: next(times))
    assert unknown == {"127.0.0.1:1/a:1": "not queried: the time limit of 30 seconds was reached"}


@pytest.mark.parametrize("repository", ["closed", "members"])
def test_a_password_opens_what_wants_basic_and_what_wants_a_bearer(
    host: str, tmp_path: Path, repository: str
) -> None:
    image = f"{host}/shop/{repository}:1"
    found, unknown = ask([image], with_password(tmp_path, host))
    assert found == {image: ("linux/amd64", "linux/arm64")}
    assert unknown == {}
    assert Registry.sent[0] == (f"/v2/shop/{repository}/manifests/1", "")  # not before it is asked


def test_an_identity_token_is_exchanged_for_one_of_the_repository(
    host: str, tmp_path: Path
) -> None:
    image = f"{host}/shop/members:1"
    found, _ = ask([image], keeping(tmp_path, host, identitytoken=IDENTITY))
    assert image in found
    assert ("/token", "refresh_token") in Registry.sent


def test_what_is_public_is_told_although_the_login_is_an_old_one(host: str, tmp_path: Path) -> None:
    found, _ = ask([f"{host}/shop/private:1"], with_password(tmp_path, host, "old"))
    assert found


@pytest.mark.parametrize("repository", ["closed", "members"])
def test_a_login_that_is_refused_is_named_without_its_secret(
    host: str, tmp_path: Path, repository: str
) -> None:
    image = f"{host}/shop/{repository}:1"
    logins = with_password(tmp_path, host, "wrong-password")
    found, unknown = ask([image], logins)
    assert found == {}
    assert unknown[image] == (
        "the registry responded with 401 Unauthorized; the login for "
        f"{host} in {tmp_path / 'config.json'} is not sufficient"
    )
    assert "wrong-password" not in repr(logins.of(host))


def test_without_a_login_the_file_that_has_none_is_named(host: str, nobody: Logins) -> None:
    _, unknown = ask([f"{host}/shop/closed:1"], nobody)
    assert f"{nobody.path} has no login for {host}" in unknown[f"{host}/shop/closed:1"]


def test_a_login_is_not_sent_on_to_where_the_registry_keeps_its_blobs(
    host: str, tmp_path: Path
) -> None:
    image = f"{host}/shop/moved:1"
    found, _ = ask([image], with_password(tmp_path, host))
    assert found == {image: ("linux/arm64",)}
    assert ("/elsewhere", "") in Registry.sent


def test_a_login_is_not_sent_to_a_place_without_tls(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    honest = registry.fetched

    def watched(
        url: str, authorization: str, form: bytes | None = None, *, seconds: float
    ) -> bytes:
        if "registry.invalid" in url:
            sent.append(authorization)
            raise OSError("not reached")
        return honest(url, authorization, form, seconds=seconds)

    monkeypatch.setattr(registry, "fetched", watched)
    _, unknown = ask([f"{host}/shop/far:1"], with_password(tmp_path, host))
    assert sent == [""]
    assert "issued no token: not reached" in unknown[f"{host}/shop/far:1"]


def test_a_token_that_is_none_is_not_repeated(host: str, nobody: Logins) -> None:
    _, unknown = ask([f"{host}/shop/odd/a:1"], nobody)
    assert unknown[f"{host}/shop/odd/a:1"] == (
        "the registry issued no token: the response has no valid token"
    )


def test_a_check_uses_the_logins_of_docker_and_prints_no_secret(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("KUBESTOW_CACHE", str(tmp_path / "cache"))
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
         "spec": {"containers": [{"name": "main", "image": f"{host}/shop/{name}:1"}]}}
        for name in ("closed", "members")
    ]  # fmt: skip
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "List", "apiVersion": "v1",
                                                    "items": pods}))  # fmt: skip
    arguments = ["check", "-f", str(tmp_path / "pods.json"), "--region", "ap-northeast-2",
                 "--registry", "--fail-on", "never", "--today", "2026-11-23"]  # fmt: skip
    with_password(tmp_path, host)
    assert run(arguments) == 0
    assert "shop/closed" not in capsys.readouterr().err
    with_password(tmp_path, host, "wrong-password")
    assert run(arguments) == 0
    told = capsys.readouterr()
    assert f"note: {host}/shop/closed:1: the registry responded with 401" in told.err
    assert "wrong-password" not in told.out + told.err
    assert base64.b64encode(f"{USER}:wrong-password".encode()).decode() not in told.out + told.err
