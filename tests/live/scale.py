"""What observing a large cluster takes: the first time, a change, memory, and a core while idle.

Law: it measures a process of its own that does nothing else; it judges nothing.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from tests.differential.api import Client

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.kubernetes_api.api_server import ApiServer
from kubestow.adapters.kubernetes_api.cluster_cache import ClusterCache
from kubestow.live.lookout import Lookout
from kubestow.live.observers import ClusterObserver
from kubestow.live.snapshot_reader import SnapshotReader
from kubestow.views.settings import Settings

from .storm import SECONDS

_CHANGES = 10
_KIB = 1024


@dataclass(frozen=True)
class Scale:
    """Seconds, mebibytes, and the share of a core."""

    nodes: int
    pods: int
    listed_seconds: float
    first_view_seconds: float
    idle_share: float
    most_mib: int


def observe(kubeconfig: str, idle_seconds: int) -> Scale:
    """Observe a cluster, and go on for some seconds; print a line at each change of a pod's label.

    Run in a process of its own, by ``measured``.
    """
    reader = SnapshotReader(catalog=load_catalog("ap-northeast-2", embedded_only=True))
    began = time.monotonic()
    with ClusterCache(ApiServer.of("local", kubeconfig)) as cache:
        cache.wait_until_listed(SECONDS)
        listed = time.monotonic() - began
        lookout = Lookout(
            ClusterObserver(cache, reader, lambda: int(time.time())), Settings()
        )  # fmt: skip
        lookout.start()
        sight = lookout.wait(0, SECONDS)
        first = time.monotonic() - began
        assert sight is not None
        time.sleep(5)  # what the first observation left behind is collected
        used, at = time.process_time(), time.monotonic()
        time.sleep(idle_seconds)
        share = (time.process_time() - used) / (time.monotonic() - at)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KIB
        scale = Scale(len(sight.view.nodes), sight.view.pods, listed, first, share, most)
        print(json.dumps(asdict(scale)), flush=True)
        _tell_changes(cache, lookout)
        lookout.stop()
    return scale


def _tell_changes(cache: ClusterCache, lookout: Lookout) -> None:
    """Print when each change that is asked for by a line is in the cache, and in the view."""
    for line in sys.stdin:
        key, text = line.split()
        name = key.rpartition("/")[2]
        while f'"{text}"'.encode() not in cache.contents("pods").get(key, b""):
            time.sleep(0.002)
        heard = time.time()
        number = 0
        while True:
            sight = lookout.wait(number, SECONDS)
            assert sight is not None
            number = sight.number
            pods = sight.observed.snapshot.cluster.pods
            if any(pod.name == name and ("number", text) in pod.labels for pod in pods):
                break
        print(json.dumps([heard, time.time()]), flush=True)


def measured(api: Client, kubeconfig: str, idle_seconds: int = 60) -> dict[str, float]:
    """Return what observing takes, with the slowest of some changes in cache and view."""
    command = [sys.executable, "-m", "tests.live", "observe", kubeconfig, str(idle_seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        found: dict[str, float] = json.loads(running.stdout.readline())
        heard, seen = [], []
        item = api.objects("Pod", "?limit=1")[0]
        namespace, name = item["metadata"]["namespace"], item["metadata"]["name"]
        where = f"/api/v1/namespaces/{namespace}/pods/{name}"
        for number in range(_CHANGES):
            body = {"metadata": {"labels": {"number": f"change-{number}"}}}
            running.stdin.write(f"{namespace}/{name} change-{number}\n")
            running.stdin.flush()
            began = time.time()
            headers = {"Content-Type": "application/merge-patch+json"}
            status, answer = api.request("PATCH", where, body, headers=headers)
            assert status == 200, answer
            first, second = json.loads(running.stdout.readline())
            heard.append(first - began)
            seen.append(second - began)
            time.sleep(3)
        running.stdin.close()
    return found | {"change_heard_seconds": max(heard), "change_seen_seconds": max(seen)}
