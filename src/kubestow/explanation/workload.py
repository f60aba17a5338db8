"""The pods that share a pod's template, and so are affected by a change of the workload.

They have the same namespace, template and labels, ignoring labels that number pods and revisions.
Pods without labels are distinguished by name.
"""

import re
from collections.abc import Sequence

from kubestow.model.pod import Pod

_PER_POD = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/job-completion-index",
        "controller-revision-hash",
        "controller-uid",
        "batch.kubernetes.io/controller-uid",
        "pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
_ORDINAL = re.compile(r"-[0-9]+$", re.ASCII)


def siblings(pods: Sequence[Pod], position: int) -> tuple[int, ...]:
    """Return the positions of the pods of the same workload, including the pod itself."""
    own = pods[position]
    template, identity = own.template, _identity(own)
    return tuple(
        number
        for number, pod in enumerate(pods)
        if pod.namespace == own.namespace
        and pod.template == template
        and _identity(pod) == identity
    )


def _identity(pod: Pod) -> tuple[object, ...]:
    labels = tuple(pair for pair in pod.labels if pair[0] not in _PER_POD)
    return (labels, pod.owner_selector, "" if labels else _ORDINAL.sub("", pod.name))
