"""Disks: where the volumes of simulated pods are attached, and how long a pod waits for its own.

A new volume is provisioned and attached; one that exists is attached once it is free. It is free
some seconds after the last pod that used it has left its node, and only after six minutes where the
node was lost with the pod: the attach-detach controller waits for so long before it takes a volume
that nobody has unmounted (Kubernetes 1.34 pkg/controller/volume/attachdetach, maxWaitForUnmount).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kubestow.simulation.scenario import Durations

_LOST_SECONDS = 360


@dataclass(slots=True)
class AttachedDisk:
    """A volume on a node, how many pods use it there, and when it is free for another node."""

    node: str
    users: int
    free_at: int = 0


class Disks:
    """The volumes of a run by name."""

    def __init__(self, durations: Durations) -> None:
        self._durations = durations
        self._disks: dict[str, AttachedDisk] = {}
        self._detached_at: dict[str, int] = {}  # by node: when its last volume is free

    def attach(self, volumes: Sequence[str], node: str, at: int) -> int:
        """Attach the volumes of a pod that was bound to a node; return the seconds this takes.

        A volume that no pod has used yet is provisioned first.
        """
        return max((self._attach(volume, node, at) for volume in volumes), default=0)

    def _attach(self, volume: str, node: str, at: int) -> int:
        disk, durations = self._disks.get(volume), self._durations
        if disk is not None and disk.node == node and disk.users:
            disk.users += 1
            return 0
        free_at = at + durations.provision if disk is None else max(disk.free_at, at)
        self._disks[volume] = AttachedDisk(node, 1)
        return free_at - at + durations.attach

    def release(self, volumes: Sequence[str], node: str, at: int, *, lost: bool = False) -> None:
        """Detach the volumes of a pod that has left its node, or was ``lost`` with it."""
        for volume in volumes:
            disk = self._disks.get(volume)
            if disk is None or disk.node != node:
                continue
            disk.users -= 1
            if disk.users <= 0:
                disk.free_at = at + (_LOST_SECONDS if lost else self._durations.detach)
                if not lost:
                    self._detached_at[node] = max(self._detached_at.get(node, 0), disk.free_at)

    def detached_at(self, node: str) -> int:
        """Return when the last volume that a pod left behind on a node is free."""
        return self._detached_at.get(node, 0)
