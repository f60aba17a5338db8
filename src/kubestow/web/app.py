"""The web application: a lookout's last sight as JSON, and what a browser shows it with.

Nothing here changes anything: every route but the login's is a GET.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from kubestow import __version__
from kubestow.adapters.history_file import HistoryFile
from kubestow.live.lookout import Lookout, Sight
from kubestow.model.input_error import InputError
from kubestow.views.explanation_view import ExplanationView
from kubestow.views.node_page_view import node_page_view, pod_page_view
from kubestow.views.view import compact
from kubestow.web.access import Access
from kubestow.web.metrics import CONTENT_TYPE, metrics_text
from kubestow.web.stream import Broadcast

_ASKING_MOST, _EXPLAINED_MOST = 4, 50
_FORM_MOST = 4_096  # bytes
_HOURS_MOST = 24 * 366
_HOUR = 3600
_NOT_YET = {"error": "the cluster has not been observed yet", "hint": "try again in a moment"}
Explainer = Callable[[Sight, str], ExplanationView]


@dataclass(frozen=True, slots=True)
class WebView:
    """What is served: ``explain`` tells why a pod waits, of a sight and the pod's key.

    ``namespaces`` are those whose pods a page shows first; none for all.
    """

    lookout: Lookout
    access: Access
    explain: Explainer
    history: HistoryFile | None = None
    namespaces: tuple[str, ...] = ()


def application(web: WebView) -> Starlette:
    """Return the application."""
    static = Path(str(files("kubestow.web") / "static"))
    pages = _Pages(web, static)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        pages.broadcast.begin()
        yield
        pages.broadcast.end()

    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/login", pages.login, methods=["GET", "POST"]),
            Route("/healthz", pages.alive),
            Route("/readyz", pages.ready),
            Route("/metrics", pages.metrics),
            Route("/events", pages.events),
            Route("/api/cluster", pages.cluster),
            Route("/api/advice", pages.advice),
            Route("/api/history", pages.past),
            Route("/api/settings", pages.settings),
            Route("/api/nodes/{name:path}", pages.node),
            Route("/api/pods/{namespace}/{name}", pages.pod),
            Route("/api/pods/{namespace}/{name}/explanation", pages.explanation),
            Mount("/static", StaticFiles(directory=static)),
        ],
        middleware=[
            Middleware(BaseHTTPMiddleware, dispatch=web.access.guard),
            Middleware(GZipMiddleware, minimum_size=1_000),
        ],
        exception_handlers={HTTPException: _refused, InputError: _wrong},
        lifespan=lifespan,
    )


def _json(value: object, status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(compact(value), status, headers, "application/json")


async def _refused(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return JSONResponse({"error": problem.detail, "hint": ""}, problem.status_code)


async def _wrong(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, InputError)
    return _json({"error": problem.message, "hint": problem.hint}, 422)


class _Pages:
    """The answers to requests."""

    def __init__(self, web: WebView, static: Path) -> None:
        self._web, self._static = web, static
        self.broadcast = Broadcast(web.lookout)
        self._explaining = asyncio.Lock()  # one at a time: each takes a core for seconds
        self._asking = 0
        self._explained: dict[str, tuple[object, ExplanationView]] = {}

    async def index(self, _: Request) -> Response:
        """The page that shows everything."""
        return FileResponse(self._static / "index.html", headers={"cache-control": "no-cache"})

    async def login(self, request: Request) -> Response:
        """The form for the token, and its answer."""
        if request.method == "GET":
            return HTMLResponse(_login_page(""))
        if int(request.headers.get("content-length") or _FORM_MOST + 1) > _FORM_MOST:
            return HTMLResponse(_login_page("That is no token."), 413)
        from urllib.parse import parse_qs

        form = parse_qs((await request.body()).decode(errors="replace"))
        if self._web.access.is_token((form.get("token") or [""])[0].strip()):
            return self._web.access.logged_in(request)
        await asyncio.sleep(0.5)  # guessing takes long
        return HTMLResponse(_login_page("That is not the token."), 403)

    async def alive(self, _: Request) -> Response:
        """The process lives."""
        return _json({"status": "alive"})

    async def ready(self, _: Request) -> Response:
        """The cluster has been observed."""
        is_ready = self._web.lookout.sight is not None
        return _json({"status": "ready"} if is_ready else _NOT_YET, 200 if is_ready else 503)

    async def metrics(self, _: Request) -> Response:
        """What Prometheus reads."""
        content = await run_in_threadpool(metrics_text, self._web.lookout)
        return Response(content, media_type=CONTENT_TYPE)

    async def events(self, _: Request) -> Response:
        """The stream of changes."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(
            self.broadcast.events(), headers=headers, media_type="text/event-stream"
        )

    async def settings(self, _: Request) -> Response:
        """How money is shown, and of which namespaces pods are."""
        settings = self._web.lookout.settings
        return _json(
            {
                "version": __version__,
                "currency": settings.currency.code,
                "rate": settings.currency.rate,
                "hoursPerMonth": settings.hours_per_month,
                "namespaces": self._web.namespaces,
            }
        )

    async def cluster(self, _: Request) -> Response:
        """The cluster as it is."""
        sight = self._web.lookout.sight
        return _json(_NOT_YET, 503) if sight is None else _json(sight.view)

    async def advice(self, _: Request) -> Response:
        """The last advice."""
        sight = self._web.lookout.sight
        if sight is None or sight.advice is None:
            trouble = "" if sight is None else sight.advice_trouble
            hint = trouble or "it is worked out soon after the cluster has been observed"
            return _json({"error": "not worked out yet", "hint": hint}, 503)
        return _json(sight.advice)

    async def past(self, request: Request) -> Response:
        """What the cluster cost in the last hours."""
        try:
            hours = float(request.query_params.get("hours", "24"))
        except ValueError:
            hours = -1.0
        if not 0 < hours <= _HOURS_MOST:
            raise InputError("hours is out of range", hint=f"a number up to {_HOURS_MOST}")
        history, sight = self._web.history, self._web.lookout.sight
        found = []
        if history is not None and sight is not None:
            since = sight.survey.at - round(hours * _HOUR)
            found = await run_in_threadpool(history.since, since)
        names = ("at", "cost", "minimum", "cheapest", "pending", "nodes")
        return _json({name: [getattr(item, name) for item in found] for name in names})

    async def node(self, request: Request) -> Response:
        """A node's page."""
        sight, name = self._web.lookout.sight, request.path_params["name"]
        if sight is None:
            return _json(_NOT_YET, 503)
        page = await run_in_threadpool(node_page_view, sight.observed, sight.survey, name)
        return _json(page) if page is not None else _missing("node", name)

    async def pod(self, request: Request) -> Response:
        """A pod's page."""
        sight, key = self._web.lookout.sight, _key(request)
        if sight is None:
            return _json(_NOT_YET, 503)
        page = await run_in_threadpool(pod_page_view, sight.observed, sight.survey, key)
        return _json(page) if page is not None else _missing("pod", key)

    async def explanation(self, request: Request) -> Response:
        """Why a pod waits, and the cheapest changes that let it run."""
        sight, key = self._web.lookout.sight, _key(request)
        if sight is None:
            return _json(_NOT_YET, 503)
        if not any(pod.key == key for pod in sight.observed.snapshot.cluster.pods):
            return _missing("pod", key)
        cluster = sight.observed.snapshot.cluster
        known = self._explained.get(key)
        if known is not None and known[0] is cluster:
            return _json(known[1])
        if self._asking >= _ASKING_MOST:
            hint = "each takes a core for some seconds: try again in a moment"
            return _json({"error": "too many explanations are asked for", "hint": hint}, 429)
        self._asking += 1
        try:
            async with self._explaining:
                told = await run_in_threadpool(self._web.explain, sight, key)
        finally:
            self._asking -= 1
        if len(self._explained) >= _EXPLAINED_MOST:
            self._explained.clear()
        self._explained[key] = cluster, told
        return _json(told)


def _key(request: Request) -> str:
    return f"{request.path_params['namespace']}/{request.path_params['name']}"


def _missing(kind: str, name: str) -> Response:
    hint = "it may be gone; the list shows what is there"
    return _json({"error": f"there is no {kind} {name}", "hint": hint}, 404)


def _login_page(error: str) -> str:
    said = f'<p class="error" role="alert">{error}</p>' if error else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>kubestow</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/static/app.css"></head><body class="login"><main>'
        f'<h1>kubestow</h1>{said}<form method="post" action="/login">'
        '<label for="token">Token</label>'
        '<input id="token" name="token" type="password" autocomplete="current-password" required>'
        '<button type="submit">Log in</button></form></main></body></html>'
    )
