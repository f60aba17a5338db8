"""InterPodAffinity: required pod affinity and anti-affinity, and its symmetry.

Source: pkg/scheduler/framework/plugins/interpodaffinity (Kubernetes 1.34): a pod matches an
affinity only if it matches all its terms; the first pod of a group may go anywhere if it matches
its own terms and nothing else matches anywhere.
"""

from kubestow.model.pod import PodTemplate
from kubestow.scheduling.selection import ClassSelection

NAME = "InterPodAffinity"


def affinity_targets(template: PodTemplate, namespace: str, selection: ClassSelection) -> set[int]:
    """Return the classes that match every affinity term of a pod."""
    found: set[int] | None = None
    for term in template.affinity:
        matched = set(selection.by_term(term, namespace))
        found = matched if found is None else found & matched
    return found or set()
