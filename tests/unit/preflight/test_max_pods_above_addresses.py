"""maxPods against the addresses of the interfaces."""

from kubestow.model.nodepool import NodeClass, WantedNetworking
from kubestow.preflight import max_pods_above_addresses as check
from kubestow.testing import nodepool

from .builders import config, found, group, one, setup, unjudged


def test_more_pods_than_three_interfaces_of_six_addresses_give() -> None:
    finding = one(check, setup(config_of=config(group("old", "t2.medium", max_pods=30))))
    assert finding.severity == "error"  # 3 x (6 - 1) + 2 = 17
    assert finding.field == "managedNodeGroups[0].maxPodsPerNode"
    assert "it allows 30 pods per node" in finding.reason
    assert "t2.medium 17" in finding.reason
    assert finding.fix.startswith("lower it to 17")


def test_as_many_as_the_addresses_pass() -> None:
    assert found(check, setup(config_of=config(group("old", "t2.medium", max_pods=17)))) == []
    assert found(check, setup(config_of=config(group("old", "t2.medium")))) == []


def test_prefixes_raise_what_a_nitro_type_gives() -> None:
    of = config(group(max_pods=110))  # 4 x (15 - 1) + 2 = 58 single addresses
    assert one(check, setup(config_of=of)).severity == "error"
    assert found(check, setup(config_of=of, networking=WantedNetworking(True))) == []


def test_some_types_of_a_nodepool_are_a_warning() -> None:
    pool = nodepool(node_class=NodeClass(max_pods=50))
    finding = one(check, setup(pools=[pool]))
    assert finding.severity == "warning"
    assert "1 of its 4 instance types have addresses for fewer: t2.medium 17" in finding.reason
    assert unjudged(check, setup()) != []
