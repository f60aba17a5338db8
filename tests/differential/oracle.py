"""The real scheduler's verdicts: the nodes that pass every filter, and why others do not.

Law: the scheduler binds nothing here: its extender refuses every node, preemption is off, and it
may not write. What it would have written to PodScheduled is read from its log, word for word.
"""

import contextlib
from collections.abc import Iterator

from .control_plane import ControlPlane
from .extender import REFUSED, Extender, extender
from .heard import Heard
from .messages import histogram
from .model import Answer, Object, key
from .profiles import without_preemption
from .real_cluster import RealCluster

NAME = "default-scheduler"


class Oracle:
    """One long-lived scheduler, asked about one cluster after the other."""

    def __init__(self, world: RealCluster, told: Extender, heard: Heard) -> None:
        self._world = world
        self._told = told
        self._heard = heard

    def ask(self, objects: list[Object], pods: list[Object]) -> dict[str, Answer]:
        """Return the answer for each pod by namespace and name, each judged by itself."""
        try:
            self._world.put(objects, pods)
            self._told.forget()
            self._heard.forget()
            self._world.add(pods)
            self._heard.wait_for({key(pod) for pod in pods})
            said = self._heard.rejected
            return {key(pod): self._answer(key(pod), said[key(pod)]) for pod in pods}
        finally:
            self._world.clear()

    def _answer(self, pod: str, message: str) -> Answer:
        passed = self._told.passed.get(pod, frozenset())
        reasons = histogram(message)
        if reasons is None:
            return Answer(frozenset(), None, message)
        counted = reasons.pop(REFUSED, 0)
        assert counted == len(passed), f"{pod}: {message} but {sorted(passed)} passed"
        return Answer(passed, reasons, message)


@contextlib.contextmanager
def oracle(plane: ControlPlane, profile: Object | None = None) -> Iterator[Oracle]:
    """Run the scheduler that is asked, for the length of a block, with a profile of its own."""
    heard = Heard()
    with (
        extender() as told,
        plane.scheduler(
            _configuration(told, profile or {}), heard=heard.line, writes=False, retries=False
        ) as scheduler,
    ):
        yield Oracle(RealCluster(plane, scheduler), told, heard)


def _configuration(told: Extender, profile: Object) -> Object:
    return {
        "percentageOfNodesToScore": 100,
        "podInitialBackoffSeconds": 3600,
        "podMaxBackoffSeconds": 3600,
        "profiles": [without_preemption(profile, NAME)],
        "extenders": [told.configuration()],
    }


def ask(plane: ControlPlane, objects: list[Object], pods: list[Object]) -> dict[str, Answer]:
    """Ask about one cluster with a scheduler of its own."""
    with oracle(plane) as running:
        return running.ask(objects, pods)
