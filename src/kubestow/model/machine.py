"""Machines of the user's own, as EKS Hybrid Nodes.

Law: values only. Memory is in bytes, money integer nano-USD an hour.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """Machines that are alike: what Kubernetes can give to pods on each, and what it costs."""

    name: str
    vcpu: int
    memory_bytes: int
    count: int = 1
    pods: int = 110
    architecture: str = "amd64"
    zone: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    nano_usd_per_hour: int = 0
    source: str = ""
