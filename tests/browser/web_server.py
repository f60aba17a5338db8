"""A stand-in for the web view's server: its files, answers from samples, a stream of events."""

import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from kubestow.views.cluster_view import ClusterView, NodeRowView

from . import web_samples as samples
from .looks import ROOT

STATIC = ROOT / "src" / "kubestow" / "web" / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
LOGIN = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>kubestow</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/static/app.css">
</head><body class="login"><h1>kubestow</h1><form method="post"><label>Token
<input type="password" name="token"></label><p class="error">This token is not right.</p>
<button>Open</button></form></body></html>"""


class WebServer:
    """Serves a cluster on loopback until it is stopped; it can be started again on its port."""

    def __init__(self, view: ClusterView) -> None:
        """Serve this cluster."""
        self.view = view
        self.advice: Any = samples.advice(view)
        self.explanation: Any = json.loads(
            (Path(__file__).parent / "web_explanation.json").read_text("utf-8")
        )
        self.asked: list[str] = []
        self.unauthorized = False
        self.namespaces: list[str] = []
        self._streams: list[queue.Queue[bytes | None]] = []
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                owner.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """End all streams and stop listening."""
        for stream in self._streams:
            stream.put(None)
        self._streams = []
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    # --- answers

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        url = urlsplit(request.path)
        self.asked.append(request.path)
        if self.unauthorized and url.path != "/login" and not url.path.startswith("/static/"):
            self._send(request, 401, b'{"error":"a token is needed","hint":""}', "application/json")
        elif url.path == "/events":
            self._stream(request)
        elif url.path.startswith("/api/"):
            status, body = self._api([unquote(part) for part in url.path.split("/")[2:]], url.query)
            self._send(request, status, msgspec.json.encode(body), "application/json")
        elif url.path == "/login":
            self._send(request, 200, LOGIN.encode(), TYPES[".html"])
        else:
            name = "index.html" if url.path == "/" else url.path.removeprefix("/static/")
            file = STATIC / name
            found = file.is_file() and STATIC in file.resolve().parents
            body = file.read_bytes() if found else b""
            self._send(request, 200 if found else 404, body, TYPES.get(file.suffix, "text/plain"))

    def _api(self, path: list[str], query: str) -> tuple[int, Any]:
        match path:
            case ["cluster"]:
                return 200, self.view
            case ["settings"]:
                return 200, {
                    "version": "0.1.0",
                    "currency": "KRW",
                    "rate": samples.RATE,
                    "hoursPerMonth": samples.HOURS,
                    "namespaces": self.namespaces,
                }
            case ["advice"]:
                if self.advice is None:
                    hint = "the first takes some seconds"
                    return 503, {"error": "not worked out yet", "hint": hint}
                return 200, self.advice
            case ["history"]:
                return 200, history(self.view, int(parse_qs(query)["hours"][0]))
            case ["nodes", name]:
                row = next((row for row in self.view.nodes if row.name == name), None)
                if row is not None:
                    return 200, samples.node_page(row)
            case ["pods", namespace, name]:
                return 200, samples.pod_page(f"{namespace}/{name}", self.view)
            case ["pods", _, name, "explanation"]:
                if name.startswith("payment"):
                    return 409, {"error": "the pod is gone", "hint": "look at the others"}
                return 200, self.explanation
        return 404, {"error": f"there is no {'/'.join(path)}", "hint": "it may be gone by now"}

    def _send(self, request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.send_header("Content-Security-Policy", CSP)
        request.end_headers()
        request.wfile.write(body)

    # --- the stream

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        mine: queue.Queue[bytes | None] = queue.Queue()
        mine.put(b"retry: 200\n\n" + message("cluster", cluster_event(self.view)))
        self._streams.append(mine)
        request.close_connection = True
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Cache-Control", "no-store")
        request.send_header("Connection", "close")
        request.end_headers()
        try:
            while (data := mine.get()) is not None:
                request.wfile.write(data)
                request.wfile.flush()
        except OSError:
            pass

    def send(self, event: str, data: Any) -> None:
        """Send an event to every page."""
        for stream in self._streams:
            stream.put(message(event, data))

    def change(self, *rows: NodeRowView, gone: tuple[str, ...] = (), **head: Any) -> None:
        """Change nodes and totals, and send what changed."""
        names = {row.name: row for row in rows}
        known = {row.name for row in self.view.nodes}
        nodes = [names.get(row.name, row) for row in self.view.nodes if row.name not in gone]
        nodes += [row for row in rows if row.name not in known]
        self.view = msgspec.structs.replace(self.view, nodes=tuple(nodes), **head)
        self.send("cluster", cluster_event(self.view, rows, gone))


def message(event: str, data: Any) -> bytes:
    """Return an event as it goes over the wire."""
    return f"event: {event}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


def cluster_event(
    view: ClusterView, changed: tuple[NodeRowView, ...] | None = None, gone: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return an event of the cluster; the whole of it if no changes are given."""
    head = msgspec.structs.replace(view, nodes=())
    full = changed is None
    rows = view.nodes if changed is None else changed
    return {"head": head, "changed": rows, "gone": gone, "full": full}


def history(view: ClusterView, hours: int) -> dict[str, list[Any]]:
    """Return a record that ends before now: the cost falls and rises by the hour of the day."""
    assert view.minimum is not None
    count = 240
    end = int(samples.START.timestamp())
    at = [end - (count - i) * hours * 3600 // count for i in range(count)]
    wave = [1 + 0.06 * ((second // 1800) % 4) - 0.02 * ((second // 700) % 3) for second in at]
    least = view.minimum.usd_per_hour
    return {
        "at": at,
        "cost": [round(view.cost.usd_per_hour * w, 4) for w in wave],
        "minimum": [None if i < 20 else round(least * w, 4) for i, w in enumerate(wave)],
        "cheapest": [None if i < 20 else round(least * 1.01 * w, 4) for i, w in enumerate(wave)],
        "pending": [4 * int((second // 2700) % 3 == 0) for second in at],
        "nodes": [len(view.nodes) for _ in at],
    }
