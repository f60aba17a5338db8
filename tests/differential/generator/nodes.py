"""Nodes: labels some of which are missing, taints, cordons, and what they can carry."""

from ..model import Object
from . import words
from .dice import Dice, Stress
from .preferences import node_images


def nodes(dice: Dice, stress: Stress, count: int) -> list[Object]:
    """Return a cluster's nodes."""
    return [_node(dice, stress, f"n{number}") for number in range(count)]


def _node(dice: Dice, stress: Stress, name: str) -> Object:
    spec: Object = {}
    taints = _taints(dice, stress)
    if dice.chance(0.5 * stress["unschedulable"]):
        spec["unschedulable"] = True
        if dice.chance(0.5):  # the node controller adds it a moment later
            taints.append({"key": words.UNSCHEDULABLE, "effect": "NoSchedule"})
    if taints:
        spec["taints"] = taints
    capacity = _capacity(dice, stress)
    images = {"images": node_images(dice)} if dice.chance(stress["preferences"]) else {}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": _labels(dice, stress, name)},
        "spec": spec,
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [{"type": "Ready", "status": "True"}],
            **images,
        },
    }


def _labels(dice: Dice, stress: Stress, name: str) -> dict[str, str]:
    """Return a node's labels; in cases about topology every key is missing now and then."""
    missing = 0.2 if stress.focus in ("spread", "interpod", "affinity", "mixed", "zone") else 0.03
    zone = dice.choice(words.ZONES)
    labels = {
        words.HOSTNAME: name,
        words.ZONE: zone,
        words.REGION: "region-1",
        words.RACK: dice.choice(words.RACKS),
        words.CORES: dice.choice(words.NUMBERS),
    }
    kept = {key: value for key, value in labels.items() if not dice.chance(missing)}
    if stress.focus == "zone" and dice.chance(0.25):
        kept = {key: value for key, value in kept.items() if key not in (words.ZONE, words.REGION)}
        if dice.chance(0.6):
            kept[words.BETA_ZONE] = zone
    return kept


def _taints(dice: Dice, stress: Stress) -> list[Object]:
    if not dice.chance(stress["taints"]):
        return []
    taints = []
    for key in dice.some(words.TAINT_KEYS, 1, 2):
        value, effect = dice.choice(words.TAINT_VALUES), dice.choice(words.EFFECTS)
        taint = {"key": key, "effect": effect}
        taints.append({**taint, "value": value} if value else taint)
        if dice.chance(0.15):
            other = dice.choice([each for each in words.EFFECTS if each != effect])
            taints.append({"key": key, "effect": other})
    return taints


def _capacity(dice: Dice, stress: Stress) -> dict[str, str]:
    if stress.scored:
        cpu = dice.choice((2, 4, 8, 16))
        memory = cpu * dice.choice((2, 4, 8))
        return {"cpu": str(cpu), "memory": f"{memory}Gi", "pods": "110", words.GPU: "4"}
    if not dice.chance(stress["resources"]):
        return {"cpu": "64", "memory": "256Gi", "pods": "250", "ephemeral-storage": "500Gi"} | (
            {words.GPU: "8", words.HUGEPAGES: "64Mi"} if dice.chance(0.7) else {}
        )
    capacity = {
        "cpu": dice.choice(("1", "1930m", "2", "4")),
        "memory": dice.choice(("2Gi", "3908Mi", "4e9", "8388608Ki")),
        "pods": dice.choice(("2", "3", "4", "5", "110")),
        "ephemeral-storage": dice.choice(("10Gi", "20Gi", "0")),
    }
    if dice.chance(0.4):
        capacity[words.GPU] = dice.choice(("0", "1", "2"))
    if dice.chance(0.3):
        capacity[words.HUGEPAGES] = dice.choice(("4Mi", "8Mi", "0"))
    for name in dice.some(("cpu", "memory", "ephemeral-storage", "pods"), 0, 1):
        if dice.chance(0.1):
            del capacity[name]
    return capacity
