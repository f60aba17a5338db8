"""What a template requires of a node: labels, names, taints and ports; the pods of a term.

kube-scheduler's NodeAffinity, TaintToleration and NodePorts, and the namespaces of
InterPodAffinity, written for the judge alone.
"""

from collections.abc import Iterable, Mapping

from kubestow.model.pod import HostPort, PodAffinityTerm, PodTemplate
from kubestow.model.selectors import NodeSelectorTerm
from kubestow.model.snapshot import Cluster
from kubestow.model.taints import Taint, Toleration

Labels = Mapping[str, str]


def term_holds(term: NodeSelectorTerm, name: str, labels: Labels) -> bool:
    """Return whether one of the ORed terms holds; an empty or malformed term never does."""
    if not term.expressions and not term.fields:
        return False
    if not term.is_valid:
        return False
    for expression in term.expressions:
        if not expression.matches(labels):
            return False
    return all(wanted.matches_value(name) for wanted in term.fields)


def any_term_holds(terms: Iterable[NodeSelectorTerm], name: str, labels: Labels) -> bool:
    """Return whether at least one term holds; without terms, nothing does."""
    return any(term_holds(term, name, labels) for term in terms)


def node_is_selected(template: PodTemplate, name: str, labels: Labels) -> bool:
    """Return whether nodeSelector and required node affinity both accept the node."""
    for key, value in template.node_selector:
        if labels.get(key) != value:
            return False
    affinity = template.node_affinity
    return affinity is None or any_term_holds(affinity, name, labels)


def profile_admits(template: PodTemplate, name: str, labels: Labels) -> bool:
    """Return whether the affinity that the scheduler's profile adds accepts the node."""
    added = template.added_affinity
    return added is None or any_term_holds(added, name, labels)


def node_is_admitted(template: PodTemplate, name: str, labels: Labels) -> bool:
    """Return whether the pod's own selectors and its scheduler's profile accept the node."""
    return node_is_selected(template, name, labels) and profile_admits(template, name, labels)


def untolerated(taints: Iterable[Taint], tolerations: Iterable[Toleration]) -> Taint | None:
    """Return a NoSchedule or NoExecute taint that is not tolerated, if there is one."""
    held = tuple(tolerations)
    for taint in taints:
        if taint.effect in ("NoSchedule", "NoExecute"):
            if any(toleration.tolerates(taint) for toleration in held):
                continue
            return taint
    return None


def label_keys(template: PodTemplate) -> tuple[str, ...]:
    """Return the node labels that the template's selector and affinity read, sorted."""
    keys = {key for key, _ in template.node_selector}
    for term in template.node_affinity or ():
        keys.update(expression.key for expression in term.expressions)
    return tuple(sorted(keys))


def reads_node_name(template: PodTemplate) -> bool:
    """Return whether the affinity reads the node's name."""
    return any(term.fields for term in template.node_affinity or ())


def ports_collide(one: HostPort, other: HostPort) -> bool:
    """Return whether two ports conflict on a node; only 0.0.0.0 means every address."""
    if one.port != other.port or one.protocol != other.protocol:
        return False
    return one.ip == other.ip or one.ip == "0.0.0.0" or other.ip == "0.0.0.0"


def namespace_labels(cluster: Cluster, namespace: str) -> Labels:
    """Return a namespace's labels, including the one with its name that the API server adds."""
    labels = cluster.namespaces.get(namespace)
    return dict(labels) if labels else {"kubernetes.io/metadata.name": namespace}


def covers(term: PodAffinityTerm, owner: str, namespace: str, labels: Labels) -> bool:
    """Return whether a term of a pod in ``owner`` includes the pods of a namespace.

    ``labels`` are those of that namespace. Names and selector are a union; without both, the term
    includes the pod's own namespace.
    """
    if namespace in term.namespaces:
        return True
    if term.namespace_selector is None:
        return not term.namespaces and namespace == owner
    return term.namespace_selector.matches(labels)
