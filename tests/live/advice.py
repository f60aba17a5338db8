"""Advice on a running cluster that an autoscaler's model left, beside a plan from scratch.

Law: what cannot move is told by the API server's objects and its controllers, not by kubestow; the
plan from scratch is the command's, of a dump from which the nodes that may go are taken.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.api import Client
from tests.differential.model import Object

from kubestow.model.instance_type import NANO_USD
from kubestow.model.labels import DO_NOT_DISRUPT, SAFE_TO_EVICT

from .settling import KARPENTER, SettledCluster

TOLERANCE = 0.02
"""What an advice's saving may differ from the plan's, as a share of what the cluster costs."""
_NEVER = {DO_NOT_DISRUPT: "true", SAFE_TO_EVICT: "false"}
_PLAN = ("--no-rehearsal", "--kinds-within", "0.5%", "-o", "json")


@dataclass(frozen=True)
class AdviceCheck:
    """What an advice says in USD an hour, and what the model and the plans say."""

    nodes: int
    held_nodes: int
    model: float
    cost: float
    minimum: float
    saving: float
    planned_saving: float
    cheapest: float
    planned_cheapest: float
    rest: float

    @property
    def off(self) -> float:
        """Return how far the advice is from the plans, as a share of the cost."""
        saving = abs(self.saving - self.planned_saving)
        return max(saving, abs(self.cheapest - self.planned_cheapest)) / self.cost

    @property
    def faults(self) -> list[str]:
        """Return what does not hold."""
        held = {
            "the cost is not the model's": abs(self.cost - self.model) > 1 / NANO_USD,
            "the saving or the cheapest plan is not the plan's": self.off > TOLERANCE,
            "a plan costs less than the minimum": min(self.cheapest, self.planned_cheapest)
            < self.minimum - 1 / NANO_USD,
            "its policy does not rest where it rested": abs(self.rest - self.cost) > 1 / NANO_USD,
        }
        return [text for text, is_wrong in held.items() if is_wrong]


def checked(api: Client, kubeconfig: str, cluster: SettledCluster, folder: Path) -> AdviceCheck:
    """Ask for advice on the cluster, and for the plans that it should agree with."""
    asked = ("advise", "--kubeconfig", kubeconfig, "--policy", cluster.policy, "--settled")
    told = json.loads(_kubestow(*asked, "-o", "json"))
    assert not told["pendingPods"], told
    assert not told["unpricedNodes"], told
    dump = json.loads(_kubestow("snapshot", "--kubeconfig", kubeconfig))
    held = held_nodes(api)
    pools = folder / "pools.json"
    pools.write_text(json.dumps({"apiVersion": "v1", "kind": "List",
                                 "items": cluster.pool_objects}))  # fmt: skip
    more = () if cluster.policy == KARPENTER else ("--nodepool", str(pools))
    cost = told["cost"]["usdPerHour"]
    of_held = sum(_price(node, cluster) for node in api.objects("Node") if _name(node) in held)
    reached = of_held + _planned(without_nodes(dump, keep=held), folder, more)
    scratch = _planned(without_nodes(dump, keep=()), folder, more)
    return AdviceCheck(
        told["nodes"], len(held), cluster.nano_usd_per_hour / NANO_USD, cost,
        told["minimum"]["usdPerHour"], told["saving"]["usdPerHour"], max(0.0, cost - reached),
        told["cheapest"]["cost"]["usdPerHour"], min(cost, scratch),
        told["rests"][0]["fleet"]["cost"]["usdPerHour"],
    )  # fmt: skip


def held_nodes(api: Client) -> frozenset[str]:
    """Return the nodes that must stay now: of pods that say so, of budgets, or without an owner."""
    used_up = [
        (item["metadata"]["namespace"], item["spec"]["selector"]["matchLabels"])
        for item in api.objects("PodDisruptionBudget")
        if not item["status"]["disruptionsAllowed"]
    ]
    return frozenset(
        pod["spec"]["nodeName"] for pod in api.objects("Pod") if _must_stay(pod, used_up)
    )


def _must_stay(pod: Object, used_up: Iterable[tuple[str, dict[str, str]]]) -> bool:
    metadata = pod["metadata"]
    notes, labels = metadata.get("annotations", {}), metadata.get("labels", {})
    is_bare = "ownerReferences" not in metadata
    is_protected = any(notes.get(key) == value for key, value in _NEVER.items())
    return is_bare or is_protected or any(
        namespace == metadata["namespace"] and wanted.items() <= labels.items()
        for namespace, wanted in used_up
    )  # fmt: skip


def without_nodes(dump: Object, keep: Iterable[str]) -> Object:
    """Return a dump with some nodes alone; the pods of the others wait, but for DaemonSets'."""
    kept = frozenset(keep)
    items: list[Object] = []
    for item in dump["items"]:
        if item["kind"] in ("Node", "CSINode"):
            items += [item] if _name(item) in kept else []
        elif item["kind"] != "Pod" or item["spec"].get("nodeName", "") in kept:
            items.append(item)
        elif _owner(item) != "DaemonSet":
            spec = {key: text for key, text in item["spec"].items() if key != "nodeName"}
            items.append(item | {"spec": spec, "status": {"phase": "Pending"}})
    return dump | {"items": items}


def _planned(dump: Object, folder: Path, more: Iterable[str]) -> float:
    """Return what the new nodes of the cheapest plan for a dump cost, in USD an hour."""
    path = folder / "dump.json"
    path.write_text(json.dumps(dump), encoding="utf-8")
    region = ("--region", "ap-northeast-2")
    plan: dict[str, Any] = json.loads(_kubestow("plan", "-f", str(path), *region, *more, *_PLAN))
    assert not plan["unschedulable"], plan["unschedulable"]
    cost: float = plan["cost"]["usdPerHour"]
    return cost


def _price(node: Object, cluster: SettledCluster) -> float:
    """Return a node's price in the catalog."""
    labels = node["metadata"]["labels"]
    claims = [each.claim for each in cluster.left.nodes]
    return next(
        claim.nano_usd_per_hour / NANO_USD
        for claim in claims
        if claim.instance_type == labels["node.kubernetes.io/instance-type"]
        and claim.zone == labels["topology.kubernetes.io/zone"]
    )


def _kubestow(*arguments: str) -> str:
    command = [sys.executable, "-m", "kubestow", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def _name(item: Object) -> str:
    name: str = item["metadata"]["name"]
    return name


def _owner(pod: Object) -> str:
    references = pod["metadata"].get("ownerReferences", ())
    return next((each["kind"] for each in references if each.get("controller")), "")
