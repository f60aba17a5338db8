"""BoundCertificate: what a proven minimum rests on, so that somebody else can check it.

Law: data only. It is made by whoever proves a bound and believed by nobody: kubestow.verify.bound
works everything out again. Money is integer nano-USD an hour; prices of resources are scaled.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PRICE_SHIFT = 40
"""Prices of resources are nano-USD an hour times 2^40, for a millicpu, a byte, a pod, a unit."""

EBS_VOLUMES_AXIS = "ebs-volumes"
"""What a certificate calls the slots that EBS volumes are attached to."""

EXCLUSIVE_AXIS = "exclusive/"
"""Before the index of an exclusive list: its price as a resource of which each node has one."""


@dataclass(frozen=True, slots=True)
class PodValue:
    """What each of these pods counts in the bound."""

    nano_usd_per_hour: int
    pods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CertificateGrid:
    """Whole cells of cpu (millicpu) and memory (bytes) that a load is counted in."""

    cpu: int
    memory: int
    count_pods: bool = False


@dataclass(frozen=True, slots=True)
class BinProof:
    """How to see that an offering carries no more value than its price allows.

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

    No offering of price c carries pods worth more than ``theta`` x c, a fraction of at least 1; so
    a fleet that carries all the pods costs at least what they are worth, less what the existing
    nodes can take of it, over ``theta``. Of each list in ``exclusive`` a node holds one pod.
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
