"""How pods are evicted and replaced: owners, grace periods, local data, disruption budgets.

The API server's defaults are filled in.
"""

import re

from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes import wire
from kubestow.adapters.kubernetes.fields import label_selector
from kubestow.adapters.kubernetes.replicas import Scaler
from kubestow.adapters.kubernetes.workloads import Owner
from kubestow.model.eviction_terms import EvictionTerms
from kubestow.model.snapshot import DisruptionBudget
from kubestow.model.workload import COUNT, ROLLING_UPDATE, Lifecycle, Workload

_GRACE_SECONDS = 30  # the API server's default (core/v1 defaults.go)
_PERCENT = re.compile(r"\d+%", re.ASCII)
_POLICIES = ("IfHealthyBudget", "AlwaysAllow")
_STRATEGIES = (ROLLING_UPDATE, "Recreate")


def lifecycle(
    item: wire.PodWire,
    owner: Owner | None,
    parents: dict[Owner, Owner],
    eviction: EvictionTerms | None = None,
) -> Lifecycle:
    """Read how a pod is evicted and replaced; a ReplicaSet's owner is its Deployment."""
    spec, status = item.spec or wire.PodSpec(), item.status or wire.PodStatus()
    root = owner
    if owner is not None and owner[0] == "ReplicaSet":
        root = parents.get(owner, owner)
    grace = spec.termination_grace_period_seconds
    ready = next((c.status == "True" for c in status.conditions or () if c.type == "Ready"), True)
    return Lifecycle(
        (root[0], root[2]) if root else None,
        _GRACE_SECONDS if grace is None else grace,
        tuple(v.name for v in spec.volumes or () if v.empty_dir is not None),
        tuple(v.name for v in spec.volumes or () if v.host_path is not None),
        ready and status.phase in (None, "Running"),
        status.phase == "Pending",
        eviction,
    )


def disruption_budget(item: wire.BudgetWire, namespace: str) -> DisruptionBudget:
    """Read a PodDisruptionBudget; raise FieldError where the API server would reject it."""
    spec, status = item.spec or wire.BudgetSpec(), item.status or wire.BudgetStatus()
    selector = label_selector(spec.selector, "spec.selector")
    if spec.min_available is not None and spec.max_unavailable is not None:
        raise FieldError("spec.maxUnavailable", "is set together with minAvailable",
                         "set only one of them")  # fmt: skip
    policy = spec.unhealthy_pod_eviction_policy or _POLICIES[0]
    if policy not in _POLICIES:
        raise FieldError("spec.unhealthyPodEvictionPolicy", f"unknown policy {policy!r}",
                         f"expected {' or '.join(_POLICIES)}")  # fmt: skip
    return DisruptionBudget(
        namespace,
        item.metadata.name,
        selector,
        status.disruptions_allowed or 0,
        _count(spec.min_available, "spec.minAvailable"),
        _count(spec.max_unavailable, "spec.maxUnavailable"),
        policy,
    )


def workload(kind: str, item: wire.Owning, namespace: str, scaler: Scaler | None) -> Workload:
    """Read how a workload replaces its pods; raise FieldError for an invalid strategy."""
    spec = item.spec or wire.OwningSpec()
    strategy = spec.strategy or wire.WireStrategy()
    rolling = strategy.rolling_update or wire.RollingUpdate()
    rollout = strategy.type or ROLLING_UPDATE
    if rollout not in _STRATEGIES:
        raise FieldError("spec.strategy.type", f"unknown Deployment strategy {rollout!r}",
                         f"expected {' or '.join(_STRATEGIES)}")  # fmt: skip
    surge = _count(rolling.max_surge, "spec.strategy.rollingUpdate.maxSurge")
    gone = _count(rolling.max_unavailable, "spec.strategy.rollingUpdate.maxUnavailable")
    return Workload(
        kind,
        namespace,
        item.metadata.name,
        1 if spec.replicas is None else spec.replicas,
        rollout,
        "25%" if surge is None else surge,
        "25%" if gone is None else gone,
        scaler.shown if scaler else "",
    )


def _count(amount: int | str | None, field: str) -> COUNT | None:
    text = f"{amount}"
    if amount is None or _PERCENT.fullmatch(text) or (isinstance(amount, int) and amount >= 0):
        return amount
    raise FieldError(field, f"{text!r} is neither a number of pods nor a percentage",
                     "use a value such as 1 or 25%")  # fmt: skip
