"""A command that prints a token runs once for each renewal, however many threads ask."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from kubestow.adapters.kubernetes_api.api_server import ApiServer

from .test_kubeconfig import executing

COUNTING = """
import pathlib, time
runs = pathlib.Path({path!r})
with runs.open("a") as file:
    file.write("x")
time.sleep(0.1)
print('{{"status": {{"token": "token-%d"}}}}' % len(runs.read_text()))
"""


def test_the_command_runs_once_for_all_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "runs"
    valid = {"token-1"}
    lock = threading.Lock()

    def answer(_: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        with lock:
            code = 200 if token in valid else 401
        return httpx2.Response(code, content=b'{"items": []}', request=request)

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", answer)
    path = executing(tmp_path, COUNTING.format(path=str(runs)))
    with ApiServer.of(None, path) as server, ThreadPoolExecutor(20) as pool:
        for expected in ("x", "xx"):
            found = [pool.submit(server.listed, "/api/v1/pods") for _ in range(20)]
            assert all(each.result().pages for each in found)
            assert runs.read_text() == expected
            valid = {"token-2"}
