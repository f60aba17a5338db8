"""A plan's last test: the stock scheduler is given its nodes and pods, and all must be placed.

Law: the scheduler runs as it is shipped; who comes first is shuffled by a seed.
"""

import random
import time

from .control_plane import ControlPlane
from .evictions import evictions
from .heard import Heard
from .model import Acceptance, Object, key
from .real_cluster import RealCluster
from .volume_controller import volume_controller

QUIET_SECONDS = 15.0
"""Longer than the longest backoff, so that every rejected pod has been tried again."""


def accept(
    plane: ControlPlane,
    objects: list[Object],
    pods: list[Object],
    seed: int,
    *,
    quiet_seconds: float = QUIET_SECONDS,
) -> Acceptance:
    """Create the cluster, then all pods at once; return who is still pending when it is quiet."""
    shuffled = list(pods)
    random.Random(seed).shuffle(shuffled)
    heard = Heard()
    with plane.scheduler({}, name="stock", heard=heard.line) as scheduler:
        world = RealCluster(plane, scheduler)
        try:
            world.put(objects, pods)
            heard.forget()
            with volume_controller(plane.api):
                start = time.monotonic()
                world.add(shuffled)
                with evictions(plane.api, pods):
                    heard.wait_until_placed(len(pods), quiet_seconds)
                    end = _settled(plane, len(pods), quiet_seconds)
            there = {key(pod): pod["spec"].get("nodeName", "") for pod in plane.api.objects("Pod")}
        finally:
            world.clear()
            plane.api.delete_all("PersistentVolume")  # those made on the way
    placed = {key(pod): there.get(key(pod), "") for pod in pods}
    return Acceptance(
        pending=sorted(name for name, node in placed.items() if not node),
        seconds=end - start,
        placed={name: node for name, node in placed.items() if node},
    )


def _settled(plane: ControlPlane, count: int, quiet_seconds: float) -> float:
    """Wait until all pods are bound or nothing has changed for a while; return when that was."""
    before, last = -1, time.monotonic()
    while True:
        pods = plane.api.objects("Pod")
        bound = sum(
            bool(pod["spec"].get("nodeName")) and "deletionTimestamp" not in pod["metadata"]
            for pod in pods
        )
        if bound != before:
            before, last = bound, time.monotonic()
        if bound >= count or time.monotonic() > last + quiet_seconds:
            return last
        time.sleep(0.5)
