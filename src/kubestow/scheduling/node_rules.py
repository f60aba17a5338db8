"""Constraints inside one node: what pods coupled over the hostname may share.

Hostname spread, hostname anti-affinity, host ports and exclusive volumes all become the same thing,
a NodeRule: where an owner is present, the counted pods are at most ``cap``. Rules hold in the end,
so the order in which pods arrive does not matter for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kubestow.model.labels import HOSTNAME
from kubestow.scheduling.classes import PodClass
from kubestow.scheduling.filters import (
    inter_pod_affinity,
    node_ports,
    pod_topology_spread,
)
from kubestow.scheduling.selection import ClassSelection

VOLUME_RESTRICTIONS = "VolumeRestrictions"
_Add = Callable[[str, int, tuple[int, ...], int], None]


@dataclass(frozen=True, slots=True)
class NodeRule:
    """If any owner class is on a node, at most ``cap`` pods of the counted classes are."""

    constraint: str
    cap: int
    counted: tuple[int, ...]
    owners: tuple[int, ...]


def node_rules(classes: Sequence[PodClass], selection: ClassSelection) -> list[NodeRule]:
    """Compile every in-node constraint; equal rules are merged over their owners."""
    merged: dict[tuple[str, int, tuple[int, ...]], list[int]] = {}

    def add(constraint: str, cap: int, counted: tuple[int, ...], owner: int) -> None:
        if counted:
            merged.setdefault((constraint, cap, counted), []).append(owner)

    alive = {c.index for c in classes if not c.key.terminating}
    for pod_class in classes:
        namespace, owner = pod_class.key.namespace, pod_class.index
        for term in pod_class.template.anti_affinity:
            if term.topology_key == HOSTNAME:
                counted = selection.by_term(term, namespace)
                add(inter_pod_affinity.NAME, int(owner in counted), counted, owner)
        for constraint in pod_class.template.spread:
            if constraint.topology_key == HOSTNAME and not pod_topology_spread.counts_nothing(
                constraint
            ):
                matched = selection.same_namespace(constraint.selector, namespace)
                counted = tuple(p for p in matched if p in alive)
                add(pod_topology_spread.NAME, constraint.max_skew, counted, owner)
    _port_rules(classes, add)
    _volume_rules(classes, add)
    return [
        NodeRule(constraint, cap, counted, tuple(owners))
        for (constraint, cap, counted), owners in merged.items()
    ]


def _port_rules(classes: Sequence[PodClass], add: _Add) -> None:
    with_ports = [c for c in classes if c.template.host_ports]
    users: dict[tuple[str, int], list[PodClass]] = {}
    for pod_class in with_ports:
        for key in dict.fromkeys((p.protocol, p.port) for p in pod_class.template.host_ports):
            users.setdefault(key, []).append(pod_class)
    for pod_class in with_ports:
        ports = pod_class.template.host_ports
        rivals = {other.index: other for p in ports for other in users[p.protocol, p.port]}
        counted = tuple(
            index
            for index in sorted(rivals)
            if node_ports.conflict(ports, rivals[index].template.host_ports)
        )
        add(node_ports.NAME, 1, counted, pod_class.index)


def _volume_rules(classes: Sequence[PodClass], add: _Add) -> None:
    users: dict[tuple[str, str], list[PodClass]] = {}
    for pod_class in classes:
        for volume in pod_class.template.inline_volumes:
            users.setdefault((volume.kind, volume.name), []).append(pod_class)
    for pod_class in classes:
        volumes = pod_class.template.inline_volumes
        rivals = {
            other.index
            for volume in volumes
            for other in users[volume.kind, volume.name]
            if any(volume.conflicts(theirs) for theirs in other.template.inline_volumes)
        }
        add(VOLUME_RESTRICTIONS, 1, tuple(sorted(rivals)), pod_class.index)
