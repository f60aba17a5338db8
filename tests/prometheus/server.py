"""A real Prometheus on loopback with a folder of its own."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

import yaml

SECONDS = 60.0
_PAUSE_SECONDS = 0.2
_ATTEMPTS = 3  # at a port that was free a moment ago
_OPEN = build_opener(ProxyHandler({})).open  # loopback is never behind a proxy

Series = list[dict[str, Any]]


class PrometheusError(Exception):
    """Prometheus refused a query, or did not start."""


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus that answers."""

    address: str

    def ask(self, path: str, **parameters: object) -> Any:
        """Return the data of an answer of the API; raise PrometheusError for a refusal."""
        url = f"http://{self.address}/api/v1/{path}?{urlencode(parameters)}"
        try:
            with _OPEN(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except HTTPError as refusal:
            with refusal:
                raise PrometheusError(refusal.read().decode()) from refusal

    def now(self, expression: str) -> Series:
        """Return what a query finds now."""
        return list(self.ask("query", query=expression)["result"])

    def lately(self, expression: str, seconds: int) -> Series:
        """Return what a query finds second by second."""
        end = time.time()
        found = self.ask("query_range", query=expression, start=end - seconds, end=end, step=1)
        return list(found["result"])

    def wait_for(self, what: Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait until something is so; raise PrometheusError if it does not become so."""
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until:
                states = [
                    (target["labels"]["job"], target["health"], target["lastError"])
                    for target in self.ask("targets")["activeTargets"]
                ]
                raise PrometheusError(f"not within {seconds:.0f} s; the targets: {states}")
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def prometheus_of(
    program: str, folder: Path, jobs: list[dict[str, Any]], rules: dict[str, Any]
) -> Iterator[Prometheus]:
    """Run a Prometheus with scrape jobs and rules by name."""
    for name, content in rules.items():
        (folder / f"{name}.rules.yaml").write_text(yaml.safe_dump(content), "utf-8")
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "scrape_configs": jobs,
        "rule_files": ["*.rules.yaml"],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), "utf-8")
    for _ in range(_ATTEMPTS):
        address = f"127.0.0.1:{_free_port()}"
        with (folder / "log").open("w") as log:
            process = _start(program, folder, address, log)
        try:
            if _is_ready(process, address):
                yield Prometheus(address)
                return
        finally:
            _end(process)
    raise PrometheusError((folder / "log").read_text("utf-8"))


def _start(program: str, folder: Path, address: str, log: Any) -> subprocess.Popen[bytes]:
    options = (
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=warn",
    )
    return subprocess.Popen(
        [program, *options],
        cwd=folder,
        env={},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _is_ready(process: subprocess.Popen[bytes], address: str) -> bool:
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with _OPEN(f"http://{address}/-/ready", timeout=5):
                return True
        except (URLError, OSError):
            time.sleep(_PAUSE_SECONDS)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
