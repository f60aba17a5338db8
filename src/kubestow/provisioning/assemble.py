"""A fleet turned into a plan: nodes get names, pods get nodes, the rest get reasons.

Pods are handed out in the input's order; nodes are numbered in the order of pool, price and type.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from kubestow.model import labels as names
from kubestow.model.instance_type import Price
from kubestow.model.plan import LowerBound, Plan, PlannedNode
from kubestow.provisioning.node_notes import node_notes
from kubestow.provisioning.packing.problem import PlacedNode
from kubestow.provisioning.plan_notes import plan_notes
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.provision import Fleet
from kubestow.provisioning.unschedulable import unschedulable

_EXISTING = Price(0, "existing node: no new cost")
_UNPROVEN = LowerBound(0, "L0")  # at least nothing
_RESERVED = Price(0, "reserved: paid in any case")


def assemble(fleet: Fleet) -> Plan:
    """Return the plan of a fleet, with its lower bound and what it assumes."""
    plan = assemble_unproven(fleet, every_node=True)
    snapshot = fleet.prepared.snapshot
    notes = (*plan_notes(fleet.prepared), *node_notes(snapshot, plan.nodes))
    return replace(plan, lower_bound=fleet.prover.lower_bound, assumptions=notes)


def assemble_unproven(fleet: Fleet, *, every_node: bool) -> Plan:
    """Return the plan of a fleet without a proof or notes.

    Without ``every_node`` it leaves out existing nodes that get no pod.
    """
    prepared = fleet.prepared
    queues = {c.index: iter(c.pending) for c in prepared.pod_classes}
    fresh = _sorted_fresh(fleet)
    existing = [node for node in fleet.nodes[: prepared.existing] if every_node or node.load]
    there = _bound_pods(prepared, {prepared.candidates[node.candidate].name for node in existing})
    nodes = [_existing_node(prepared, node, there, queues) for node in existing]
    numbers: dict[str, int] = {}
    for node in fresh:
        pool = prepared.candidates[node.candidate].nodepool
        numbers[pool] = numbers.get(pool, 0) + 1
        nodes.append(_new_node(prepared, node, f"{pool}-{numbers[pool]:03d}", queues))
    return Plan(
        region=prepared.snapshot.catalog.region,
        nodes=tuple(nodes),
        unschedulable=tuple(unschedulable(fleet, queues)),
        lower_bound=_UNPROVEN,
        assumptions=(),
        empty_pools=tuple(
            (offered.pool.name, offered.emptied_by())
            for offered in prepared.offerings
            if not offered.candidates
        ),
        witness=tuple(_witness(fleet, [*existing, *fresh], nodes)),
    )


def _witness(fleet: Fleet, ordered: list[PlacedNode], nodes: list[PlannedNode]) -> Iterator[str]:
    """Yield the constrained pods in the order they were dealt."""
    prepared, cells = fleet.prepared, fleet.cells
    if cells is None:
        return
    class_of = {p: c.index for c in prepared.pod_classes for p in c.pending}
    position = {prepared.snapshot.cluster.pods[p].key: p for p in class_of}
    queues: dict[tuple[int, int], list[str]] = {}
    for placed, node in zip(ordered, nodes, strict=True):
        cell = int(cells.of_candidate[placed.candidate])
        for key in node.pods:
            if key in position:
                queues.setdefault((class_of[position[key]], cell), []).append(key)
    for waiting in queues.values():
        waiting.reverse()
    for share in fleet.order:
        if queues.get(share):
            yield queues[share].pop()


def _sorted_fresh(fleet: Fleet) -> list[PlacedNode]:
    prepared = fleet.prepared
    return sorted(fleet.new_nodes, key=lambda node: _rank(prepared, node))


def _rank(prepared: PreparedSnapshot, node: PlacedNode) -> tuple[object, ...]:
    candidate = prepared.candidates[node.candidate]
    return (
        candidate.nodepool,
        candidate.price.nano_usd_per_hour,
        candidate.instance_type,
        candidate.capacity_type,
        candidate.zone,
        node.load,
    )


def _take(
    prepared: PreparedSnapshot, node: PlacedNode, queues: dict[int, Iterator[int]]
) -> list[str]:
    pods = prepared.snapshot.cluster.pods
    return [pods[next(queues[index])].key for index, count in node.load for _ in range(count)]


def _bound_pods(prepared: PreparedSnapshot, nodes: Set[str]) -> dict[str, list[str]]:
    """Return the pods that are bound to some nodes, by node."""
    on_node: dict[str, list[str]] = {}
    for pod in prepared.snapshot.cluster.pods:
        if pod.node_name in nodes:
            on_node.setdefault(pod.node_name, []).append(pod.key)
    return on_node


def _existing_node(
    prepared: PreparedSnapshot,
    node: PlacedNode,
    bound_pods: Mapping[str, Sequence[str]],
    queues: dict[int, Iterator[int]],
) -> PlannedNode:
    candidate, own = (
        prepared.candidates[node.candidate],
        prepared.snapshot.cluster.nodes[node.candidate],
    )
    there = bound_pods.get(candidate.name, ())
    return PlannedNode(
        name=candidate.name,
        nodepool=candidate.nodepool,
        instance_type=candidate.instance_type,
        zone=candidate.zone,
        capacity_type=candidate.capacity_type,
        price=_RESERVED if own.reservation else _EXISTING,
        labels=tuple(sorted(candidate.labels.items())),
        taints=own.effective_taints,
        allocatable=own.allocatable,
        pods=tuple(sorted([*there, *_take(prepared, node, queues)])),
        daemonset_pods=_daemonset_pods(prepared, node.candidate, candidate.name),
        existing=True,
        reservation=own.reservation,
    )


def _new_node(
    prepared: PreparedSnapshot, node: PlacedNode, name: str, queues: dict[int, Iterator[int]]
) -> PlannedNode:
    candidate = prepared.candidates[node.candidate]
    labels = dict(candidate.labels) | {names.HOSTNAME: name}
    return PlannedNode(
        name=name,
        nodepool=candidate.nodepool,
        instance_type=candidate.instance_type,
        zone=candidate.zone,
        capacity_type=candidate.capacity_type,
        price=prepared.price_of(node.candidate, node.load),
        labels=tuple(sorted(labels.items())),
        taints=candidate.taints,
        allocatable=candidate.allocatable,
        pods=tuple(sorted(_take(prepared, node, queues))),
        daemonset_pods=_daemonset_pods(prepared, node.candidate, name),
    )


def empty_nodes(prepared: PreparedSnapshot) -> Iterator[PlannedNode]:
    """Yield a new node of each candidate with nothing on it but DaemonSets' pods, unnamed."""
    for index in range(prepared.existing, len(prepared.candidates)):
        yield _new_node(prepared, PlacedNode(index, ()), "", {})


def _daemonset_pods(prepared: PreparedSnapshot, candidate: int, node: str) -> tuple[str, ...]:
    rows = np.nonzero(prepared.daemonsets_on[:, candidate])[0] if prepared.daemonsets else ()
    return tuple(sorted(f"{prepared.daemonsets[row].key}-{node}" for row in rows))
