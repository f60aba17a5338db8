"""How many pods a workload should have: by its own field, or by what scales it."""

from dataclasses import dataclass
from typing import Literal

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import policy_wire

REPLICAS_MAX = 150_000
"""The most pods Kubernetes supports in a cluster (kubernetes.io, large clusters)."""

AutoscalerChoice = Literal["current", "min", "max"]
PAUSED = "autoscaling.keda.sh/paused"
PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"
_KEDA_MAX = 100
_FALSE = ("0", "f", "F", "FALSE", "False", "false")


@dataclass(frozen=True, slots=True)
class Scaler:
    """What scales a workload: a HorizontalPodAutoscaler or KEDA's ScaledObject.

    ``fixed`` is the replicas it holds the workload at, and ``is_paused`` tells that it leaves them
    alone. ``idle`` is the count without events, if it is below ``lowest``.
    """

    kind: str
    name: str
    lowest: int
    highest: int
    current: int | None = None
    from_zero: bool = False
    idle: int | None = None
    fixed: int | None = None
    is_paused: bool = False

    @property
    def shown(self) -> str:
        """Its name; a ScaledObject's begins with scaledobject/."""
        return self.name if self.kind == "HorizontalPodAutoscaler" else f"scaledobject/{self.name}"

    def replicas(self, wanted: int, choice: AutoscalerChoice) -> int:
        """Return the replicas of a workload that asks for ``wanted``."""
        if self.fixed is not None:
            return self.fixed
        if self.is_paused or (wanted == 0 and not self.from_zero):
            return wanted  # a HorizontalPodAutoscaler does not scale up from zero
        if choice == "max":
            return self.highest
        if choice == "min":
            return self.lowest if self.idle is None else self.idle
        current = wanted if self.current is None else self.current
        if self.from_zero and current == 0 and self.idle == 0:
            return 0
        if not self.from_zero and not current:
            current = wanted
        return min(max(current, self.lowest), self.highest)


def horizontal(item: policy_wire.Autoscaler) -> Scaler:
    """Read a HorizontalPodAutoscaler; minReplicas defaults to 1 (autoscaling/v2)."""
    lowest = item.spec.min_replicas
    return Scaler(
        "HorizontalPodAutoscaler",
        item.metadata.name,
        1 if lowest is None else lowest,
        item.spec.max_replicas,
        item.status.current_replicas if item.status else None,
    )


def scaled_object(item: policy_wire.ScaledObject, beside: Scaler | None) -> Scaler:
    """Read a ScaledObject; ``beside`` is the HorizontalPodAutoscaler that KEDA made of it, if any.

    minReplicaCount defaults to 0 and maxReplicaCount to 100; without events a workload goes to
    idleReplicaCount, or to the minimum. Source: kedacore/keda apis/keda/v1alpha1
    scaledobject_types.go (CheckReplicaCountBoundsAreValid) and pkg/scaling/executor
    scale_scaledobjects.go. Raises FieldError where KEDA's webhook refuses the counts.
    """
    spec, notes = item.spec, item.metadata.annotations or {}
    lowest = spec.min_replica_count or 0
    highest = _KEDA_MAX if spec.max_replica_count is None else spec.max_replica_count
    idle = spec.idle_replica_count
    if lowest < 0 or highest < 0:
        name = "minReplicaCount" if lowest < 0 else "maxReplicaCount"
        raise FieldError(f"spec.{name}", "is negative", "use 0 or more")
    least = 0 if spec.min_replica_count is None else max(1, lowest)  # what the webhook compares
    if least > highest:
        raise FieldError(
            "spec.minReplicaCount", f"{least} exceeds maxReplicaCount {highest}",
            "KEDA's webhook refuses this: lower the minimum or raise the maximum",
        )  # fmt: skip
    if idle is not None and not 0 <= idle < least:
        raise FieldError(
            "spec.idleReplicaCount", f"{idle} is not below minReplicaCount {least}",
            "KEDA's webhook refuses this: omit it, or use 0 with a minimum of 1 or more",
        )  # fmt: skip
    fixed = notes.get(PAUSED_REPLICAS)
    if fixed is not None and not (fixed.isascii() and fixed.isdigit() and len(fixed) < 10):
        raise FieldError(
            f"metadata.annotations.{PAUSED_REPLICAS}", "is not a number of pods",
            "use a number in quotes, such as \"0\"",
        )  # fmt: skip
    return Scaler(
        "ScaledObject",
        item.metadata.name,
        lowest,
        highest,
        beside.current if beside else None,
        from_zero=True,
        idle=idle,
        fixed=None if fixed is None else int(fixed),
        is_paused=PAUSED in notes and notes[PAUSED] not in _FALSE,
    )
