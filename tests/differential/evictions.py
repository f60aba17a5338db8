"""Plays the parts of the kubelet and of the workloads' controllers where pods are preempted.

Law: an evicted pod ends at once and comes again, as its Deployment would make it; nothing is
decided here.
"""

import contextlib
import threading
from collections.abc import Iterator

from .api import Client, path_of
from .model import Object, RefusedError, key


@contextlib.contextmanager
def evictions(api: Client, pods: list[Object]) -> Iterator[None]:
    """End and remake evicted pods in the background, where priorities differ at all."""
    if len({pod["spec"].get("priorityClassName") for pod in pods}) < 2:
        yield
        return
    bodies = {key(pod): pod for pod in pods}
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(api, bodies, stop), name="evictions", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(api: Client, bodies: dict[str, Object], stop: threading.Event) -> None:
    while not stop.wait(0.3):
        there = {key(pod): pod for pod in api.objects("Pod")}
        for name, pod in there.items():
            if pod["metadata"].get("deletionTimestamp") and name in bodies:
                with contextlib.suppress(RefusedError):
                    api.call("DELETE", path_of(pod), {"gracePeriodSeconds": 0})
        for name in bodies.keys() - there.keys():
            with contextlib.suppress(RefusedError):  # not created yet by whoever creates it first
                api.create(bodies[name])
