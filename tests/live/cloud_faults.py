"""What goes wrong between a program and EC2: throttling, lost answers, news that comes late.

Law: without rates nothing does. A lost answer is lost after what was asked for has been done.
"""

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from xml.etree import ElementTree

from .ec2_query import HttpAnswer, error

_CHANGES = (
    "CreateFleet", "TerminateInstances", "CreateTags", "SetDesiredCapacity",
    "TerminateInstanceInAutoScalingGroup",
)  # fmt: skip
_INSTANCE = re.compile(r"\bi-[0-9a-f]{17}\b")


@dataclass
class CloudFaults:
    """Rates of faults for each request, and how long new instances are not told of.

    ``refused`` is the code of an error with which every launch is refused; none where it is empty.
    """

    throttled: float = 0.0
    lost: float = 0.0
    refused: str = ""
    late_seconds: float = 0.0
    seed: int = 0
    launches: dict[str, float] = field(default_factory=dict)
    """When each instance was asked for (monotonic seconds)."""
    actions: Counter[str] = field(default_factory=Counter)
    """How often each was asked for."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _dice: random.Random | None = None
    _request: threading.local = field(default_factory=threading.local)

    def _happens(self, rate: float) -> bool:
        with self._lock:
            if self._dice is None:
                self._dice = random.Random(self.seed)
            return rate > 0 and self._dice.random() < rate

    def before(self, action: str) -> HttpAnswer | None:
        """Return an answer in place of what is asked for, sometimes."""
        self._request.at = time.monotonic()
        with self._lock:
            self.actions[action] += 1
        if action and self._happens(self.throttled):
            return error("503 Service Unavailable", "RequestLimitExceeded", "Too many.")
        if action == "CreateFleet" and self.refused:
            return error("403 Forbidden", self.refused, "It is not allowed.")
        return None

    def launched(self, action: str, made: HttpAnswer) -> None:
        """Note what an answer says was launched; moto may take seconds for it."""
        if action == "CreateFleet":
            asked_at = getattr(self._request, "at", time.monotonic())
            for found in _INSTANCE.finditer(made.body.decode()):
                self.launches.setdefault(found[0], asked_at)

    def after(self, action: str, made: HttpAnswer) -> HttpAnswer:
        """Return the answer, or what comes in its place."""
        if action in _CHANGES and self._happens(self.lost):
            return error("500 Internal Server Error", "InternalError", "It failed.")
        if action == "DescribeInstances" and self.late_seconds:
            return self._without_the_newest(made)
        return made

    def _without_the_newest(self, made: HttpAnswer) -> HttpAnswer:
        now = time.monotonic()
        new = {name for name, at in self.launches.items() if now - at < self.late_seconds}
        root = ElementTree.fromstring(made.body)
        for group in root.iterfind(".//{*}instancesSet"):
            for item in list(group):
                if item.findtext("{*}instanceId", "") in new:
                    group.remove(item)
        namespace = root.tag[1:].partition("}")[0] if root.tag[0] == "{" else ""
        if namespace:
            ElementTree.register_namespace("", namespace)
        return HttpAnswer(made.status, made.headers, ElementTree.tostring(root))
