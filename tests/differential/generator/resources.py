"""What containers ask for: sidecars, init containers, limits, overhead, fractions, ports."""

from fractions import Fraction
from typing import Any

from ..model import Object
from . import words
from .dice import Dice, Stress

CPU = ("100m", "250m", "0.5", "1", "1.0001", "0.0005", "0")
_FRACTIONS = {"1.0001", "0.0005"}  # of a millicpu
MEMORY = ("64Mi", "500M", "0.5Gi", "1Gi", "1e9", "128974848", "100m", "0")
EPHEMERAL = ("1Gi", "5Gi", "3e9")
RUNTIME_CLASSES: dict[str, dict[str, str]] = {
    "sandboxed": {"cpu": "250m", "memory": "120Mi"},
    "light": {"cpu": "10m"},
}
_SUFFIXES = {
    "m": Fraction(1, 1000), "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20,
    "Gi": 2**30,
}  # fmt: skip
_PORTS = (80, 443, 8080)
_HOST_IPS = ("", "", "0.0.0.0", "127.0.0.1", "10.0.0.1", "::")
_PROTOCOLS = ("TCP", "TCP", "UDP", "SCTP")


def runtime_classes() -> list[Object]:
    """Return the RuntimeClasses, the same in every case."""
    return [
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": name},
            "handler": name,
            "overhead": {"podFixed": overhead},
        }
        for name, overhead in RUNTIME_CLASSES.items()
    ]


def fill_containers(dice: Dice, stress: Stress, spec: Object) -> None:
    """Give a pod its containers, with what they ask for."""
    level = stress["resources"]
    containers = [_container(dice, level, f"c{n}") for n in range(dice.choice((1, 1, 2)))]
    spec["containers"] = containers
    if dice.chance(0.4 * level + 0.02):
        spec["initContainers"] = [
            _init_container(dice, level, f"i{n}") for n in range(dice.choice((1, 2, 3)))
        ]
    if dice.chance(0.15 * level):
        name = dice.choice(sorted(RUNTIME_CLASSES))
        spec["runtimeClassName"] = name
        spec["overhead"] = RUNTIME_CLASSES[name]
    if dice.chance(0.15 * level):
        _pod_level(dice, spec)


def _container(dice: Dice, level: float, name: str) -> Object:
    container: Object = {"name": name, "image": "none"}
    if not dice.chance(max(level, 0.3)):
        return container
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    for resource, choices in (("cpu", CPU), ("memory", MEMORY), ("ephemeral-storage", EPHEMERAL)):
        if dice.chance(0.5 if resource != "ephemeral-storage" else 0.15):
            into = limits if dice.chance(0.2) else requests
            into[resource] = dice.choice(choices)
    if dice.chance(0.15 * level):
        limits[words.GPU] = dice.choice(("0", "1", "2"))
    if dice.chance(0.1 * level):
        limits[words.HUGEPAGES] = dice.choice(("2Mi", "4Mi"))
        requests.setdefault("memory", "64Mi")
        limits.pop("memory", None)
    resources = {"requests": requests, "limits": limits}
    container["resources"] = {key: value for key, value in resources.items() if value}
    return container


def _init_container(dice: Dice, level: float, name: str) -> Object:
    container = _container(dice, level, name)
    if dice.chance(0.5):
        container["restartPolicy"] = "Always"
    return container


def _pod_level(dice: Dice, spec: Object) -> None:
    """Ask at the level of the pod, for at least what all containers ask for together."""
    everything = [*spec["containers"], *spec.get("initContainers", ())]
    asked: dict[str, str] = {}
    for resource, extra in (("cpu", "100m"), ("memory", "64Mi")):
        if dice.chance(0.7):
            total = sum(
                max(amount(part.get(resource, "0")) for part in _parts(container))
                for container in everything
            ) + amount(extra)
            asked[resource] = f"{-(-total * 1000 // 1)}m"
    if asked:
        parts = [part for item in everything for part in _parts(item)]
        fractional = not _FRACTIONS.isdisjoint(text for part in parts for text in part.values())
        # From limits the API server deduces requests that its own rounding then refutes.
        if fractional and any(words.HUGEPAGES in part for part in parts):
            return
        kinds = ("requests",) if fractional else ("requests", "requests", "limits")
        spec["resources"] = {dice.choice(kinds): asked}


def _parts(container: Object) -> list[dict[str, Any]]:
    resources = container.get("resources", {})
    return [resources.get("requests", {}), resources.get("limits", {})]


def amount(text: str) -> Fraction:
    """Return a quantity's value."""
    for suffix, factor in sorted(_SUFFIXES.items(), key=lambda item: -len(item[0])):
        if text.endswith(suffix):
            return Fraction(text.removesuffix(suffix)) * factor
    return Fraction(text)


def fill_ports(dice: Dice, spec: Object) -> None:
    """Give a pod host ports, on its containers and its sidecars."""
    if dice.chance(0.15):
        spec["hostNetwork"] = True
    chosen = dice.some(_PORTS, 1, 2)
    holders = [*spec["containers"], *spec.get("initContainers", ())]
    for port in chosen:
        holder = dice.choice(holders)
        entry: Object = {"containerPort": port, "protocol": dice.choice(_PROTOCOLS)}
        if not spec.get("hostNetwork") or dice.chance(0.5):
            entry["hostPort"] = port
            ip = dice.choice(_HOST_IPS)
            if ip:
                entry["hostIP"] = ip
        holder.setdefault("ports", []).append(entry)


def resize_status(dice: Dice, spec: Object) -> Object | None:
    """Return the status of a bound pod in the middle of an in-place resize."""
    container = spec["containers"][0]
    requests = dict(container.get("resources", {}).get("requests", {}))
    if not requests.keys() & {"cpu", "memory"}:
        return None
    for resource, choices in (("cpu", CPU), ("memory", MEMORY)):
        if resource in requests:
            requests[resource] = dice.choice(choices)
    status: Object = {
        "phase": "Running",
        "containerStatuses": [
            {
                "name": container["name"],
                "image": "none",
                "imageID": "none",
                "ready": True,
                "restartCount": 0,
                "resources": {"requests": requests},
                "allocatedResources": requests,
            }
        ],
    }
    if dice.chance(0.4):
        reason = dice.choice(("Infeasible", "Deferred"))
        condition = {"type": "PodResizePending", "status": "True", "reason": reason}
        status["conditions"] = [condition]
    return status
