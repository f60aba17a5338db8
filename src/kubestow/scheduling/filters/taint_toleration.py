"""TaintToleration: every NoSchedule and NoExecute taint must be tolerated.

Source: pkg/scheduler/framework/plugins/tainttoleration (Kubernetes 1.34).
"""

from collections import Counter

import numpy as np

from kubestow.model.pod import PodTemplate
from kubestow.model.taints import first_untolerated
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "TaintToleration"
REASON = "node(s) had untolerated taint(s)"


def mask(template: PodTemplate, index: CandidateIndex) -> Mask:
    """Return the candidates whose blocking taints the template tolerates."""
    return index.tolerated(template.tolerations)


def refusing_taints(template: PodTemplate, index: CandidateIndex, among: Mask) -> Counter[str]:
    """Return the first untolerated taint of each refusing candidate, counted."""
    counts: Counter[str] = Counter()
    column, sets = index.taint_column()
    for taints, count in zip(sets, np.bincount(column[among], minlength=len(sets)), strict=True):
        taint = first_untolerated(taints, template.tolerations)
        if taint is not None and count:
            counts[taint.describe()] += int(count)
    return counts


def refusals(context: PodContext) -> list[Refusal]:
    """Return the nodes with a NoSchedule or NoExecute taint that is not tolerated."""
    return [Refusal(REASON, ~context.tolerated, True)]
