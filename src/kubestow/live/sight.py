"""What a world sees in a turn: the Nodes of a cluster by the instances that they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from kubestow.live.claims import SeenNode
from kubestow.model.observed import READY, NodeDetails, Observed


@dataclass(frozen=True, slots=True)
class Nodes:
    """The Nodes of a cluster, by the id of their instance, or by their name without one."""

    by_instance: Mapping[str, SeenNode]

    @classmethod
    def of(cls, observed: Observed) -> "Nodes":
        """Return the Nodes that were observed."""
        daemons: dict[str, set[str]] = {}
        busy = set()
        for pod in observed.snapshot.cluster.pods:
            if not pod.daemonset:
                busy.add(pod.node_name)
            elif pod.node_name and not pod.terminating:
                daemons.setdefault(pod.node_name, set()).add(pod.daemonset)
        nodes, found = {node.name: node for node in observed.snapshot.cluster.nodes}, {}
        there = {name: observed.nodes[name] for name in nodes if name in observed.nodes}
        for key, name in names_by_instance(there).items():
            own = frozenset(daemons.get(name, ()))
            found[key] = SeenNode(nodes[name], there[name], own, name in busy)
        return cls(found)


def names_by_instance(nodes: Mapping[str, NodeDetails]) -> dict[str, str]:
    """Return the names of Nodes by the ids of their instances, or by their names without one.

    An instance is one Node. Where several say that they are it, as one whose kubelet has registered
    under another name, it is the one that is Ready, else the newest: kubelet tells of no other.
    """
    found: dict[str, str] = {}
    for name, details in nodes.items():
        key = details.instance_id or name
        if key not in found or _rank(nodes[found[key]]) < _rank(details):
            found[key] = name
    return found


def _rank(details: NodeDetails) -> tuple[bool, int]:
    is_ready = any(item.type == READY and item.is_good for item in details.conditions)
    return is_ready, details.created_at or 0
