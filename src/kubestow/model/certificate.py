"""BoundCertificate: the proof of a proven minimum, for somebody else to check.

Nothing in it is trusted; kubestow.verify.bound recomputes everything. Money is integer
nano-USD per hour; prices of resources are scaled.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PRICE_SHIFT = 40
"""Prices of resources are nano-USD per hour times 2^40, per millicpu, byte, pod or unit."""

EBS_VOLUMES_AXIS = "ebs-volumes"
"""The name of EBS volume slots in a certificate."""

EXCLUSIVE_AXIS = "exclusive/"
"""Prefix of an exclusive list's index: its price as a resource that each node has one of."""


@dataclass(frozen=True, slots=True)
class PodValue:
    """The value of each of these pods in the bound."""

    nano_usd_per_hour: int
    pods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CertificateGrid:
    """The units of cpu (millicpu) and memory (bytes) in which a load is counted."""

    cpu: int
    memory: int
    count_pods: bool = False


@dataclass(frozen=True, slots=True)
class BinProof:
    """How to show that an offering carries no more value than its price allows.

    ``prices`` is an index into the certificate's prices; without a grid every resource is priced.
    """

    node_pool: str
    instance_type: str
    capacity_type: str
    prices: int
    grid: CertificateGrid | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A lower bound and its proof.

    No offering of price c carries pods worth more than ``theta`` x c, where ``theta`` is at least
    1. So a fleet that carries all the pods costs at least their value, less what the existing nodes
    can take, divided by ``theta``. A node holds at most one pod of each list in ``exclusive``.
    """

    region: str
    problem: str
    rung: str
    bound_nano_usd_per_hour: int
    theta: tuple[int, int]
    values: tuple[PodValue, ...]
    exclusive: tuple[tuple[str, ...], ...] = ()
    prices: tuple[Mapping[str, int], ...] = ()
    bins: tuple[BinProof, ...] = ()
