"""Node: capacity that exists."""

from dataclasses import dataclass

from kubestow.model.resources import Amounts
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the cluster, with what kube-scheduler reads of it.

    ``attach_limits`` are volumes a CSI driver can attach (its CSINode); ``migrated_plugins`` the
    in-tree volume plugins that CSI drivers have taken over there, None without a CSINode;
    ``images`` are (name, bytes). ``reservation`` names what pays for the node in any case, if it is
    not there yet; a ``desired`` node is one that its NodePool is to run in any case.
    """

    name: str
    labels: tuple[tuple[str, str], ...]
    allocatable: Amounts
    taints: tuple[Taint, ...] = ()
    unschedulable: bool = False
    attach_limits: Amounts = ()
    migrated_plugins: tuple[str, ...] | None = None
    images: Amounts = ()
    reservation: str = ""
    desired: bool = False

    @property
    def effective_taints(self) -> tuple[Taint, ...]:
        """The taints, and the one a cordon stands for."""
        return (*self.taints, UNSCHEDULABLE_TAINT) if self.unschedulable else self.taints
