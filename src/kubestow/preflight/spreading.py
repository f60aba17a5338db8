"""What spreads a workload's replicas: spread constraints and anti-affinity, hard or soft.

Only constraints that select the workload's own pods count.
"""

from collections.abc import Iterator

from kubestow.model import labels as names
from kubestow.model.pod import PodAffinityTerm, SpreadConstraint
from kubestow.model.setup import CheckedWorkload

_ZONES = (names.ZONE, names.ZONE_ID, "failure-domain.beta.kubernetes.io/zone",
          "topology.ebs.csi.aws.com/zone")  # fmt: skip


_OF_ONE_POD = ("pod-template-hash", "controller-revision-hash",
               "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index")  # fmt: skip


def is_zone(key: str) -> bool:
    """Return whether a topology key stands for zones."""
    return key in _ZONES


def kept_apart(workload: CheckedWorkload) -> Iterator[str]:
    """Yield the topology keys over which its pods are spread, hard or soft."""
    template, labels = workload.template, dict(workload.labels)
    for spread in (*template.spread, *template.preferences.spread):
        if selects_itself(spread, labels):
            yield spread.topology_key
    soft = (term for _, term in template.preferences.anti_affinity)
    for term in (*template.anti_affinity, *soft):
        if repels_itself(term, workload):
            yield term.topology_key


def selects_itself(spread: SpreadConstraint, labels: dict[str, str]) -> bool:
    """Return whether a spread constraint selects the pods that have it."""
    return spread.selector is not None and spread.selector.matches(labels)


def repels_itself(term: PodAffinityTerm, workload: CheckedWorkload) -> bool:
    """Return whether an anti-affinity term selects the pods that have it."""
    namespace = workload.subject.namespace
    return term.selects(namespace, namespace, dict(workload.labels), {})


def constraint(workload: CheckedWorkload, key: str, when: str) -> str:
    """Return the spread constraint that would spread a workload's pods, as YAML."""
    labels = ", ".join(f"{name}: {text}" for name, text in workload.labels if _is_stable(name))
    return (
        f"add topologySpreadConstraints: [{{maxSkew: 1, topologyKey: {key}, whenUnsatisfiable: "
        f"{when}, labelSelector: {{matchLabels: {{{labels}}}}}}}]"
    )


def _is_stable(name: str) -> bool:
    return name not in _OF_ONE_POD
