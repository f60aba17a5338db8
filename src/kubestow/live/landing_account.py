"""What became of a plan's nodes and pods in a landing, or would become of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kubestow.live import marks
from kubestow.live.hand_landing import LandingSight
from kubestow.live.held_nodes import is_held
from kubestow.live.landing_slots import PodSlot, SlotState
from kubestow.model.handed_plan import HandedNode, HandedPlan
from kubestow.model.landing_report import (
    LandedNode,
    LandedPod,
    LandingReport,
    NodeOutcome,
    PodOutcome,
)
from kubestow.model.node import Node
from kubestow.model.pod import Pod
from kubestow.model.snapshot import Snapshot
from kubestow.policies.landing import Tried, refusals, tried
from kubestow.scheduling.pod_kinds import PodKindsCache

NOT_YET = "kube-scheduler has not placed it yet"
NO_NODE = "no held node is of this NodePool or node group, instance type, zone and capacity type"
FOREIGN = "held for another plan, or by 'kubestow run'"
SURPLUS = "held, and no planned node is left for it"
STOOD_IN = "opened in place of a node that is missing"
_OUTCOMES = {
    SlotState.ON_NODE: PodOutcome.AS_PLANNED,
    SlotState.ELSEWHERE: PodOutcome.ELSEWHERE,
    SlotState.WAITING: PodOutcome.PENDING,
    SlotState.LEFT: PodOutcome.PENDING,
    SlotState.ABSENT: PodOutcome.ABSENT,
    SlotState.NOT_WANTED: PodOutcome.NOT_WANTED,
}


def account(
    plan: HandedPlan, sight: LandingSight, *, timed_out: bool = False, stood_in: Iterable[str] = ()
) -> LandingReport:
    """Return what became of the plan by what is seen.

    ``stood_in`` are Nodes that were opened in place of planned ones.
    """
    left = {slot.pod for slot in sight.slots if slot.state is SlotState.WAITING}
    why = refusals(sight.snapshot, left, PodKindsCache()) if left else {}
    pods = tuple(_pod(slot, _why(slot, why)) for slot in sight.slots)
    return LandingReport(
        plan.digest,
        sight.observed.name,
        tuple(_node(node, sight) for node in plan.nodes),
        pods,
        (*((name, STOOD_IN) for name in stood_in), *_others(sight)),
        timed_out=timed_out,
    )


def foretold(plan: HandedPlan, sight: LandingSight) -> LandingReport:
    """Return what a landing would do with what is seen, if nothing else came."""
    found = _tried(plan, sight)
    on = {action.pod: action.node for action in found.landed}
    slots = tuple(
        replace(slot, state=SlotState.ON_NODE, on=on[slot.pod]) if slot.pod in on else slot
        for slot in sight.slots
    )
    told = account(plan, replace(sight, slots=slots))
    nodes = tuple(
        replace(node, outcome=NodeOutcome.HELD, reason="it would be opened after that")
        if node.outcome is NodeOutcome.HELD
        else node
        for node in told.nodes
    )
    return replace(told, nodes=nodes, is_dry_run=True)


def _tried(plan: HandedPlan, sight: LandingSight) -> Tried:
    """Land on all held nodes, as they are when their DaemonSets' pods have come."""
    node_of = sight.node_of
    wanted = {
        slot.pod: node_of[slot.node]
        for slot in sight.slots
        if slot.state is SlotState.WAITING and slot.node in node_of and not sight.is_open(slot.node)
    }
    planned = {node_of[node.name]: node for node in plan.nodes if node.name in node_of}
    return (
        tried(_complete(sight, planned), wanted, PodKindsCache())
        if wanted
        else Tried((), frozenset())
    )


def _complete(sight: LandingSight, planned: Mapping[str, HandedNode]) -> Snapshot:
    """Return the snapshot with the held Nodes untainted, and with their DaemonSets' pods."""
    cluster = sight.snapshot.cluster
    seen = {item.node.name: item for item in sight.held.of.values() if is_held(item)}
    nodes = tuple(_untainted(node) if node.name in seen else node for node in cluster.nodes)
    daemons = tuple(
        Pod(
            item.namespace, f"{item.name}-{name}", item.template, item.labels, name,
            daemonset=item.key,
        )
        for name in sorted(seen)
        for item in cluster.daemonsets
        if item.key in planned[name].daemonsets - seen[name].daemonsets
    )  # fmt: skip
    return replace(
        sight.snapshot, cluster=replace(cluster, nodes=nodes, pods=(*cluster.pods, *daemons))
    )


def _untainted(node: Node) -> Node:
    return replace(node, taints=tuple(t for t in node.taints if t.key != marks.HELD))


def _why(slot: PodSlot, why: Mapping[str, str]) -> str:
    """Return why a pod is not where it was planned; empty if nobody knows."""
    if slot.state is SlotState.WAITING:
        return why.get(slot.pod) or NOT_YET
    return slot.reason


def _pod(slot: PodSlot, reason: str) -> LandedPod:
    return LandedPod(slot.planned, slot.node, _OUTCOMES[slot.state], slot.pod, slot.on, reason)


def _node(node: HandedNode, sight: LandingSight) -> LandedNode:
    seen = sight.held.of.get(node.name)
    if seen is None:
        return LandedNode(node, "", NodeOutcome.MISSING, NO_NODE)
    if not is_held(seen):
        return LandedNode(node, seen.node.name, NodeOutcome.OPENED)
    return LandedNode(node, seen.node.name, NodeOutcome.HELD, sight.lacks[node.name])


def _others(sight: LandingSight) -> tuple[tuple[str, str], ...]:
    foreign = [(seen.node.name, FOREIGN) for seen in sight.held.foreign]
    return tuple(foreign + [(seen.node.name, SURPLUS) for seen in sight.held.surplus])
