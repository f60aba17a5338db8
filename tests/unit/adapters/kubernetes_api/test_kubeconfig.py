"""Which cluster and user a command means: kubeconfig files as kubectl merges them, or the pod."""

import json
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from kubestow.adapters.kubernetes_api import kubeconfig as module
from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.kubeconfig import configuration
from kubestow.model.input_error import InputError

from .fake_api_server import FakeApiServer, serving


def config(**changes: Any) -> dict[str, Any]:
    return {
        "clusters": [{"name": "c", "cluster": {"server": "https://one"}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": "seoul", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "seoul",
    } | changes


def written(path: Path, content: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def test_the_current_context_of_the_home_directory_is_the_default(tmp_path: Path) -> None:
    written(tmp_path / "home" / ".kube" / "config", config())
    found = configuration(None, None).config
    assert (found.context_name, found.cluster.server) == ("seoul", "https://one")
    assert found.user is not None
    assert found.user.token == "secret"


def test_of_several_files_the_first_to_name_something_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written(tmp_path / "first", config(contexts=[], users=[]))
    cluster = {"server": "https://two", "certificate-authority": "ca.crt"}
    other = {"name": "other", "context": {"cluster": "d", "user": "u"}}
    later = config(
        clusters=[{"name": "c", "cluster": cluster}, {"name": "d", "cluster": cluster}],
        contexts=[*config()["contexts"], other],
        **{"current-context": "other"},
    )
    second = written(tmp_path / "below" / "second", later)
    monkeypatch.setenv("KUBECONFIG", f"{first}:{tmp_path / 'absent'}:{second}")
    assert configuration(None, None).config.cluster.server == "https://one"
    found = configuration(None, "other").config.cluster
    assert found.server == "https://two"
    assert found.certificate_auth == str(tmp_path / "below" / "ca.crt")


@pytest.mark.parametrize(
    ("content", "context", "message", "hint"),
    [
        (config(), "seuol", "there is no context 'seuol'", "did you mean 'seoul'"),
        (config(**{"current-context": ""}), None, "no current context", "--context: seoul"),
        (config(contexts=[]), None, "there is no context 'seoul'", "contexts: none"),
        (config(users=[]), None, "names the user 'u'", "get-users"),
        (config(clusters=[]), None, "names the cluster 'c'", "get-clusters"),
        (config(clusters=["c"]), None, "clusters: an entry has no name", "kubectl config view"),
        (config(users=[{"name": "u", "user": {"token": 7}}]), None, "cannot be used", "--minify"),
        ("[1, 2]", None, "not a kubeconfig", "clusters, contexts and users"),
        ("a: [", None, "not valid YAML", "clusters, contexts and users"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, content: Any, context: str | None, message: str, hint: str
) -> None:
    path = written(tmp_path / "config", content)
    with pytest.raises(InputError, match=message) as error:
        configuration(path, context)
    assert path in error.value.message
    assert hint in error.value.hint


def test_without_a_kubeconfig_it_is_said_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kubeconfig") as error:
        configuration(None, None)
    assert "aws eks update-kubeconfig" in error.value.hint
    with pytest.raises(InputError, match="absent"):
        configuration(str(tmp_path / "absent"), None)


def test_in_a_pod_its_service_account_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SERVICE_ACCOUNT", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    with pytest.raises(InputError, match="service account cannot be used"):
        configuration(None, None)
    written(tmp_path / "token", "secret")
    written(tmp_path / "namespace", "kubestow")
    found = configuration(None, None).config
    assert found.cluster.server == "https://10.0.0.1:443"
    assert found.user is not None
    assert found.user.token_file == str(tmp_path / "token")


def executing(tmp_path: Path, program: str, version: str = "v1beta1") -> str:
    """Return a kubeconfig whose user is what a program prints, as 'aws eks get-token' does."""
    plugin = {
        "apiVersion": f"client.authentication.k8s.io/{version}",
        "command": sys.executable,
        "args": ["-c", program],
    }
    user = {"name": "u", "user": {"exec": plugin}}
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}
    return written(tmp_path / "config", config(users=[user], clusters=[cluster]))


@pytest.mark.parametrize("version", ["v1beta1", "v1"])
def test_a_token_comes_from_the_command_that_the_kubeconfig_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    sent: list[str] = []

    def answer(_: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        sent.append(request.headers["Authorization"])
        return httpx2.Response(200, content=b'{"items": []}', request=request)

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", answer)
    path = executing(tmp_path, """print('{"status": {"token": "fresh"}}')""", version)
    with ApiServer.of(None, path) as server:
        assert server.listed("/api/v1/pods").pages == (b'{"items": []}',)
    assert sent == ["Bearer fresh"]


def test_a_command_that_gives_no_token_is_told(tmp_path: Path) -> None:
    path = executing(tmp_path, "import sys; sys.exit('log in first')")
    with ApiServer.of(None, path) as server, pytest.raises(InputError) as error:
        server.listed("/api/v1/pods")
    assert "no credentials" in error.value.message
    assert "log in first" in error.value.message
    path = executing(tmp_path, "print('hello')")
    with ApiServer.of(None, path) as server, pytest.raises(InputError, match="no credentials"):
        server.listed("/api/v1/pods")


def test_a_context_may_have_no_user(tmp_path: Path) -> None:
    context = {"name": "seoul", "context": {"cluster": "c", "user": ""}}
    path = written(tmp_path / "config", config(contexts=[context], users=None))
    assert configuration(path, None).config.user is None
    with ApiServer.of(None, path) as server:
        assert server.name == "seoul"


def test_a_cluster_is_reached_through_its_own_proxy(tmp_path: Path) -> None:
    fake = FakeApiServer()
    fake.change("ADDED", "web")
    with serving(fake) as port:  # which answers for any host, as a proxy does
        cluster = {"server": "http://cluster.invalid", "proxy-url": f"http://127.0.0.1:{port}"}
        path = written(tmp_path / "config", config(clusters=[{"name": "c", "cluster": cluster}]))
        with ApiServer.of(None, path) as server:
            assert b"web" in server.listed("/api/v1/pods").pages[0]
    assert fake.requests[0].startswith("http://cluster.invalid/api/v1/pods")


def test_a_server_is_known_by_the_name_of_its_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def answer(_: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        names.append(request.extensions["sni_hostname"])
        return httpx2.Response(200, content=b'{"items": []}', request=request)

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", answer)
    cluster = {"server": "https://10.0.0.1", "tls-server-name": "kubernetes.default"}
    path = written(tmp_path / "config", config(clusters=[{"name": "c", "cluster": cluster}]))
    with ApiServer.of(None, path) as server:
        server.listed("/api/v1/pods")
        with server.watched("/api/v1/pods", "1", 1):
            pass
    assert names == ["kubernetes.default"] * 2


def test_certificates_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    cluster = {"server": "https://one", "certificate-authority": "absent.crt"}
    path = written(tmp_path / "config", config(clusters=[{"name": "c", "cluster": cluster}]))
    with pytest.raises(InputError, match="certificates or credentials") as error:
        ApiServer.of(None, path)
    assert "kubectl --context seoul" in error.value.hint
