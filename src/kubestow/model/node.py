"""Node: capacity that exists."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from kubestow.model.resources import Amounts
from kubestow.model.taints import UNSCHEDULABLE_TAINT, Taint

Found = TypeVar("Found")


class _Kept:
    """Room for what is found of a node; no field, so it is in no copy, file or digest."""

    __slots__ = ("_found",)
    _found: dict[object, object]


@dataclass(frozen=True, slots=True)
class Node(_Kept):
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

    def once(self, find: Callable[["Node"], Found]) -> Found:
        """Return what a function finds of the node, found once: a loop asks again and again."""
        try:
            known = self._found
        except AttributeError:
            known = {}
            object.__setattr__(self, "_found", known)
        if find not in known:
            known[find] = find(self)
        found: Found = known[find]  # type: ignore[assignment] # only this function fills it
        return found
