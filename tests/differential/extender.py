"""The scheduler's HTTP extender: it notes which nodes passed every filter, and refuses them all.

Law: it decides nothing. The scheduler calls it after all Filter plugins with exactly the nodes
that passed; a pod that no node passes never comes here.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .model import Object, key

REFUSED = "passed every filter"
"""The reason the extender gives; messages count it beside the filters' own reasons."""


class Extender:
    """What the running extender has been told: for each pod the nodes that passed."""

    def __init__(self) -> None:
        self.passed: dict[str, frozenset[str]] = {}
        self.port = 0

    def forget(self) -> None:
        """Forget every pod."""
        self.passed.clear()

    def configuration(self) -> Object:
        """Return the extender's entry for the scheduler's configuration."""
        return {
            "urlPrefix": f"http://127.0.0.1:{self.port}",
            "filterVerb": "filter",
            "nodeCacheCapable": True,
            "httpTimeout": "60s",
        }

    def answer(self, arguments: Object) -> Object:
        """Note the nodes that passed and refuse them."""
        names = arguments.get("NodeNames") or []
        self.passed[key({"kind": "Pod", **arguments["Pod"]})] = frozenset(names)
        return {"NodeNames": [], "FailedNodes": dict.fromkeys(names, REFUSED)}


@contextlib.contextmanager
def extender() -> Iterator[Extender]:
    """Serve an extender on loopback for the length of a block."""
    told = Extender()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            answer = json.dumps(told.answer(json.loads(self.rfile.read(length)))).encode()
            self.send_response_only(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, name="extender", daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
