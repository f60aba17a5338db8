"""What the cluster's storage consists of: classes, drivers, attach limits, capacities, volumes."""

from typing import Any

from ..model import Object
from . import words
from .dice import Dice, Stress

EBS, LVM, IN_TREE_EBS = "ebs.csi.aws.com", "lvm.example.com", "kubernetes.io/aws-ebs"
WAIT = "WaitForFirstConsumer"
MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins"
SIZES = ("1Gi", "2Gi", "5Gi", "1e9", "3000000000")
ATTRIBUTES = ("silver", "gold")

_CLASSES: dict[str, tuple[str, str]] = {
    "fast": (EBS, WAIT),
    "zonal": (EBS, WAIT),
    "nowhere": (EBS, WAIT),
    "in-tree": (IN_TREE_EBS, WAIT),
    "tracked": (LVM, WAIT),
    "local": ("kubernetes.io/no-provisioner", WAIT),
    "immediate": (EBS, "Immediate"),
}


def classes(dice: Dice) -> list[Object]:
    """Return the StorageClasses, VolumeAttributesClasses and CSIDrivers."""
    found = [_class(dice, name) for name in _CLASSES]
    found += [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "CSIDriver",
            "metadata": {"name": name},
            "spec": {"storageCapacity": tracked},
        }
        for name, tracked in ((EBS, False), (LVM, True))
    ]
    found += [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "VolumeAttributesClass",
            "metadata": {"name": name},
            "driverName": EBS,
            "parameters": {"grade": name},
        }
        for name in ATTRIBUTES
    ]
    return found


def _class(dice: Dice, name: str) -> Object:
    provisioner, mode = _CLASSES[name]
    found: Object = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "volumeBindingMode": mode,
    }
    if name == "zonal":
        terms = [_topology(dice) for _ in range(dice.choice((1, 1, 2)))]
        found["allowedTopologies"] = terms if terms[0] != terms[-1] else terms[:1]
    if name == "nowhere":
        found["allowedTopologies"] = [_expressions([("example.com/nowhere", ["a"])])]
    return found


def _topology(dice: Dice) -> Object:
    wanted: list[tuple[str, list[str]]] = [(words.ZONE, dice.some(words.ZONES, 1, 2))]
    if dice.chance(0.3):
        wanted.append((words.RACK, dice.some(words.RACKS, 1, 3)))
    return _expressions(wanted)


def _expressions(wanted: list[tuple[str, list[str]]]) -> Object:
    return {"matchLabelExpressions": [{"key": key, "values": values} for key, values in wanted]}


def csi_nodes(dice: Dice, stress: Stress, nodes: list[Object]) -> list[Object]:
    """Return CSINodes: how many volumes each node can attach, where that is known."""
    tight = stress.focus in ("limits", "mixed")
    return [
        _csi_node(dice, node["metadata"]["name"], tight)
        for node in nodes
        if dice.chance(0.85 if tight else 0.3)
    ]


def _csi_node(dice: Dice, name: str, tight: bool) -> Object:
    drivers = []
    for driver in (EBS, LVM):
        if dice.chance(0.85):
            entry: Object = {"name": driver, "nodeID": name, "topologyKeys": [words.ZONE]}
            if dice.chance(0.9):
                count = dice.choice((0, 1, 1, 2, 3)) if tight else 25
                entry["allocatable"] = {"count": count}
            drivers.append(entry)
    metadata: Object = {"name": name}
    if dice.chance(0.6):
        metadata["annotations"] = {MIGRATED: IN_TREE_EBS}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": metadata,
        "spec": {"drivers": drivers},
    }


def capacities(dice: Dice) -> list[Object]:
    """Return what the tracked driver says it has left, and where."""
    return [_capacity(dice, number) for number in range(dice.choice((0, 1, 2, 3)))]


def _capacity(dice: Dice, number: int) -> Object:
    found: Object = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSIStorageCapacity",
        "metadata": {"name": f"capacity-{number}", "namespace": "bare"},
        "storageClassName": dice.choice(("tracked", "tracked", "tracked", "fast")),
    }
    if dice.chance(0.9):
        key, values = dice.choice(((words.ZONE, words.ZONES), (words.RACK, words.RACKS)))
        chosen: list[Any] = dice.some(values, 1, 2)
        expression = {"key": key, "operator": "In", "values": chosen}
        found["nodeTopology"] = {} if dice.chance(0.1) else {"matchExpressions": [expression]}
    if dice.chance(0.85):
        found["capacity"] = dice.choice(("2Gi", "4Gi", "100Gi", "1"))
    if dice.chance(0.25):
        found["maximumVolumeSize"] = dice.choice(("1Gi", "3Gi"))
    return found


def static_volumes(dice: Dice, nodes: list[Object]) -> list[Object]:
    """Return volumes made by hand, for claims that wait for a consumer."""
    return [_static(dice, number, nodes) for number in range(dice.randint(2, 6))]


def _static(dice: Dice, number: int, nodes: list[Object]) -> Object:
    name = f"static-{number}"
    found = volume(name, csi_source(name), dice.choice(("local", "local", "fast", "tracked")))
    spec = found["spec"]
    spec["capacity"] = {"storage": dice.choice(SIZES)}
    spec["accessModes"] = dice.choice((["ReadWriteOnce"], ["ReadWriteOnce", "ReadOnlyMany"]))
    found["status"] = {"phase": dice.choice(("Available",) * 5 + ("Released",))}
    if dice.chance(0.15):
        spec["volumeMode"] = "Block"
    if dice.chance(0.15):
        spec["volumeAttributesClassName"] = dice.choice(ATTRIBUTES)
    if dice.chance(0.4):
        found["metadata"]["labels"] = {"grade": dice.choice(("a", "b"))}
    if dice.chance(0.8):
        chosen = dice.some([node["metadata"]["name"] for node in nodes], 1, 3)
        key, values = dice.choice(
            ((words.HOSTNAME, chosen), (words.ZONE, dice.some(words.ZONES, 1, 2)))
        )
        spec["nodeAffinity"] = required((key, values))
    return found


def required(*wanted: tuple[str, list[str]]) -> Object:
    """Return a volume's node affinity: each label must have one of its values."""
    expressions = [{"key": key, "operator": "In", "values": values} for key, values in wanted]
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}


def volume(name: str, source: Object, storage_class: str) -> Object:
    """Return a PersistentVolume."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "5Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            **source,
        },
    }


def csi_source(handle: str, driver: str = EBS) -> Object:
    """Return a volume's CSI source."""
    return {"csi": {"driver": driver, "volumeHandle": handle}}


def attachment(number: int, node: str, volume_name: str) -> Object:
    """Return a VolumeAttachment."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": {"name": f"attachment-{number}"},
        "spec": {
            "attacher": EBS,
            "nodeName": node,
            "source": {"persistentVolumeName": volume_name},
        },
    }
