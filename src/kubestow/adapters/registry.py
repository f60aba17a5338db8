"""Which platforms an image is built for, asked of its registry (OCI Distribution, HTTP API v2).

Law: asked only when the user says so, without credentials, each answer and the whole within a time;
an image that cannot be told is left out, with the reason.
"""

import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from kubestow.adapters.image_platforms import (
    Manifest,
    Platform,
    Platforms,
    canonical,
    platforms_of,
)

_SECONDS_EACH, _SECONDS_ALL = 5.0, 30.0
_BYTES_MAX = 4 * 2**20
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_HUB = {"docker.io": "registry-1.docker.io"}
_FAILURES = (OSError, ValueError, http.client.HTTPException)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class UnknownError(Exception):
    """A registry did not tell."""


def ask(
    images: Iterable[str], clock: Callable[[], float] = time.monotonic
) -> tuple[Platforms, dict[str, str]]:
    """Return the platforms of images, and why the others are not known."""
    found: Platforms = {}
    unknown: dict[str, str] = {}
    end = clock() + _SECONDS_ALL
    for image in sorted(set(images)):
        if clock() >= end:
            unknown[image] = f"not asked: {_SECONDS_ALL:.0f} seconds are over"
            continue
        try:
            found[image] = _platforms(image)
        except UnknownError as problem:
            unknown[image] = str(problem)
    return found, unknown


def _platforms(image: str) -> tuple[str, ...]:
    name = canonical(image)
    host, _, path = name.partition("/")
    repository, _, reference = path.partition("@") if "@" in path else path.rpartition(":")
    is_near = host.partition(":")[0] in _LOOPBACK or host.startswith("[::1]")
    base = f"{'http' if is_near else 'https'}://{_HUB.get(host, host)}/v2/{repository}"
    headers = {"Accept": _ACCEPT}
    content = _get(f"{base}/manifests/{reference}", headers, repository)
    manifest = _decoded(content, Manifest)
    if manifest.manifests is not None:
        return platforms_of(manifest.manifests)
    if manifest.config is None:
        raise UnknownError("the registry's answer is no manifest")
    config = _decoded(_get(f"{base}/blobs/{manifest.config.digest}", headers, repository), Platform)
    return (f"{config.os}/{config.architecture}",)


def _get(url: str, headers: dict[str, str], repository: str) -> bytes:
    """Return what a URL holds, with an anonymous token where one is asked for."""
    try:
        return _fetched(url, headers)
    except urllib.error.HTTPError as problem:
        challenge = problem.headers.get("WWW-Authenticate", "")
        if problem.code != 401 or not challenge.lower().startswith("bearer "):
            raise UnknownError(f"the registry answers {problem.code} {problem.reason}") from problem
    except _FAILURES as problem:
        raise UnknownError(f"the registry cannot be reached: {problem}") from problem
    headers["Authorization"] = f"Bearer {_token(challenge, repository)}"
    try:
        return _fetched(url, headers)
    except _FAILURES as problem:
        raise UnknownError(f"the registry refuses: {problem}") from problem


def _token(challenge: str, repository: str) -> str:
    asked = dict(_CHALLENGE.findall(challenge))
    query = {"service": asked.get("service", ""),
             "scope": asked.get("scope") or f"repository:{repository}:pull"}  # fmt: skip
    realm = asked.get("realm", "")
    if not realm.startswith(("https://", "http://")):
        raise UnknownError("the registry wants credentials")
    try:
        answer: Any = json.loads(_fetched(f"{realm}?{urllib.parse.urlencode(query)}", {}))
    except _FAILURES as problem:
        raise UnknownError(f"the registry gives no anonymous token: {problem}") from problem
    token = (answer.get("token") or answer.get("access_token")) if isinstance(answer, dict) else ""
    if not isinstance(token, str) or not token:
        raise UnknownError("the registry gives no anonymous token")
    return token


def _fetched(url: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=_SECONDS_EACH) as answer:
        content: bytes = answer.read(_BYTES_MAX + 1)
    if len(content) > _BYTES_MAX:
        raise ValueError("its answer is too long")
    return content


def _decoded(content: bytes, shape: type[Any]) -> Any:
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.DecodeError as problem:
        raise UnknownError(f"the registry's answer is not understood: {problem}") from problem
