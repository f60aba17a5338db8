"""The platforms an image is built for, from its registry (OCI Distribution, HTTP API v2).

Registries are queried only on request, with a time limit per response and in total, which one that
sends a byte now and then cannot stretch. A login is used only if the registry asks for one, over
TLS or loopback, and never appears in a message. An image whose platforms cannot be determined is
left out, with the reason.
"""

import http.client
import re
import time
import urllib.error
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any

from kubestow.adapters.bounded_fetch import fetched
from kubestow.adapters.image_platforms import (
    Manifest,
    Platform,
    Platforms,
    canonical,
    platforms_of,
)
from kubestow.adapters.input_file import decoded_json
from kubestow.adapters.registry_logins import Login, LoginError, Logins
from kubestow.model.input_error import InputError

_SECONDS_EACH, _SECONDS_ALL = 5.0, 30.0
_ANSWER = "the response"
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_HUB = {"docker.io": "registry-1.docker.io"}
_FAILURES = (OSError, ValueError, http.client.HTTPException)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_UNAUTHORIZED = (401, 403)
_TOKEN = re.compile(r"[!-~]+")


class UnknownError(Exception):
    """A registry did not provide an image's platforms."""


def ask(
    images: Iterable[str], logins: Logins, clock: Callable[[], float] = time.monotonic
) -> tuple[Platforms, dict[str, str]]:
    """Return the platforms of images, and why those of the others are unknown."""
    platforms: Platforms = {}
    unknown: dict[str, str] = {}
    end = clock() + _SECONDS_ALL
    for image in sorted(set(images)):
        if clock() >= end:
            unknown[image] = (
                f"not queried: the time limit of {_SECONDS_ALL:.0f} seconds was reached"
            )
            continue
        try:
            platforms[image] = _platforms(image, logins, lambda: end - clock())
        except UnknownError as problem:
            unknown[image] = str(problem)
    return platforms, unknown


def _platforms(image: str, logins: Logins, left: Callable[[], float]) -> tuple[str, ...]:
    name = canonical(image)
    host, _, path = name.partition("/")
    repository, _, reference = path.partition("@") if "@" in path else path.rpartition(":")
    scheme = "http" if _is_near(host) else "https"
    base = f"{scheme}://{_HUB.get(host, host)}/v2/{repository}"
    registry = _Registry(host, repository, logins, left)
    manifest = _decoded(registry.get(f"{base}/manifests/{reference}"), Manifest)
    if manifest.manifests is not None:
        return platforms_of(manifest.manifests)
    if manifest.config is None:
        raise UnknownError("the registry did not return a manifest")
    config = _decoded(registry.get(f"{base}/blobs/{manifest.config.digest}"), Platform)
    return (f"{config.os}/{config.architecture}",)


def _is_near(host: str) -> bool:
    return host.partition(":")[0] in _LOOPBACK or host.startswith("[::1]")


