"""A cluster's objects put into the API server and taken out again, many clusters in turn.

Law: what a case carries is what the scheduler sees, before its pods come. The scheduler counts
the events it has handled, so that is known and not hoped.
"""

import copy
import time
from collections import Counter
from typing import Any

from .control_plane import ControlPlane, Scheduler
from .model import Object, RefusedError, key, namespace_of

SETTLED_SECONDS_MAX = 30.0
UNSETTLED_SECONDS = 0.5
"""How long after an object was refused the events of the others may still arrive."""
HOLD = "kubestow.test/hold"
"""The finalizer that keeps a deleted object there, terminating."""

_LASTING = ("Namespace", "PriorityClass", "RuntimeClass")
_BUILT_IN = {"default", "kube-system", "kube-public", "kube-node-lease"}
_KUBERNETES = "default/kubernetes"
"""The Service that the API server makes for itself."""
_MARKER = "kubestow-marker"
_FIRST = ("VolumeAttachment", "CSIDriver", "VolumeAttributesClass", "Service")
"""Kinds whose arrival not every scheduler counts: they go first."""
_ADDED = {
    "Node": "NodeAdd",
    "Pod": "AssignedPodAdd",
    "CSINode": "storage.k8s.io/CSINodeAdd",
    "CSIStorageCapacity": "storage.k8s.io/CSIStorageCapacityAdd",
    "PersistentVolume": "PersistentVolumeAdd",
    "PersistentVolumeClaim": "PersistentVolumeClaimAdd",
    "StorageClass": "storage.k8s.io/StorageClassAdd",
}
_UPDATED = {
    "PersistentVolume": "PersistentVolumeUpdate",
    "PersistentVolumeClaim": "PersistentVolumeClaimUpdate",
}


class NotSettledError(Exception):
    """The scheduler has not seen everything in time."""


