"""Wire shapes of pod policies: priorities, runtime classes, limits, quotas, autoscalers."""

from typing import Any

import msgspec

from kubestow.adapters.kubernetes.wire import Metadata, Quantities, TolerationWire, Wire


class PriorityClassWire(Wire):
    """A PriorityClass."""

    metadata: Metadata
    value: int = 0
    preemption_policy: str | None = None
    global_default: bool | None = None


class RuntimeOverhead(Wire):
    """A RuntimeClass's overhead."""

    pod_fixed: Quantities | None = None


class RuntimeScheduling(Wire):
    """A RuntimeClass's scheduling constraints."""

    node_selector: dict[str, str] | None = None
    tolerations: list[TolerationWire] | None = None


class RuntimeClassWire(Wire):
    """A RuntimeClass."""

    metadata: Metadata
    overhead: RuntimeOverhead | None = None
    scheduling: RuntimeScheduling | None = None


class LimitRangeItem(Wire):
    """One limit of a LimitRange."""

    type: str
    default: Quantities | None = None
    default_request: Quantities | None = None
    min: Quantities | None = None
    max: Quantities | None = None


class LimitRangeSpec(Wire):
    """A LimitRange's spec."""

    limits: list[LimitRangeItem] | None = None


class LimitRangeWire(Wire):
    """A LimitRange; the API server names one without a name."""

    metadata: Metadata = msgspec.field(default_factory=Metadata)
    spec: LimitRangeSpec | None = None


class QuotaSpec(Wire):
    """A ResourceQuota's spec."""

    hard: Quantities | None = None
    scopes: list[str] | None = None
    scope_selector: dict[str, Any] | None = None


class QuotaWire(Wire):
    """A ResourceQuota."""

    metadata: Metadata
    spec: QuotaSpec | None = None


class ScaleTarget(Wire):
    """The workload an autoscaler scales."""

    kind: str
    name: str


class AutoscalerSpec(Wire):
    """A HorizontalPodAutoscaler's spec."""

    scale_target_ref: ScaleTarget
    max_replicas: int
    min_replicas: int | None = None


class AutoscalerStatus(Wire):
    """A HorizontalPodAutoscaler's status."""

    current_replicas: int | None = None
    desired_replicas: int | None = None


class Autoscaler(Wire):
    """A HorizontalPodAutoscaler."""

    metadata: Metadata
    spec: AutoscalerSpec
    status: AutoscalerStatus | None = None


class EventTarget(Wire):
    """The workload a ScaledObject scales; the kind defaults to Deployment."""

    name: str
    kind: str | None = None


class EventTrigger(Wire):
    """A trigger of a ScaledObject."""

    type: str = ""


class ScaledObjectSpec(Wire):
    """The spec of KEDA's ScaledObject."""

    scale_target_ref: EventTarget
    min_replica_count: int | None = None
    max_replica_count: int | None = None
    idle_replica_count: int | None = None
    triggers: list[EventTrigger] | None = None


class ScaledObject(Wire):
    """KEDA's ScaledObject."""

    metadata: Metadata
    spec: ScaledObjectSpec
