"""Requests to an API server: lists, page by page, and what to do where one fails.

Source: Kubernetes API concepts, "Retrieving large results sets in chunks": pages of a list are of
one moment; after some minutes the rest of it is gone (410), and the list begins anew.
"""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import msgspec

from kubestow.adapters.kubernetes.cluster_version import git_version_of
from kubestow.adapters.kubernetes_api.connection import (
    TIMEOUT_SECONDS,
    connected,
    shortened,
)
from kubestow.adapters.shapes import decoded
from kubestow.model.input_error import InputError

if TYPE_CHECKING:
    import httpx2

_PAGE = 500  # objects
_TRIES = 4  # of a request that the server could not answer, and of a list that expired
_PAUSE_SECONDS = 0.5  # before the first other try; then twice as long each time
_CLOSING_SECONDS = 2.0  # at most, for requests that are being made
_SILENCE_SECONDS = 150.0  # of a watch: bookmarks come about once a minute
_BUSY = {429, 500, 502, 503, 504}
_EXPIRED, _FORBIDDEN, _NOT_FOUND, _UNAUTHORIZED = 410, 403, 404, 401


class ForbiddenError(Exception):
    """The user may not list a resource."""


class NotServedError(Exception):
    """The API server has no such resource."""


class ExpiredError(Exception):
    """What is left of a list, or what came after a version, is gone: list anew."""


class _Meta(
    msgspec.Struct,
    rename={"next_page": "continue", "resource_version": "resourceVersion"},
    gc=False,
):
    next_page: str | None = None
    resource_version: str | None = None


class _Page(msgspec.Struct, gc=False):
    metadata: _Meta | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """All pages of a list, as JSON, and the version of the cluster that they are of."""

    pages: tuple[bytes, ...]
    version: str


class _Status(msgspec.Struct, gc=False):
    message: str | None = None


