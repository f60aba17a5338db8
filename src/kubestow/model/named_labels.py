"""The node labels that a cluster's pods and volumes refer to.

Both required and preferred ones; deprecated aliases count as their current key.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.pod import DaemonSet, Pod, PodTemplate
from kubestow.model.snapshot import Cluster


def named_labels(cluster: Cluster) -> frozenset[str]:
    """Return the keys of node labels that pods, DaemonSets and volumes refer to."""
    owners: list[Pod | DaemonSet] = [*cluster.pods, *cluster.daemonsets]
    templates = {item.template: None for item in owners}
    keys = {names.normalised(key) for template in templates for key in _keys(template)}
    for volume in cluster.volumes.values():
        for term in volume.node_affinity or ():
            keys |= {names.normalised(e.key) for e in term.expressions}
    return frozenset(keys)


def _keys(template: PodTemplate) -> Iterator[str]:
    liked = template.preferences
    yield from (key for key, _ in template.node_selector)
    for term in (*template.node_terms, *(term for _, term in liked.node_affinity)):
        yield from (expression.key for expression in term.expressions)
    for constraint in (*template.spread, *liked.spread):
        yield constraint.topology_key
    weighted = (*liked.affinity, *liked.anti_affinity)
    for pods in (*template.affinity, *template.anti_affinity, *(term for _, term in weighted)):
        yield pods.topology_key
