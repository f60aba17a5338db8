"""A registry on loopback whose answers are broken."""

import contextlib
import json
import socket
import threading
from pathlib import Path
from random import Random

from kubestow.cli import main as program

from .inputs_base import AT, Input
from .mutations import as_json, broken_bytes, broken_structure, broken_text
from .samples import Samples

_DIGEST = "sha256:" + "a" * 64
_ANSWERS = (
    {"manifests": [{"platform": {"os": "linux", "architecture": "arm64"}}]},
    {"config": {"digest": _DIGEST}},
    {"os": "linux", "architecture": "amd64"},
    {"token": "t"},
)
_REALMS = (
    "http://127.0.0.1:{port}/token", "http://[::1/token", "http://[x]/", "ftp://x", "", "http://",
    "http://127.0.0.1:99999999/", "http://a b/", "http://" + "x" * 5000,
)  # fmt: skip
_REASONS = ("OK", "\x1b[31mgone", "a" * 5000, "\x9b2J", "")


def registries(samples: Samples, random: Random, folder: Path) -> Input:
    """Return a check that asks a registry with broken answers."""
    answers = [_answer(random) for _ in range(6)]
    pod = {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "a", "image": "127.0.0.1:PORT/shop/web:1"}]},
    }  # fmt: skip

    def asked() -> int:
        server = socket.create_server(("127.0.0.1", 0))
        port = server.getsockname()[1]
        threading.Thread(target=_serve, args=(server, port, answers), daemon=True).start()
        text = json.dumps(pod).replace("PORT", str(port))
        Path("pod.json").write_text(text, encoding="utf-8")
        return program.run(["check", "-f", "pod.json", "--registry", *AT])

    return Input("registry", ["check", "--registry"], call=asked)


def _answer(random: Random) -> bytes:
    body = as_json(random.choice(_ANSWERS), random)
    if random.random() < 0.5:
        body = as_json(broken_structure(random.choice(_ANSWERS), random), random)
    if random.random() < 0.2:
        body = broken_text(body, random)
    status = random.choice((200, 200, 200, 401, 404, 500, 301, 999))
    header = f"HTTP/1.1 {status} {random.choice(_REASONS)}\r\n"
    if status == 401:
        scheme = random.choice(("Bearer", "Basic", "Odd"))
        header += f'WWW-Authenticate: {scheme} realm="{random.choice(_REALMS)}",service="r"\r\n'
    if status == 301:
        header += f"Location: {random.choice(_REALMS)}\r\n"
    length = random.choice((len(body), len(body), len(body) + 5, -1, 10**12))
    header += f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    whole = header.encode("utf-8", "replace") + body
    return broken_bytes(whole, random) if random.random() < 0.2 else whole


def _serve(server: socket.socket, port: int, answers: list[bytes]) -> None:
    for answer in answers:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(2)
                connection.recv(65536)
                connection.sendall(answer.replace(b"{port}", str(port).encode()))
    server.close()
