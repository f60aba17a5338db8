"""Public subnets that give nodes no public address."""

from kubestow.model.setup import Network, Subnet
from kubestow.preflight import public_subnet_without_address as check

from .builders import config, found, group, one, setup, unjudged


def network(public: bool | None, maps: bool) -> Network:
    subnet = Subnet("subnet-1", "zone-a", "", 100, maps_public_address=maps, is_public=public)
    return Network("subnets.yaml", (subnet,))


OURS = config(group(), public_subnets=(("zone-a", "subnet-1"),))


def test_nodes_there_never_join() -> None:
    finding = one(check, setup(config_of=OURS, network=network(True, False)))
    assert finding.severity == "error"
    assert finding.reason.startswith("public without MapPublicIpOnLaunch: subnet-1; nodes there")
    assert "--subnet-id subnet-1" in finding.fix


def test_a_mapped_address_private_networking_or_a_private_subnet_pass() -> None:
    assert found(check, setup(config_of=OURS, network=network(True, True))) == []
    assert found(check, setup(config_of=OURS, network=network(False, False))) == []
    inside = config(group(private_networking=True))
    assert found(check, setup(config_of=inside, network=network(True, False))) == []


def test_what_is_not_said_is_not_judged() -> None:
    assert unjudged(check, setup(config_of=OURS, network=network(None, False))) == [
        "it is unknown whether subnet-1 are public"
    ]
    assert unjudged(check, setup(config_of=OURS)) == ["no --subnets given"]
    assert unjudged(check, setup(network=network(True, False))) == ["no --cluster-config given"]
