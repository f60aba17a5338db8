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

    ``instance_types`` are in the group's own order, empty where only its launch template says;
    ``zones`` are those of its subnets. ``startup_taints`` are on a node until somebody takes them
    away. ``trouble`` is why it can launch nothing now, if so. EKS replaces its nodes while it
    ``is_updating``. ``consolidate_after`` is in seconds; None for never.
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
    startup_taints: tuple[Taint, ...] = ()
    disk_bytes: int | None = None
    trouble: str = ""
    is_updating: bool = False
    consolidate_after: int | None = UNNEEDED_SECONDS


@dataclass(frozen=True, slots=True)
class GroupMember:
    """An instance of an Auto Scaling group; one that ``is_kept`` is protected from scale-in."""

    instance_id: str
    instance_type: str
    zone: str
    is_ending: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class GroupSize:
    """How many instances an Auto Scaling group is to have, and those that it has."""

    desired: int
    members: tuple[GroupMember, ...] = ()

    @property
    def staying(self) -> int:
        """How many it has that are not ending."""
        return sum(not member.is_ending for member in self.members)

    @property
    def coming(self) -> int:
        """How many it is to launch still."""
        return max(0, self.desired - self.staying)
