"""The builders of tests: what they fill in, and that equal arguments give equal values."""

from kubestow.model import labels as names
from kubestow.model.nodeclaim import Phase
from kubestow.testing import (
    GENERAL,
    ZONES,
    catalog,
    node,
    nodeclaim,
    observed,
    pod,
    quantities,
    replicas,
    scenario,
    selector,
    service,
    snapshot,
)


def test_quantities_are_in_the_scheduler_s_units() -> None:
    assert dict(quantities(cpu="500m", memory="1Gi", ephemeral_storage="1Ki")) == {
        "cpu": 500, "memory": 2**30, "ephemeral-storage": 1024,
    }  # fmt: skip


def test_replicas_share_their_template_and_differ_in_their_names() -> None:
    first, second = replicas(2, "web", cpu="1", labels={"app": "web"})
    assert (first.name, second.name) == ("web-0", "web-1")
    assert first.template == second.template
    assert selector(app="web").matches(dict(second.labels))


def test_a_node_has_the_labels_and_the_allocatable_the_scheduler_needs() -> None:
    own = node("n", "4", zone="zone-b", labels={"team": "a"})
    labels = dict(own.labels)
    assert (labels[names.HOSTNAME], labels[names.ZONE], labels["team"]) == ("n", "zone-b", "a")
    assert dict(own.allocatable)["cpu"] == 4000
    assert dict(own.allocatable)["pods"] == 58


def test_a_catalog_sells_each_type_in_each_zone_and_on_spot_only_where_asked() -> None:
    on_demand, both = catalog(*GENERAL[:2]), catalog(*GENERAL[:2], spot=0.5)
    assert len(on_demand.offerings) == 2 * len(ZONES)
    assert len(both.offerings) == 4 * len(ZONES)
    prices = {
        offering.price.nano_usd_per_hour
        for offering in both.offerings
        if offering.capacity_type == "spot" and offering.price
    }
    assert prices == {48_000_000, 96_000_000}


def test_a_nodeclaim_is_a_ready_node_at_its_type_s_price() -> None:
    claim = nodeclaim("n", "m5.xlarge", labels={"team": "a"})
    labels = dict(claim.node.labels)
    assert (claim.phase, claim.nano_usd_per_hour) == (Phase.READY, 192_000_000)
    assert (labels[names.INSTANCE_TYPE], labels[names.NODEPOOL]) == ("m5.xlarge", "pool")
    assert labels["team"] == "a"
    assert 3_500 < dict(claim.node.allocatable)["cpu"] < 4_000


def test_an_observed_snapshot_has_no_node_for_a_claim_that_is_still_coming() -> None:
    claims = (nodeclaim("there"), nodeclaim("coming", phase=Phase.LAUNCHED))
    own = observed(iter(claims), [pod("p", node="there")], at=9)
    assert [item.name for item in own.cluster.nodes] == ["there"]
    assert (own.nodeclaims, own.at) == (claims, 9)


def test_a_snapshot_has_one_nodepool_unless_others_are_given() -> None:
    assert len(snapshot().cluster.nodepools) == 1
    assert snapshot(nodepools=()).cluster.nodepools == ()


def test_a_scenario_s_deployments_follow_its_shape() -> None:
    (load,) = scenario(service("web", 6), shape="falling", hours=2).services
    assert [count for _, count in load.replicas] == [6, 3]
