"""The real scheduler placing pods one after the other, to compare its choices step by step.

Law: every node is scored, no pod is preempted and none is tried again later, so that a choice
depends on the state alone (and on a die where nodes score the same).
"""

import contextlib
import json
from collections.abc import Iterator

from .control_plane import ControlPlane
from .heard import Heard
from .model import Object, key
from .profiles import without_preemption
from .real_cluster import RealCluster


def _configuration(profile: Object) -> Object:
    return {
        "percentageOfNodesToScore": 100,
        "podInitialBackoffSeconds": 3600,
        "podMaxBackoffSeconds": 3600,
        "profiles": [without_preemption(profile, "default-scheduler")],
    }


class Driver:
    """One long-lived scheduler that places pods in one cluster after the other."""

    def __init__(self, world: RealCluster, heard: Heard) -> None:
        self._world = world
        self._heard = heard

    def drive(self, objects: list[Object], pods: list[Object]) -> list[str]:
        """Return the node each pod is bound to, in turn, or "" if none will have it.

        A pod that waits for its volumes to be made is never bound here: leave such pods out.
        """
        try:
            self._world.put(objects, pods)
            self._heard.forget()
            for pod in pods:
                self._world.add([pod])
                self._heard.wait_for({key(pod)})
            return [self._heard.placed.get(key(pod), "") for pod in pods]
        finally:
            self._world.clear()


@contextlib.contextmanager
def driver(plane: ControlPlane, profile: Object | None = None) -> Iterator[Driver]:
    """Run the scheduler that places, for the length of a block, with a profile of its own."""
    heard = Heard()
    with plane.scheduler(
        _configuration(profile or {}), name="driver", heard=heard.line, retries=False
    ) as scheduler:
        yield Driver(RealCluster(plane, scheduler), heard)


def drive(plane: ControlPlane, objects: list[Object], pods: list[Object]) -> list[str]:
    """Place the pods of one cluster with a scheduler of its own."""
    with driver(plane) as running:
        return running.drive(objects, pods)


def scores_of(
    plane: ControlPlane, objects: list[Object], pod: Object, profile: Object | None = None
) -> dict[str, dict[str, int]]:
    """Return how each plugin scored each node that a pod could go to, weights included.

    Empty where fewer than two nodes pass: then nothing is scored.
    """
    found: dict[str, dict[str, int]] = {}
    heard = Heard()

    def line(text: bytes) -> None:
        if b'"Plugin scored node for pod"' in text:
            said = json.loads(text)
            found.setdefault(said["node"], {})[said["plugin"]] = said["score"]
        heard.line(text)

    configured = plane.scheduler(
        _configuration(profile or {}), name="explaining", heard=line, retries=False, verbosity=10
    )
    with configured as scheduler:
        Driver(RealCluster(plane, scheduler), heard).drive(objects, [pod])
    return found
