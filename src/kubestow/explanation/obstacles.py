"""Obstacles that no change of a pod's constraints can remove, each with a hint.

No changes are tried for such a pod.
"""

from kubestow.model.explanation import PodObstacle
from kubestow.model.plan import Unschedulable
from kubestow.scheduling.diagnosis import VOLUMES_HINT

_HINTS = {
    "Admission": "the API server rejects the pod: lower its requests or raise the LimitRange",
    "SchedulingGates": "kube-scheduler ignores the pod until spec.schedulingGates is empty: "
    "the controller that set the gate must remove it",
    "NotSupported": "kubestow does not support this yet: remove it to check the rest",
    "VolumeBinding": VOLUMES_HINT,
    "VolumeRestrictions": "stop the other pod, or use the access mode ReadWriteOnce for the claim",
    "DaemonSetTopology": "exclude DaemonSet pods from the constraint's selector",
}
_ALWAYS = frozenset(_HINTS) - {"VolumeBinding"}


def obstacle_of(item: Unschedulable) -> PodObstacle | None:
    """Return the obstacle; None if a change of constraints may help."""
    for reason in item.reasons:
        message = str(reason.detail.get("message", ""))
        hint = reason.detail.get("hint")
        is_missing_claim = reason.constraint == "VolumeBinding" and hint is not None
        if reason.constraint in _ALWAYS or is_missing_claim:
            return PodObstacle(reason.constraint, message, str(hint or _HINTS[reason.constraint]))
    return None
