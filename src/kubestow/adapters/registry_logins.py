"""Logins for image registries, from docker's configuration.

A login is looked up only for a registry that asks for one. Helpers run with a limit of time and of
what they may print, and their output is never shown. No message contains a secret. Sources:
docker's config.json (auths, credHelpers, credsStore) and the protocol of docker-credential helpers.
"""

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kubestow.adapters.bounded_program import run_bounded
from kubestow.adapters.home import home_file
from kubestow.adapters.input_file import decoded_json, read_file
from kubestow.model.input_error import InputError

_ANSWER_BYTES_MAX = 2**16
_SECONDS = 10.0
_FILE = "config.json"
_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_HUB_KEY = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # a helper's user name if its secret is an identity token
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Login:
    """A user and a password, or an identity token that is exchanged for an access token."""

    user: str = field(repr=False)
    secret: str = field(repr=False)
    is_token: bool = False

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()


class _Auth(msgspec.Struct):
    auth: str = ""
    identitytoken: str = ""


class _Config(msgspec.Struct):
    auths: dict[str, _Auth] | None = None
    cred_helpers: dict[str, str] | None = msgspec.field(default=None, name="credHelpers")
    creds_store: str = msgspec.field(default="", name="credsStore")


class _Answer(msgspec.Struct):
    username: str = msgspec.field(name="Username")
    secret: str = msgspec.field(name="Secret")


class LoginError(Exception):
    """A login could not be looked up; the message contains no secret."""


class Logins:
    """The logins of a docker configuration, looked up once per host."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._config: _Config | None = None
        self._cache: dict[str, Login | LoginError | None] = {}

    def of(self, host: str) -> Login | None:
        """Return the login for a host, or None; raise LoginError if it cannot be looked up."""
        if host not in self._cache:
            try:
                self._cache[host] = self._look_up(host)
            except LoginError as problem:
                self._cache[host] = problem
        login = self._cache[host]
        if isinstance(login, LoginError):
            raise login
        return login

    def _look_up(self, host: str) -> Login | None:
        config = self._read()
        helpers = config.cred_helpers or {}
        names = [name for key, name in sorted(helpers.items()) if _is_of(key, host)]
        helper = names[0] if names else config.creds_store
        auths = [auth for key, auth in sorted((config.auths or {}).items()) if _is_of(key, host)]
        login = _from_helper(helper, _HUB_KEY if host in _HUB else host) if helper else None
        return login or next(filter(None, map(self._decoded, auths)), None)

    def _read(self) -> _Config:
        if self._config is None:
            if not os.path.exists(self.path):
                self._config = _Config()
                return self._config
            try:
                content = read_file(self.path, hint="")
            except InputError as problem:
                raise LoginError(f"{self.path} cannot be read") from problem
            try:
                self._config = decoded_json(self.path, content, _Config, hint="")
            except InputError as problem:
                raise LoginError(f"{self.path} cannot be decoded") from problem
        return self._config

    def _decoded(self, auth: _Auth) -> Login | None:
        if auth.identitytoken:
            return Login("", auth.identitytoken, True)
        if not auth.auth:
            return None
        try:
            text = base64.b64decode(auth.auth, validate=True).decode()
        except ValueError:
            raise LoginError(f"{self.path}: an auth entry is not base64 of user:password") from None
        user, colon, secret = text.partition(":")
        if not colon:
            raise LoginError(f"{self.path}: an auth entry is not base64 of user:password")
        return Login(user, secret.rstrip("\0"))


def docker_logins() -> Logins:
    """Return the user's logins (DOCKER_CONFIG, else ~/.docker); none without a home directory."""
    chosen = os.environ.get("DOCKER_CONFIG")
    directory = Path(chosen) if chosen else home_file(".docker")
    return Logins((directory or Path(os.devnull)) / _FILE)


def _is_of(key: str, host: str) -> bool:
    """Return whether a key (a host or a URL) refers to a host."""
    named = key.partition("://")[2] if "://" in key else key
    named = named.partition("/")[0]
    return named == host or (named in _HUB and host in _HUB)


def _from_helper(helper: str, server: str) -> Login | None:
    """Return a helper's login for a server, or None if it reports that it has none."""
    if _HELPER.fullmatch(helper) is None:
        raise LoginError(f"{helper!r} is not the name of a credential helper")
    program = f"docker-credential-{helper}"
    try:
        code, output = run_bounded(
            [program, "get"], server.encode(), seconds=_SECONDS, bytes_max=_ANSWER_BYTES_MAX
        )
    except TimeoutError:
        raise LoginError(f"{program} did not respond within {_SECONDS:.0f} seconds") from None
    except OverflowError:
        raise LoginError(f"{program} returned more than {_ANSWER_BYTES_MAX} bytes") from None
    except OSError as problem:
        raise LoginError(f"{program} cannot be run: {problem.strerror}") from None
    if code:
        if b"not found" in output:
            return None
        raise LoginError(f"{program} failed with exit code {code}")
    try:
        answer: _Answer = decoded_json(program, output, _Answer, hint="")
    except InputError:
        raise LoginError(f"{program} returned an invalid response") from None
    return Login(answer.username, answer.secret, answer.username == _TOKEN_USER)
