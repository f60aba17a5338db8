"""What a scheduler's log says about pods: who was placed where, who was rejected and why.

Law: reads the lines at verbosity 2 that carry exactly what the scheduler writes to the API server.
"""

import json
import threading
import time
from typing import Any

from .messages import NO_NODES

SAID_SECONDS_MAX = 60.0

_BOUND = b'"Successfully bound pod to node"'
_REJECTED = (b'"Unable to schedule pod;', b'"Error scheduling pod;')


class SilentError(Exception):
    """The scheduler did not say anything about a pod in time."""


class Heard:
    """The decisions heard so far, by the pods' namespaces and names."""

    def __init__(self) -> None:
        self.placed: dict[str, str] = {}
        self.rejected: dict[str, str] = {}
        self._news = threading.Condition()

    def forget(self) -> None:
        """Forget every pod."""
        with self._news:
            self.placed, self.rejected = {}, {}

    def line(self, line: bytes) -> None:
        """Take in a line of the log."""
        if _BOUND in line:
            said = json.loads(line)
            with self._news:
                self.placed[_pod(said)] = said["node"]
                self._news.notify()
        elif any(start in line for start in _REJECTED):
            said = json.loads(line)
            with self._news:
                self.rejected[_pod(said)] = said.get("err", NO_NODES)
                self._news.notify()

    def wait_for(self, pods: set[str], seconds: float = SAID_SECONDS_MAX) -> None:
        """Wait until each pod has been placed or rejected."""
        deadline = time.monotonic() + seconds
        with self._news:
            while silent := pods - self.placed.keys() - self.rejected.keys():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise SilentError(f"nothing said about {len(silent)}: {sorted(silent)[:9]}")
                self._news.wait(left)

    def wait_until_placed(self, count: int, quiet_seconds: float) -> float:
        """Wait until so many pods are placed or no more have been for a while.

        Return when the last one was placed.
        """
        before, last = -1, time.monotonic()
        with self._news:
            while len(self.placed) < count:
                if len(self.placed) > before:
                    before, last = len(self.placed), time.monotonic()
                left = last + quiet_seconds - time.monotonic()
                if left <= 0:
                    return last
                self._news.wait(left)
        return time.monotonic()


def _pod(said: dict[str, Any]) -> str:
    return f"{said['pod']['namespace']}/{said['pod']['name']}"
