"""The probes and the metrics of a controller, over HTTP. Nothing here changes anything."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kubestow.web.metrics import CONTENT_TYPE

_UNAVAILABLE = 503


def controller_application(
    not_alive: Callable[[], str], not_ready: Callable[[], str], metrics: Callable[[], bytes]
) -> Starlette:
    """Return the application; the first two return why a probe fails, empty if it does not."""

    async def alive(_: Request) -> Response:
        return _probed(not_alive(), "alive")

    async def ready(_: Request) -> Response:
        return _probed(not_ready(), "ready")

    async def measured(_: Request) -> Response:
        return Response(await run_in_threadpool(metrics), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/metrics", measured),
        ]
    )


def _probed(trouble: str, good: str) -> Response:
    headers = {"cache-control": "no-store"}
    if trouble:
        return JSONResponse({"error": trouble}, _UNAVAILABLE, headers)
    return JSONResponse({"status": good}, headers=headers)
