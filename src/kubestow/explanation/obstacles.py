"""What keeps a pod from running that no change of its constraints can mend.

Law: by name, with the hint that does help; such a pod is given no trials.
"""

from kubestow.model.explanation import PodObstacle
from kubestow.model.plan import Unschedulable
from kubestow.scheduling.diagnosis import VOLUMES_HINT

_HINTS = {
    "Admission": "the API server refuses the pod: lower its requests, or raise the LimitRange",
    "SchedulingGates": "kube-scheduler does not look at it until spec.schedulingGates is empty: "
    "whoever set the gate has to remove it",
    "NotSupported": "kubestow cannot judge this yet: leave it out to learn about the rest",
    "VolumeBinding": VOLUMES_HINT,
    "VolumeRestrictions": "stop the other pod, or give the claim the access mode ReadWriteOnce",
    "DaemonSetTopology": "let the constraint's selector leave out the pods of DaemonSets",
}
_ALWAYS = frozenset(_HINTS) - {"VolumeBinding"}


def obstacle_of(item: Unschedulable) -> PodObstacle | None:
    """Return what stands in the way; None where a change of constraints may help."""
    for reason in item.reasons:
        message = str(reason.detail.get("message", ""))
        hint = reason.detail.get("hint")
        is_missing_claim = reason.constraint == "VolumeBinding" and hint is not None
        if reason.constraint in _ALWAYS or is_missing_claim:
            return PodObstacle(reason.constraint, message, str(hint or _HINTS[reason.constraint]))
    return None
