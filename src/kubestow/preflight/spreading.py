"""What spreads a workload's replicas: spread constraints and anti-affinity, hard or soft.

Only constraints that select the workload's own pods count.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm, SpreadConstraint
from kubestow.model.selectors import LabelSelector, SelectorRequirement
from kubestow.model.setup import CheckedWorkload
from kubestow.model.yaml_scalar import yaml_scalar

_ZONES = (names.ZONE, names.ZONE_ID, "failure-domain.beta.kubernetes.io/zone",
          "topology.ebs.csi.aws.com/zone")  # fmt: skip


_OF_ONE_POD = ("pod-template-hash", "controller-revision-hash",
               "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index")  # fmt: skip


def is_zone(key: str) -> bool:
    """Return whether a topology key stands for zones."""
    return key in _ZONES


def kept_apart(workload: CheckedWorkload) -> Iterator[str]:
    """Yield the topology keys over which its pods are spread, hard or soft."""
    soft = workload.template.preferences
    yield from must_be_apart(workload)
    yield from (s.topology_key for s in soft.spread if selects_itself(s, dict(workload.labels)))
    yield from (t.topology_key for _, t in soft.anti_affinity if term_selects_itself(t, workload))


def must_be_apart(workload: CheckedWorkload) -> Iterator[str]:
    """Yield the topology keys over which its pods are spread by constraints that bind."""
    template = workload.template
    yield from (s.topology_key for s in template.spread if selects_itself(s, dict(workload.labels)))
    yield from (t.topology_key for t in template.anti_affinity if term_selects_itself(t, workload))


def must_be_together(workload: CheckedWorkload) -> bool:
    """Return whether required pod affinity keeps its pods on one node."""
    return any(
        term.topology_key == names.HOSTNAME and term_selects_itself(term, workload)
        for term in workload.template.affinity
    )


def selects_itself(spread: SpreadConstraint, labels: dict[str, str]) -> bool:
    """Return whether a spread constraint selects the pods that have it."""
    return spread.selector is not None and spread.selector.matches(labels)


def term_selects_itself(term: PodAffinityTerm, workload: CheckedWorkload) -> bool:
    """Return whether a term of pod affinity or anti-affinity selects the pods that have it."""
    namespace = workload.subject.namespace
    return term.selects(namespace, namespace, dict(workload.labels), {})


def constraint(workload: CheckedWorkload, key: str, when: str) -> str:
    """Return the spread constraint that would spread a workload's pods, as YAML.

    It selects what the workload selects: other labels, such as a version, change.
    """
    selector = _stable(workload)
    if not selector:
        return f"give its pods a label, and add a topologySpreadConstraint over {key} on it"
    labels = [f"{yaml_scalar(item.key)}: {yaml_scalar(item.values[0])}"
              for item in selector if _is_label(item)]  # fmt: skip
    others = [_expression(item) for item in selector if not _is_label(item)]
    parts = [f"matchLabels: {{{', '.join(labels)}}}"] if labels else []
    parts += [f"matchExpressions: [{', '.join(others)}]"] if others else []
    return (
        f"add topologySpreadConstraints: [{{maxSkew: 1, topologyKey: {key}, whenUnsatisfiable: "
        f"{when}, labelSelector: {{{', '.join(parts)}}}}}]"
    )


def _stable(workload: CheckedWorkload) -> list[SelectorRequirement]:
    """Return what selects the workload's pods, whatever revision and replica they are of."""
    selector = workload.selector or LabelSelector(
        tuple(SelectorRequirement(name, "In", (text,)) for name, text in workload.labels)
    )
    return [item for item in selector.requirements if item.key not in _OF_ONE_POD]


def _is_label(item: SelectorRequirement) -> bool:
    return item.operator == "In" and len(item.values) == 1


def _expression(item: SelectorRequirement) -> str:
    values = ", ".join(map(yaml_scalar, item.values))
    listed = f", values: [{values}]" if values else ""
    return f"{{key: {yaml_scalar(item.key)}, operator: {item.operator}{listed}}}"
