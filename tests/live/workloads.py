"""Whether what controllers were asked for is there: the workloads that are not complete yet.

Law: it reads what the controllers report, and waits no longer than it is told to.
"""

import json
import time
from collections import Counter
from collections.abc import Callable

from tests.differential.api import Client
from tests.differential.model import Object

_PAUSE_SECONDS = 0.25
_NOT_READY = "node.kubernetes.io/not-ready"
_COUNTED = {
    "deployments": ("spec", "replicas", "readyReplicas"),
    "replicasets": ("spec", "replicas", "readyReplicas"),
    "statefulsets": ("spec", "replicas", "readyReplicas"),
    "daemonsets": ("status", "desiredNumberScheduled", "numberReady"),
}


class NotInTimeError(Exception):
    """What was waited for did not come; the text says what was there instead."""


def wait_until(missing: Callable[[], object], seconds: float) -> None:
    """Wait until nothing is missing any more; look so seldom that looking costs little."""
    deadline = time.monotonic() + seconds
    began = time.monotonic()
    while found := missing():
        if time.monotonic() > deadline:
            raise NotInTimeError(f"after {seconds:g} s there is still missing: {found}")
        time.sleep(max(_PAUSE_SECONDS, 3 * (time.monotonic() - began)))
        began = time.monotonic()


def listed(api: Client, path: str) -> list[Object]:
    """Return the objects of a resource, such as apps/v1/deployments."""
    found: list[Object] = json.loads(api.call("GET", f"/apis/{path}"))["items"]
    return found


def incomplete(api: Client) -> list[str]:
    """Return the workloads that have fewer ready pods than they should, and Jobs not done."""
    found = []
    for resource, (part, wanted, ready) in _COUNTED.items():
        for item in listed(api, f"apps/v1/{resource}"):
            status = item["status"]
            observed = status.get("observedGeneration", 0) >= item["metadata"]["generation"]
            if not observed or item[part].get(wanted, 0) > status.get(ready, 0):
                found.append(_name(resource, item))
    jobs = listed(api, "batch/v1/jobs")
    return found + [_name("jobs", item) for item in jobs if not _complete(item)]


def phases(api: Client) -> dict[str, int]:
    """Return the number of pods in each phase."""
    return dict(Counter(pod["status"]["phase"] for pod in api.objects("Pod")))


def unready_nodes(api: Client) -> list[str]:
    """Return the nodes that are not Ready, or still have a taint that says so."""
    return [node["metadata"]["name"] for node in api.objects("Node") if not _ready(node)]


def _ready(node: Object) -> bool:
    conditions, taints = node["status"].get("conditions", ()), node["spec"].get("taints", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions) and all(
        each["key"] != _NOT_READY for each in taints
    )


def _complete(job: Object) -> bool:
    return "completionTime" in job["status"]


def _name(resource: str, item: Object) -> str:
    return f"{resource}/{item['metadata']['namespace']}/{item['metadata']['name']}"
