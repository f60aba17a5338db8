"""Storms: an API server that goes and comes back while pods change, and a cache that must follow.

Law: after each storm the cache is what a fresh one lists, of every kind; a seed tells the storm.
"""

import contextlib
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.differential.api import Client
from tests.differential.control_plane import ControlPlane
from tests.differential.model import Object

from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.cluster_cache import WATCHED, ClusterCache

from .gate import Gate, gate

SECONDS = 60.0
_PODS = "/api/v1/namespaces/default/pods"
_MERGE = {"Content-Type": "application/merge-patch+json"}
_AT_ONCE = {"gracePeriodSeconds": 0}


@dataclass(frozen=True)
class Storm:
    """What passed: how many changes, how long nobody answered, how long until it was right."""

    changes: int
    away_seconds: float
    right_after_seconds: float


@dataclass(frozen=True)
class Weather:
    """A cache behind a gate, and the API server that it follows."""

    api: Client
    gate: Gate
    cache: ClusterCache
    kubeconfig: str

    def storm(self, seed: int, most: int) -> Storm:
        """Let one storm pass; raise AssertionError where the cache is not right in time."""
        chance = random.Random(seed)
        changes = chance.choice([chance.randint(1, 50), chance.randint(1, most)])
        away = chance.choice([0.0, chance.uniform(0.0, 2.0)])
        began = time.monotonic()
        if away:
            self.gate.close()
        else:
            self.gate.cut()
        self._change(chance, changes, seed)
        time.sleep(max(0.0, began + away - time.monotonic()))
        if away:
            self.gate.open()
        if chance.random() < 0.3:
            self.gate.cut()
        opened = time.monotonic()
        self._wait_until_right(opened + SECONDS)
        return Storm(changes, away, time.monotonic() - opened)

    def _change(self, chance: random.Random, count: int, seed: int) -> None:
        items = json.loads(self.api.call("GET", _PODS))["items"]
        names = [item["metadata"]["name"] for item in items]
        for number in range(count):
            what = chance.random()
            if what < 0.4 or not names:
                names.append(f"storm-{seed}-{number}")
                self.api.call("POST", _PODS, _pod(names[-1], number))
            elif what < 0.7:
                labels = {"metadata": {"labels": {"number": f"{seed}-{number}"}}}
                where = f"{_PODS}/{chance.choice(names)}"
                status, answer = self.api.request("PATCH", where, labels, headers=_MERGE)
                assert status == 200, answer
            else:
                gone = names.pop(chance.randrange(len(names)))
                self.api.call("DELETE", f"{_PODS}/{gone}", _AT_ONCE)

    def _wait_until_right(self, deadline: float) -> None:
        while found := self.different():
            assert time.monotonic() < deadline, f"not as a fresh list: {found}"
            time.sleep(0.05)

    def different(self) -> list[str]:
        """Return the resources of which the cache is not what a fresh one lists."""
        with ClusterCache(ApiServer.of("local", self.kubeconfig)) as fresh:
            fresh.wait_until_listed(SECONDS)
            return [
                kind.resource
                for kind in WATCHED
                if kind.resource != "events"  # more come while the two are compared
                and self.cache.contents(kind.resource) != fresh.contents(kind.resource)
            ]


@contextlib.contextmanager
def weather(plane: ControlPlane, user: str) -> Iterator[Weather]:
    """Watch a cluster through a gate for the length of a block."""
    direct = plane.kubeconfig_of(user)
    with gate(plane.port) as between:
        gated = Path(direct).with_name(f"{user}.gated.kubeconfig")
        content = Path(direct).read_text(encoding="utf-8")
        gated.write_text(content.replace(f":{plane.port}", f":{between.port}"), encoding="utf-8")
        with ClusterCache(ApiServer.of("local", str(gated))) as cache:
            cache.wait_until_listed(SECONDS)
            yield Weather(plane.api, between, cache, direct)


def _pod(name: str, number: int) -> Object:
    """Return a pod that no scheduler looks at."""
    requests = {"requests": {"cpu": f"{number % 900 + 1}m"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"number": str(number)}},
        "spec": {
            "schedulerName": "nobody",
            "containers": [{"name": "main", "image": "app:1", "resources": requests}],
        },
    }
