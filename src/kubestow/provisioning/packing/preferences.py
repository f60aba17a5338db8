"""What pods prefer, as numbers of a packing problem: for strategies that heed preferences.

A topology that a preference looks at counts pods by domain: by node for the hostname, else by the
value of a node label. In which order preferences are given up is Karpenter's
(kubernetes-sigs/karpenter v1.14 pkg/controllers/provisioning/scheduling/preferences.go).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from kubestow.model.arrays import Booleans, Integers
from kubestow.model.labels import HOSTNAME

TopologyKind = Literal["spread", "affinity", "anti-affinity"]


@dataclass(frozen=True, slots=True)
class PreferredTopology:
    """A ScheduleAnyway constraint or a preferred term; ``counted`` are the classes it selects."""

    kind: TopologyKind
    key: str
    counted: frozenset[int]
    max_skew: int = 0
    min_domains: int = 1

    @property
    def is_by_node(self) -> bool:
        """True if every node is a domain of its own."""
        return self.key == HOSTNAME


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """What is required of a place at one point of giving up preferences; masks are over bins."""

    topologies: tuple[PreferredTopology, ...] = ()
    preferred: Booleans | None = None
    avoided: Booleans | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ItemPreferences:
    """An item's preferences, the heaviest of each kind first.

    ``nodes`` are masks over bins, one for each preferred node affinity term; ``avoided`` are the
    bins with a PreferNoSchedule taint that the item does not tolerate.
    """

    affinity: tuple[PreferredTopology, ...] = ()
    anti_affinity: tuple[PreferredTopology, ...] = ()
    nodes: tuple[Booleans, ...] = ()
    spread: tuple[PreferredTopology, ...] = ()
    avoided: Booleans | None = None

    def attempts(self) -> Iterator[Attempt]:
        """Yield what is required at first, and after each preference that is given up.

        Preferred pod affinity goes first, then anti-affinity, node affinity and spread, each from
        its heaviest; at last taints of PreferNoSchedule are tolerated. Of several node affinity
        terms the heaviest left is required; of the rest, all.
        """
        affinity, anti, nodes = list(self.affinity), list(self.anti_affinity), list(self.nodes)
        spread, avoided = list(self.spread), self.avoided
        while True:
            first = nodes[0] if nodes else None
            yield Attempt((*affinity, *anti, *spread), first, avoided)
            if affinity:
                affinity.pop(0)
            elif anti:
                anti.pop(0)
            elif nodes:
                nodes.pop(0)
            elif spread:  # the last takes the place of the first
                spread[0] = spread[-1]
                spread.pop()
            elif avoided is not None:
                avoided = None
            else:
                return


@dataclass(slots=True)
class PreferenceProblem:
    """The preferences of a problem's items, and where topologies have their domains.

    ``domains`` are the codes of each bin's label by key, -1 where it is missing, with the order
    of the codes by name; ``held`` the counted pods on the nodes that exist, the first bins.
    """

    of_item: list[ItemPreferences | None]
    domains: dict[str, Integers] = field(default_factory=dict)
    held: dict[PreferredTopology, Integers] = field(default_factory=dict)
