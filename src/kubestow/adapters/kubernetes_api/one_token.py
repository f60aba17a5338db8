"""A token that a command prints, shared by all requests: the command runs once for each renewal.

Without it every watch would run the command of its own, thirty at a time. Source: client-go
plugin/pkg/client/auth/exec (one refresh at a time, only where the token is still the one refused).
"""

import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

import httpx2
import msgspec

from kubestow.adapters.shapes import decoder

if TYPE_CHECKING:
    from lightkube.config.client_adapter import ExecAuth

_UNAUTHORIZED = 401


class _Status(msgspec.Struct):
    token: str


class _Credential(msgspec.Struct):
    status: _Status


_CREDENTIALS = decoder(_Credential)


class OneToken(httpx2.Auth):
    """Authorizes requests of any thread with the token of a kubeconfig's command."""

    def __init__(self, command: "ExecAuth") -> None:
        self._command = command
        self._lock = threading.Lock()
        self._bearer: str | None = None

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send a request with the token, and once more with a new one where it is refused."""
        bearer = self._token(None)
        request.headers["Authorization"] = bearer
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            request.headers["Authorization"] = self._token(bearer)
            yield request

    def _token(self, refused: str | None) -> str:
        """Return the token; a new one where the one that was refused is still the last."""
        from lightkube.config.client_adapter import sync_check_output

        with self._lock:
            if self._bearer is None or self._bearer == refused:
                command, environment = self._command._prepare()
                printed = sync_check_output(command, env=environment)
                self._bearer = f"Bearer {_CREDENTIALS.decode(printed).status.token}"
            return self._bearer
