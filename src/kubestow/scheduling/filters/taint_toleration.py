"""TaintToleration: every NoSchedule and NoExecute taint must be tolerated.

A cordoned node counts as tainted node.kubernetes.io/unschedulable (NodeUnschedulable). Source:
pkg/scheduler/framework/plugins/{tainttoleration,nodeunschedulable} (Kubernetes 1.34).
"""

from collections import Counter

from kubestow.model.pod import PodTemplate
from kubestow.model.taints import first_untolerated
from kubestow.scheduling.index import CandidateIndex, Mask

NAME = "TaintToleration"


def mask(template: PodTemplate, index: CandidateIndex) -> Mask:
    """Return the candidates whose blocking taints the template tolerates."""
    return index.tolerated(template.tolerations)


def refusing_taints(template: PodTemplate, index: CandidateIndex, among: Mask) -> Counter[str]:
    """Return the first untolerated taint of each refusing candidate, counted."""
    found: Counter[str] = Counter()
    for candidate, counts in zip(index.candidates, among, strict=True):
        if not counts:
            continue
        taint = first_untolerated(candidate.taints, template.tolerations)
        if taint is not None:
            found[taint.describe()] += 1
    return found
