"""A bill has every reservation in it, and what runs on them costs nothing more."""

from tests.unit.live.objects import M5_XLARGE, node, observed, reservation

from kubestow.model.costs import Costs, Reservation
from kubestow.model.instance_type import NANO_USD
from kubestow.model.nodeclaim import NodeClaim
from kubestow.model.survey import SurveyedNode
from kubestow.usecases.node_bill import BilledNode, NodeBill
from kubestow.usecases.survey import survey


def nodes(count: int, *reservations: Reservation) -> tuple[SurveyedNode, ...]:
    costs = Costs("costs.yaml", reservations=reservations)
    return survey(observed(*(node(f"n{n}") for n in range(count)), costs=costs)).nodes


def claim(instance_type: str = "m5.xlarge") -> NodeClaim:
    there = nodes(1)[0]
    launched = observed(node("new")).snapshot.cluster.nodes[0]
    price = round(M5_XLARGE * NANO_USD)
    return NodeClaim(
        "new", "workers", instance_type, there.zone, "on-demand", price, launched
    )  # fmt: skip


def usd(nano: int) -> float:
    return round(nano / NANO_USD, 6)


def test_reserved_nodes_are_paid_with_and_without_nodes_that_run() -> None:
    own = reservation(2)
    bill = NodeBill((own,))
    assert usd(bill.of(())) == 0.2
    assert usd(bill.of(nodes(1, own))) == 0.2
    assert usd(bill.of(nodes(2, own))) == 0.2
    assert usd(bill.of(nodes(3, own))) == 0.2 + M5_XLARGE


def test_of_nodes_alike_any_goes_at_the_price_on_demand() -> None:
    own = reservation(1)
    bill, there = NodeBill((own,)), nodes(2, own)
    assert [item.reservation for item in there] == ["own", ""]
    for left in there:
        assert usd(bill.of(there) - bill.of([left])) == M5_XLARGE
    assert bill.reserved(there) == {"n0"}
    assert bill.reserved(reversed(there)) == {"n1"}


def test_what_is_launched_uses_reservations_that_are_unused() -> None:
    bill = NodeBill((reservation(2),))
    there = nodes(1, *bill.reservations)
    assert bill.of(there, [claim()]) == bill.of(there)
    assert usd(bill.of(there, [claim("m5.large")]) - bill.of(there)) == M5_XLARGE
    assert usd(bill.of(nodes(2, *bill.reservations), [claim()])) == 0.2 + M5_XLARGE


def test_without_reservations_it_is_the_sum_of_the_prices() -> None:
    assert usd(NodeBill().of(nodes(2))) == 2 * M5_XLARGE


def test_a_planned_node_on_a_reservation_costs_what_is_paid_beside_it() -> None:
    bill = NodeBill((reservation(1),))
    planned = BilledNode(("m5.xlarge", "us-east-1b", "on-demand"), 250_000_000, 7_000_000)
    assert usd(bill.beside((), [planned])) == 0.107
    assert usd(bill.beside((), [planned, planned])) == 0.357
    assert usd(bill.beside(nodes(1), [planned])) == 0.35
    assert usd(bill.committed) == 0.1
