"""WarmStart: results of a solve that speed up the next one.

Only a hint. Pods and offerings that no longer exist are ignored; every bound is proven and
every load made legal again.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarmLoad:
    """A load of ``nodes`` nodes of an offering: pods by the digest of their class.

    Without nodes and zone, it is a load considered for the type in any zone.
    """

    node_pool: str
    instance_type: str
    capacity_type: str
    zone: str
    pods: tuple[tuple[str, int], ...]
    nodes: int


@dataclass(frozen=True, slots=True)
class WarmStart:
    """The value of one pod in nano-USD per hour, by the digest of its class, and good loads."""

    values: tuple[tuple[str, int], ...]
    loads: tuple[WarmLoad, ...]
