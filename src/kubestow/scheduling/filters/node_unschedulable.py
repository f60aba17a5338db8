"""NodeUnschedulable: a cordoned node takes only pods that tolerate the taint a cordon stands for.

Source: pkg/scheduler/framework/plugins/nodeunschedulable (Kubernetes 1.34).
"""

import numpy as np

from kubestow.model.pod import PodTemplate
from kubestow.model.taints import UNSCHEDULABLE_TAINT
from kubestow.scheduling.candidate_index import CandidateIndex, Mask
from kubestow.scheduling.pod_context import PodContext
from kubestow.scheduling.refusal import Refusal

NAME = "NodeUnschedulable"
REASON = "node(s) were unschedulable"


def mask(template: PodTemplate, index: CandidateIndex) -> Mask:
    """Return the candidates that are not cordoned for the template."""
    if any(toleration.tolerates(UNSCHEDULABLE_TAINT) for toleration in template.tolerations):
        return np.ones(len(index), dtype=bool)
    return ~index.unschedulable


def refusals(context: PodContext) -> list[Refusal]:
    """Return the cordoned nodes."""
    return [Refusal(REASON, ~context.once(NAME, lambda v: mask(v.template, v.index)), True)]