class RealCluster:
    """The cluster that is in the API server now."""

    def __init__(self, plane: ControlPlane, scheduler: Scheduler) -> None:
        self._api = plane.api
        self._lasting = plane.lasting
        self._scheduler = scheduler
        self._there: list[Object] = []
        self._handled = Counter(scheduler.events_handled())
        self._unsettled = False
        self._number = 0

    def put(self, objects: list[Object], pods: list[Object] = ()) -> None:
        """Create the objects of a cluster; return when the scheduler has seen them."""
        if self._unsettled:
            self._sweep()
        self._unsettled = True
        self._put_lasting(objects, [*objects, *pods])
        passing = [item for item in objects if item["kind"] not in _LASTING]
        bound = [item for item in passing if item["kind"] == "Pod"]
        for pod in bound:
            if not pod["spec"].get("nodeName"):
                raise RefusedError(f"{key(pod)} is among the objects, but bound to no node")
        others = [item for item in passing if item["kind"] != "Pod"]
        others.sort(key=lambda item: item["kind"] not in _FIRST)
        self._number += 1
        marker = _marker(self._number)
        self._there = [marker, *passing]
        self._api.each(self._create, others)
        finished = [item for item in bound if _finished(item)]
        self._api.each(self._create, finished)
        self._api.each(self._create, [item for item in bound if not _finished(item)])
        self._create(marker)  # after all other pods, and in one stream with them
        self._settle([*others, *bound, marker])

    def add(self, pods: list[Object]) -> None:
        """Create incoming pods."""
        self._there += pods
        self._api.each(self._api.create, pods)

    def clear(self) -> None:
        """Take the cluster out again, its namespaces and classes apart."""
        there, self._there = self._there, []
        self._api.each(self._release, [item for item in there if _terminating(item)])
        self._delete({(item["kind"], namespace_of(item)) for item in there})

    def _delete(self, places: set[tuple[str, str | None]]) -> None:
        order = sorted(places, key=lambda place: (place[0] != "Pod", place[0], place[1] or ""))
        self._api.each(lambda place: self._api.delete_all(*place), order)

    def _sweep(self) -> None:
        """Take out whatever a failure has left behind, and let its events arrive."""
        kinds = sorted(_ADDED.keys() | set(_FIRST))
        left = [item for kind in kinds for item in self._api.objects(kind)]
        self._api.each(self._release, [item for item in left if _terminating(item)])
        self._delete(
            {(item["kind"], namespace_of(item)) for item in left if key(item) != _KUBERNETES}
        )
        time.sleep(UNSETTLED_SECONDS)
        self._handled = Counter(self._scheduler.events_handled())

    def _create(self, item: Object) -> None:
        body, status = copy.deepcopy(item), None
        if item["kind"] in ("Pod", "PersistentVolume", "PersistentVolumeClaim"):
            status = body.pop("status", None)  # a Node keeps its status when it is created
        if _terminating(body):
            del body["metadata"]["deletionTimestamp"]
            body["metadata"]["finalizers"] = [HOLD]
        self._api.create(body)
        if status:
            self._api.patch(item, {"status": status}, "status")
        if _terminating(item):
            self._api.delete(item)

    def _release(self, item: Object) -> None:
        try:
            self._api.patch(item, {"metadata": {"finalizers": None}})
        except RefusedError:
            self._api.delete(item)

    def _settle(self, created: list[Object]) -> None:
        due: Counter[str] = Counter()
        for item in created:
            kind = item["kind"]
            if kind in _ADDED:
                due[_ADDED[kind]] += 1
            if kind in _UPDATED and item.get("status", {}).get("phase", "Pending") != "Pending":
                due[_UPDATED[kind]] += 1
        deadline = time.monotonic() + SETTLED_SECONDS_MAX
        while True:
            handled = Counter(self._scheduler.events_handled())
            late = {name: due[name] - handled[name] + self._handled[name] for name in due}
            if all(count <= 0 for count in late.values()):
                break
            if time.monotonic() > deadline:
                raise NotSettledError(f"events not handled: {late}")
        self._handled = handled
        self._unsettled = False

    def _put_lasting(self, objects: list[Object], users: list[Object]) -> None:
        wanted = {_place(item): item for item in objects if item["kind"] in _LASTING}
        names = {item["metadata"].get("namespace") for item in users} | {_MARKER}
        for name in sorted(names - _BUILT_IN - {None}):
            wanted.setdefault(("Namespace", name), _namespace(name))
        changed = [item for place, item in wanted.items() if self._lasting.get(place) != item]
        for item in changed:
            self._replace(item, self._lasting.get(_place(item)))
            self._lasting[_place(item)] = item
        if changed:
            time.sleep(0.3)  # for admission and the scheduler; it happens once in many cases

    def _replace(self, item: Object, before: Object | None) -> None:
        if item["kind"] == "Namespace" and (before or item["metadata"]["name"] in _BUILT_IN):
            known = (before or item)["metadata"].get("labels", {})
            labels: dict[str, Any] = dict.fromkeys(known) | item["metadata"].get("labels", {})
            self._api.patch(item, {"metadata": {"labels": labels}})
            return
        if before:
            self._api.delete(before)
        self._api.create(item)


def _place(item: Object) -> tuple[str, str]:
    return item["kind"], key(item)


def _terminating(item: Object) -> bool:
    return "deletionTimestamp" in item["metadata"]


def _finished(pod: Object) -> bool:
    """Return whether a pod has run to its end.

    These go first: the scheduler sees them bound and then gone, and what one leaves behind in its
    cache (it frees a host port that another pod has too) is an accident of that order.
    """
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def _namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _marker(number: int) -> Object:
    """Return a pod bound to a node that is not there: the last of a case to be seen."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"marker-{number}", "namespace": _MARKER},
        "spec": {"nodeName": "nowhere", "containers": [{"name": "main", "image": "none"}]},
    }
