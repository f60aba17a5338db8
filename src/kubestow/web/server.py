"""Serving an application on a socket until Ctrl-C, or until the process is asked to end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from kubestow.model.input_error import InputError

_BACKLOG = 128
_GRACE_SECONDS = 2


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a socket that listens; raise InputError, with the option to change, if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(_BACKLOG)
    except (OSError, UnicodeError) as problem:
        made.close()
        raise InputError(
            f"{host}:{port} cannot be listened on: {getattr(problem, 'strerror', None) or problem}",
            hint=f"choose another port with {option}, or 0 for a free one",
        ) from problem
    return made


def _server(app: ASGIApp) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            forwarded_allow_ips="",
            ws="none",
        )
    )


@contextmanager
def serving(app: ASGIApp, made: socket.socket) -> Iterator[None]:
    """Serve beside what runs in a block, until its end."""
    server = _server(app)
    thread = threading.Thread(target=server.run, args=([made],), name="serving", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(_GRACE_SECONDS + 1)
        made.close()


def run(app: ASGIApp, made: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM; streams that are open then are cut after a moment."""
    server = _server(app)
    try:
        server.run(sockets=[made])
    except KeyboardInterrupt:  # as uvicorn passes it on once it has ended
        return
    finally:
        made.close()
