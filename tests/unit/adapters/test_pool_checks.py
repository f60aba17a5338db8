"""Names in NodePools and costs that the catalog does not have are errors with a hint."""

from dataclasses import replace

import pytest

from kubestow.adapters.pool_checks import check_costs, usable_pools
from kubestow.model import labels as names
from kubestow.model.costs import Costs, Extra, Reservation
from kubestow.model.input_error import InputError
from kubestow.model.snapshot import Cluster
from kubestow.testing import GENERAL, ZONES, catalog, nodepool

CATALOG = catalog(*GENERAL)


def pool_error(key: str, *values: str, operator: str = "In") -> InputError:
    pool = replace(nodepool("general", (key, operator, list(values))), source="pool.yaml")
    with pytest.raises(InputError) as raised:
        usable_pools(Cluster(nodepools=(pool,)), CATALOG)
    return raised.value


def costs_error(costs: Costs) -> InputError:
    with pytest.raises(InputError) as raised:
        check_costs(costs, CATALOG)
    return raised.value


@pytest.mark.parametrize(
    ("key", "value", "message", "hint"),
    [
        (names.INSTANCE_TYPE, "m5.largo", "instance type 'm5.largo' does not exist", "m5.large"),
        (names.INSTANCE_TYPE, "banana", "instance type 'banana' does not exist",
         "see 'kubestow catalog list --region test-1'"),
        (names.ZONE, "zone-d", "zone 'zone-d' is not in region test-1", "did you mean 'zone-"),
        (names.ZONE, "xx-east-1a", "zone 'xx-east-1a' is not in region test-1",
         f"zones of test-1: {', '.join(ZONES)}"),
        (names.REGION, "us-east-1", "region 'us-east-1' is not the planned region test-1",
         "run with --region us-east-1"),
    ],
)  # fmt: skip
def test_an_unknown_name_in_a_nodepool_is_an_error_with_file_pool_key_and_hint(
    key: str, value: str, message: str, hint: str
) -> None:
    error = pool_error(key, value)
    assert error.message == f"pool.yaml: NodePool general: requirement {key}: {message}"
    assert hint in error.hint


@pytest.mark.parametrize(
    ("key", "operator", "values"),
    [
        (names.INSTANCE_TYPE, "In", ["m5.large", "c5.xlarge"]),
        (names.INSTANCE_TYPE, "In", ["p5.48xlarge"]),  # sold in other regions
        (names.INSTANCE_TYPE, "NotIn", ["banana"]),
        (names.ZONE, "Exists", []),
        ("team", "In", ["anything"]),
    ],
)
def test_a_requirement_that_some_node_may_meet_is_accepted(
    key: str, operator: str, values: list[str]
) -> None:
    usable_pools(Cluster(nodepools=(nodepool("general", (key, operator, values)),)), CATALOG)


def test_an_extra_for_an_unknown_type_names_file_and_entry() -> None:
    extra = Extra("agent", 1, "", ((names.INSTANCE_TYPE, ("m5.large", "m5.largo")),))
    error = costs_error(Costs("costs.yaml", extras=(extra,)))
    assert error.message == "costs.yaml: agent: instance type 'm5.largo' does not exist"


@pytest.mark.parametrize(
    ("instance_type", "zone", "message"),
    [
        ("m5.largo", "", "reservations[1].instanceType: instance type 'm5.largo' does not exist"),
        ("m5.large", "zone-z", "reservations[1].zone: zone 'zone-z' is not in region test-1"),
    ],
)
def test_a_reservation_of_an_unknown_type_or_zone_names_its_field(
    instance_type: str, zone: str, message: str
) -> None:
    valid = Reservation("a", "m5.large", 1, None, "", ZONES[0])
    wrong = Reservation("b", instance_type, 1, None, "", zone)
    error = costs_error(Costs("costs.yaml", reservations=(valid, wrong)))
    assert error.message == f"costs.yaml: Costs: {message}"


def test_a_zone_of_another_region_is_met_with_that_region() -> None:
    error = pool_error(names.ZONE, "us-east-1a")
    assert error.hint == f"run with --region us-east-1, or use zones of test-1: {', '.join(ZONES)}"


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        (names.ZONE, "us-west-2-lax-1a", "Local Zone"),
        (names.ZONE, "us-west-2-wl1-las-wlz-1", "Wavelength Zone"),
        (names.ZONE_ID, "usw2-lax1-az1", "Local Zone"),
    ],
)
def test_zones_that_no_catalog_has_are_named_and_the_rest_is_planned(
    key: str, value: str, kind: str
) -> None:
    pool = replace(nodepool("edge", (key, "In", [value, "zone-a"])), source="pool.yaml")
    sold = replace(CATALOG, region="us-west-2")
    _, (note,) = usable_pools(Cluster(nodepools=(pool,)), sold)
    assert note == (
        f"pool.yaml: NodePool edge: requirement {key}: {value} is a {kind}: "
        "Local Zones, Wavelength Zones and Outposts are not in the catalog"
    )


def test_a_reservation_in_a_local_zone_is_a_mistake_that_says_so() -> None:
    reservation = Reservation("b", "m5.large", 1, None, "", "us-west-2-lax-1a")
    with pytest.raises(InputError) as raised:
        check_costs(
            Costs("costs.yaml", reservations=(reservation,)), replace(CATALOG, region="us-west-2")
        )
    assert "us-west-2-lax-1a is a Local Zone" in raised.value.message


def test_a_type_that_is_no_longer_sold_is_named_and_left_out() -> None:
    pool = nodepool("general", (names.INSTANCE_TYPE, "In", ["p2.xlarge", "m5.large"]))
    _, (note,) = usable_pools(Cluster(nodepools=(pool,)), CATALOG)
    assert "p2.xlarge is no longer sold" in note


TYPE = names.INSTANCE_TYPE


def test_a_type_that_does_not_exist_is_left_out_beside_one_that_does() -> None:
    known = next(iter(CATALOG.instance_types))
    pool = nodepool("general", (TYPE, "In", [known, "m99.large"]))
    cluster, (note,) = usable_pools(Cluster(nodepools=(pool,)), CATALOG)
    assert cluster.nodepools == (pool,)
    assert "'m99.large' does not exist: planned without it" in note


def test_a_pool_that_no_node_can_be_launched_from_is_left_out_beside_others() -> None:
    bad, good = nodepool("bad", (TYPE, "In", ["m99.large"])), nodepool("good")
    cluster, (note,) = usable_pools(Cluster(nodepools=(bad, good)), CATALOG)
    assert cluster.nodepools == (good,)
    assert "NodePool bad" in note
    assert "left out" in note
    with pytest.raises(InputError, match="m99"):
        usable_pools(Cluster(nodepools=(bad,)), CATALOG)
