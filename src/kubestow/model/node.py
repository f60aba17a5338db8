"""Node: a node of the cluster."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from kubestow.model.labels import REGION, ZONE, normalised
from kubestow.model.resources import Amounts
from kubestow.model.taints import AVOIDED_TAINT, UNSCHEDULABLE_KEY, UNSCHEDULABLE_TAINT, Taint
from kubestow.model.zones import region_of

Fact = TypeVar("Fact")


class _Cache:
    """A cache of facts about a node; not a field, so not in copies, files or digests."""

    __slots__ = ("_facts",)
    _facts: dict[object, object]


@dataclass(frozen=True, slots=True)
class Node(_Cache):
    """A node of the cluster, with what kube-scheduler reads of it.

    ``attach_limits`` are the volumes that each CSI driver can attach (from its CSINode);
    ``migrated_plugins`` are the in-tree volume plugins that CSI drivers have replaced there, None
    without a CSINode; ``images`` are (name, bytes). ``reservation`` names the reservation that pays
    for a node that does not exist yet; a ``desired`` node belongs to its NodePool's desired size.
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
        """The taints, and that of a cordon."""
        return (*self.taints, UNSCHEDULABLE_TAINT) if self.unschedulable else self.taints

    @property
    def is_avoided(self) -> bool:
        """True if kube-scheduler uses the node only where it must, as kubestow asks it to."""
        return AVOIDED_TAINT in self.taints

    def avoided(self, *, on: bool) -> "Node":
        """Return the node as one that is avoided, or no longer."""
        if self.is_avoided == on:
            return self
        others = tuple(taint for taint in self.taints if taint != AVOIDED_TAINT)
        return replace(self, taints=(*others, AVOIDED_TAINT) if on else others)

    @property
    def opened(self) -> "Node":
        """The node without its cordon and the taint that the node controller puts on for it."""
        taints = tuple(taint for taint in self.taints if taint.key != UNSCHEDULABLE_KEY)
        return replace(self, unschedulable=False, taints=taints)

    @property
    def region(self) -> str:
        """The region of its labels, or that of its zone's name; empty if they do not tell."""
        labels = {normalised(key): text for key, text in self.labels}
        return labels.get(REGION) or region_of(labels.get(ZONE, ""))

    def once(self, find: Callable[["Node"], Fact]) -> Fact:
        """Return the result of a function of the node, computed once per node."""
        try:
            facts = self._facts
        except AttributeError:
            facts = {}
            object.__setattr__(self, "_facts", facts)
        if find not in facts:
            facts[find] = find(self)
        fact: Fact = facts[find]  # type: ignore[assignment] # only this function fills it
        return fact
