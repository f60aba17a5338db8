"""Resource names and integer amounts.

An amount is an integer in the unit that kube-scheduler compares: millicpu for cpu, whole units
(bytes, devices, pods) for everything else. Source: pkg/scheduler/framework/types.go
Resource.Add and pkg/apis/core/v1/helper IsScalarResourceName of Kubernetes 1.34.
"""

from collections.abc import Iterable, Mapping

from kubestow.model.quantity import format_bytes, format_milli, format_nano, milli_value, value

CPU = "cpu"
MEMORY = "memory"
PODS = "pods"
EPHEMERAL_STORAGE = "ephemeral-storage"
EBS_VOLUMES = "attachable-volumes-csi-ebs.csi.aws.com"
"""Attachment slots of the EBS CSI driver, as a resource of nodes not yet launched."""
CPU_USE = "cpu-use"
"""The millicpu that pods are taken to use: an axis of planning for burstable nodes, no resource."""
USD_PER_HOUR = "kubestow.dev/usd-per-hour"
"""The NodePool limit on the total cost of its nodes, in nano-USD per hour."""

Amounts = tuple[tuple[str, int], ...]
"""Sorted (resource, amount) pairs without zeros: hashable, so that it can be part of a key."""


def rounded(name: str, nano: int) -> int:
    """Round a nano-unit quantity up to the unit that the scheduler compares; money is exact."""
    if name == USD_PER_HOUR:
        return nano
    return milli_value(nano) if name == CPU else value(nano)


def amounts(items: Mapping[str, int] | Iterable[tuple[str, int]]) -> Amounts:
    """Return the canonical form of resource amounts: sorted by name, zeros dropped."""
    pairs = items.items() if isinstance(items, Mapping) else items
    return tuple(sorted((name, amount) for name, amount in pairs if amount))


def is_scalar(name: str) -> bool:
    """Return whether kube-scheduler compares this resource as a scalar resource.

    Extended resources (a domain that is not kubernetes.io), hugepages, names prefixed with a
    kubernetes.io domain, and attachable volume limits; other unqualified names are ignored.
    """
    if name.startswith(("hugepages-", "attachable-volumes-")):
        return True
    return "/" in name and not name.startswith("requests.")


def is_compared(name: str) -> bool:
    """Return whether a request for this resource can make a pod not fit."""
    return name in (CPU, MEMORY, EPHEMERAL_STORAGE) or is_scalar(name)


def format_amount(name: str, amount: int) -> str:
    """Return an amount as a Kubernetes quantity."""
    if name == CPU:
        return format_milli(amount)
    if name == USD_PER_HOUR:
        return format_nano(amount)
    if name in (MEMORY, EPHEMERAL_STORAGE) or name.startswith("hugepages-"):
        return format_bytes(amount)
    return str(amount)
