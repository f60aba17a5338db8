"""What a world sees in a turn: the Nodes of a cluster by the instances that they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from kubestow.live.claims import SeenNode
from kubestow.model.observed import Observed


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
        found = {}
        for node in observed.snapshot.cluster.nodes:
            details = observed.nodes.get(node.name)
            if details is not None:
                own = frozenset(daemons.get(node.name, ()))
                seen = SeenNode(node, details, own, node.name in busy)
                found[details.instance_id or node.name] = seen
        return cls(found)
