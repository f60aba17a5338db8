"""Logins of a docker configuration: entries, helpers, and what is wrong with them."""

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from kubestow.adapters import registry_logins
from kubestow.adapters.registry_logins import Login, LoginError, Logins, docker_logins

HOST = "registry.example.com"


def auth(user: str = "me", password: str = "pass:word") -> dict[str, str]:
    """Return an entry of auths."""
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def logins(directory: Path, **config: Any) -> Logins:
    """Return the logins of a configuration."""
    (directory / "config.json").write_text(json.dumps(config))
    return Logins(directory / "config.json")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a directory for helpers before all others."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")
    return directory


def write_helper(directory: Path, name: str, body: str) -> None:
    """Write a helper in sh: $server is what it is asked for."""
    path = directory / f"docker-credential-{name}"
    path.write_text(
        f'#!/bin/sh\nread -r server\necho "$1 $server" >> "{directory}/asked"\n{body}\n'
    )
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("key", "host"),
    [
        (HOST, HOST),
        (f"https://{HOST}", HOST),
        (f"https://{HOST}/v1/", HOST),
        ("127.0.0.1:5000", "127.0.0.1:5000"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("docker.io", "docker.io"),
    ],
)
def test_an_entry_stands_for_its_host(tmp_path: Path, key: str, host: str) -> None:
    found = logins(tmp_path, auths={key: auth(), f"not-{host}": auth("other")})
    assert found.of(host) == Login("me", "pass:word")
    assert found.of("elsewhere.example.com") is None


def test_an_identity_token_counts_before_the_password(tmp_path: Path) -> None:
    found = logins(tmp_path, auths={HOST: auth("me", "") | {"identitytoken": "i0"}})
    assert found.of(HOST) == Login("", "i0", True)


def test_an_entry_without_a_login_is_none(tmp_path: Path) -> None:
    assert logins(tmp_path, auths={HOST: {}}).of(HOST) is None
    assert Logins(tmp_path / "none").of(HOST) is None


def test_a_helper_of_the_host_counts_before_the_store_and_is_asked_once(
    tmp_path: Path, helper: Path
) -> None:
    write_helper(helper, "own", """echo '{"ServerURL":"x","Username":"u","Secret":"s"}'""")
    write_helper(helper, "all", """echo '{"ServerURL":"x","Username":"<token>","Secret":"t"}'""")
    found = logins(tmp_path, credHelpers={HOST: "own"}, credsStore="all", auths={HOST: {}})
    assert [found.of(HOST), found.of(HOST)] == [Login("u", "s")] * 2
    assert found.of("docker.io") == Login("<token>", "t", True)
    assert (helper / "asked").read_text().splitlines() == [
        f"get {HOST}",
        "get https://index.docker.io/v1/",
    ]


def test_where_the_helper_has_none_the_entry_counts(tmp_path: Path, helper: Path) -> None:
    write_helper(helper, "all", "echo 'credentials not found in native keychain'; exit 1")
    found = logins(tmp_path, credsStore="all", auths={HOST: auth()})
    assert found.of(HOST) == Login("me", "pass:word")
    assert found.of("elsewhere.example.com") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo 'secret-0 went wrong'; exit 3", "docker-credential-all failed with exit code 3"),
        ("echo secret-0", "docker-credential-all returned an invalid response"),
        ("exec sleep 20", "docker-credential-all did not respond within 0 seconds"),
    ],
)
def test_a_helper_s_failure_is_said_once_and_without_its_words(
    tmp_path: Path, helper: Path, monkeypatch: pytest.MonkeyPatch, body: str, message: str
) -> None:
    monkeypatch.setattr(registry_logins, "_SECONDS", 0.4 if "sleep" in body else 10.0)
    write_helper(helper, "all", body)
    found = logins(tmp_path, credsStore="all")
    for _ in range(2):
        with pytest.raises(LoginError) as problem:
            found.of(HOST)
        assert str(problem.value) == message
    assert (helper / "asked").read_text() == f"get {HOST}\n"


def test_a_helper_that_is_not_there_or_is_a_path_is_not_run(tmp_path: Path, helper: Path) -> None:
    with pytest.raises(LoginError, match="docker-credential-none cannot be run"):
        logins(tmp_path, credsStore="none").of(HOST)
    with pytest.raises(LoginError, match=r"'\.\./own' is not the name of a credential helper"):
        logins(tmp_path, credsStore="../own").of(HOST)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be decoded"),
        ('{"auths": {"registry.example.com": {"auth": "secret-0!"}}}', "is not base64"),
        ('{"auths": {"registry.example.com": {"auth": "c2VjcmV0LTA="}}}', "is not base64"),
        ('{"auths": {"registry.example.com": "secret-0"}}', "cannot be decoded"),
    ],
)
def test_a_broken_configuration_is_named_without_what_is_in_it(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(LoginError, match=message) as problem:
        Logins(path).of(HOST)
    assert str(problem.value).startswith(str(path))
    assert "secret-0" not in str(problem.value)


def test_the_folder_is_docker_config_or_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    assert docker_logins().path == tmp_path / ".docker" / "config.json"
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "other"))
    assert docker_logins().path == tmp_path / "other" / "config.json"
    assert "pass" not in repr(Login("me", "pass:word"))


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"auths": "\xff"}', b'{"auths": []}', b"\0"])
def test_a_configuration_that_is_none_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(LoginError, match="cannot be decoded"):
        Logins(tmp_path / "config.json").of("ghcr.io")


def test_a_configuration_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.json")
    with pytest.raises(LoginError, match="cannot be read"):
        Logins(tmp_path / "config.json").of("ghcr.io")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("yes", "returned more than"),
        ("printf '\\377'", "returned an invalid response"),
        ("head -c 60000 /dev/zero | tr '\\0' '['", "returned an invalid response"),
        ("echo null", "returned an invalid response"),
    ],
)
def test_a_helper_that_floods_or_babbles_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    helper = tmp_path / "docker-credential-odd"
    helper.write_text(f"#!/bin/sh\n{script}\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "config.json").write_text('{"credsStore": "odd"}')
    with pytest.raises(LoginError, match=message):
        Logins(tmp_path / "config.json").of("ghcr.io")
