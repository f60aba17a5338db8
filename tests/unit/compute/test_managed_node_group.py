"""Managed node groups: EKS's caps on pods, groups given and groups found, by hand."""

from tests.legality import is_legal

from kubestow.compute.case import ComparisonCase
from kubestow.compute.managed_node_group import NodeGroups, grouped, option
from kubestow.model import labels as names
from kubestow.model.instance_type import Catalog, ServicePrice
from kubestow.model.resources import PODS
from kubestow.provisioning.preparation.offerings import default_pools
from kubestow.testing import (
    GENERAL,
    catalog,
    instance_type,
    nodepool,
    pod,
    replicas,
    snapshot,
)


def test_the_cost_of_a_group_by_hand() -> None:
    # 1.93 cpu of an m5.large: one pod of 1 cpu each, so four nodes; 20 GiB of gp3 on each.
    found = catalog(*GENERAL)
    gp3 = (ServicePrice("ebs_gp3_gb_month", 0.0912, "USD/GB-month", "quoted"),)
    priced = Catalog(found.region, found.zones, found.instance_types, found.offerings, gp3)
    state = snapshot(replicas(4, "web", "1", "1Gi"), catalog_of=priced)
    result = option(ComparisonCase(state), NodeGroups(("m5.large",)))
    assert result.part("instances") == 4 * 96_000_000
    assert result.part("storage") == round(4 * 20 * 0.0912 / 730 * 1e9)
    assert result.part("control plane") == 100_000_000
    assert [(line.unit, line.count) for line in result.fleet if line.count] == [
        ("m5.large", line.count) for line in result.fleet
    ]
    assert result.nodes == 4
    assert all(is_legal(planned) for planned in result.plans)


def test_a_group_runs_at_most_110_pods_on_30_vcpus_and_250_on_more() -> None:
    shape = {"network_interfaces": 15, "ipv4_per_interface": 50}  # 737 by the interfaces
    for vcpu, most in ((16, 110), (30, 110), (32, 250), (96, 250)):
        kind = instance_type("m5.big", vcpu, vcpu * 4, **shape)
        state = snapshot([pod("web")], catalog_of=catalog((kind, 1.0)))
        (planned,) = option(ComparisonCase(state), NodeGroups(("m5.big",))).plans
        assert {dict(node.allocatable)[PODS] for node in planned.plan.nodes} == {most}


def test_types_that_are_given_replace_those_of_a_nodepool_and_keep_its_zones() -> None:
    own = nodepool(
        "own", (names.INSTANCE_TYPE, "In", ["m5.xlarge"]), (names.ZONE, "In", ["zone-b"])
    )
    state = snapshot(replicas(2, "web", "1", "1Gi"), nodepools=(own,))
    found = option(ComparisonCase(state), NodeGroups(("r5.large",)))
    assert {(line.unit, line.zone) for line in found.fleet} == {("r5.large", "zone-b")}


def test_of_the_built_in_pools_one_is_left_for_types_that_are_given() -> None:
    assert len(grouped(default_pools(), ("t4g.2xlarge",))) == 1
    assert len(grouped(default_pools())) == 2


def test_types_that_are_given_are_those_even_of_a_previous_generation_or_another_category() -> None:
    previous = instance_type("m5.large", 2, 8, current_generation=False)
    accelerated = instance_type("g4dn.xlarge", 4, 16, current_generation=False, hypervisor="xen")
    sold = catalog((previous, 0.1), (accelerated, 0.5))
    for name in ("m5.large", "g4dn.xlarge"):
        state = snapshot([pod("web", "1", "1Gi")], nodepools=(), catalog_of=sold)
        found = option(ComparisonCase(state), NodeGroups((name,)))
        assert (found.pods, {line.unit for line in found.fleet}) == (1, {name})
        assert all(is_legal(planned) for planned in found.plans)


def test_types_that_are_given_replace_what_a_nodepool_of_auto_mode_requires_of_types() -> None:
    own = nodepool("own", ("eks.amazonaws.com/instance-family", "In", ["c5"]))
    (group,) = grouped([own], ("m5.large",))
    assert set(group.requirements.by_key) == {names.INSTANCE_TYPE}


def test_pods_that_must_spread_over_zones_are_all_run_by_one_group() -> None:
    from kubestow.testing import spread

    pods = replicas(
        9, "web", "1", "1Gi", labels={"app": "w"}, spread=(spread(names.ZONE, app="w"),)
    )
    found = option(ComparisonCase(snapshot(pods)), NodeGroups(most=1))
    assert found.pods == 9
    assert len({line.unit for line in found.fleet}) == 1
    assert {line.zone for line in found.fleet} == {"zone-a", "zone-b", "zone-c"}