class ApiServer:
    """The API server of a context. ``name`` is what people call it."""

    def __init__(self, client: "httpx2.Client", name: str, server_name: str = "") -> None:
        """``server_name`` is what its certificate is for, where that is not its address."""
        self._client, self.name = client, name
        self._extensions = {"sni_hostname": server_name} if server_name else {}
        self._asking, self._is_closed = 0, False
        self._streams: list[socket.socket] = []  # of the watches that are open
        self._asked = threading.Condition()

    @classmethod
    def of(cls, context: str | None, kubeconfig: str | None) -> Self:
        """Return the server of a context of the kubeconfig; raise InputError where there is none.

        It is asked for nothing yet.
        """
        reach = connected(context, kubeconfig)
        return cls(reach.client, reach.name, reach.server_name)

    @property
    def address(self) -> str:
        """Its URL."""
        return str(self._client.base_url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ask no more.

        Watches are shut down, and who asks now is waited for, if that is not long: a connection
        that is made while the client is closed would stay open, and one that is closed while
        another thread reads it may be another file by then, of which that thread would read.
        """
        with self._asked:
            self._is_closed = True
            for stream in self._streams:
                with suppress(OSError):  # it has ended by itself
                    socket.socket.shutdown(stream, socket.SHUT_RDWR)
            self._asked.wait_for(lambda: not self._asking, _CLOSING_SECONDS)
        self._client.close()

    @contextmanager
    def _request(self) -> Iterator[None]:
        """Be waited for by who closes."""
        with self._asked:
            if self._is_closed:
                raise InputError(f"{self.name}: asked no more", hint="open it again")
            self._asking += 1
        try:
            yield
        finally:
            with self._asked:
                self._asking -= 1
                self._asked.notify_all()

    @contextmanager
    def _shut_down_when_closed(self, answer: "httpx2.Response") -> Iterator[None]:
        """Let who closes shut down the connection of an answer that is being read."""
        network = answer.extensions.get("network_stream")
        stream = None if network is None else network.get_extra_info("socket")
        if stream is None:
            yield
            return
        with self._asked:
            self._streams.append(stream)
            is_late = self._is_closed
        try:
            if is_late:
                raise InputError(f"{self.name}: asked no more", hint="open it again")
            yield
        finally:
            with self._asked:
                self._streams.remove(stream)

    def listed(self, path: str) -> Listed:
        """Return a whole list.

        Raises ForbiddenError, NotServedError, and InputError where the server cannot be asked.
        """
        for _ in range(_TRIES):
            try:
                found = list(self._pages(path))
            except ExpiredError:
                continue
            return Listed(tuple(content for content, _ in found), found[0][1])
        raise InputError(
            f"{self.name}: {path} changes too fast to be listed", hint="try again in a minute"
        )

    def version(self) -> str:
        """Return the version of Kubernetes, such as v1.34.4; raises as ``listed`` does."""
        return git_version_of(self._get("/version", {}))

    @contextmanager
    def watched(self, path: str, version: str, seconds: int) -> Iterator[Iterator[bytes]]:
        """Open a watch from a version on; it gives lines of JSON, one an event.

        The server closes it after so many seconds. Raises as ``listed`` does, and ExpiredError
        where the version is too old. Source: Kubernetes API concepts, "Efficient detection of
        changes" and "Watch bookmarks".
        """
        asked = {
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(seconds),
        }
        with self._failures(path):
            import httpx2

            timeout = httpx2.Timeout(TIMEOUT_SECONDS, read=_SILENCE_SECONDS)
            headers = {"accept-encoding": "identity"}
            with self._request(), ExitStack() as stack:
                answer = stack.enter_context(
                    self._client.stream(
                        "GET",
                        path,
                        params=asked,
                        headers=headers,
                        timeout=timeout,
                        extensions=self._extensions,
                    )
                )
                stack.enter_context(self._shut_down_when_closed(answer))
                if not answer.is_success:
                    answer.read()
                    self._content(path, answer)
                yield _lines(answer.iter_raw())

    def _pages(self, path: str) -> Iterator[tuple[bytes, str]]:
        """Yield each page of a list, and the version it is of."""
        following: str | None = ""
        while following is not None:
            asked = {"limit": str(_PAGE)} | ({"continue": following} if following else {})
            content = self._get(path, asked)
            try:
                metadata = decoded(content, _Page).metadata
            except msgspec.MsgspecError as problem:
                raise InputError(
                    f"{self.name}: {path}: not the answer of an API server: {problem}",
                    hint="check the server of the context: 'kubectl config view --minify'",
                ) from problem
            yield content, (metadata.resource_version if metadata else None) or ""
            following = (metadata.next_page if metadata else None) or None

    def _get(self, path: str, parameters: Mapping[str, str]) -> bytes:
        """Return one answer; ask again where the server was busy or the connection broke."""
        with self._failures(path):
            for number in range(_TRIES):
                is_last = number == _TRIES - 1
                try:
                    with self._request():
                        answer = self._client.get(
                            path, params=parameters, extensions=self._extensions
                        )
                except self._broken():
                    if is_last:
                        raise
                else:
                    if answer.status_code not in _BUSY or is_last:
                        return self._content(path, answer)
                time.sleep(_PAUSE_SECONDS * 2**number)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _broken() -> tuple[type[Exception], ...]:
        import httpx2

        return (httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.ReadTimeout)

    def _content(self, path: str, answer: "httpx2.Response") -> bytes:
        code = answer.status_code
        if code == _EXPIRED:
            raise ExpiredError
        if code == _FORBIDDEN:
            raise ForbiddenError(path)
        if code == _NOT_FOUND:
            raise NotServedError(path)
        if code == _UNAUTHORIZED:
            raise InputError(
                f"{self.name}: the API server does not accept the credentials of this context",
                hint=f"'kubectl --context {self.name} get nodes' tells whether they have expired",
            )
        if not answer.is_success:
            raise InputError(
                f"{self.name}: {path}: the API server answered {code}: {_said(answer.content)}",
                hint="try again; if it goes on, look at the API server's log",
            )
        return answer.content

    @contextmanager
    def _failures(self, path: str) -> Iterator[None]:
        """Raise InputError where a server cannot be reached or a credential plugin fails."""
        import httpx2
        from lightkube.core.exceptions import ConfigError

        try:
            yield
        except httpx2.HTTPError as problem:
            raise InputError(
                f"{self.name}: the API server at {self._client.base_url} cannot be reached: "
                f"{shortened(str(problem)) or type(problem).__name__}",
                hint="check the network and the VPN; "
                f"'kubectl --context {self.name} get nodes' asks the same server",
            ) from problem
        except (ConfigError, OSError, ValueError, LookupError, TypeError) as problem:
            raise InputError(
                f"{self.name}: no credentials for {path}: {shortened(str(problem))}",
                hint="the kubeconfig's exec command must print them: "
                f"'kubectl --context {self.name} get nodes' runs it, too",
            ) from problem


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of a stream, without those that are empty."""
    rest: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for following in others:
            line = b"".join(rest)
            rest = [following]
            if line.strip():
                yield line


def _said(content: bytes) -> str:
    """Return the message of an answer that is not what was asked for."""
    try:
        status: Any = decoded(content, _Status)
        text = status.message or ""
    except msgspec.MsgspecError:
        text = content.decode(errors="replace")
    return shortened(text)
