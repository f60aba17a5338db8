"""A cluster whose Nodes have the names of their claims, and the way back.

Pods that have not changed are renamed once: they stay the same objects from turn to turn.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from kubestow.model.pod import Pod
from kubestow.model.snapshot import Cluster


@dataclass(slots=True)
class Renaming:
    """Gives Nodes the names of their claims. It belongs to one thread."""

    _pods: dict[str, tuple[Pod, str, Pod]] = field(default_factory=dict)

    def of(
        self, cluster: Cluster, names: Mapping[str, str], without: Collection[str] = ()
    ) -> Cluster:
        """Return the cluster with new names of Nodes, by their own.

        The Nodes ``without``, by their own names, are left out with their DaemonSets' pods.
        """
        nodes = tuple(
            replace(node, name=names[node.name]) if node.name in names else node
            for node in cluster.nodes
            if node.name not in without
        )
        kept: dict[str, tuple[Pod, str, Pod]] = {}
        pods: list[Pod] = []
        for pod in cluster.pods:
            own = pod.node_name
            if own in without and pod.daemonset:
                continue
            name = names.get(own)
            if name is None:
                pods.append(pod)
                continue
            before = self._pods.get(pod.key)
            same = before is not None and before[0] is pod and before[1] == name
            entry = before if before is not None and same else (pod, name, pod.on(name))
            kept[pod.key] = entry
            pods.append(entry[2])
        self._pods = kept
        attachments = tuple(
            replace(item, node=names[item.node]) if item.node in names else item
            for item in cluster.attachments
        )
        return replace(cluster, nodes=nodes, pods=tuple(pods), attachments=attachments)
