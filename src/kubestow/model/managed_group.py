"""ManagedGroup: a node group of EKS's, as EKS and its Auto Scaling group tell of it."""

from dataclasses import dataclass

from kubestow.model.taints import Taint

UNNEEDED_SECONDS = 600
"""How long a node of a group is there before it is consolidated, unless the group says otherwise.

As Cluster Autoscaler's --scale-down-unneeded-time.
"""


@dataclass(frozen=True, slots=True)
class ManagedGroup:
    """A managed node group: what it launches, and how many nodes it may have.

    ``instance_types`` are in the group's own order, ``zones`` those of its subnets. ``trouble`` is
    why it can launch nothing now, if so. ``consolidate_after`` is in seconds; None for never.
    """

    name: str
    scaling_group: str
    least: int
    most: int
    instance_types: tuple[str, ...]
    zones: tuple[str, ...]
    capacity_type: str
    ami_family: str
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[Taint, ...] = ()
    disk_bytes: int | None = None
    trouble: str = ""
    consolidate_after: int | None = UNNEEDED_SECONDS


@dataclass(frozen=True, slots=True)
class GroupMember:
    """An instance of an Auto Scaling group."""

    instance_id: str
    instance_type: str
    zone: str
    is_ending: bool = False


@dataclass(frozen=True, slots=True)
class GroupSize:
    """How many instances an Auto Scaling group is to have, and those that it has."""

    desired: int
    least: int
    most: int
    members: tuple[GroupMember, ...] = ()

    @property
    def coming(self) -> int:
        """How many it is to launch still."""
        staying = sum(not member.is_ending for member in self.members)
        return max(0, self.desired - staying)
