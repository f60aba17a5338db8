"""A candidate: a node that exists, or one that could be launched, as the filters see it."""

from collections.abc import Mapping
from dataclasses import dataclass

from kubestow.model.instance_type import Price
from kubestow.model.resources import Amounts
from kubestow.model.taints import Taint

_FREE = Price(0, "existing node")


@dataclass(frozen=True, slots=True)
class CandidateNode:
    """One place pods can be put. ``opt_in_keys`` as in kubestow.model.nodepool.NodePool."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Amounts
    nodepool: str = ""
    instance_type: str = ""
    zone: str = ""
    capacity_type: str = ""
    price: Price = _FREE
    exists: bool = False
    unschedulable: bool = False
    opt_in_keys: tuple[str, ...] = ()
