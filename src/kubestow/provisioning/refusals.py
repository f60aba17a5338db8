"""Every reason why no candidate takes a pod of a class, with who is in the way.

What a candidate holds counts too: the pods of DaemonSets, pods that run, pods that the plan put
there. A host port of a DaemonSet or its requests are named as such.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.counted import counted
from kubestow.model.plan import Reason
from kubestow.model.resources import format_amount
from kubestow.provisioning.packing.problem import PlacedNode
from kubestow.provisioning.preparation.conflicts import Content
from kubestow.provisioning.preparation.prepared_snapshot import PreparedSnapshot
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.diagnosis import asked_for, reasons
from kubestow.scheduling.filters import (
    inter_pod_affinity,
    node_ports,
    node_resources_fit,
    pod_topology_spread,
)

_NAMED_MAX = 3
_ORDER = (
    node_ports.NAME,
    node_resources_fit.NAME,
    "VolumeRestrictions",
    pod_topology_spread.NAME,
    inter_pod_affinity.NAME,
)
"""kube-scheduler's order of the filters that look at what else is on a node."""


def refusals(
    prepared: PreparedSnapshot, pod_class: PodClass, loaded: Sequence[PlacedNode] = ()
) -> list[Reason]:
    """Return every constraint that refuses a candidate, in kube-scheduler's order.

    ``loaded`` are existing nodes with what the plan puts on them.
    """
    free, content = prepared.free, list(prepared.content)
    if any(node.load for node in loaded):
        free = free.copy()
        for node in loaded:
            held = dict(content[node.candidate])
            for index, pods in node.load:
                free[node.candidate] -= pods * prepared.requests[index]
                held[index] = held.get(index, 0) + pods
            content[node.candidate] = tuple(sorted(held.items()))
    request, axes = prepared.requests[pod_class.index], prepared.axes
    found = reasons(pod_class, prepared.filters, request, free, axes)
    found = [_with_daemonsets(reason, prepared, pod_class, free) for reason in found]
    in_the_way = [*_too_small(prepared, pod_class, free), *_conflicts(prepared, pod_class, content)]
    if not in_the_way:
        return found
    # A sort is stable: the filters that look at nothing else on the node stay in front.
    return sorted([*found, *in_the_way], key=lambda r: _rank(r.constraint))


def _rank(constraint: str) -> int:
    return _ORDER.index(constraint) + 1 if constraint in _ORDER else 0


def _with_daemonsets(
    reason: Reason, prepared: PreparedSnapshot, pod_class: PodClass, free: Integers
) -> Reason:
    """Return a reason of a resource with what DaemonSets take of it, where that decides."""
    if reason.constraint != node_resources_fit.NAME or "resource" not in reason.detail:
        return reason
    axis = prepared.axes.index(str(reason.detail["resource"]))
    asked, wanted = asked_for(pod_class, prepared.filters), prepared.requests[pod_class.index, axis]
    taken = _taken(prepared)[:, axis]
    decided = asked & (free[:, axis] < wanted) & (free[:, axis] + taken >= wanted)
    if not decided.any():
        return reason
    best = int(np.flatnonzero(decided)[free[decided, axis].argmax()])
    amount = format_amount(prepared.axes[axis], int(taken[best]))
    return Reason(reason.constraint, reason.offerings, {**reason.detail, "daemonSets": amount})


def _taken(prepared: PreparedSnapshot) -> Integers:
    """Return what DaemonSets take of every candidate: candidates x axes."""
    first = len(prepared.pod_classes)
    taken: Integers = prepared.daemonsets_on.T.astype(np.int64) @ prepared.requests[first:]
    return taken


def _too_small(prepared: PreparedSnapshot, pod_class: PodClass, free: Integers) -> Iterator[Reason]:
    """Yield the new nodes whose DaemonSets do not fit, unless the pod itself asks for too much."""
    asked = asked_for(pod_class, prepared.filters)
    asked[: prepared.existing] = False
    request = prepared.requests[pod_class.index]
    short = ((request > free) & (request > 0)).any(axis=1)
    over = free < 0
    refused = asked & over.any(axis=1) & ~short
    if refused.any():
        lacking = [name for axis, name in enumerate(prepared.axes) if over[refused, axis].any()]
        message = f"too small for their DaemonSets, which request more {', '.join(lacking)}"
        yield Reason(node_resources_fit.NAME, int(refused.sum()), {"message": message})


@dataclass(slots=True)
class _Blocked:
    """The candidates that one constraint refuses, and the classes in the way there."""

    candidates: int = 0
    by: dict[int, None] = field(default_factory=dict)


def _conflicts(
    prepared: PreparedSnapshot, pod_class: PodClass, contents: Sequence[Content]
) -> Iterator[Reason]:
    """Yield the constraints between a pod and what is on the candidates."""
    index = pod_class.index
    if not prepared.conflicts.concern(index):
        return
    blocked: dict[str, _Blocked] = {}
    for content, count in _counted(contents, asked_for(pod_class, prepared.filters)).items():
        broken = prepared.conflicts.broken(index, content)
        for constraint in dict.fromkeys(rule.constraint for rule in broken):
            found = blocked.setdefault(constraint, _Blocked())
            found.candidates += count
            for rule in broken:
                if rule.constraint == constraint:
                    concerned = {*rule.counted, *rule.owners}
                    found.by |= dict.fromkeys(c for c, _ in content if c in concerned)
    for constraint, found in blocked.items():
        message = _message(constraint, prepared, pod_class, tuple(found.by))
        yield Reason(constraint, found.candidates, {"message": message})


def _counted(contents: Sequence[Content], asked: Booleans) -> Mapping[Content, int]:
    counts: dict[Content, int] = {}
    for place in np.flatnonzero(asked).tolist():
        counts[contents[place]] = counts.get(contents[place], 0) + 1
    return counts


def _message(
    constraint: str, prepared: PreparedSnapshot, pod_class: PodClass, by: tuple[int, ...]
) -> str:
    who = _named(prepared, pod_class, by)
    if constraint == node_ports.NAME:
        theirs = [port for c in by for port in prepared.classes[c].template.host_ports]
        ports = [
            port.describe()
            for port in pod_class.template.host_ports
            if any(port.conflicts(other) for other in theirs)
        ]
        one = len(set(ports)) == 1
        noun, verb = ("port", "is") if one else ("ports", "are")
        return f"host {noun} {', '.join(dict.fromkeys(ports))} {verb} taken by {who}"
    if constraint == inter_pod_affinity.NAME:
        return f"required anti-affinity keeps it off the nodes of {who}"
    if constraint == pod_topology_spread.NAME:
        return f"the pods of {who} there leave no room within maxSkew"
    return f"its volume is in use by {who}"


def _named(prepared: PreparedSnapshot, pod_class: PodClass, by: tuple[int, ...]) -> str:
    """Name DaemonSets, pods that run, and pods that the plan put there."""
    first, pods = len(prepared.pod_classes), prepared.snapshot.cluster.pods
    daemonsets = [f"DaemonSet {prepared.daemonsets[c - first].key}" for c in by if c >= first]
    others: list[str] = []
    for index in (c for c in by if c < first):
        found = prepared.classes[index]
        where = found.bound or (found.pending if index != pod_class.index else [])
        others += [pods[position].key for position in where] or ["pods like it"]
    named = [*daemonsets, *others][: max(_NAMED_MAX, len(daemonsets))]
    more = len(daemonsets) + len(others) - len(named)
    return ", ".join(named) + (f" and {counted(more, 'more pod')}" if more else "")
