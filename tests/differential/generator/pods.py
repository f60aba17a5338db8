"""Pods, bound and incoming, put together from what each filter looks at."""

from ..model import Object
from . import words
from .dice import Dice, Stress
from .placement import node_affinity, node_selector, tolerations
from .preferences import fill_preferences
from .resources import fill_containers, fill_ports, resize_status
from .topology import anti_affinity, fill_topology, labels
from .volumes import Storage

_MOUNTING = ("disks", "limits", "binding", "zone")


def incoming(dice: Dice, stress: Stress, storage: Storage, count: int) -> list[Object]:
    """Return the pods to be scheduled."""
    return [_incoming(dice, stress, storage, f"p{number}") for number in range(count)]


def bound(dice: Dice, stress: Stress, storage: Storage, nodes: list[Object]) -> list[Object]:
    """Return the pods that are on the nodes already."""
    few = stress.focus in ("unschedulable", "taints", "affinity")
    most = 1 if few else 5 if len(nodes) <= 40 else 3
    found: list[Object] = []
    for node in nodes:
        for _ in range(dice.randint(0, most) if dice.chance(0.8) else 0):
            name = node["metadata"]["name"]
            found.append(_bound(dice, stress, storage, f"b{len(found)}", name))
    return found


def _incoming(dice: Dice, stress: Stress, storage: Storage, name: str) -> Object:
    pod = _pod(dice, stress, name)
    spec = pod["spec"]
    if dice.chance(stress["ports"]):
        fill_ports(dice, spec)
    found = tolerations(dice, stress)
    if found:
        spec["tolerations"] = found
    if dice.chance(0.35 * stress["affinity"]):
        spec["nodeSelector"] = node_selector(dice)
    if dice.chance(stress["affinity"]):
        spec["affinity"] = {"nodeAffinity": node_affinity(dice)}
    fill_topology(dice, stress, spec)
    if dice.chance(stress["preferences"]):
        fill_preferences(dice, spec)
    if dice.chance(max(stress[name] for name in _MOUNTING)):
        storage.mount(spec, pod["metadata"]["namespace"], bound=False)
    return pod


def _bound(dice: Dice, stress: Stress, storage: Storage, name: str, node: str) -> Object:
    pod = _pod(dice, stress, name)
    spec = pod["spec"]
    spec["nodeName"] = node
    if dice.chance(0.8 * stress["ports"]):
        fill_ports(dice, spec)
    if dice.chance(0.35 * stress["interpod"]):
        spec["affinity"] = anti_affinity(dice)
    if dice.chance(0.5 * stress["preferences"]):
        fill_preferences(dice, spec)
    if dice.chance(0.7 * max(stress[each] for each in ("disks", "limits"))):
        storage.mount(spec, pod["metadata"]["namespace"], bound=True)
    fate = dice.random()
    if fate < 0.08:
        pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    elif fate < 0.13:
        pod["status"] = {"phase": dice.choice(("Succeeded", "Failed"))}
    elif dice.chance(0.3 * stress["resources"]):
        status = resize_status(dice, spec)
        if status:
            pod["status"] = status
    return pod


def _pod(dice: Dice, stress: Stress, name: str) -> Object:
    spec: Object = {}
    fill_containers(dice, stress, spec)
    metadata: Object = {"name": name, "namespace": dice.choice(sorted(words.NAMESPACES))}
    found = labels(dice)
    if found:
        metadata["labels"] = found
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
