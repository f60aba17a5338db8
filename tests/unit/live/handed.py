"""A small cluster for landings by hand: Nodes that are changed by patches, pods that are bound."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from kubestow.adapters.kubernetes_api.api_hand import Answer
from kubestow.live import marks
from kubestow.live.hand_landing import Lander
from kubestow.model.handed_plan import HandedNode, HandedPlan
from kubestow.model.node import Node
from kubestow.model.observed import NodeCondition, NodeDetails, ObjectIdentity, Observed
from kubestow.model.pod import Pod
from kubestow.model.taints import UNSCHEDULABLE_KEY, UNSCHEDULABLE_TAINT, Taint
from kubestow.model.volume import PersistentVolumeClaim
from kubestow.testing import ZONES, nodeclaim, snapshot

from .test_stewardship import patched

MINUTE = 60.0


@dataclass
class HandedStand:
    """An API server with what its controllers do at once. ``at`` is the time."""

    pods: dict[str, Pod] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[tuple[str, str], PersistentVolumeClaim] = field(default_factory=dict)
    workloads: tuple[Any, ...] = ()
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at: float = 1_000.0
    on_turn: Callable[[], object] = lambda: None
    opens_at: list[tuple[str, int]] = field(default_factory=list)

    def join(self, *names: str, zone: str = ZONES[0], taint: Taint = marks.HELD_TAINT) -> None:
        """Let Nodes of an m5.large register with the held taint."""
        for name in names:
            made = nodeclaim(name, zone=zone).node
            self.nodes[name] = replace(made, taints=(taint,))
            self.notes[name] = {}

    def add(self, *pods: Pod) -> None:
        """Create pods."""
        self.pods |= {item.key: item for item in pods}

    def observe(self) -> Observed:
        """Return what there is."""
        ready = NodeCondition("Ready", "True", since=0)
        made = snapshot(
            self.pods.values(), nodes=tuple(self.nodes.values()), claims=dict(self.claims),
            workloads=self.workloads,
        )  # fmt: skip
        details = {
            name: NodeDetails(0, (ready,), tuple(notes.items()))
            for name, notes in self.notes.items()
        }
        return Observed("stand", replace(made, at=int(self.at)), details)

    def bind(self, name: str, uid: str, node: str) -> Answer:
        """Bind a pod."""
        self.asked.append(f"bind {name} {node}")
        answer = self.answers.get("bind", Answer.DONE)
        if answer is Answer.DONE:
            assert self.nodes[node].unschedulable, "pods are bound to nodes that are held"
            self.pods[name] = self.pods[name].on(node)
        return answer

    def change_node(self, name: str, change: Any) -> Answer:
        """Apply a merge patch, and the taint that the node controller puts on for a cordon."""
        if "node" in self.answers:
            return self.answers["node"]
        node = self.nodes[name]
        taints = [{"key": t.key, "value": t.value, "effect": t.effect} for t in node.taints]
        body = {
            "metadata": {"annotations": dict(self.notes[name])},
            "spec": {"taints": taints, "unschedulable": node.unschedulable},
        }
        patch = change(body)
        if patch is None:
            return Answer.DONE
        after = patched(body, patch)
        cordoned = bool(after["spec"].get("unschedulable"))
        kept = tuple(
            Taint(t["key"], t.get("value", ""), t["effect"])
            for t in after["spec"]["taints"]
            if t["key"] != UNSCHEDULABLE_KEY
        )
        self.asked.append(f"{'cordon' if cordoned else 'open'} {name}")
        if cordoned:
            kept = (*kept, UNSCHEDULABLE_TAINT)
        self.nodes[name] = replace(node, taints=kept, unschedulable=cordoned)
        self.notes[name] = after["metadata"]["annotations"]
        return Answer.DONE

    def annotate_claim(self, namespace: str, name: str, notes: Any) -> Answer:
        """Note the node that a volume is made for."""
        self.asked.append(f"select {name} {next(iter(notes.values()))}")
        return Answer.DONE

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds
        self.on_turn()

    def lander(self, plan: HandedPlan) -> Lander:
        """Return who lands a plan here."""
        return Lander(
            plan, self.observe, self, identity=lambda key: ObjectIdentity(f"uid of {key}", {}),
            daemonsets=lambda: (), monotonic=lambda: self.at, pause=lambda seconds: None,
        )  # fmt: skip

    def where(self) -> dict[str, str]:
        """Return the Node of each pod by its name."""
        return {pod.name: pod.node_name for pod in self.pods.values()}


def handed(kind: str = "Deployment", **pods: list[str]) -> HandedPlan:
    """Return a plan with an m5.large for each keyword, with pods of a workload named web."""
    nodes = tuple(
        HandedNode(
            name, "pool", "m5.large", ZONES[0], "on-demand",
            pods=tuple(f"default/{item}" for item in some),
        )
        for name, some in pods.items()
    )  # fmt: skip
    workloads = {pod: (kind, "default", "web") for node in nodes for pod in node.pods}
    return HandedPlan("digest", "test-1", nodes, (), workloads)
