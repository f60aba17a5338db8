"""Fleet turned into a Plan: nodes get names, pods get nodes, the rest get reasons.

Law: pods are handed out in the input's order, nodes are named in the order of pool, type, zone.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from kubestow.catalog.overhead import capacity_for_limits
from kubestow.catalog.usage import node_price
from kubestow.model import labels as names
from kubestow.model.instance_type import Price
from kubestow.model.nodepool import NodePool
from kubestow.model.plan import Bound, Plan, PlannedNode, Reason, Unschedulable
from kubestow.model.resources import USD_PER_HOUR, format_amount
from kubestow.provisioning.demand import DAEMONSET_TOPOLOGY, NOWHERE
from kubestow.provisioning.packing.packer import NO_ROOM, NODEPOOL_LIMITS
from kubestow.provisioning.packing.problem import PlacedNode
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.provisioning.provision import Fleet
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.diagnosis import VOLUMES_HINT, nearest_miss, reasons
from kubestow.scheduling.filters import volume_binding
from kubestow.scheduling.static_filters import constrained_keys
from kubestow.scheduling.volume_need import resolve_class

_EXISTING = Price(0, "existing node: no new cost")
_UNPROVEN = Bound(0, "L0")  # at least nothing
_RESERVED = Price(0, "reserved: paid in any case")


def assemble(fleet: Fleet) -> Plan:
    """Return the plan of a fleet, with its lower bound and what it assumes."""
    plan = assemble_unproven(fleet, every_node=True)
    return replace(plan, bound=fleet.prover.bound, assumptions=_notes(fleet))


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
        unschedulable=tuple(_unschedulable(fleet, queues)),
        bound=_UNPROVEN,
        assumptions=(),
        empty_pools=tuple(
            (offered.pool.name, offered.emptied_by())
            for offered in prepared.offerings
            if not offered.candidates
        ),
        witness=tuple(_witness(fleet, [*existing, *fresh], nodes)),
    )


def _notes(fleet: Fleet) -> tuple[str, ...]:
    """Return what the plan assumes, and what a user may want to know of it."""
    return (*_assumptions(fleet.prepared), *_architecture_note(fleet), *_burstable_note(fleet))


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
    return sorted(fleet.nodes[prepared.existing :], key=lambda node: _rank(prepared, node))


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
    found: dict[str, list[str]] = {}
    for pod in prepared.snapshot.cluster.pods:
        if pod.node_name in nodes:
            found.setdefault(pod.node_name, []).append(pod.key)
    return found


def _existing_node(
    prepared: PreparedSnapshot,
    node: PlacedNode,
    bound: Mapping[str, Sequence[str]],
    queues: dict[int, Iterator[int]],
) -> PlannedNode:
    candidate, own = (
        prepared.candidates[node.candidate],
        prepared.snapshot.cluster.nodes[node.candidate],
    )
    there = bound.get(candidate.name, ())
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
        price=candidate.price,
        labels=tuple(sorted(labels.items())),
        taints=candidate.taints,
        allocatable=candidate.allocatable,
        pods=tuple(sorted(_take(prepared, node, queues))),
        daemonset_pods=_daemonset_pods(prepared, node.candidate, name),
    )


def _daemonset_pods(prepared: PreparedSnapshot, candidate: int, node: str) -> tuple[str, ...]:
    rows = np.nonzero(prepared.daemonsets_on[:, candidate])[0] if prepared.daemonsets else ()
    return tuple(sorted(f"{prepared.daemonsets[row].key}-{node}" for row in rows))


def _unschedulable(fleet: Fleet, queues: dict[int, Iterator[int]]) -> Iterator[Unschedulable]:
    prepared = fleet.prepared
    pods = prepared.snapshot.cluster.pods
    refused: dict[int, list[tuple[str, int]]] = {}
    for (index, constraint), count in sorted(fleet.refused.items()):
        refused.setdefault(index, []).append((constraint, count))
    for pod_class in prepared.pod_classes:
        left = list(queues[pod_class.index])
        refusals = refused.get(pod_class.index, [])
        assert len(left) == sum(count for _, count in refusals), "a pod was lost"
        taken = 0
        for constraint, count in refusals:
            why, nearest = _explain(prepared, pod_class, constraint)
            for position in left[taken : taken + count]:
                yield Unschedulable(pods[position].key, tuple(why), nearest)
            taken += count


def _explain(
    prepared: PreparedSnapshot, pod_class: PodClass, constraint: str
) -> tuple[list[Reason], dict[str, object]]:
    request, free = prepared.requests[pod_class.index], prepared.free
    found = reasons(pod_class, prepared.filters, request, free, prepared.axes)
    nearest = nearest_miss(pod_class, prepared.filters, request, free, prepared.axes)
    every = len(prepared.candidates)
    message = _message(prepared, pod_class, constraint)
    if constraint != NOWHERE:
        found = [Reason(constraint, every, {"message": message} if message else {})]
        if constraint == volume_binding.NAME and pod_class.key.volumes.problem:
            found = [Reason(constraint, every, {"message": message, "hint": VOLUMES_HINT})]
        nearest = {}
    for offered in prepared.offerings:
        if not offered.candidates:
            detail = {"nodePool": offered.pool.name, "message": offered.emptied_by()}
            found.append(Reason("NodePool", offered.considered, detail))
    if not found:
        found = [Reason("NodeResourcesFit", every, {"message": "no node has room for it"})]
    return found, nearest


def _message(prepared: PreparedSnapshot, pod_class: PodClass, constraint: str) -> str:
    template = pod_class.template
    match constraint:
        case "Admission":
            return pod_class.key.rejected
        case "SchedulingGates":
            return f"gated by {', '.join(template.scheduling_gates)}"
        case "NotSupported":
            return "; ".join(template.unsupported)
        case "VolumeBinding":
            return pod_class.key.volumes.problem or "its shared volume is in another zone"
        case "VolumeRestrictions":
            return "its ReadWriteOncePod claim is used by another pod"
        case "PodTopologySpread":
            return "no domain can take another pod within maxSkew"
        case "InterPodAffinity":
            return "required pod affinity or anti-affinity leaves no domain"
        case _ if constraint == DAEMONSET_TOPOLOGY:
            return "its topology constraints select pods of a DaemonSet: not supported yet"
        case _ if constraint in (NODEPOOL_LIMITS, NO_ROOM):
            return _room_message(prepared)
    return ""


def _room_message(prepared: PreparedSnapshot) -> str:
    limited = [
        f"{pool.name} ({', '.join(f'{n} {format_amount(n, v)}' for n, v in pool.limits)})"
        for pool in prepared.pools
        if pool.limits
    ]
    if limited:
        return f"the limits of NodePool {'; '.join(limited)} leave no room"
    flexible = [pool.name for pool in prepared.pools if pool.wants_choice]
    if flexible:
        return f"it leaves NodePool {', '.join(flexible)} fewer values than its minValues"
    return "the nodes it may use are full, and nothing that takes it can be launched"


def _unpriced(prepared: PreparedSnapshot, pool: NodePool) -> Iterator[str]:
    """Yield how many nodes a limit in dollars does not count, if there are any."""
    if USD_PER_HOUR not in dict(pool.limits):
        return
    prices = prepared.snapshot.catalog.prices()
    own = [c for c in prepared.candidates[: prepared.existing] if c.nodepool == pool.name]
    unknown = sum(node_price(candidate.labels, prices) is None for candidate in own)
    if unknown:
        yield (
            f"existing nodes of NodePool {pool.name} without a known price: {unknown}; they count "
            f"nothing of its limit of {USD_PER_HOUR}"
        )


def _architecture_note(fleet: Fleet) -> Iterator[str]:
    """Yield a warning where pods that name no architecture are put on arm64."""
    prepared = fleet.prepared
    pods = 0
    for node in fleet.nodes[prepared.existing :]:
        if prepared.candidates[node.candidate].labels.get(names.ARCH) == "arm64":
            pods += sum(
                count
                for index, count in node.load
                if names.ARCH not in constrained_keys(prepared.classes[index].template)
            )
    if pods:
        yield f"{pods} pods that name no architecture are on arm64: their images must run there"


def _burstable_note(fleet: Fleet) -> Iterator[str]:
    """Yield what burstable nodes mean, if there are any."""
    prepared = fleet.prepared
    types = prepared.snapshot.catalog.instance_types
    fresh = [
        prepared.candidates[n.candidate].instance_type for n in fleet.nodes[prepared.existing :]
    ]
    burstable = sum(types[name].burstable for name in fresh)
    if burstable:
        yield (
            f"{burstable} new nodes are burstable (t types): pods that really use what they "
            "request all day pay surplus credits there; a NodePool of c, m and r rules them out"
        )


def _assumptions(prepared: PreparedSnapshot) -> Iterator[str]:
    cluster, types = prepared.snapshot.cluster, prepared.snapshot.catalog.instance_types
    if not cluster.daemonsets and not any(pod.daemonset for pod in cluster.pods):
        yield (
            "no DaemonSets are in the input: what every EKS node runs (aws-node, kube-proxy, "
            "agents) is not counted; add 'kubectl get daemonsets -A -o yaml'"
        )
    yield from cluster.assumptions
    judged = {name for b in types.values() for name in capacity_for_limits(b)} | {USD_PER_HOUR}
    for pool in prepared.pools:
        yield from _unpriced(prepared, pool)
        for name, _ in pool.limits:
            if name not in judged:
                yield f"the limit of {name} of NodePool {pool.name} is not judged"
    for daemonset in prepared.daemonsets:
        for why in (*daemonset.template.unsupported, *daemonset.template.scheduling_gates):
            yield f"DaemonSet {daemonset.key} is left out of every node: {why}"
    used = {(pod.namespace, name) for pod in cluster.pods for name in pod.volume_claims}
    assumed = set()
    for key in sorted(used):
        claim = cluster.claims.get(key)
        if claim is not None and not claim.volume_name:
            storage_class = resolve_class(claim, cluster)
            if storage_class is not None and storage_class.is_assumed:
                assumed.add(storage_class.name)
    if assumed:
        yield (
            f"StorageClass not in the input, taken as EBS with WaitForFirstConsumer: "
            f"{', '.join(sorted(assumed))}"
        )
