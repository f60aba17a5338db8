"""Workload and Lifecycle: which controller recreates a pod, and what is lost with it.

Nothing here decides where a pod may run.
"""

from dataclasses import dataclass

from kubestow.model.eviction_terms import EvictionTerms

COUNT = int | str
"""A number of pods, or a percentage such as "25%"."""
ROLLING_UPDATE = "RollingUpdate"


@dataclass(frozen=True, slots=True)
class Workload:
    """A controller, and how it replaces its pods.

    ``strategy`` and the two counts are those of a Deployment; ``autoscaler`` names the
    HorizontalPodAutoscaler that scales it, or as scaledobject/NAME the ScaledObject, if one does.
    """

    kind: str
    namespace: str
    name: str
    replicas: int
    strategy: str = ROLLING_UPDATE
    max_surge: COUNT = "25%"
    max_unavailable: COUNT = "25%"
    autoscaler: str = ""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a pod terminates and is recreated.

    ``owner`` is (kind, name) of its controller, or of the Deployment of its ReplicaSet; None for a
    pod without a controller. ``empty_dirs`` and ``host_paths`` are names of its volumes; a pod that
    ``is_starting`` is bound but in phase Pending. ``eviction`` is None if nothing is said of it.
    ``started_at`` is known of pods that are protected up to an age.
    """

    owner: tuple[str, str] | None = None
    grace_seconds: int = 30
    empty_dirs: tuple[str, ...] = ()
    host_paths: tuple[str, ...] = ()
    is_ready: bool = True
    is_starting: bool = False
    eviction: EvictionTerms | None = None
    started_at: int | None = None


UNKNOWN_LIFECYCLE = Lifecycle()


def scaled(count: COUNT, total: int, *, up: bool) -> int:
    """Return a count of pods; a percentage of ``total`` is rounded up or down.

    Source: apimachinery pkg/util/intstr GetScaledValueFromIntOrPercent (Kubernetes 1.34).
    """
    if isinstance(count, int):
        return count
    share = int(count.removesuffix("%")) * total
    return -(-share // 100) if up else share // 100
