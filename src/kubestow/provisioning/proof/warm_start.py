"""Warm starts: the previous solution, mapped to the classes and offerings of this snapshot.

Classes are matched by a digest of all that tells them apart, offerings by NodePool, type and
capacity type. What has no match is dropped. A warm start is only a hint: it proves nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kubestow.model.digest import digest
from kubestow.model.warm_start import WarmLoad, WarmStart
from kubestow.provisioning.packing.fleet_search import NodeLoad
from kubestow.provisioning.packing.problem import PlacedNode
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot


@dataclass(frozen=True, slots=True)
class PreviousSolution:
    """Values in nano-USD an hour of one pod by class, and loads of candidates that are alike."""

    values: Mapping[int, float]
    loads: Sequence[NodeLoad]


def resume(prepared: PreparedSnapshot, start: WarmStart) -> PreviousSolution:
    """Return a warm start in the classes and candidates of a prepared snapshot."""
    class_of = {digest(c.key): c.index for c in prepared.pod_classes}
    values = {class_of[key]: float(value) for key, value in start.values if key in class_of}
    candidates: dict[tuple[str, ...], list[int]] = {}
    for position in range(prepared.existing, len(prepared.candidates)):
        for zone in ("", prepared.candidates[position].zone):
            candidates.setdefault(_offering(prepared, position, zone), []).append(position)
    loads = []
    for load in start.loads:
        key = (load.node_pool, load.instance_type, load.capacity_type, load.zone)
        pods = {class_of[name]: count for name, count in load.pods if name in class_of}
        if key in candidates and len(pods) == len(load.pods):
            loads.append(NodeLoad(tuple(candidates[key]), pods, load.nodes))
    return PreviousSolution(values, tuple(loads))


def remember(
    prepared: PreparedSnapshot, fleet: Iterable[PlacedNode], solution: PreviousSolution
) -> WarmStart:
    """Return the warm start that a fleet and the solution behind it give the next solve."""
    digests = {c.index: digest(c.key) for c in prepared.pod_classes}
    values = {digests[index]: int(value) for index, value in solution.values.items()}
    nodes: Counter[tuple[tuple[str, str, str, str], tuple[tuple[str, int], ...]]] = Counter()
    for node in fleet:
        if node.candidate >= prepared.existing:
            zone = prepared.candidates[node.candidate].zone
            nodes[_offering(prepared, node.candidate, zone), _named(digests, node.load)] += 1
    for load in solution.loads:
        if not load.nodes:
            offering = _offering(prepared, load.candidates[0], "")
            nodes[offering, _named(digests, load.pods.items())] += 0
    loads = (
        WarmLoad(pool, instance_type, capacity_type, zone, pods, count)
        for ((pool, instance_type, capacity_type, zone), pods), count in sorted(nodes.items())
    )
    return WarmStart(tuple(sorted(values.items())), tuple(loads))


def _offering(prepared: PreparedSnapshot, candidate: int, zone: str) -> tuple[str, str, str, str]:
    offered = prepared.candidates[candidate]
    return offered.nodepool, offered.instance_type, offered.capacity_type, zone


def _named(
    digests: Mapping[int, str], load: Iterable[tuple[int, int]]
) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((digests[index], count) for index, count in load))
