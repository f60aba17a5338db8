"""What the API server adds to a pod before the scheduler sees it.

Follows Kubernetes 1.34: SetDefaults_Pod (requests from limits), LimitRanger (defaults, minima and
maxima of a namespace), RuntimeClass (overhead, node selector, tolerations) and Priority.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import policy_wire, wire
from kubestow.adapters.kubernetes.fields import check_amounts, nanos, tolerations
from kubestow.model.pod_requests import Nano
from kubestow.model.quantity import value
from kubestow.model.scheduler_profile import SchedulerProfiles
from kubestow.model.snapshot import SYSTEM_PRIORITIES
from kubestow.model.taints import Toleration


@dataclass(frozen=True, slots=True)
class Limits:
    """One LimitRange item, in nano-units by resource."""

    kind: str  # Container or Pod
    default: dict[str, int]
    default_request: dict[str, int]
    minimum: dict[str, int]
    maximum: dict[str, int]


@dataclass(frozen=True, slots=True)
class RuntimeClass:
    """A RuntimeClass's effect on a pod."""

    overhead: dict[str, int]
    node_selector: dict[str, str]
    tolerations: tuple[Toleration, ...]


def check_within(requests: dict[str, int], limits: dict[str, int], field: str, limit: str) -> None:
    """Raise FieldError if a request exceeds its limit, as the API server does."""
    for name, requested in requests.items():
        if name in limits and requested > limits[name]:
            raise FieldError(
                f"{field}.{name}",
                f"the request exceeds {limit}",
                "lower the request or raise the limit; the API server rejects such a pod",
            )


@dataclass(slots=True)
class Admission:
    """The admission rules the input defines."""

    limits: dict[str, list[Limits]] = field(default_factory=dict)
    runtime_classes: dict[str, RuntimeClass] = field(default_factory=dict)
    priorities: dict[str, int] = field(default_factory=lambda: dict(SYSTEM_PRIORITIES))
    policies: dict[str, str] = field(default_factory=dict)  # preemption, by PriorityClass
    default_priority: int = 0
    unknown_priorities: set[str] = field(default_factory=set)
    profiles: SchedulerProfiles = field(default_factory=SchedulerProfiles)

    def add_limit_range(self, item: policy_wire.LimitRangeWire, namespace: str) -> None:
        """Read a LimitRange, with the defaults the API server fills in."""
        for index, limit in enumerate((item.spec and item.spec.limits) or ()):
            path = f"spec.limits[{index}]"
            if limit.type not in ("Container", "Pod"):
                continue  # PersistentVolumeClaim limits do not affect placement
            maximum, minimum = nanos(limit.max, f"{path}.max"), nanos(limit.min, f"{path}.min")
            default = nanos(limit.default, f"{path}.default")
            default_request = nanos(limit.default_request, f"{path}.defaultRequest")
            if limit.type == "Container":
                default = maximum | default
                default_request = minimum | default | default_request
            self.limits.setdefault(namespace, []).append(
                Limits(limit.type, default, default_request, minimum, maximum)
            )

    def add_runtime_class(self, item: policy_wire.RuntimeClassWire) -> None:
        """Read a RuntimeClass."""
        scheduling = item.scheduling or policy_wire.RuntimeScheduling()
        self.runtime_classes[item.metadata.name] = RuntimeClass(
            nanos(item.overhead.pod_fixed if item.overhead else None, "overhead.podFixed"),
            scheduling.node_selector or {},
            tolerations(scheduling.tolerations, "scheduling.tolerations"),
        )

    def add_priority_class(self, item: policy_wire.PriorityClassWire) -> None:
        """Read a PriorityClass."""
        self.priorities[item.metadata.name] = item.value
        self.policies[item.metadata.name] = item.preemption_policy or ""
        if item.global_default:
            self.default_priority = item.value

    def priority(self, spec: wire.PodSpec) -> int:
        """Return a pod's priority: its own, its class's, or the default."""
        if spec.priority is not None:
            return spec.priority
        if not spec.priority_class_name:
            return self.default_priority
        if spec.priority_class_name not in self.priorities:
            self.unknown_priorities.add(spec.priority_class_name)
        return self.priorities.get(spec.priority_class_name, self.default_priority)

    def preempts(self, spec: wire.PodSpec) -> bool:
        """Return whether a pod may preempt others (preemptionPolicy is not Never)."""
        policy = spec.preemption_policy
        return (policy or self.policies.get(spec.priority_class_name or "")) != "Never"

    def container_requests(
        self, container: wire.WireContainer, namespace: str | None, path: str
    ) -> dict[str, int]:
        """Return a container's requests in nano-units, defaulted and checked.

        With ``namespace`` None, no LimitRange applies.
        """
        resources = container.resources or wire.ResourceAmounts()
        limits = nanos(resources.limits, f"{path}.resources.limits")
        own = nanos(resources.requests, f"{path}.resources.requests")
        check_amounts(limits, f"{path}.resources.limits")
        check_amounts(own, f"{path}.resources.requests")
        requests = limits | own
        check_within(requests, limits, f"{path}.resources.requests", "its limit")
        for rule in self.limits.get(namespace or "", ()):
            if rule.kind == "Container":
                limits = rule.default | limits
                requests = rule.default_request | requests
        by_default = "the default limit of a LimitRange"
        check_within(requests, limits, f"{path}.resources.requests", by_default)
        return requests

    def refusal(self, namespace: str, containers: Sequence[Nano], total: Nano) -> str:
        """Return why LimitRanger rejects a pod with these requests, or an empty string."""
        for rule in self.limits.get(namespace, ()):
            for requests in containers if rule.kind == "Container" else [total]:
                for name, maximum in rule.maximum.items():
                    if requests.get(name, 0) > maximum:
                        return f"LimitRange: {rule.kind} {name} exceeds the maximum"
                for name, minimum in rule.minimum.items():
                    if requests.get(name, 0) < minimum:
                        return f"LimitRange: {rule.kind} {name} is below the minimum"
        return ""


@dataclass(slots=True)
class Quota:
    """One ResourceQuota and its usage so far, in whole units (millicpu for cpu)."""

    name: str
    hard: dict[str, int]
    used: dict[str, int] = field(default_factory=dict)

    def admit(self, requests: dict[str, int]) -> str:
        """Charge a pod to the quota; return why it does not fit, or an empty string."""
        asked = {"pods": 1} | requests
        for name, amount in asked.items():
            if name in self.hard and self.used.get(name, 0) + amount > self.hard[name]:
                return (
                    f"ResourceQuota {self.name}: {name} used {self.used.get(name, 0)}, "
                    f"requested {amount}, hard {self.hard[name]}"
                )
        for name, amount in asked.items():
            self.used[name] = self.used.get(name, 0) + amount
        return ""


def read_quota(item: policy_wire.QuotaWire) -> tuple[Quota, list[str]]:
    """Read a ResourceQuota; return it with the names of the entries that are not enforced."""
    spec = item.spec or policy_wire.QuotaSpec()
    hard: dict[str, int] = {}
    unsupported: list[str] = []
    scoped = bool(spec.scopes or spec.scope_selector)
    for name, nano in nanos(spec.hard, "spec.hard").items():
        short = {"count/pods": "pods"}.get(name, name.removeprefix("requests."))
        if scoped or short not in ("pods", "cpu", "memory", "ephemeral-storage"):
            unsupported.append(name)
        else:
            units = nano // 10**6 if short == "cpu" else value(nano)
            hard[short] = min(units, hard.get(short, units))
    return Quota(item.metadata.name, hard), unsupported
