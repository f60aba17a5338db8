from dataclasses import replace

import pytest

from kubestow.model.costs import Costs, Reservation
from kubestow.model.input_error import InputError
from kubestow.model.nodepool import DesiredNodes
from kubestow.model.snapshot import Snapshot
from kubestow.testing import GENERAL, catalog, nodepool, snapshot
from kubestow.usecases.paid_nodes import with_paid_nodes

TWO = DesiredNodes("m5.large", "zone-a", "on-demand", 2)
DESIRED = nodepool("group", desired=(TWO,), source="cluster.yaml")


def reserved(kind: str = "m5.large", **cluster: object) -> Snapshot:
    costs = Costs("costs.yaml", reservations=(Reservation("ri", kind, 3, None, "contract"),))
    return snapshot(catalog_of=replace(catalog(*GENERAL), costs=costs), **cluster)


def test_a_reservation_adds_the_nodes_it_pays_for() -> None:
    nodes = with_paid_nodes(reserved()).cluster.nodes
    assert [node.reservation for node in nodes] == ["ri"] * 3


def test_a_desired_size_adds_the_nodes_that_run_in_any_case() -> None:
    nodes = with_paid_nodes(snapshot(nodepools=(DESIRED,))).cluster.nodes
    assert len(nodes) == 2


def test_a_snapshot_that_nothing_is_paid_for_stays_as_it_is() -> None:
    given = snapshot()
    assert with_paid_nodes(given) == given


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        pytest.param(
            reserved("m9.huge"), ("costs.yaml", "reservations"), id="a type that is not sold"
        ),
        pytest.param(
            snapshot(
                nodepools=(replace(DESIRED, desired=(replace(TWO, instance_type="m9.huge"),)),)
            ),
            ("cluster.yaml", "group"),
            id="a desired size of a type that is not sold",
        ),
        pytest.param(
            reserved(nodepools=(DESIRED,)),
            ("costs.yaml", "group"),
            id="a node that a reservation and a desired size may both pay for",
        ),
    ],
)
def test_what_cannot_be_paid_for_is_a_mistake_in_a_named_file(
    given: Snapshot, parts: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as error:
        with_paid_nodes(given)
    assert all(part in error.value.message for part in parts)
    assert error.value.hint
