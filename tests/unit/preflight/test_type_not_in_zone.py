"""Types that a zone of their group does not sell."""

from dataclasses import replace

from kubestow.model.instance_type import Catalog
from kubestow.preflight import type_not_in_zone as check
from kubestow.testing import nodepool

from .builders import CATALOG, config, found, group, one, setup, unjudged


def without(name: str, zone: str) -> Catalog:
    kept = tuple(o for o in CATALOG.offerings if (o.instance_type, o.zone) != (name, zone))
    return replace(CATALOG, offerings=kept)


def test_a_type_that_one_zone_of_the_group_lacks_degrades_it() -> None:
    finding = one(check, setup(config_of=config(group()), catalog_of=without("m5.large", "zone-b")))
    assert finding.severity == "error"
    assert finding.subject.describe() == "managed node group workers"
    assert finding.field == "managedNodeGroups[0].instanceTypes"
    assert finding.reason == (
        "m5.large is not sold in zone-b, only in zone-a, zone-c: the group cannot launch it in 1 "
        "of its 2 zones and becomes degraded"
    )
    assert finding.fix.startswith("set availabilityZones: [zone-a] for the group")


def test_the_fix_names_zones_that_sell_the_type_even_if_none_is_the_groups() -> None:
    only_c = tuple(
        o for o in CATALOG.offerings if o.instance_type != "m5.large" or o.zone == "zone-c"
    )
    sold = replace(CATALOG, offerings=only_c)
    finding = one(check, setup(config_of=config(group()), catalog_of=sold))
    assert finding.fix.startswith("set availabilityZones: [zone-c] for the group")


def test_the_fix_names_zones_that_sell_the_groups_other_types_too() -> None:
    offerings = tuple(
        o for o in CATALOG.offerings
        if (o.instance_type, o.zone) not in (("m5.large", "zone-c"), ("m6g.large", "zone-b"))
    )  # fmt: skip
    both = group("workers", "m5.large", "m6g.large", zones=("zone-a", "zone-b", "zone-c"))
    sold = replace(CATALOG, offerings=offerings)
    findings = found(check, setup(config_of=config(both), catalog_of=sold))
    assert [f.fix.partition(" for ")[0] for f in findings] == [
        "set availabilityZones: [zone-a]", "set availabilityZones: [zone-a]",
    ]  # fmt: skip


def test_a_type_that_all_its_zones_sell_passes() -> None:
    of = setup(config_of=config(group()), catalog_of=without("m5.large", "zone-c"))
    assert found(check, of) == []
    assert unjudged(check, of) == []


def test_a_type_of_no_such_name_is_named_with_the_closest() -> None:
    finding = one(check, setup(config_of=config(group("workers", "m5.lagre"))))
    assert finding.reason == "m5.lagre is not sold in test-1"
    assert finding.fix == "did you mean m5.large?"


def test_zones_are_the_clusters_where_the_group_says_none_and_unknown_where_nobody_does() -> None:
    spread = config(group(zones=()), zones=("zone-b",))
    assert one(check, setup(config_of=spread, catalog_of=without("m5.large", "zone-b")))
    assert unjudged(check, setup(config_of=config(group(zones=())))) == [
        "the zones of workers are unknown"
    ]
    assert unjudged(check, setup()) == ["no --cluster-config given"]


def test_a_nodepool_that_can_launch_nothing_is_found() -> None:
    pool = nodepool("big", ("node.kubernetes.io/instance-type", "In", ["m5.24xlarge"]))
    finding = one(check, setup(pools=[pool]))
    assert finding.subject.describe() == "NodePool big"
    assert "m5.24xlarge" in finding.reason


def test_local_zones_are_not_judged() -> None:
    pool = nodepool("edge", ("topology.kubernetes.io/zone", "In", ["us-west-2-lax-1a"]))
    edge = config(group(zones=("zone-a", "us-west-2-lax-1a")))
    for of, name in ((setup(pools=[pool]), "edge"), (setup(config_of=edge), "workers")):
        assert found(check, of) == []
        assert any(
            why.startswith(f"{name} may launch in us-west-2-lax-1a: Local Zones")
            for why in unjudged(check, of)
        )
