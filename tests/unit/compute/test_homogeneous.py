"""Up or out: fleets of one type, with what the pods and slots of each come to."""

from kubestow.compute.case import ComparisonCase
from kubestow.compute.homogeneous import option
from kubestow.testing import catalog, instance_type, replicas, snapshot

MEDIUM = instance_type(
    "t2.medium", 2, 4, network_interfaces=3, ipv4_per_interface=6, burstable=True
)
XLARGE = instance_type("t2.xlarge", 4, 16, network_interfaces=3, ipv4_per_interface=15)
ARM = instance_type("t4g.medium", 2, 4, architecture="arm64")
CATALOG = catalog((MEDIUM, 0.0464), (XLARGE, 0.1856), (ARM, 0.0336), zones=("a", "b"))


def test_four_small_nodes_cost_what_one_big_one_does_and_hold_17_pods_each() -> None:
    state = snapshot(replicas(60, "web", "50m", "100Mi"), catalog_of=CATALOG)
    small, big = (option(ComparisonCase(state), name) for name in ("t2.medium", "t2.xlarge"))
    assert {line.pods_most for line in small.fleet} == {17}
    assert small.nodes == 4
    assert {line.pods_most for line in big.fleet} == {44}
    assert big.nodes == 2
    assert small.part("instances") == 4 * 46_400_000
    assert big.part("instances") == 2 * 185_600_000


def test_an_arm64_type_says_that_images_must_be_built_for_it() -> None:
    found = option(ComparisonCase(snapshot(replicas(2, "web"), catalog_of=CATALOG)), "t4g.medium")
    assert found.pods == 2
    assert any("exec format error" in note for note in found.description.notes)


def test_a_zone_that_lacks_the_type_is_named() -> None:
    lacking = tuple(o for o in CATALOG.offerings if (o.instance_type, o.zone) != ("t2.medium", "b"))
    from dataclasses import replace

    state = snapshot(replicas(2, "web"), catalog_of=replace(CATALOG, offerings=lacking))
    found = option(ComparisonCase(state), "t2.medium")
    assert any("not offered in b" in note for note in found.description.notes)
    assert any("burstable" in note for note in found.description.notes)
