"""Who may look: everybody on loopback; elsewhere who has the token, or comes through a proxy.

On loopback only requests for a loopback name are answered, so that no other site can make a
browser ask for it under a name of its own (DNS rebinding). The token is compared in constant time;
a browser keeps a digest of it in a cookie that scripts cannot read and that requests of other sites
do not carry.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

COOKIE = "kubestow"
OPEN = ("/healthz", "/readyz", "/login", "/static/app.css")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_MONTH = 30 * 86_400
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Access:
    """``token`` or ``header`` is what lets in; with neither, whoever reaches loopback."""

    token: str = ""
    header: str = ""

    @property
    def cookie(self) -> str:
        """What a browser that has shown the token keeps."""
        return hmac.new(self.token.encode(), b"kubestow web view", hashlib.sha256).hexdigest()

    def is_token(self, text: str) -> bool:
        """Return whether it is the token."""
        return bool(self.token) and hmac.compare_digest(text.encode(), self.token.encode())

    def lets_in(self, request: Request) -> bool:
        """Return whether a request may be answered."""
        if not self.token and not self.header:
            return True
        if self.header and request.headers.get(self.header):
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(given.strip()):
            return True
        kept = request.cookies.get(COOKIE, "")
        return bool(self.token) and hmac.compare_digest(kept.encode(), self.cookie.encode())

    async def guard(self, request: Request, call_next: Next) -> Response:
        """Answer a request that may be answered, with headers that keep browsers strict."""
        response = await self._answer(request, call_next)
        for name, text in SECURITY_HEADERS.items():
            response.headers.setdefault(name, text)
        return response

    async def _answer(self, request: Request, call_next: Next) -> Response:
        path = request.url.path
        if not self.token and not self.header and not _is_loopback(request):
            return JSONResponse(
                {"error": "this name is not answered", "hint": "use http://localhost"}, 403
            )
        if request.headers.get("sec-fetch-site") == "cross-site" and path not in ("/", "/login"):
            return JSONResponse({"error": "another site may not ask", "hint": ""}, 403)
        if path in OPEN or self.lets_in(request):
            return await call_next(request)
        if path == "/" and request.method == "GET" and self.token:
            return RedirectResponse("/login", 303)
        hint = "send the token as 'Authorization: Bearer TOKEN', or log in at /login"
        return JSONResponse(
            {"error": "a token is needed", "hint": hint if self.token else "use the proxy"},
            401,
            {"www-authenticate": "Bearer"},
        )

    def logged_in(self, request: Request) -> Response:
        """Return the answer to a token that is right: a cookie, and the way to the view."""
        response = RedirectResponse("/", 303)
        response.set_cookie(
            COOKIE,
            self.cookie,
            max_age=_MONTH,
            httponly=True,
            samesite="strict",
            secure="https" in (request.url.scheme, request.headers.get("x-forwarded-proto")),
        )
        return response


def _is_loopback(request: Request) -> bool:
    host = request.headers.get("host", "").lower()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name in _LOOPBACK
