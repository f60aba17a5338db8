"""NodeBill: what nodes cost together, with the reservations that are paid for in any case.

A reservation is of no node: where one goes, another of the same type uses it. So nothing is saved
before fewer nodes run than are reserved, and then nothing more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubestow.catalog.reserved_nodes import Place, covering
from kubestow.model.costs import Reservation
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.survey import SurveyedNode


@dataclass(frozen=True, slots=True)
class BilledNode:
    """A node on a bill: its price without a reservation, and what of it is paid in any case."""

    place: Place
    nano_usd_per_hour: int
    beside: int = 0


@dataclass(frozen=True, slots=True)
class NodeBill:
    """What is paid where these reservations are. Money is nano-USD an hour."""

    reservations: tuple[Reservation, ...] = ()

    def of(self, nodes: Iterable[SurveyedNode], launched: Iterable[NodeClaim] = ()) -> int:
        """Return the cost of nodes that run and of some that are launched, all reserved ones in it.

        Nodes without a known price are not counted.
        """
        return self.beside(
            nodes,
            (
                BilledNode(
                    (claim.instance_type, claim.zone, claim.capacity_type), claim.nano_usd_per_hour
                )
                for claim in launched
            ),
        )

    def beside(self, nodes: Iterable[SurveyedNode], planned: Iterable[BilledNode]) -> int:
        """Return the cost of nodes that run and of planned ones, all reserved ones in it."""
        billed = [BilledNode(_place(n), n.unreserved or 0, n.beside) for n in _priced(nodes)]
        billed += planned
        used = covering([node.place for node in billed], self.reservations)
        running = sum(
            node.nano_usd_per_hour if own is None else node.beside
            for node, own in zip(billed, used, strict=True)
        )
        return running + self.committed

    @property
    def committed(self) -> int:
        """What is paid whatever runs."""
        return sum(item.count * (item.nano_usd_per_hour or 0) for item in self.reservations)

    def reserved(self, nodes: Iterable[SurveyedNode]) -> frozenset[str]:
        """Return the nodes that reservations pay for, the first of alike ones before others."""
        priced = _priced(nodes)
        used = covering([_place(node) for node in priced], self.reservations)
        return frozenset(
            node.name for node, own in zip(priced, used, strict=True) if own is not None
        )


def _priced(nodes: Iterable[SurveyedNode]) -> Sequence[SurveyedNode]:
    return [node for node in nodes if node.price is not None]


def _place(node: SurveyedNode) -> Place:
    return node.instance_type, node.zone, node.capacity_type
