"""WarmStart: what one solve leaves for the next, when little has changed.

Law: data only, and only a hint. What it says of pods or offerings that are no longer there is
passed over; nothing in it is believed: every bound is proven, and every load made legal, anew.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WarmLoad:
    """What ``nodes`` nodes of an offering each carried: pods by the digest of their class.

    No nodes and no zone: a load that was thought of for the type, in whatever zone.
    """

    node_pool: str
    instance_type: str
    capacity_type: str
    zone: str
    pods: tuple[tuple[str, int], ...]
    nodes: int


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Values in nano-USD an hour of one pod by the digest of its class, and good loads."""

    values: tuple[tuple[str, int], ...]
    loads: tuple[WarmLoad, ...]