class _Registry:
    """A repository in a registry, and the authorization it has accepted.

    ``left`` returns the seconds that are left for all registries.
    """

    def __init__(
        self, host: str, repository: str, logins: Logins, left: Callable[[], float]
    ) -> None:
        self._host, self._repository, self._logins, self._left = host, repository, logins, left
        self._authorization = ""

    def _fetched(self, url: str, authorization: str, form: bytes | None = None) -> bytes:
        seconds = max(0.0, min(_SECONDS_EACH, self._left()))
        return fetched(url, authorization, form, seconds=seconds)

    def get(self, url: str) -> bytes:
        """Return the content of a URL; authorize only if the registry asks for it."""
        try:
            return self._fetched(url, self._authorization)
        except urllib.error.HTTPError as problem:
            if problem.code != 401 or self._authorization:
                raise UnknownError(_answer(problem)) from problem
            challenges = problem.headers.get_all("WWW-Authenticate") or []
        except _FAILURES as problem:
            raise UnknownError(f"the registry cannot be reached: {problem}") from problem
        self._authorization = self._authorized(challenges)
        try:
            return self._fetched(url, self._authorization)
        except urllib.error.HTTPError as problem:
            raise UnknownError(f"{_answer(problem)}{self._hint(problem.code)}") from problem
        except _FAILURES as problem:
            raise UnknownError(f"the registry cannot be reached: {problem}") from problem

    def _authorized(self, challenges: Iterable[str]) -> str:
        """Return the Authorization for the first challenge that can be met."""
        asked = {text.partition(" ")[0].lower(): text for text in challenges}
        if "bearer" in asked:
            return f"Bearer {self._token(asked['bearer'])}"
        login = self._login()
        if "basic" not in asked or login is None or login.is_token:
            raise UnknownError(f"the registry responded with 401 Unauthorized{self._hint(401)}")
        return login.basic

    def _login(self) -> Login | None:
        try:
            return self._logins.of(self._host)
        except LoginError:
            return None  # _hint reports why

    def _hint(self, code: int) -> str:
        """Return what a rejection has to do with the login."""
        if code not in _UNAUTHORIZED:
            return ""
        try:
            login = self._logins.of(self._host)
        except LoginError as problem:
            return f"; no login was used: {problem}"
        if login is None:
            return f"; {self._logins.path} has no login for {self._host}: run 'docker login'"
        return f"; the login for {self._host} in {self._logins.path} is not sufficient"

    def _token(self, challenge: str) -> str:
        """Return a token for the login, or an anonymous one if there is none or it is rejected."""
        asked = dict(_CHALLENGE.findall(challenge))
        realm, login = asked.get("realm", ""), self._login()
        try:
            address = urllib.parse.urlsplit(realm)
            is_safe = address.scheme == "https" or address.hostname in _LOOPBACK_NAMES
            is_server = address.scheme in ("https", "http")
        except ValueError:  # an address in brackets that is none
            is_server = False
        if not is_server:
            raise UnknownError("the registry did not name a token server")
        query = {"service": asked.get("service", ""),
                 "scope": asked.get("scope") or f"repository:{self._repository}:pull"}  # fmt: skip
        try:
            if login is not None and is_safe:
                try:
                    return _token_of(self._with_login(realm, query, login))
                except urllib.error.HTTPError as problem:
                    if problem.code not in (400, *_UNAUTHORIZED):
                        raise
            return _token_of(self._fetched(f"{realm}?{urllib.parse.urlencode(query)}", ""))
        except urllib.error.HTTPError as problem:
            hint = self._hint(problem.code)
            raise UnknownError(f"the registry issued no token: {problem}{hint}") from problem
        except _FAILURES as problem:
            raise UnknownError(f"the registry issued no token: {problem}") from problem

    def _with_login(self, realm: str, query: dict[str, str], login: Login) -> bytes:
        """Return a token server's response to a login (OAuth 2 for an identity token)."""
        if not login.is_token:
            return self._fetched(f"{realm}?{urllib.parse.urlencode(query)}", login.basic)
        form = query | {"grant_type": "refresh_token", "client_id": "kubestow",
                        "refresh_token": login.secret}  # fmt: skip
        return self._fetched(realm, "", urllib.parse.urlencode(form).encode())


def _answer(problem: urllib.error.HTTPError) -> str:
    return f"the registry responded with {problem.code} {problem.reason}"


def _token_of(content: bytes) -> str:
    try:
        answer: Any = decoded_json(_ANSWER, content, Any, hint="")
    except InputError:
        answer = None
    token = (answer.get("token") or answer.get("access_token")) if isinstance(answer, dict) else ""
    if not isinstance(token, str) or _TOKEN.fullmatch(token) is None:
        raise ValueError("the response has no valid token")
    return token


def _decoded(content: bytes, shape: type[Any]) -> Any:
    try:
        return decoded_json(_ANSWER, content, shape, hint="")
    except InputError as problem:
        reason = problem.message.removeprefix(f"{_ANSWER}: ")
        raise UnknownError(f"the registry's response cannot be decoded: {reason}") from problem
