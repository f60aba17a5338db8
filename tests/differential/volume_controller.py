"""Plays the parts of the PersistentVolume controller and of provisioners, so that claims bind.

Law: it makes a volume where the scheduler said so, and completes bindings; it decides nothing.
"""

import contextlib
import threading
from collections.abc import Iterator

from .api import Client, NotFoundError
from .generator.storage import EBS, required, volume
from .generator.volumes import COMPLETED, SELECTED
from .generator.words import ZONE
from .model import Object, RefusedError


@contextlib.contextmanager
def volume_controller(api: Client, *, from_the_start: bool = False) -> Iterator[None]:
    """Bind claims in the background for the length of a block.

    Where there are no claims there is nothing to do, unless it runs from a cluster's start.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(api, stop, from_the_start), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(api: Client, stop: threading.Event, from_the_start: bool) -> None:
    if not (from_the_start or api.objects("PersistentVolumeClaim")):
        return
    while not stop.wait(0.2):
        claims = [item for item in api.objects("PersistentVolumeClaim") if not _bound(item)]
        reserved = {
            (reference["namespace"], reference["name"]): item["metadata"]["name"]
            for item in api.objects("PersistentVolume")
            if (reference := item["spec"].get("claimRef"))
        }
        work = []
        for claim in claims:
            metadata = claim["metadata"]
            made = reserved.get((metadata["namespace"], metadata["name"]))
            selected = metadata.get("annotations", {}).get(SELECTED)
            if made or selected:
                work.append((claim, made, selected))
        # Whatever changed meanwhile is seen next time.
        with contextlib.suppress(NotFoundError, RefusedError):
            api.each(lambda item: _bind(api, *item), work)


def _bound(claim: Object) -> bool:
    return COMPLETED in claim["metadata"].get("annotations", {})


def _bind(api: Client, claim: Object, made: str | None, selected: str) -> None:
    name = made or _provision(api, claim, selected)
    change = {"metadata": {"annotations": {COMPLETED: "yes"}}, "spec": {"volumeName": name}}
    api.patch(claim, change)
    api.patch(claim, {"status": {"phase": "Bound"}}, "status")


def _provision(api: Client, claim: Object, selected: str) -> str:
    """Make the volume of a claim on its node, or in the node's zone for EBS; return its name."""
    metadata, spec = claim["metadata"], claim["spec"]
    storage_class = api.get("StorageClass", None, spec["storageClassName"])
    driver = storage_class["provisioner"]
    name = f"pvc-{metadata['uid']}"
    made = volume(name, {"csi": {"driver": driver, "volumeHandle": name}}, spec["storageClassName"])
    made["spec"]["capacity"] = spec["resources"]["requests"]
    made["spec"]["accessModes"] = spec["accessModes"]
    made["spec"]["claimRef"] = {
        "kind": "PersistentVolumeClaim",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
    }
    if driver == EBS:
        labels = api.get("Node", None, selected)["metadata"].get("labels", {})
        if ZONE in labels:
            made["spec"]["nodeAffinity"] = required((ZONE, [labels[ZONE]]))
    with contextlib.suppress(RefusedError):  # it was made the last time round
        api.create(made)
        api.patch(made, {"status": {"phase": "Bound"}}, "status")
    return name
