"""A small cluster that has something for every metric, and kubestow serving it on loopback."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from tests.unit.live.objects import node, pod

from kubestow.adapters.catalog_files import load_catalog
from kubestow.adapters.sources import Source
from kubestow.live.explainer import explainer
from kubestow.live.lookout import Lookout, advisor_of
from kubestow.live.observers import FileObserver
from kubestow.live.snapshot_reader import SnapshotReader
from kubestow.views.settings import Settings
from kubestow.web.access import Access
from kubestow.web.app import WebView, application
from kubestow.web.server import listen

SECONDS = 60.0
POLICIES = ("optimal", "karpenter", "cluster-autoscaler")
HOUR = 3600


def lookout() -> Lookout:
    """Return who looks at two groups, an empty node, Pending pods and a pod that must stay.

    The observation is from an hour ahead, so that it is not old however long the tests take.
    """
    agent = pod("agent", "a", cpu="100m", memory="128Mi")
    agent["metadata"]["ownerReferences"][0].update(kind="DaemonSet", name="agent")
    keep = {
        "karpenter.sh/do-not-disrupt": "true",
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    }
    objects = (
        *(node("a"), node("empty")),
        *(node("c", "m5.large", "batch"), node("d", "m5.xlarge", "batch")),
        *(agent, pod("web-0", "a"), pod("job-0", "c", cpu="500m")),
        pod("stays", "d", cpu="200m", annotations=keep),
        *(pod("too-large", cpu="30"), pod("about-to-run")),
    )
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode()
    reader = SnapshotReader(catalog=load_catalog("us-east-1"), system_daemonsets=False)
    at = int(time.time()) + HOUR
    settings = Settings()
    observer = FileObserver("test", [Source("test", content)], reader, at)
    return Lookout(observer, settings, advisor_of(POLICIES, settings))


@contextmanager
def looking(made: Lookout) -> Iterator[Lookout]:
    """Look until there is advice, and on until the end."""
    made.start()
    try:
        sight, until = made.wait(0, SECONDS), time.monotonic() + SECONDS
        while sight is not None and sight.advice is None and time.monotonic() < until:
            sight = made.wait(sight.number, 1.0)
        assert sight is not None
        assert sight.advice is not None, sight.advice_trouble
        yield made
    finally:
        made.stop()


@contextmanager
def serving(made: Lookout, access: Access | None = None) -> Iterator[str]:
    """Serve on a free port of loopback; yield the address as host:port."""
    app = application(WebView(made, access or Access(), explainer(made.settings)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, ws="none"))
    with listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            host, port = listening.getsockname()
            yield f"{host}:{port}"
        finally:
            server.should_exit = True
            thread.join(SECONDS)
