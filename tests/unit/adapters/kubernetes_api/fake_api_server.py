"""An API server for tests: lists by pages, watches with bookmarks and a history that ends.

Law: it says what etcd would: versions grow with every change, a watch from a version gives all
changes after it in order or 410. On loopback, ended with its block.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Object = dict[str, Any]


class FakeApiServer:
    """Pods and their history; ``forgets`` is how many changes are remembered."""

    def __init__(self, forgets: int = 1_000_000) -> None:
        self.lock = threading.Condition()
        self.objects: dict[str, Object] = {}
        self.history: list[tuple[int, str, Object]] = []
        self.version, self.forgets = 1, forgets
        self.generation = 0  # a watch of an earlier one ends
        self.is_silent = False  # watches end at once
        self.is_broken = False  # every request is answered with 500
        self.is_aborting = self.is_closed = False
        self.requests: list[str] = []
        self.resources = {"pods": "Pod"}

    def change(self, kind: str, name: str, **labels: str) -> None:
        """ADDED, MODIFIED or DELETED."""
        with self.lock:
            self.version += 1
            item = pod(name, self.version, labels)
            if kind == "DELETED":
                del self.objects[name]
            else:
                self.objects[name] = item
            self.history.append((self.version, kind, item))
            self.lock.notify_all()

    def forget(self) -> None:
        """Forget all changes: a watch from an earlier version is told 410."""
        with self.lock:
            self.version += 1
            self.history.clear()
            self.generation += 1
            self.lock.notify_all()

    def cut(self) -> None:
        """End all watches in the middle of a line."""
        with self.lock:
            self.generation += 1
            self.lock.notify_all()

    def abort(self) -> None:
        """Break the connections of all watches off."""
        self.is_aborting = True
        self.cut()

    def page(self, start: str, limit: int) -> Object:
        with self.lock:
            names = [name for name in sorted(self.objects) if name > start]
            metadata = {"resourceVersion": str(self.version)}
            if len(names) > limit:
                metadata["continue"] = names[limit - 1]
            return {
                "kind": "PodList",
                "apiVersion": "v1",
                "metadata": metadata,
                "items": [self.objects[name] for name in names[:limit]],
            }

    def oldest(self) -> int:
        kept = self.history[-self.forgets :]
        return kept[0][0] - 1 if kept else self.version

    def events(self, version: int) -> Iterator[bytes]:
        """Yield lines until cut; the last one may be half a line."""
        generation = self.generation
        if version < self.oldest():
            yield line("ERROR", {"kind": "Status", "code": 410, "message": "too old"})
            return
        while True:
            with self.lock:
                new = [entry for entry in self.history if entry[0] > version]
                is_waiting = self.generation == generation and not self.is_silent
                if not new and is_waiting and not self.is_closed:
                    self.lock.wait(5)
                    new = [entry for entry in self.history if entry[0] > version]
            for number, kind, item in new:
                version = number
                yield line(kind, item)
            if self.is_silent or self.is_closed:
                return
            if self.generation != generation:
                yield b'{"type":"MODI'
                return
            if not new:
                bookmark = {"kind": "Pod", "metadata": {"resourceVersion": str(self.version)}}
                version = max(version, self.version)
                yield line("BOOKMARK", bookmark)


def pod(name: str, version: int, labels: dict[str, str]) -> Object:
    metadata = {
        "name": name,
        "namespace": "default",
        "resourceVersion": str(version),
        "labels": labels,
        "managedFields": [{"manager": "test"}],
    }
    container = {"name": "main", "image": "app:1", "env": [{"name": "KEY", "value": "secret"}]}
    return {
        "metadata": metadata,
        "spec": {"containers": [container]},
        "status": {"phase": "Running"},
    }


def line(kind: str, item: Object) -> bytes:
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


@contextlib.contextmanager
def serving(fake: FakeApiServer, port: int = 0) -> Iterator[int]:
    """Serve on a port of the loopback address for the length of a block."""

    ended: list[bool] = []
    fake.is_closed = False

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
            fake.requests.append(self.path)
            if ended:
                self.close_connection = True
                return
            if fake.is_broken:
                self.answer(500, {"message": "broken"})
            elif not parts.path.endswith("/pods"):
                self.answer(404, {"message": "not found"})
            elif "watch" in asked:
                self.stream(int(asked["resourceVersion"]))
            else:
                self.answer(200, fake.page(asked.get("continue", ""), int(asked["limit"])))

        def answer(self, status: int, body: Object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def stream(self, version: int) -> None:
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            with contextlib.suppress(OSError):
                for content in fake.events(version):
                    if fake.is_aborting:
                        fake.is_aborting = False
                        self.connection.shutdown(socket.SHUT_RDWR)
                        return
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
                self.wfile.write(b"0\r\n\r\n")

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing of a reader that went away."""

        allow_reuse_address = True

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        ended.append(True)
        fake.is_closed = True
        fake.cut()
        server.shutdown()
        server.server_close()
        thread.join()


def kubeconfig(folder: Path, port: int) -> str:
    """Return a kubeconfig whose context is "fake"."""
    path = folder / "fake.kubeconfig"
    path.write_text(
        json.dumps(
            {
                "current-context": "fake",
                "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
                "contexts": [{"name": "fake", "context": {"cluster": "fake"}}],
                "users": [],
            }
        )
    )
    return str(path)
