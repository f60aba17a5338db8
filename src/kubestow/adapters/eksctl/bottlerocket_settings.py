"""The kubelet settings of a Bottlerocket group: bottlerocket.settings.kubernetes.

Source: Bottlerocket's documentation, settings/kubernetes: its names are kubelet's with dashes.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from kubestow.adapters.eksctl.wire import GroupShape
from kubestow.adapters.field_error import FieldError
from kubestow.adapters.kubernetes.karpenter_wire import Kubelet
from kubestow.adapters.shapes import converted

_READ = {
    "max-pods": "maxPods",
    "kube-reserved": "kubeReserved",
    "system-reserved": "systemReserved",
    "eviction-hard": "evictionHard",
}
_WITHOUT_EFFECT = frozenset({
    "allowed-unsafe-sysctls", "cluster-dns-ip", "cluster-domain", "container-log-max-files",
    "container-log-max-size", "cpu-cfs-quota-enforced", "cpu-manager-reconcile-period",
    "credential-providers", "event-burst", "event-qps", "eviction-max-pod-grace-period",
    "eviction-soft", "eviction-soft-grace-period", "image-gc-high-threshold-percent",
    "image-gc-low-threshold-percent", "kube-api-burst", "kube-api-qps", "log-level",
    "pod-pids-limit", "registry-burst", "registry-qps", "seccomp-default",
    "server-tls-bootstrap", "shutdown-grace-period", "shutdown-grace-period-for-critical-pods",
})  # fmt: skip
"""Settings that decide nothing about what fits on a node."""


def unread_setting(shape: GroupShape) -> str:
    """Return the first setting that may change a group's nodes and is not read; empty if none."""
    named = _kubernetes(shape)
    if not isinstance(named, Mapping):
        return "settings.kubernetes"
    unread = sorted(set(named) - _READ.keys() - _WITHOUT_EFFECT)
    return f"settings.kubernetes.{unread[0]}" if unread else ""


def kubelet_settings(shape: GroupShape, field: str) -> Kubelet | None:
    """Return the settings that are read, None if there are none; raise FieldError for a bad one."""
    named = _kubernetes(shape)
    values = {_READ[key]: value for key, value in named.items() if key in _READ}
    try:
        return converted(values, Kubelet) if values else None
    except msgspec.ValidationError as problem:
        raise FieldError(
            field, str(problem), "write the settings as Bottlerocket does"
        ) from problem


def _kubernetes(shape: GroupShape) -> Any:
    return ((shape.bottlerocket or {}).get("settings") or {}).get("kubernetes") or {}
