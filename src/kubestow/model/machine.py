"""Machines of the user, as EKS Hybrid Nodes.

Memory is in bytes, money in integer nano-USD per hour.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """Equal machines: what each offers to pods, and what it costs."""

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
