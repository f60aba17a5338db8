"""The builders that tests are made of."""

import pytest

from kubestow.catalog.overhead import allocatable
from kubestow.model import labels as names
from kubestow.model.nodepool import Networking, NodeClass
from kubestow.testing import (
    GENERAL,
    catalog,
    nodeclaim,
    observed,
    pod,
    quantities,
    replicas,
    scenario,
    service,
    snapshot,
)


def test_replicas_differ_in_their_names_alone() -> None:
    pods = replicas(3, "web", "2", labels={"app": "web"})
    assert [item.name for item in pods] == ["web-0", "web-1", "web-2"]
    assert len({(item.template, item.labels) for item in pods}) == 1


def test_a_pod_requests_what_its_quantities_say() -> None:
    assert pod("a", "1500m", "1Gi").template.requests == (("cpu", 1500), ("memory", 2**30))
    assert pod("a", requests=quantities(nvidia="1")).template.requests == (("nvidia", 1),)


@pytest.mark.parametrize(("spot", "capacity_types"), [(None, 1), (0.3, 2)])
def test_a_catalog_sells_every_type_in_every_zone(spot: float | None, capacity_types: int) -> None:
    offerings = catalog(*GENERAL, spot=spot).offerings
    assert len(offerings) == len(GENERAL) * 3 * capacity_types
    cheapest = min(item.price.nano_usd_per_hour for item in offerings if item.price is not None)
    assert cheapest == round(96_000_000 * (spot or 1))


def test_a_claim_has_a_node_as_a_launched_one_would_be() -> None:
    claim = nodeclaim("n", "m5.xlarge")
    assert dict(claim.node.labels)[names.INSTANCE_TYPE] == "m5.xlarge"
    assert claim.node.allocatable == allocatable(GENERAL[1][0], NodeClass(), Networking())
    assert observed([claim]).cluster.nodes == (claim.node,)


def test_a_snapshot_has_one_pool_unless_it_is_given_others() -> None:
    assert [pool.name for pool in snapshot().cluster.nodepools] == ["pool"]
    assert snapshot(nodepools=()).cluster.nodepools == ()


def test_a_steady_service_keeps_its_replicas_through_a_scenario() -> None:
    made = scenario(service("web", 4), hours=0.5)
    assert made.seconds == 1_800
    assert [count for _, count in made.services[0].replicas] == [4]
